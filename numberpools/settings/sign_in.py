"""The settings of single sign-on and of sessions: `docs/security.md` tells their story."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum
from typing import Annotated, Any
from urllib.parse import unquote

from pydantic import BaseModel, BeforeValidator, Field, SecretStr, field_validator

from numberpools.domain.pools import is_account_id
from numberpools.domain.roles import AccountRole, Role
from numberpools.settings.client_key import ClientKey, read_client_key
from numberpools.settings.values import Listed, check_url, refusal

_ROLES = ("OIDC_VIEWER_GROUPS", "OIDC_EDITOR_GROUPS", "OIDC_ADMIN_GROUPS", "ACCOUNT_ROLES")

_NO_SIGN_IN = (
    "OIDC_ISSUER, OIDC_CLIENT_ID and OIDC_CLIENT_SECRET are missing: in production people come in "
    "by single sign-on alone (docs/security.md). To try the service on your own machine, set "
    "NUMBERPOOLS_ENV=development."
)
_NOBODY = (
    "Nobody could sign in: set OIDC_VIEWER_GROUPS, OIDC_EDITOR_GROUPS, OIDC_ADMIN_GROUPS or "
    "ACCOUNT_ROLES, or OIDC_DEFAULT_ROLE together with OIDC_ALLOWED_DOMAINS (docs/security.md)."
)
_ANYBODY = (
    "OIDC_DEFAULT_ROLE lets everybody in whom the provider knows: say with OIDC_ALLOWED_DOMAINS or "
    "OIDC_ALLOWED_GROUPS who may come (docs/security.md)."
)


def _role(text: Any) -> Any:
    name = str(text).upper()
    if name not in Role.__members__:
        raise refusal("must be viewer, editor or administrator")
    return Role[name]


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
    oidc_max_age: int | None = Field(None, alias="OIDC_MAX_AGE", ge=0, le=31_536_000)
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

    def problems(self, *, needs_single_sign_on: bool, unusable: Collection[str]) -> list[str]:
        """A sentence for each reason why nobody could sign in, or everybody.

        `unusable`: the variables that are set, but wrong, of which these settings know nothing.
        """

        def is_set(*names: str) -> bool:
            return any(name in unusable or getattr(self, name.lower()) for name in names)

        told = []
        required = ["OIDC_ISSUER", "OIDC_CLIENT_ID"]
        if self.oidc_client_auth is ClientAuth.PRIVATE_KEY_JWT:
            required.append("OIDC_CLIENT_KEY")
        elif not self.client_key:
            required.append("OIDC_CLIENT_SECRET")
        missing = [name for name in required if not is_set(name)]
        if len(missing) == len(required):
            if not needs_single_sign_on:
                return []
            told.append(_NO_SIGN_IN)
        elif missing:
            told.append(f"Single sign-on is not complete without {' and '.join(missing)}.")
        if not is_set(*_ROLES, "OIDC_DEFAULT_ROLE"):
            told.append(_NOBODY)
        is_limited = is_set("OIDC_ALLOWED_DOMAINS", "OIDC_ALLOWED_GROUPS")
        if is_set("OIDC_DEFAULT_ROLE") and not is_limited:
            told.append(_ANYBODY)
        return told


def _account_role(position: int, entry: str) -> AccountRole:
    """``account:group=role``, account and group percent-encoded."""
    account_id, _, rest = entry.partition(":")
    group, _, role = rest.rpartition("=")
    if not group or role.upper() not in Role.__members__:
        raise refusal(
            "must be account:group=role, the role being viewer, editor or administrator, which "
            f"entry {position} is not"
        )
    if not is_account_id(unquote(account_id)):
        raise refusal(
            f"must hold ids of accounts of 8 small letters and digits, unlike entry {position}"
        )
    return AccountRole(unquote(account_id), unquote(group), Role[role.upper()])
