"""Operations, the items they consist of, and the words for their states."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from numberpools.domain.outcomes import Outcome
from numberpools.domain.phone import Doubt
from numberpools.services.bulk.brought import ListChoices, Reading


class Action(StrEnum):
    """What a person asks for."""

    ADD = "add"
    REMOVE = "remove"
    MOVE = "move"
    MAKE_EQUAL = "make-equal"
    UNDO = "undo"


class State(StrEnum):
    """
    READING ──> READY ──> QUEUED ──> RUNNING ──> FINISHED
       │                    │  ^       │  │
       v                    v  │       v  v
    UNREADABLE              PAUSED <───┘  CANCELLING ──> CANCELLED

    A pasted list begins at QUEUED. Every change is a conditional UPDATE. What nobody has worked on
    for long is PAUSED, from CANCELLING too.
    """

    READING = "reading"
    READY = "ready"
    UNREADABLE = "unreadable"
    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"
    FINISHED = "finished"

    @property
    def is_list(self) -> bool:
        """Whether this is a list only as yet: nothing of it happens before a person says so."""
        return self in {State.READING, State.READY, State.UNREADABLE}

    @property
    def has_ended(self) -> bool:
        return self in {State.CANCELLED, State.FINISHED}


class Change(StrEnum):
    """What is done with one number; "here" is the operation's pool, "there" its target pool."""

    ADD = "add"
    REMOVE = "remove"
    MOVE = "move"
    """From here to there."""
    BRING = "bring"
    """From there to here."""
    ADD_THERE = "add-there"
    REMOVE_THERE = "remove-there"


INVERSE = {
    Change.ADD: Change.REMOVE,
    Change.REMOVE: Change.ADD,
    Change.MOVE: Change.BRING,
    Change.BRING: Change.MOVE,
    Change.ADD_THERE: Change.REMOVE_THERE,
    Change.REMOVE_THERE: Change.ADD_THERE,
}


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of the list, and what became of it: `outcome` is None as long as it is open."""

    line: int
    """In the list, from 1; 0 for a number that stands in none."""
    text: str
    number: str | None
    outcome: Outcome | None
    reason: str = ""
    change: Change | None = None
    was_here: bool | None = None
    """Whether the pool had the number; None where that was not looked up."""
    other_pool: str | None = None
    """Another pool of the account that has the number."""
    sheet: int = 0
    """The place of its sheet, in a list that has several."""
    position: int = 0
    doubt: Doubt | None = None
    """What a choice for the whole list would settle."""
    note: str = ""
    """How it was read, where more than its own writing decided that."""


@dataclass(frozen=True, slots=True)
class Operation:
    operation_id: str
    account_id: str
    pool_id: str
    target_pool_id: str | None
    action: Action | None
    state: State
    started_by: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    undo_of: str | None
    list_name: str
    country: str
    choices: ListChoices
    reading: Reading
    line_count: int
    item_count: int
    problem: str
    """Why it does not go on, or what is wrong with the list."""
    retry_at: datetime | None
    """When a paused one goes on by itself."""
    totals: Mapping[Outcome, int]
    """Items by outcome, without the open ones."""

    @property
    def done_count(self) -> int:
        return sum(self.totals.values())

    @property
    def open_count(self) -> int:
        return self.item_count - self.done_count

    @property
    def failure_count(self) -> int:
        return sum(count for outcome, count in self.totals.items() if outcome.is_failure)

    @property
    def success_count(self) -> int:
        """Items that are as they were wanted; with the failed and the open ones, they are all."""
        return self.done_count - self.failure_count

    @property
    def wanted_count(self) -> int:
        """How many numbers it is about: without entries that are no numbers, and duplicates."""
        return self.item_count - sum(self.totals.get(outcome, 0) for outcome in _UNUSABLE)

    @property
    def retry_count(self) -> int:
        """How many numbers may fare better at the next try."""
        return sum(self.totals.get(outcome, 0) for outcome in RETRIED)

    @property
    def change_count(self) -> int:
        """How many numbers it has changed."""
        return sum(self.totals.get(outcome, 0) for outcome in CHANGED)


_UNUSABLE = (Outcome.INVALID, Outcome.DUPLICATE)

CHANGED = (Outcome.ADDED, Outcome.REMOVED, Outcome.MOVED)

RETRIED = (Outcome.REFUSED, Outcome.NOT_OWNED, Outcome.NOT_CONFIRMED, Outcome.CANCELLED)
"""Outcomes that may come out differently at the next try."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How quickly an operation goes on at present; None where that is not known yet."""

    numbers_per_second: float | None
    time_left: timedelta | None
