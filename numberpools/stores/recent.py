"""Our own record of what we changed at a vendor a short while ago.

The vendor's lists may show an older state for a while, its answers don't: what they have told is
kept here, so that it outlives a restart, for as long as a look could contradict it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, delete, false, insert, or_, select, update

from numberpools import clock
from numberpools.db.database import Database
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
        known = {
            number: _IS_THERE[group.outcome]
            for group in groups
            if group.outcome in _IS_THERE
            for number in group.numbers
        }
        if not known:
            return
        with self._database.write() as connection:
            given = self._database.given_texts(list(known))
            same = _COLUMNS.number.in_(select(given.c.value))
            connection.execute(delete(recent_changes).where(self._of(pool_id), same))
            row = {
                "account_id": self._account_id,
                "pool_id": pool_id,
                "operation_id": operation_id,
                "at": clock.shared(connection),
            }
            rows = [{**row, "number": each, "is_there": there} for each, there in known.items()]
            connection.execute(insert(recent_changes), rows)

    def by_others(
        self, pool_id: str, numbers: Sequence[str], operation_id: str
    ) -> dict[str, Record]:
        """What anybody but this operation did to these numbers. '': no operation asks."""
        own = _COLUMNS.operation_id == operation_id if operation_id else false()
        return self._records(pool_id, numbers, ~own)

    def by(self, pool_id: str, numbers: Sequence[str], operation_id: str) -> dict[str, Record]:
        """What this operation did to these numbers."""
        return self._records(pool_id, numbers, _COLUMNS.operation_id == operation_id)

    def applied_to(self, pool_id: str, numbers: Iterable[str], at: datetime) -> set[str]:
        """The pool's numbers as they are, where a list showed these at that time."""
        found = set(numbers)
        for number, record in self._select(pool_id, _COLUMNS.at > at - self.lag).items():
            if record.is_there is not None:
                (found.add if record.is_there else found.discard)(number)
        return found

    def follow_renaming(self, old_id: str, new_id: str) -> None:
        with self._database.write() as connection:
            connection.execute(delete(recent_changes).where(self._of(new_id)))
            renamed = update(recent_changes).where(self._of(old_id)).values(pool_id=new_id)
            connection.execute(renamed)

    def forget(self, pool_id: str) -> None:
        """A pool that is created, or is gone, has nothing to do with an earlier one of its name."""
        with self._database.write() as connection:
            connection.execute(delete(recent_changes).where(self._of(pool_id)))

    def _of(self, pool_id: str) -> Any:
        return and_(_COLUMNS.account_id == self._account_id, _COLUMNS.pool_id == pool_id)

    def _records(self, pool_id: str, numbers: Sequence[str], whose: Any) -> dict[str, Record]:
        given = self._database.given_texts(numbers)
        return self._select(pool_id, whose, _COLUMNS.number.in_(select(given.c.value)))

    def _select(self, pool_id: str, *wanted: Any) -> dict[str, Record]:
        query = select(_COLUMNS.number, _COLUMNS.is_there, _COLUMNS.at)
        with self._database.glance() as connection:
            rows = connection.execute(query.where(self._of(pool_id), *wanted)).all()
        return {row.number: Record(row.is_there, row.at) for row in rows}


def forget_old(database: Database, lag: timedelta) -> None:
    """Drop what every look shows by now.

    What no operation did may be newer than the look of one that is under way, so it is kept for as
    long as there is any.
    """
    with database.write() as connection:
        under_way = select(operations.c.operation_id).where(
            operations.c.started_at.is_not(None), operations.c.finished_at.is_(None)
        )
        is_over = or_(_COLUMNS.operation_id != "", ~under_way.exists())
        old = _COLUMNS.at < clock.shared(connection) - lag
        connection.execute(delete(recent_changes).where(old, is_over))
