"""The settings of single sign-on and of sessions: `docs/security.md` tells their story."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, Any
from urllib.parse import unquote

from pydantic import BaseModel, BeforeValidator, Field, SecretStr, field_validator

from numberpools.domain.pools import is_account_id
from numberpools.domain.roles import AccountRole, Role
from numberpools.settings.values import Listed, check_url, refusal

_PROVIDER = ("OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET")
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


class SignInSettings(BaseModel):
    oidc_issuer: str = Field("", alias="OIDC_ISSUER")
    oidc_client_id: str = Field("", alias="OIDC_CLIENT_ID")
    oidc_client_secret: SecretStr | None = Field(None, alias="OIDC_CLIENT_SECRET")
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

    def problems(self, *, needs_single_sign_on: bool, unusable: Collection[str]) -> list[str]:
        """A sentence for each reason why nobody could sign in, or everybody.

        `unusable`: the variables that are set, but wrong, of which these settings know nothing.
        """

        def is_set(*names: str) -> bool:
            return any(name in unusable or getattr(self, name.lower()) for name in names)

        told = []
        missing = [name for name in _PROVIDER if not is_set(name)]
        if len(missing) == len(_PROVIDER):
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
