"""Every setting, read once from the environment. `docs/settings.md` explains each."""

from __future__ import annotations

import os
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator

from numberpools.errors import SettingsError

_NO_SIGN_IN = (
    "NUMBERPOOLS_ENV is production, and single sign-on, which alone would protect it, is not "
    "configured: set NUMBERPOOLS_ENV=development to try the service on your own machine."
)


class Environment(StrEnum):
    PRODUCTION = "production"
    DEVELOPMENT = "development"


class Settings(BaseModel):
    """The field's alias is the variable's name. Secrets have no default."""

    model_config = ConfigDict(frozen=True, populate_by_name=False, hide_input_in_errors=True)

    environment: Environment = Field(Environment.PRODUCTION, alias="NUMBERPOOLS_ENV")
    secret_key: SecretStr = Field(alias="SECRET_KEY", min_length=32)
    database_url: str = Field(alias="DATABASE_URL", pattern=r"^(sqlite|postgres)")
    demo_api_secret: SecretStr | None = Field(None, alias="DEMO_API_SECRET", min_length=16)
    trusted_proxies: Annotated[int, Field(ge=0, le=9)] = Field(0, alias="TRUSTED_PROXIES")
    max_request_bytes: Annotated[int, Field(ge=10_000)] = Field(
        2_000_000, alias="MAX_REQUEST_BYTES"
    )

    @field_validator("database_url")
    @classmethod
    def _with_driver(cls, url: str) -> str:
        """Heroku says postgres://, the documentation of PostgreSQL postgresql://; both are it."""
        for scheme in ("postgres://", "postgresql://"):
            if url.startswith(scheme):
                return "postgresql+psycopg://" + url.removeprefix(scheme)
        return url

    @property
    def is_development(self) -> bool:
        return self.environment is Environment.DEVELOPMENT

    @classmethod
    def parse(cls, environ: Mapping[str, str]) -> Self:
        """Raises SettingsError, whose one sentence names the variables; never their values."""
        try:
            settings = cls.model_validate({name: value for name, value in environ.items() if value})
        except ValidationError as exc:
            raise SettingsError(_sentence(exc)) from None
        if not settings.is_development:
            raise SettingsError(_NO_SIGN_IN)
        return settings

    @classmethod
    def from_environment(cls) -> Self:
        """The settings of this process, which ends here with one sentence where they are wrong."""
        try:
            return cls.parse(os.environ)
        except SettingsError as exc:
            raise SystemExit(f"Number Pools cannot start. {exc}") from None


def _sentence(error: ValidationError) -> str:
    problems = []
    for each in error.errors(include_input=False, include_url=False, include_context=False):
        name = str(each["loc"][0])
        said = "is missing" if each["type"] == "missing" else f"is not usable ({each['msg']})"
        problems.append(f"{name} {said}")
    return "; ".join(problems) + ": see docs/settings.md."
