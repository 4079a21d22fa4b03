"""Every setting, read once from the environment. `docs/settings.md` explains each."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Self
from urllib.parse import unquote, urlsplit

from pydantic import (
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from numberpools.domain.pools import is_account_id
from numberpools.errors import SettingsError
from numberpools.settings.hosts import names_of_platform
from numberpools.settings.redis_server import check_ca_file, check_redis_url
from numberpools.settings.refusals import NO_TEXT, by_variable, together
from numberpools.settings.sign_in import SignInSettings
from numberpools.settings.values import check_url, refusal

_DATABASES = {
    "sqlite": "sqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
}
"""Drivers by the name at the head of the URL: Heroku says postgres, PostgreSQL postgresql."""

_HOST = re.compile(r"\.?[a-z0-9-]+(\.[a-z0-9-]+)*")
_NO_HOSTS = (
    "ALLOWED_HOSTS is missing: the host names under which people reach the service, such as "
    "pools.example.com."
)


class Environment(StrEnum):
    PRODUCTION = "production"
    DEVELOPMENT = "development"


@dataclass(frozen=True, slots=True)
class VonageAccount:
    """An account at the vendor: its id is the API key, its secret stays in the environment."""

    label: str
    account_id: str
    secret: SecretStr


class Settings(SignInSettings):
    """The field's alias is the variable's name. Secrets have no default."""

    model_config = ConfigDict(frozen=True, populate_by_name=False, hide_input_in_errors=True)

    environment: Environment = Field(Environment.PRODUCTION, alias="NUMBERPOOLS_ENV")
    secret_key: SecretStr = Field(alias="SECRET_KEY", min_length=32)
    database_url: str = Field(alias="DATABASE_URL", repr=False)
    database_connections: Annotated[int, Field(ge=2, le=100)] = Field(
        6, alias="DATABASE_CONNECTIONS"
    )
    demo_api_secret: SecretStr | None = Field(None, alias="DEMO_API_SECRET", min_length=16)
    trusted_proxies: Annotated[int, Field(ge=0, le=9)] = Field(0, alias="TRUSTED_PROXIES")
    max_request_bytes: Annotated[int, Field(ge=10_000)] = Field(
        2_000_000, alias="MAX_REQUEST_BYTES"
    )
    port: Annotated[int, Field(ge=1, le=65535)] = Field(8000, alias="PORT")
    web_concurrency: Annotated[int, Field(ge=1, le=64)] = Field(1, alias="WEB_CONCURRENCY")
    web_threads: Annotated[int, Field(ge=1, le=256)] = Field(64, alias="WEB_THREADS")
    embedded_worker: bool = Field(True, alias="EMBEDDED_WORKER")
    worker_threads: Annotated[int, Field(ge=1, le=64)] = Field(8, alias="WORKER_THREADS")
    operation_calls: Annotated[int, Field(ge=1, le=64)] = Field(8, alias="OPERATION_CALLS")
    account_calls: Annotated[int, Field(ge=1, le=256)] = Field(8, alias="ACCOUNT_CALLS")
    mirror_minutes: Annotated[int, Field(ge=1, le=10_080)] = Field(60, alias="MIRROR_MINUTES")
    allowed_hosts: tuple[str, ...] = Field((), alias="ALLOWED_HOSTS")
    sign_ins_per_minute: Annotated[int, Field(ge=1, le=100_000)] = Field(
        60, alias="SIGN_INS_PER_MINUTE"
    )
    api_calls_per_second: Annotated[int, Field(ge=1, le=100_000)] = Field(
        100, alias="API_CALLS_PER_SECOND"
    )
    wrong_secrets_per_minute: Annotated[int, Field(ge=1, le=100_000)] = Field(
        20, alias="WRONG_SECRETS_PER_MINUTE"
    )
    bulk_operations_per_minute: Annotated[int, Field(ge=1, le=100_000)] = Field(
        30, alias="BULK_OPERATIONS_PER_MINUTE"
    )
    hsts_include_subdomains: bool = Field(False, alias="HSTS_INCLUDE_SUBDOMAINS")
    hsts_preload: bool = Field(False, alias="HSTS_PRELOAD")
    redis_url: SecretStr | None = Field(None, alias="REDIS_URL")
    redis_ca_file: str = Field("", alias="REDIS_CA_FILE")
    redis_verify_certificate: bool = Field(True, alias="REDIS_VERIFY_CERTIFICATE")
    metrics_token: SecretStr | None = Field(None, alias="METRICS_TOKEN", min_length=16)
    metrics_folder: str = Field("", alias="PROMETHEUS_MULTIPROC_DIR")
    sentry_dsn: SecretStr | None = Field(None, alias="SENTRY_DSN")
    vonage_accounts: tuple[VonageAccount, ...] = Field((), alias="VONAGE_ACCOUNTS")
    vonage_api_url: str = Field("https://api.nexmo.com", alias="VONAGE_API_URL")
    vonage_calls_per_second: Annotated[float, Field(gt=0, le=1000)] = Field(
        10.0, alias="VONAGE_CALLS_PER_SECOND"
    )

    vonage_lag_seconds: Annotated[float, Field(ge=0, le=3600)] = Field(
        30.0, alias="VONAGE_LAG_SECONDS"
    )

    @field_validator("database_url")
    @classmethod
    def _with_driver(cls, url: str) -> str:
        try:
            parsed = make_url(url)
            driver = _DATABASES[parsed.get_backend_name()]
        except (ArgumentError, KeyError, ValueError):
            raise refusal("must begin with sqlite:/// or postgresql://") from None
        if driver == "sqlite" and (parsed.host or parsed.database in {None, "", ":memory:"}):
            raise refusal("must name a file, as sqlite:///instance/numberpools.db does")
        return parsed.set(drivername=driver).render_as_string(hide_password=False)

    @field_validator("allowed_hosts", mode="before")
    @classmethod
    def _allowed_hosts(cls, text: str) -> tuple[str, ...]:
        hosts = tuple(host.strip().lower() for host in text.split(","))
        if not all(_HOST.fullmatch(host) for host in hosts):
            raise refusal("must be host names without scheme and port, separated by commas")
        return hosts

    @field_validator("hsts_preload")
    @classmethod
    def _hsts_preload(cls, preload: bool, info: ValidationInfo) -> bool:
        """https://hstspreload.org takes no domain without its subdomains."""
        if preload and not info.data.get("hsts_include_subdomains", True):
            raise refusal("needs HSTS_INCLUDE_SUBDOMAINS=true")
        return preload

    @field_validator("redis_url")
    @classmethod
    def _redis_url(cls, url: SecretStr) -> SecretStr:
        check_redis_url(url.get_secret_value())
        return url

    @field_validator("redis_ca_file")
    @classmethod
    def _redis_ca_file(cls, path: str, info: ValidationInfo) -> str:
        _needs_encryption(info)
        check_ca_file(path)
        return path

    @field_validator("redis_verify_certificate")
    @classmethod
    def _redis_verify_certificate(cls, verify: bool, info: ValidationInfo) -> bool:
        if not verify:
            _needs_encryption(info)
            if info.data.get("redis_ca_file"):
                raise refusal("must be true where REDIS_CA_FILE is set")
        return verify

    @field_validator("metrics_folder")
    @classmethod
    def _metrics_folder(cls, path: str) -> str:
        """prometheus_client reads the variable itself, and would not say so before it is needed."""
        if not os.access(f"{path}/.", os.W_OK):  # which only a folder has
            raise refusal("must be a folder that this process may write to")
        return path

    @field_validator("sentry_dsn")
    @classmethod
    def _sentry_dsn(cls, dsn: SecretStr) -> SecretStr:
        """The form that Sentry calls a DSN: https://key@host/project."""
        parts = urlsplit(dsn.get_secret_value())
        usable = parts.scheme in {"http", "https"} and parts.username and parts.hostname
        if not usable or not parts.path.rpartition("/")[2].isdigit():
            raise refusal("must look like https://key@host/project")
        return dsn

    @field_validator("vonage_accounts", mode="before")
    @classmethod
    def _vonage_accounts(cls, text: str) -> tuple[VonageAccount, ...]:
        accounts = tuple(
            _vonage_account(position, entry.strip())
            for position, entry in enumerate(text.split(","), start=1)
        )
        if len({account.account_id for account in accounts}) < len(accounts):
            raise refusal("names an API key twice")
        return accounts

    @field_validator("vonage_api_url")
    @classmethod
    def _vonage_api_url(cls, url: str) -> str:
        return check_url(url, "https://api.nexmo.com").rstrip("/")

    @property
    def hosts(self) -> tuple[str, ...]:
        """The host names under which requests are answered."""
        return self.allowed_hosts or ("localhost", "127.0.0.1")

    @property
    def is_development(self) -> bool:
        return self.environment is Environment.DEVELOPMENT

    @classmethod
    def parse(cls, environ: Mapping[str, str]) -> Self:
        """Raises SettingsError, which tells everything that is missing or wrong; never a value."""
        given = {name: text for name, text in environ.items() if text.strip()}
        is_production = given.get("NUMBERPOOLS_ENV") != Environment.DEVELOPMENT
        if is_production and (hosts := names_of_platform(given)):
            given["ALLOWED_HOSTS"] = ",".join(filter(None, [given.get("ALLOWED_HOSTS"), *hosts]))
        settings, wrong = cls._validate(given)
        told = [*wrong.values()]
        if is_production and "ALLOWED_HOSTS" not in given:
            told.append(_NO_HOSTS)
        usable = {name: text for name, text in given.items() if name not in wrong}
        sign_in = SignInSettings.model_validate(usable)
        told += sign_in.problems(needs_single_sign_on=is_production, unusable=wrong)
        if settings is None or told:
            raise SettingsError(together(told))
        return settings

    @classmethod
    def _validate(cls, given: Mapping[str, str]) -> tuple[Self | None, dict[str, str]]:
        """The settings of what is usable, and a sentence for each variable that is not.

        There are no settings where what is missing is required.
        """
        known = {field.alias for field in cls.model_fields.values()}
        names = [name for name in given if name in known]
        no_text = {name: f"{name} {NO_TEXT}." for name in names if not _is_text(given[name])}
        texts = {name: given[name] for name in names if name not in no_text}
        try:
            return cls.model_validate(texts), no_text
        except ValidationError as exc:
            return None, by_variable(exc, cls.model_fields) | no_text

    @classmethod
    def from_environment(cls) -> Self:
        """The settings of this process, which ends here where they are wrong, and says why."""
        try:
            return cls.parse(os.environ)
        except SettingsError as exc:
            raise SystemExit(f"Number Pools cannot start. {exc}") from None


def _is_text(value: str) -> bool:
    """Whether it can be stored and shown, as what is no UTF-8 cannot."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _needs_encryption(info: ValidationInfo) -> None:
    url: SecretStr | None = info.data.get("redis_url", SecretStr("rediss://"))
    if not url or not url.get_secret_value().startswith("rediss://"):
        raise refusal("needs a REDIS_URL that begins with rediss://")


def _vonage_account(position: int, entry: str) -> VonageAccount:
    """``label:api_key:api_secret``, each percent-encoded. Refusals name the entry's position."""
    parts = [unquote(part) for part in entry.split(":")]
    if len(parts) != 3 or not all(parts):
        raise refusal(
            f"must be label:api_key:api_secret, percent-encoded, which entry {position} is not"
        )
    label, account_id, secret = parts
    if not is_account_id(account_id):
        raise refusal(f"must hold API keys of 8 small letters and digits, unlike entry {position}")
    return VonageAccount(label, account_id, SecretStr(secret))
