"""What became of each number of a request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """The value is what the database, the CSV and the API of the dashboard's pages call it."""

    ADDED = "added"
    REMOVED = "removed"
    MOVED = "moved"
    ALREADY_IN_POOL = "already-in-pool"
    NOT_IN_POOL = "not-in-pool"
    NOT_OWNED = "not-owned"
    INVALID = "invalid"
    DUPLICATE = "duplicate"
    REFUSED = "refused"
    NOT_CONFIRMED = "not-confirmed"
    CANCELLED = "cancelled"

    @property
    def is_failure(self) -> bool:
        """Whether a person would want to look at the number again."""
        return self in _FAILURES


_FAILURES = {
    Outcome.NOT_IN_POOL,
    Outcome.NOT_OWNED,
    Outcome.INVALID,
    Outcome.REFUSED,
    Outcome.NOT_CONFIRMED,
    Outcome.CANCELLED,
}


@dataclass(frozen=True, slots=True)
class OutcomeGroup:
    """Numbers that share an outcome and its reason.

    Stores answer with groups and not with a value per number: a million numbers that were all
    added are one group.
    """

    outcome: Outcome
    numbers: Sequence[str]
    reason: str = ""
