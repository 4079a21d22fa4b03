"""The settings of single sign-on and of sessions: `docs/security.md` tells their story."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any
from urllib.parse import unquote, urlsplit

from pydantic import BaseModel, BeforeValidator, Field, SecretStr, field_validator
from pydantic_core import PydanticCustomError

from numberpools.client_key import ClientKey, read_client_key
from numberpools.domain.pools import is_account_id
from numberpools.domain.roles import AccountRole, Role
from numberpools.errors import SettingsError

_THIS_MACHINE = {"localhost", "127.0.0.1", "::1"}

_NO_SIGN_IN = (
    "NUMBERPOOLS_ENV is production, and single sign-on, which alone would protect it, is not "
    "configured: set OIDC_ISSUER, OIDC_CLIENT_ID and OIDC_CLIENT_SECRET (see docs/security.md), or "
    "NUMBERPOOLS_ENV=development to try the service on your own machine."
)
_NOBODY = (
    "Nobody could sign in: set OIDC_VIEWER_GROUPS, OIDC_EDITOR_GROUPS, OIDC_ADMIN_GROUPS, "
    "OIDC_DEFAULT_ROLE or ACCOUNT_ROLES, as docs/security.md says."
)
_ANYBODY = (
    "OIDC_DEFAULT_ROLE lets everybody in whom the provider knows: say with OIDC_ALLOWED_DOMAINS or "
    "OIDC_ALLOWED_GROUPS who may come, as docs/security.md says."
)


def refusal(rule: str) -> PydanticCustomError:
    """What a validator raises: the rule that the value breaks, never the value."""
    return PydanticCustomError("refused", "{rule}", {"rule": rule})


def check_url(url: str, example: str) -> str:
    """A URL that secrets may travel to, unencrypted only inside this machine; `example` is one."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise refusal("is no URL") from None
    if not url.isprintable() or " " in url:  # which urlsplit passes over
        raise refusal("is no URL")
    if not host or parts.username is not None or parts.query or parts.fragment:
        raise refusal(f"must be a host and perhaps a path, as {example} is")
    if parts.scheme != "https" and not (parts.scheme == "http" and host in _THIS_MACHINE):
        raise refusal("must begin with https://, or http:// for this machine itself")
    return url


def _listed(text: Any) -> Any:
    """``a,b%2Cc`` as a tuple; what an environment cannot hold is left to pydantic."""
    if not isinstance(text, str):
        return text
    return tuple(unquote(entry.strip()) for entry in text.split(",") if entry.strip())


def _role(text: Any) -> Any:
    name = str(text).upper()
    if name not in Role.__members__:
        raise refusal("must be viewer, editor or administrator")
    return Role[name]


Listed = Annotated[tuple[str, ...], BeforeValidator(_listed)]


class ClientAuth(StrEnum):
    """How this service shows the provider who it is (OpenID Connect Core 1.0, section 9)."""

    BASIC = "basic"
    POST = "post"
    PRIVATE_KEY_JWT = "private_key_jwt"


class LogoutBy(StrEnum):
    """What tells the provider, at its sign-out, whose page to lead back to."""

    CLIENT_ID = "client_id"
    ID_TOKEN = "id_token"  # noqa: S105 - a word of the protocol


class SignInSettings(BaseModel):
    oidc_issuer: str = Field("", alias="OIDC_ISSUER")
    oidc_client_id: str = Field("", alias="OIDC_CLIENT_ID")
    oidc_client_secret: SecretStr | None = Field(None, alias="OIDC_CLIENT_SECRET")
    oidc_client_auth: ClientAuth | None = Field(None, alias="OIDC_CLIENT_AUTH")
    oidc_client_key: SecretStr | None = Field(None, alias="OIDC_CLIENT_KEY")
    oidc_acr_values: tuple[str, ...] = Field((), alias="OIDC_ACR_VALUES")
    oidc_max_age: Annotated[int, Field(ge=0, le=31_536_000)] | None = Field(
        None, alias="OIDC_MAX_AGE"
    )
    oidc_logout_by: LogoutBy = Field(LogoutBy.CLIENT_ID, alias="OIDC_LOGOUT_BY")
    oidc_scopes: str = Field("openid email profile", alias="OIDC_SCOPES")
    oidc_email_claim: str = Field("email", alias="OIDC_EMAIL_CLAIM")
    oidc_email_is_verified: bool = Field(False, alias="OIDC_EMAIL_IS_VERIFIED")
    oidc_name_claim: str = Field("name", alias="OIDC_NAME_CLAIM")
    oidc_groups_claim: str = Field("groups", alias="OIDC_GROUPS_CLAIM")
    oidc_allowed_domains: Listed = Field((), alias="OIDC_ALLOWED_DOMAINS")
    oidc_allowed_groups: Listed = Field((), alias="OIDC_ALLOWED_GROUPS")
    oidc_viewer_groups: Listed = Field((), alias="OIDC_VIEWER_GROUPS")
    oidc_editor_groups: Listed = Field((), alias="OIDC_EDITOR_GROUPS")
    oidc_admin_groups: Listed = Field((), alias="OIDC_ADMIN_GROUPS")
    oidc_default_role: Annotated[Role, BeforeValidator(_role)] | None = Field(
        None, alias="OIDC_DEFAULT_ROLE"
    )
    oidc_contact: str = Field("", alias="OIDC_CONTACT", max_length=200)
    account_roles: tuple[AccountRole, ...] = Field((), alias="ACCOUNT_ROLES")
    session_idle_minutes: Annotated[int, Field(ge=1, le=1440)] = Field(
        30, alias="SESSION_IDLE_MINUTES"
    )
    session_hours: Annotated[int, Field(ge=1, le=168)] = Field(12, alias="SESSION_HOURS")

    @field_validator("oidc_issuer")
    @classmethod
    def _issuer(cls, url: str) -> str:
        return check_url(url, "https://accounts.google.com")

    @field_validator("oidc_client_key")
    @classmethod
    def _client_key(cls, key: SecretStr) -> SecretStr:
        try:
            read_client_key(key.get_secret_value())
        except ValueError as exc:
            raise refusal(str(exc)) from None
        return key

    @field_validator("oidc_acr_values", mode="before")
    @classmethod
    def _acr_values(cls, text: Any) -> Any:
        if "," in str(text):  # as lists elsewhere: taken for one value, it would keep everybody out
            raise refusal("must be separated by spaces, without commas")
        return tuple(text.split()) if isinstance(text, str) else text

    @field_validator("oidc_scopes")
    @classmethod
    def _scopes(cls, text: str) -> str:
        if "openid" not in text.split():
            raise refusal("must have openid among its words")
        return text

    @field_validator("oidc_allowed_domains")
    @classmethod
    def _domains(cls, domains: tuple[str, ...]) -> tuple[str, ...]:
        if any("@" in domain or "*" in domain for domain in domains):
            raise refusal("must be whole domains, as example.com is, separated by commas")
        return tuple(domain.lower() for domain in domains)

    @field_validator("account_roles", mode="before")
    @classmethod
    def _account_roles(cls, text: str) -> tuple[AccountRole, ...]:
        return tuple(
            _account_role(position, entry.strip())
            for position, entry in enumerate(text.split(","), start=1)
        )

    @property
    def has_single_sign_on(self) -> bool:
        return bool(self.oidc_issuer)

    @property
    def client_key(self) -> ClientKey | None:
        """By which this service shows who it is; None: it does so by its secret."""
        key, auth = self.oidc_client_key, self.oidc_client_auth
        if key is None or auth not in {None, ClientAuth.PRIVATE_KEY_JWT}:
            return None
        return read_client_key(key.get_secret_value())

    @property
    def groups_decide(self) -> bool:
        """Whether the groups of a person have any say in whether they get in, and as what."""
        lists = (
            self.oidc_allowed_groups,
            self.oidc_viewer_groups,
            self.oidc_editor_groups,
            self.oidc_admin_groups,
            self.account_roles,
        )
        return any(lists)

    def check_sign_in(self, *, needs_single_sign_on: bool) -> None:
        """Raises SettingsError where nobody could sign in, or everybody."""
        required: dict[str, Any] = {
            "OIDC_ISSUER": self.oidc_issuer,
            "OIDC_CLIENT_ID": self.oidc_client_id,
        }
        if self.oidc_client_auth is ClientAuth.PRIVATE_KEY_JWT:
            required["OIDC_CLIENT_KEY"] = self.oidc_client_key
        else:
            required["OIDC_CLIENT_SECRET"] = self.oidc_client_secret or self.client_key
        missing = [name for name, value in required.items() if not value]
        if len(missing) == len(required):
            if needs_single_sign_on:
                raise SettingsError(_NO_SIGN_IN)
            return
        if missing:
            names = " and ".join(missing)
            raise SettingsError(f"Single sign-on is not complete without {names}.")
        by_group = self.oidc_viewer_groups + self.oidc_editor_groups + self.oidc_admin_groups
        if not (by_group or self.oidc_default_role or self.account_roles):
            raise SettingsError(_NOBODY)
        if self.oidc_default_role and not (self.oidc_allowed_domains or self.oidc_allowed_groups):
            raise SettingsError(_ANYBODY)


def _account_role(position: int, entry: str) -> AccountRole:
    """``account:group=role``, account and group percent-encoded."""
    account_id, _, rest = entry.partition(":")
    group, _, role = rest.rpartition("=")
    if not group or role.upper() not in Role.__members__:
        raise refusal(
            f"entry {position} must be account:group=role, the role being viewer, editor or "
            "administrator"
        )
    if not is_account_id(unquote(account_id)):
        raise refusal(f"entry {position}: an account's id is 8 small letters and digits")
    return AccountRole(unquote(account_id), unquote(group), Role[role.upper()])
