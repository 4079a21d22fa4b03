"""Entries of the trail, and what they are before they are stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from numberpools.domain.outcomes import Outcome, OutcomeGroup
from numberpools.services.actors import Actor

Values = Mapping[str, Any]
"""What JSON can hold, by name: settings of a pool, or totals."""


class Action(StrEnum):
    """What somebody did, or wanted to do."""

    CREATE_POOL = "create-pool"
    CHANGE_POOL = "change-pool"
    DELETE_POOL = "delete-pool"
    ADD_NUMBERS = "add-numbers"
    REMOVE_NUMBERS = "remove-numbers"
    START_OPERATION = "start-operation"
    PAUSE_OPERATION = "pause-operation"
    RESUME_OPERATION = "resume-operation"
    CANCEL_OPERATION = "cancel-operation"
    CHECK_OPERATION = "check-operation"
    END_OPERATION = "end-operation"
    DISCARD_LIST = "discard-list"
    UNDO = "undo"
    """Refused only: an undo that was carried out stands in the trail as the change that it is."""
    CREATE_ACCOUNT = "create-account"
    CREATE_SECRET = "create-secret"  # noqa: S105
    REPLACE_SECRET = "replace-secret"  # noqa: S105
    REVOKE_SECRET = "revoke-secret"  # noqa: S105
    SET_INVENTORY = "set-inventory"
    DROP_INVENTORY = "drop-inventory"


class Result(StrEnum):
    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"
    NOT_CONFIRMED = "not-confirmed"
    """It was sent to a vendor; whether it happened is not known."""


@dataclass(slots=True)
class Draft:
    """An entry that is about to be: what is done, before it is known how it ends."""

    action: Action
    account_id: str | None
    pool_id: str | None = None
    other_pool_id: str | None = None
    """The earlier id of a pool that was renamed, or the other pool of a move."""
    operation_id: str | None = None
    undo_of: int | None = None
    """The entry that this one takes back."""
    before: Values | None = None
    after: Values | None = None
    result: Result = Result.DONE
    reason: str = ""
    numbers: Sequence[OutcomeGroup] = ()
    is_settled: bool = False
    """Whether nothing is left to be recorded: it stands in the trail, or changes nothing."""

    def note_outcomes(self, groups: Sequence[OutcomeGroup]) -> None:
        """Note what became of numbers that were added or removed; no success at all is a refusal.

        Refused, it is nothing that has to be stored together with a change.
        """
        self.numbers = groups
        self.after = {group.outcome: len(group.numbers) for group in groups}
        if Outcome.NOT_CONFIRMED in self.after:
            self.result = Result.NOT_CONFIRMED
        elif all(group.outcome.is_failure for group in groups):
            self.result = Result.REFUSED
            self.reason = " ".join(dict.fromkeys(group.reason for group in groups))


@dataclass(frozen=True, slots=True)
class Entry:
    """Who changed what, when, from what to what."""

    entry_id: int
    at: datetime
    account_id: str | None
    pool_id: str | None
    other_pool_id: str | None
    action: Action
    actor: Actor
    operation_id: str | None
    undo_of: int | None
    before: Values | None
    """Only what changed; of a deleted pool everything."""
    after: Values | None
    result: Result
    reason: str
    undone_by: int | None = None
    """The entry that takes this one back."""
    number_outcome: Outcome | None = None
    """What became of the number that was searched for."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries somebody wants to see; what is empty does not matter."""

    actor: str = ""
    """A part of the name."""
    action: Action | None = None
    pool_id: str = ""
    """Under exactly this id."""
    history_of: str = ""
    """Of this pool, also under the ids that it had before."""
    number: str = ""
    since: datetime | None = None
    until: datetime | None = None
    """This moment is not included any more."""
