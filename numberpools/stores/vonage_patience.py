"""How long a page or a task waits for the vendor, all its calls taken together."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

SECONDS_OF_A_PAGE = 20.0


@dataclass(slots=True)
class Patience:
    seconds: float
    """What is left; each call of the vendor spends of it."""
    urgent: bool
    """Whether a person waits: those come first."""


_current: ContextVar[Patience | None] = ContextVar("patience", default=None)


@contextmanager
def patience(seconds: float = SECONDS_OF_A_PAGE, *, urgent: bool = True) -> Iterator[Patience]:
    """What the calls of the vendor inside may take together. Inside of one, another joins it.

    Every method of a vendor's store begins one, so 20 seconds are the most that it takes; a page
    of several calls, or a task in the background that may wait longer, begins its own around them.
    """
    if current := _current.get():
        yield current
        return
    begun = Patience(seconds, urgent)
    token = _current.set(begun)
    try:
        yield begun
    finally:
        _current.reset(token)


@contextmanager
def at_most(seconds: float) -> Iterator[Patience]:
    """Less patience for the calls inside than there is; what they use is used up outside too."""
    current = _current.get() or Patience(seconds, urgent=True)
    given = min(seconds, current.seconds)
    shorter = Patience(given, current.urgent)
    token = _current.set(shorter)
    try:
        yield shorter
    finally:
        _current.reset(token)
        current.seconds -= given - shorter.seconds
