"""Who is there, and what they may do. Pages ask here and never how somebody signed in."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import wraps
from typing import ParamSpec, TypeVar, cast

from flask import g, request, session

from numberpools.auth.admission import readmit
from numberpools.auth.browsers import describe
from numberpools.auth.identity import Identity
from numberpools.auth.sessions import ORIGIN, PERSON, Session, hash_of
from numberpools.context import settings
from numberpools.domain.roles import Role
from numberpools.errors import AccountNotFound, NotAdmitted, NotAllowed, NotSignedIn

logger = logging.getLogger(__name__)

_MARK_CHARACTERS = 16

__all__ = [
    "Identity",
    "Person",
    "Role",
    "administers_account",
    "current_person",
    "require",
    "requires",
    "sees_account",
    "sign_in",
    "sign_out",
]

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is signed in, with the role they have on the account that this page is about."""

    name: str
    role: Role
    subject: str = ""
    email: str = ""
    groups: tuple[str, ...] = ()
    can_end_sessions: bool = False
    """Of anybody: this takes an administrator of the whole service."""

    @property
    def can_edit(self) -> bool:
        """May change pools and their numbers."""
        return self.role >= Role.EDITOR

    @property
    def can_delete(self) -> bool:
        """May delete pools, read the whole trail, and make and revoke API secrets."""
        return self.role >= Role.ADMINISTRATOR


def current_person() -> Person | None:
    """The person whose browser sent this request; None where nobody is signed in."""
    if "person" not in g:
        g.person = _person()
    person: Person | None = g.person
    return person


def _person() -> Person | None:
    identity = _identity()
    if identity is None:
        return None
    account_id = _account_of_page()
    role = identity.role if account_id is None else identity.role_on(account_id)
    # Whoever came in may look at what is theirs; `require` keeps them from all other accounts.
    return Person(
        identity.name,
        role or Role.VIEWER,
        identity.subject,
        identity.email,
        identity.groups,
        can_end_sessions=identity.role is Role.ADMINISTRATOR,
    )


def sees_account(account_id: str) -> bool:
    """Whether the person who is signed in has any role on this account."""
    identity = _identity()
    return identity is not None and identity.role_on(account_id) is not None


def administers_account(account_id: str) -> bool:
    """Whether the person who is signed in is an administrator on this account."""
    identity = _identity()
    return identity is not None and identity.role_on(account_id) is Role.ADMINISTRATOR


def sign_in(identity: Identity) -> None:
    """Start a new session, under a new id; nothing of an earlier one is kept."""
    session.clear()
    cast("Session", session).renew()
    identity = replace(identity, browser=describe(request.user_agent.string))
    session[PERSON], session[ORIGIN] = identity.stored()
    _forget_who_is_there()
    current_person()  # the log of requests tells who has signed in


def sign_out() -> None:
    session.clear()
    _forget_who_is_there()


def own_session() -> str | None:
    """The id of the session that this request belongs to, where somebody is signed in."""
    token = cast("Session", session).token
    return hash_of(token) if token and current_person() else None


def session_mark() -> str:
    """By which a page knows again the session that it was made for; empty: nobody is signed in."""
    return (own_session() or "")[:_MARK_CHARACTERS]


def _forget_who_is_there() -> None:
    g.pop("person", None)
    g.pop("identity", None)


def require(role: Role) -> Person:
    """The person signed in.

    Raises NotSignedIn, AccountNotFound where the page's account is none of theirs, and NotAllowed
    where their role does not reach.
    """
    person = current_person()
    if person is None:
        raise NotSignedIn("Sign in to see this page.")
    account_id = _account_of_page()
    if account_id is not None and not sees_account(account_id):
        raise AccountNotFound(account_id)
    if person.role < role:
        raise NotAllowed(
            f"You are signed in as {person.role.name.lower()}; this takes the role of "
            f"{role.name.lower()}."
        )
    return person


def requires(role: Role) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let a view be reached only by people with this role or a higher one."""

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            require(role)
            return view(*args, **kwargs)

        return guarded

    return decorate


def _identity() -> Identity | None:
    if "identity" not in g:
        g.identity = _present_identity() if PERSON in session else None
    identity: Identity | None = g.identity
    return identity


def _present_identity() -> Identity | None:
    """Whoever the settings let in no more since the sign-in is signed out."""
    identity = Identity.restored(session[PERSON], session.get(ORIGIN, {}))
    try:
        return as_of_now(identity)
    except NotAdmitted as exc:
        logger.warning("%s is signed out, being admitted no more: %s", exc.name, exc.reason)
        session.clear()
        return None


def as_of_now(identity: Identity) -> Identity:
    """With the role that the present settings give, and the groups that matter by them.

    A person may be in thousands, and pages ask for the role on many accounts. Raises NotAdmitted.
    """
    has_no_password = not identity.issuer and settings().is_development
    admitted = identity if has_no_password else readmit(identity, settings())
    known = {each.group for each in settings().account_roles}
    return replace(admitted, groups=tuple(known.intersection(admitted.groups)))


def _account_of_page() -> str | None:
    """The account in the page's address: every page about an account names it there."""
    account_id: str | None = (request.view_args or {}).get("account_id")
    return account_id
