"""Who of those whom the provider knows gets in, and as what. Pure: claims in, an identity out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from numberpools.auth.identity import Identity
from numberpools.domain.roles import Role
from numberpools.errors import NotAdmitted
from numberpools.settings import SignInSettings

_GOOGLE = "https://accounts.google.com"
_LONGEST_TEXT = 255
_OUTSIDE = "you are in none of the groups that may use it"
_TOO_MANY_GROUPS = (
    "you are in too many groups: your organisation's sign-in service does not name them here, and "
    "so it can't be told what you may do"
)
_TOO_MANY_GROUPS_HINT = (
    "their groups are too many for a token (Entra ID calls it a group overage). Let the provider "
    "name only groups that are assigned to this application, as docs/security.md says"
)


def admit(claims: dict[str, Any], settings: SignInSettings) -> Identity:
    """Raises NotAdmitted, which says who somebody is signed in as, and why that is not enough."""
    email = verified_email(claims, settings)
    groups = groups_of(claims, settings)
    name = _name(claims, settings, email)
    if settings.groups_decide and has_unnamed_groups(claims, settings):
        # Whoever has a default role would get that, silently, in place of a higher one.
        raise NotAdmitted(name, _TOO_MANY_GROUPS, _TOO_MANY_GROUPS_HINT)
    identity = Identity(
        text_of(claims["sub"]),
        name,
        None,
        email,
        tuple(sorted(groups)),
        issuer=settings.oidc_issuer,
        domain=_domain(claims, email),
        sid=text_of(claims.get("sid")),
    )
    return readmit(identity, settings)


def readmit(identity: Identity, settings: SignInSettings) -> Identity:
    """With the role that these settings give, which may be others than at the sign-in.

    Raises NotAdmitted where they let this person in no more.
    """
    name, groups = identity.name, set(identity.groups)
    if identity.issuer != settings.oidc_issuer:
        raise NotAdmitted(name, "by another provider than the one that counts now")
    if settings.oidc_allowed_domains:
        if not identity.email:
            raise NotAdmitted(name, "the provider does not confirm your e-mail address")
        if identity.domain not in settings.oidc_allowed_domains:
            raise NotAdmitted(name, "your e-mail address is of another organisation")
    hint = (
        "" if groups else f"the provider names no groups in the claim {settings.oidc_groups_claim}"
    )
    if settings.oidc_allowed_groups and not groups & set(settings.oidc_allowed_groups):
        raise NotAdmitted(name, _OUTSIDE, hint)
    role = _role(groups, settings)
    if role is None and not any(each.group in groups for each in settings.account_roles):
        raise NotAdmitted(name, _OUTSIDE, hint)
    return replace(identity, role=role)


def verified_email(claims: dict[str, Any], settings: SignInSettings) -> str:
    """Empty where the provider does not say that the address is the person's own."""
    email = text_of(claims.get(settings.oidc_email_claim))
    said = claims.get("email_verified")
    # It speaks of `email` alone. Core 1.0 has a boolean; some providers send the word.
    is_said = settings.oidc_email_claim == "email" and (said is True or said == "true")
    is_verified = is_said or settings.oidc_email_is_verified
    return email if is_verified and email.count("@") == 1 else ""


def groups_of(claims: dict[str, Any], settings: SignInSettings) -> set[str]:
    """The texts of the claim, which may be one or a list.

    A dot leads into an object where no claim has the whole name: `realm_access.roles`.
    """
    name = settings.oidc_groups_claim
    value: Any = claims.get(name)
    if value is None:
        value = claims
        for part in name.split("."):
            value = value.get(part) if isinstance(value, dict) else None
    found = value if isinstance(value, list) else [value]
    return {each for each in found if isinstance(each, str)}


def has_unnamed_groups(claims: dict[str, Any], settings: SignInSettings) -> bool:
    """Whether the provider says that there are groups which it does not name here.

    A distributed claim (OpenID Connect Core 1.0, section 5.6.2), which Entra ID sends instead of
    more than 200 groups, or `hasgroups`, where it has no room for that either.
    """
    elsewhere = claims.get("_claim_names")
    name = settings.oidc_groups_claim
    is_elsewhere = isinstance(elsewhere, dict) and not elsewhere.keys().isdisjoint(
        {name, name.partition(".")[0]}
    )
    said = claims.get("hasgroups")
    has_groups = name == "groups" and (said is True or said == "true")
    return is_elsewhere or has_groups


def _role(groups: set[str], settings: SignInSettings) -> Role | None:
    """The highest that a group gives; without any, the default."""
    for role, wanted in (
        (Role.ADMINISTRATOR, settings.oidc_admin_groups),
        (Role.EDITOR, settings.oidc_editor_groups),
        (Role.VIEWER, settings.oidc_viewer_groups),
    ):
        if groups & set(wanted):
            return role
    return settings.oidc_default_role


def _domain(claims: dict[str, Any], email: str) -> str:
    """The organisation's domain.

    Anybody can make a Google account with an address of their employer and keep it afterwards;
    only accounts that the organisation itself looks after have the claim `hd`.
    """
    if claims.get("iss") == _GOOGLE:
        return text_of(claims.get("hd")).lower()
    return email.rpartition("@")[2].lower()


def _name(claims: dict[str, Any], settings: SignInSettings, email: str) -> str:
    names = (claims.get(settings.oidc_name_claim), claims.get("preferred_username"), email)
    return next(filter(None, map(text_of, names)), text_of(claims["sub"]))


def text_of(value: Any) -> str:
    """The value as one line that can be stored and shown; empty where it is no text."""
    if not isinstance(value, str):
        return ""
    return "".join(filter(str.isprintable, value)).strip()[:_LONGEST_TEXT]
