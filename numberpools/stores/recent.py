"""Our own record of what we changed at a vendor a short while ago.

The vendor's lists may show an older state for a while, its answers don't: what they have told is
kept here, so that it outlives a restart, for as long as a look could contradict it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Insert,
    Row,
    Select,
    Text,
    and_,
    bindparam,
    delete,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from numberpools import clock
from numberpools.db.columns import UtcDateTime
from numberpools.db.database import Database, texts_parameter
from numberpools.db.tables import operations, recent_changes
from numberpools.domain.conclusions import Record
from numberpools.domain.outcomes import Outcome, OutcomeGroup

_IS_THERE = {
    Outcome.ADDED: True,
    Outcome.REMOVED: False,
    Outcome.NOT_IN_POOL: False,
    Outcome.NOT_CONFIRMED: None,
}
"""What the outcome of a call says of the number after it; others say nothing."""

_LONGEST_LOOK = timedelta(minutes=10)
"""From reading the first page of a pool to asking for what it may not show."""

_COLUMNS = recent_changes.c


class RecentChanges:
    """What was done to the numbers of one account's pools, by whatever part of the service."""

    def __init__(self, database: Database, account_id: str, lag: timedelta) -> None:
        self._database = database
        self._account_id = account_id
        self.lag = lag

    def now(self) -> datetime:
        """The time by which all of this is told."""
        return self._database.now()

    def note(self, pool_id: str, groups: Iterable[OutcomeGroup], operation_id: str) -> None:
        """Keep what a call did. `operation_id`: '' where no operation did it."""
        known: dict[bool | None, list[str]] = defaultdict(list)
        for group in groups:
            if group.outcome in _IS_THERE:
                known[_IS_THERE[group.outcome]].extend(group.numbers)
        if not any(known.values()):
            return
        with self._database.write() as connection:
            row = {**self._ids(pool_id), "operation": operation_id, "now": clock.shared(connection)}
            for is_there, numbers in known.items():
                given = {"is_there": is_there, "numbers": self._database.as_parameter(numbers)}
                connection.execute(_keep(is_sqlite=self._database.is_sqlite), {**row, **given})

    def by_others(
        self, pool_id: str, numbers: Sequence[str], operation_id: str
    ) -> dict[str, Record]:
        """What anybody but this operation did to these numbers last. '': no operation asks."""
        return {
            row.number: Record(row.is_there, row.at)
            for row in self._found(pool_id, numbers)
            if not operation_id or row.operation_id != operation_id
        }

    def by(self, pool_id: str, numbers: Sequence[str], operation_id: str) -> dict[str, Record]:
        """What this operation did to these numbers last."""
        return {
            row.number: Record(row.is_there, row.at)
            for row in self._found(pool_id, numbers)
            if row.operation_id == operation_id
        }

    def applied_to(self, pool_id: str, numbers: Iterable[str], at: datetime) -> set[str]:
        """The pool's numbers as they are, where a list showed these at that time."""
        query = (
            select(_COLUMNS.number, _COLUMNS.is_there)
            .where(_is_of(), _COLUMNS.at > at - self.lag)
            .order_by(_COLUMNS.at)
        )
        with self._database.glance() as connection:
            last = dict(connection.execute(query, self._ids(pool_id)).all())
        there = {number for number, is_there in last.items() if is_there}
        gone = {number for number, is_there in last.items() if is_there is False}
        return (set(numbers) | there) - gone

    def follow_renaming(self, old_id: str, new_id: str) -> None:
        with self._database.write() as connection:
            connection.execute(delete(recent_changes).where(_is_of()), self._ids(new_id))
            renamed = update(recent_changes).where(_is_of()).values(pool_id=new_id)
            connection.execute(renamed, self._ids(old_id))

    def forget(self, pool_id: str) -> None:
        """A pool that is created, or is gone, has nothing to do with an earlier one of its name."""
        with self._database.write() as connection:
            connection.execute(delete(recent_changes).where(_is_of()), self._ids(pool_id))

    def _found(self, pool_id: str, numbers: Sequence[str]) -> Sequence[Row[Any]]:
        """What was done, and by which operation; the last comes last."""
        wanted = {**self._ids(pool_id), "numbers": self._database.as_parameter(numbers)}
        query = _of_numbers(is_sqlite=self._database.is_sqlite)
        with self._database.glance() as connection:
            return connection.execute(query, wanted).all()

    def _ids(self, pool_id: str) -> dict[str, str]:
        return {"account": self._account_id, "pool": pool_id}


# Built once for each database: these run for every batch, and building takes longer than running.


@cache
def _keep(*, is_sqlite: bool) -> Insert:
    given = texts_parameter("numbers", is_sqlite=is_sqlite)
    names = ["account_id", "pool_id", "number", "operation_id", "is_there", "at"]
    row = select(
        bindparam("account", type_=Text),
        bindparam("pool", type_=Text),
        given.c.value,
        bindparam("operation", type_=Text),
        bindparam("is_there", type_=Boolean),
        bindparam("now", type_=UtcDateTime),
    )
    into = (sqlite if is_sqlite else postgresql).insert(recent_changes)
    # SQLite takes what follows a FROM without a WHERE for a join's condition.
    new = into.from_select(names, row.where(true()))
    kept: Insert = new.on_conflict_do_update(
        index_elements=names[:4], set_={name: new.excluded[name] for name in names[4:]}
    )
    return kept


@cache
def _of_numbers(*, is_sqlite: bool) -> Select[Any]:
    given = texts_parameter("numbers", is_sqlite=is_sqlite)
    columns = (_COLUMNS.number, _COLUMNS.is_there, _COLUMNS.at, _COLUMNS.operation_id)
    mine = select(*columns).where(_is_of(), _COLUMNS.number.in_(select(given.c.value)))
    return mine.order_by(_COLUMNS.at)


def _is_of() -> ColumnElement[bool]:
    return and_(_COLUMNS.account_id == bindparam("account"), _COLUMNS.pool_id == bindparam("pool"))


def forget_old(database: Database, lag: timedelta) -> None:
    """Drop what every look shows by now, also one that began a while ago.

    What no operation did may be newer than the look of one that is under way, so it is kept for as
    long as there is any.
    """
    with database.write() as connection:
        under_way = select(operations.c.operation_id).where(
            operations.c.started_at.is_not(None), operations.c.finished_at.is_(None)
        )
        is_over = or_(_COLUMNS.operation_id != "", ~under_way.exists())
        old = _COLUMNS.at < clock.shared(connection) - lag - _LONGEST_LOOK
        connection.execute(delete(recent_changes).where(old, is_over))
