"""The items of one batch: which are to be done, and what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Update,
    and_,
    bindparam,
    or_,
    select,
    update,
)

from numberpools.db.database import Database, texts_parameter
from numberpools.db.tables import operation_items as items
from numberpools.domain.outcomes import Outcome, OutcomeGroup
from numberpools.services.bulk.claims import Claim
from numberpools.services.bulk.steps import SECOND_HALF


@dataclass(frozen=True, slots=True)
class Numbers:
    """Numbers of a batch, and which of them were in the pools when these were looked at."""

    wanted: list[str]
    here: set[str]
    there: set[str]
    half_done: set[str]


def open_numbers(database: Database, claim: Claim, *, is_half_done: bool) -> Numbers:
    """Those of which nothing is known yet, with the first half of a move done or not."""
    return _read(database, _OPEN_NUMBERS, {**_of(claim), "half": is_half_done})


def unconfirmed_numbers(database: Database, claim: Claim) -> Numbers:
    return _read(database, _UNCONFIRMED_NUMBERS, _of(claim))


def record(
    database: Database,
    connection: Connection,
    claim: Claim,
    group: OutcomeGroup,
    *,
    of_unconfirmed: bool = False,
) -> dict[Outcome, int]:
    """Store an outcome, of open items or of those that are not confirmed; gives how many."""
    if not group.numbers:
        return {}
    given = database.as_parameter(group.numbers)
    told = {"to_outcome": group.outcome, "to_reason": group.reason, "numbers": given}
    statement = _outcome(is_sqlite=database.is_sqlite, of_unconfirmed=of_unconfirmed)
    stored = connection.execute(statement, {**_of(claim), **told})
    return {group.outcome: stored.rowcount}


def note_half_done(
    database: Database,
    connection: Connection,
    claim: Claim,
    numbers: Sequence[str],
    **values: object,
) -> None:
    """The first half of a move is done; with that, note whether the new pool had them before."""
    given = database.given_texts(numbers)
    is_named = items.c.number.in_(select(given.c.value))
    half_done = update(items).where(_MINE, or_(_OPEN, _UNCONFIRMED), is_named)
    connection.execute(half_done.values(is_half_done=True, **values), _of(claim))


_FIRST_HALVES = {second: str(first) for first, second in SECOND_HALF.items()}

# Built once: these run for every batch, and building takes longer than running.
_MINE = and_(
    items.c.operation_id == bindparam("of"),
    items.c.position.between(bindparam("first"), bindparam("last")),
    items.c.change == bindparam("step"),
)
"""The claim's items; between them may stand some of other batches."""
_OPEN = items.c.outcome.is_(None)
_UNCONFIRMED = items.c.outcome == Outcome.NOT_CONFIRMED


def _query(*wanted: ColumnElement[bool]) -> Select[Any]:
    columns = (items.c.number, items.c.was_here, items.c.was_there, items.c.is_half_done)
    return select(*columns).where(_MINE, *wanted).order_by(items.c.position)


_OPEN_NUMBERS = _query(_OPEN, items.c.is_half_done == bindparam("half"))
_UNCONFIRMED_NUMBERS = _query(_UNCONFIRMED)


@cache
def _outcome(*, is_sqlite: bool, of_unconfirmed: bool) -> Update:
    given = texts_parameter("numbers", is_sqlite=is_sqlite)
    before = _UNCONFIRMED if of_unconfirmed else _OPEN
    mine = update(items).where(_MINE, before, items.c.number.in_(select(given.c.value)))
    return mine.values(outcome=bindparam("to_outcome"), reason=bindparam("to_reason"))


def _of(claim: Claim) -> dict[str, object]:
    return {
        "of": claim.operation_id,
        "first": claim.first,
        "last": claim.last,
        "step": _FIRST_HALVES.get(claim.step, claim.step),
    }


def _read(database: Database, query: Select[Any], wanted: dict[str, object]) -> Numbers:
    with database.read() as connection:
        rows = connection.execute(query, wanted).all()
    return Numbers(
        [row.number for row in rows],
        {row.number for row in rows if row.was_here},
        {row.number for row in rows if row.was_there},
        {row.number for row in rows if row.is_half_done},
    )
