"""Who is there, and what they may do. Pages ask here and never how somebody signed in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import g, session

from numberpools.errors import NotAllowed, NotSignedIn

P = ParamSpec("P")
R = TypeVar("R")

_SESSION_KEY = "person"


class Role(IntEnum):
    """Each role may do what the ones below it may."""

    VIEWER = 1
    EDITOR = 2
    ADMINISTRATOR = 3


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    role: Role

    @property
    def can_edit(self) -> bool:
        """May change pools and their numbers."""
        return self.role >= Role.EDITOR

    @property
    def can_delete(self) -> bool:
        """May delete pools."""
        return self.role >= Role.ADMINISTRATOR


def current_person() -> Person | None:
    """The person whose browser sent this request; None where nobody is signed in."""
    if "person" not in g:
        stored = session.get(_SESSION_KEY)
        g.person = Person(stored["name"], Role[stored["role"]]) if stored else None
    person: Person | None = g.person
    return person


def sign_in(person: Person) -> None:
    """Start a new session; nothing of an earlier one is kept."""
    session.clear()
    session[_SESSION_KEY] = {"name": person.name, "role": person.role.name}
    g.pop("person", None)


def sign_out() -> None:
    session.clear()
    g.pop("person", None)


def require(role: Role) -> Person:
    """The person signed in. Raises NotSignedIn, and NotAllowed where their role does not reach."""
    person = current_person()
    if person is None:
        raise NotSignedIn("Sign in to see this page.")
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
