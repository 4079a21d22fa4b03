"""Who somebody is, as the provider said at the sign-in and the session keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from numberpools.context import settings
from numberpools.domain.roles import Role

_ORIGIN = ("issuer", "domain", "sid", "browser")
"""What the release before did not store, and does not expect beside the rest."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody who signed in, and the role that the settings of today give them."""

    subject: str
    """Never changes and is nobody else's, unlike name and e-mail."""
    name: str
    role: Role | None
    """On every account; None: only where `ACCOUNT_ROLES` gives one of the groups a role."""
    email: str = ""
    """Empty where the provider does not say that it is the person's own."""
    groups: tuple[str, ...] = ()
    """All that the provider told, since the settings may change while the session lasts."""
    issuer: str = ""
    """The provider that said all this; empty after a sign-in without password, for development."""
    domain: str = ""
    """The organisation's, by which `OIDC_ALLOWED_DOMAINS` lets people in."""
    sid: str = ""
    """What the provider calls its own session of this person, where it says so."""
    browser: str = ""
    """In a few words, for the person to tell their sessions apart."""

    def role_on(self, account_id: str) -> Role | None:
        """The highest role that this person has on the account; None: it is none of theirs."""
        roles = [
            each.role
            for each in settings().account_roles
            if each.account_id == account_id and each.group in self.groups
        ]
        return max([*roles, self.role] if self.role else roles, default=None)

    def stored(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """As JSON can hold it: what every release understands, and what is new."""
        person = {
            "subject": self.subject,
            "name": self.name,
            "role": self.role and self.role.name,
            "email": self.email,
            "groups": list(self.groups),
        }
        return person, {name: getattr(self, name) for name in _ORIGIN}

    @classmethod
    def restored(cls, person: dict[str, Any], origin: dict[str, Any]) -> Identity:
        """What `stored` gave; another release may have stored more, or less."""
        return cls(
            person["subject"],
            person["name"],
            Role[person["role"]] if person["role"] else None,
            person["email"],
            tuple(person["groups"]),
            **{name: origin.get(name, "") for name in _ORIGIN},
        )
