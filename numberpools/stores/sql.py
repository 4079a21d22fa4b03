"""Pools in our own database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict
from datetime import timedelta
from itertools import filterfalse, groupby
from json import loads
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from numberpools import clock
from numberpools.db.conflicts import is_taken, unique
from numberpools.db.database import Database
from numberpools.db.tables import accounts, inventory, pool_countries, pool_numbers, pools
from numberpools.domain.conclusions import LOST, Direction, Facts, Sight, conclude_all
from numberpools.domain.numbers import is_number
from numberpools.domain.outcomes import Outcome, OutcomeGroup
from numberpools.domain.pools import (
    MAXIMUM_PAGE,
    AnyPool,
    Fallback,
    OddPool,
    Page,
    PageRequest,
    Pool,
    PoolChanges,
    PoolCountries,
    PoolOrder,
    PoolSummary,
    Presence,
    readable,
    why_no_address,
)
from numberpools.errors import PoolChanged, PoolIdTaken, PoolNotFound
from numberpools.stores.contents import PoolContents
from numberpools.stores.interface import Known, Look

_ONE_OF_AN_ID = unique(pools, "account_id", "pool_id")
_MALFORMED = "A number is 7 to 15 digits, without a plus."

# Built once: building a query takes longer than running it.
_POOL = select(pools).where(
    pools.c.account_id == bindparam("account_id"), pools.c.pool_id == bindparam("pool_id")
)
_LOCKED_POOL = (
    _POOL.add_columns(accounts.c.has_inventory)
    .join(accounts, accounts.c.account_id == pools.c.account_id)
    .with_for_update(of=pools)
)

_COUNTRY_COUNT = (
    select(func.count())
    .where(pool_countries.c.pool_key == pools.c.pool_key, pool_countries.c.country != "")
    .scalar_subquery()
)

_ORDERS: dict[PoolOrder, ColumnElement[object]] = {
    PoolOrder.POOL_ID: pools.c.pool_id,
    PoolOrder.FALLBACK: pools.c.fallback,
    PoolOrder.LOCALIZED: pools.c.localized_sender_preferred,
    PoolOrder.PREDICTABLE: pools.c.predictable_sender_preferred,
    PoolOrder.NUMBERS: pools.c.number_count,
    PoolOrder.COUNTRIES: _COUNTRY_COUNT,
}


class SqlPoolStore:
    """The pools of an account of ours (`PoolStore`)."""

    can_delete_pools = True
    keeps_deleted_pools = True
    tells_what_was_there = True
    batch_size = 1_000_000

    def __init__(self, database: Database, account_id: str) -> None:
        self._database = database
        self.account_id = account_id

    def list_pools(
        self,
        page: PageRequest,
        *,
        containing: str = "",
        order: PoolOrder = PoolOrder.POOL_ID,
        descending: bool = False,
    ) -> Page[PoolSummary]:
        wanted = [pools.c.account_id == self.account_id]
        if containing:
            pool_id = func.lower(pools.c.pool_id)
            wanted.append(pool_id.contains(containing.lower(), autoescape=True))
        column = _ORDERS[order]
        query = (
            select(pools, _COUNTRY_COUNT.label("country_count"))
            .where(*wanted)
            .order_by(column.desc() if descending else column, pools.c.pool_id)
            .limit(page.page_size)
            .offset(page.offset)
        )
        with self._database.read() as connection:
            total = connection.scalar(select(func.count()).select_from(pools).where(*wanted)) or 0
            rows = connection.execute(query).all() if page.offset < total else []
        summaries = [PoolSummary(_pool(row), row.number_count, row.country_count) for row in rows]
        return Page(summaries, total, page.page, page.page_size)

    def summaries(self) -> dict[str, PoolSummary]:
        """Every pool, by its id."""
        page = self.list_pools(PageRequest(1, MAXIMUM_PAGE))
        return {summary.pool.pool_id: summary for summary in page.items}

    def has_pool(self, pool_id: str) -> bool:
        with self._database.read() as connection:
            return connection.execute(_POOL, self._key(pool_id)).one_or_none() is not None

    def get_pool(self, pool_id: str) -> AnyPool:
        with self._database.read() as connection:
            return _pool(self._row(connection, pool_id))

    def count_numbers(self, pool_id: str) -> int:
        with self._database.read() as connection:
            count: int = self._row(connection, pool_id).number_count
            return count

    def countries(self, pool_id: str) -> PoolCountries:
        with self._database.read() as connection:
            row = self._row(connection, pool_id)
            return PoolCountries(self._contents(connection, row).countries(), row.mirrored_at)

    def create_pool(self, pool: Pool) -> Pool:
        values = {**asdict(pool), "created_at": clock.now()}
        with self._database.write() as connection, _unique_pool_id(pool.pool_id):
            connection.execute(insert(pools), values)
        return pool

    def update_pool(self, pool_id: str, changes: PoolChanges, expected: str | None = None) -> Pool:
        with self._database.write() as connection:
            row = self._locked_row(connection, pool_id, expected)
            pool = changes.apply(readable(_pool(row)))
            with _unique_pool_id(pool.pool_id):
                connection.execute(
                    update(pools).where(pools.c.pool_key == row.pool_key).values(asdict(pool))
                )
            return pool

    def pool_to_change(self, pool_id: str) -> AnyPool:
        with self._database.write() as connection:
            return _pool(self._locked_row(connection, pool_id))

    def delete_pool(self, pool_id: str, expected: str | None = None) -> AnyPool:
        with self._database.write() as connection:
            row = self._locked_row(connection, pool_id, expected)
            self._contents(connection, row).delete()
            connection.execute(delete(pools).where(pools.c.pool_key == row.pool_key))
            return _pool(row)

    def list_numbers(self, pool_id: str, page: PageRequest, *, containing: str = "") -> Page[str]:
        with self._database.read() as connection:
            row = self._row(connection, pool_id)
            contents = self._contents(connection, row)
            if containing:
                numbers, total = contents.search(containing, page)
            else:
                total = row.number_count
                numbers = contents.page(page) if page.offset < total else []
            return Page(numbers, total, page.page, page.page_size, row.mirrored_at)

    def presence(self, pool_id: str, numbers: Sequence[str]) -> Presence:
        with self._database.read() as connection:
            row = self._row(connection, pool_id)
            return Presence(self._contents(connection, row).present(numbers), row.mirrored_at)

    def other_pools(self, pool_id: str, numbers: Sequence[str]) -> dict[str, str]:
        given = self._database.given_texts(numbers)
        query = (
            select(pool_numbers.c.number, func.min(pools.c.pool_id))
            .join(pools, pools.c.pool_key == pool_numbers.c.pool_key)
            .where(
                pools.c.account_id == self.account_id,
                pools.c.pool_id != pool_id,
                pool_numbers.c.number.in_(select(given.c.value)),
            )
            .group_by(pool_numbers.c.number)
        )
        with self._database.read() as connection:
            return dict(iter(connection.execute(query)))

    def together(self) -> AbstractContextManager[object]:
        return self._database.write()

    def look(self, pool_id: str, numbers: Sequence[str], operation_id: str = "") -> Look:
        with self._database.read() as connection:
            contents = self._contents(connection, self._row(connection, pool_id))
            return Look(contents.present(numbers), clock.shared(connection))

    def expected(self, pool_id: str, numbers: Sequence[str], known: Known) -> Set[str]:
        return self.look(pool_id, numbers).present

    def settle(
        self, pool_id: str, numbers: Sequence[str], direction: Direction, known: Known
    ) -> list[OutcomeGroup]:
        found = self.look(pool_id, numbers)
        facts = {
            number: Facts(
                direction,
                lag=timedelta(0),
                looked=Sight(number in known.present, known.looked_at),
                replies=(LOST,),
                sent_at=known.looked_at,
                after=Sight(number in found.present, found.at),
            )
            for number in numbers
        }
        return conclude_all(facts)

    def remember(self, pool_id: str, groups: Sequence[OutcomeGroup], operation_id: str) -> None:
        """What is in our own database is so at once."""

    def add_numbers(
        self, pool_id: str, numbers: Sequence[str], known: Known | None = None
    ) -> list[OutcomeGroup]:
        candidates, invalid = _well_formed(numbers)
        with self._database.write() as connection:
            row = self._locked_row(connection, pool_id)
            contents = self._contents(connection, row)
            present = contents.present(candidates) if row.number_count else set()
            absent = _without(candidates, present)
            not_owned = self._not_owned(connection, absent) if row.has_inventory else set()
            added = _without(absent, not_owned)
            contents.add(added)
        return _groups(
            (Outcome.ADDED, added, ""),
            (Outcome.ALREADY_IN_POOL, sorted(present), ""),
            (Outcome.NOT_OWNED, sorted(not_owned), "The account does not own this number."),
            (Outcome.INVALID, invalid, _MALFORMED),
        )

    def remove_numbers(
        self, pool_id: str, numbers: Sequence[str], known: Known | None = None
    ) -> list[OutcomeGroup]:
        candidates, invalid = _well_formed(numbers)
        with self._database.write() as connection:
            row = self._locked_row(connection, pool_id)
            contents = self._contents(connection, row)
            removed = sorted(contents.present(candidates))
            contents.remove(removed)
        return _groups(
            (Outcome.REMOVED, removed, ""),
            (Outcome.NOT_IN_POOL, _without(candidates, set(removed)), "Not in this pool."),
            (Outcome.INVALID, invalid, _MALFORMED),
        )

    def recount(self) -> None:
        """Make the counts of every pool anew from its numbers."""
        query = select(pools.c.pool_id).where(pools.c.account_id == self.account_id)
        with self._database.read() as connection:
            pool_ids = connection.scalars(query).all()
        for pool_id in pool_ids:
            with self._database.write() as connection:
                self._contents(connection, self._locked_row(connection, pool_id)).recount()

    def _row(self, connection: Connection, pool_id: str) -> Row[*tuple[Any, ...]]:
        row = connection.execute(_POOL, self._key(pool_id)).one_or_none()
        if row is None:
            raise PoolNotFound(pool_id)
        return row

    def _locked_row(
        self, connection: Connection, pool_id: str, expected: str | None = None
    ) -> Row[*tuple[Any, ...]]:
        """The pool's row, which nobody else can change until this transaction ends.

        On SQLite every writing transaction has the whole database to itself.
        """
        row = connection.execute(_LOCKED_POOL, self._key(pool_id)).one_or_none()
        if row is None:
            raise PoolNotFound(pool_id)
        if expected is not None and _pool(row).etag != expected:
            raise PoolChanged(pool_id)
        return row

    def _key(self, pool_id: str) -> dict[str, str]:
        """Raises PoolNotFound for what is no pool id at all: PostgreSQL refuses some texts."""
        if why_no_address(pool_id):
            raise PoolNotFound(pool_id)
        return {"account_id": self.account_id, "pool_id": pool_id}

    def _contents(self, connection: Connection, row: Row[*tuple[Any, ...]]) -> PoolContents:
        return PoolContents(self._database, connection, row.pool_key)

    def _not_owned(self, connection: Connection, numbers: Sequence[str]) -> set[str]:
        given = self._database.given_texts(numbers)
        query = select(inventory.c.number).where(
            inventory.c.account_id == self.account_id,
            inventory.c.number.in_(select(given.c.value)),
        )
        return set(numbers).difference(connection.scalars(query))


@contextmanager
def _unique_pool_id(pool_id: str) -> Iterator[None]:
    try:
        yield
    except IntegrityError as exc:
        if not is_taken(exc, _ONE_OF_AN_ID):
            raise
        raise PoolIdTaken(pool_id) from exc


def _pool(row: Row[*tuple[Any, ...]]) -> AnyPool:
    """A copy of a vendor's may be an odd one; one of ours never is."""
    fallback: Any = None if row.fallback is None else Fallback(row.fallback)
    settings = (fallback, row.localized_sender_preferred, row.predictable_sender_preferred)
    if row.problems is not None:
        return OddPool(row.account_id, row.pool_id, *settings, problems=loads(row.problems))
    return Pool(row.account_id, row.pool_id, *settings)


def _well_formed(numbers: Sequence[str]) -> tuple[list[str], list[str]]:
    """The distinct numbers, ascending, and the distinct texts that are none."""
    # A set would lose the order that a million numbers may have already, and sort them slowly.
    distinct = [number for number, _ in groupby(sorted(numbers))]
    malformed = list(filterfalse(is_number, distinct))
    return _without(distinct, set(malformed)), malformed


def _without(numbers: list[str], unwanted: set[str]) -> list[str]:
    return [number for number in numbers if number not in unwanted] if unwanted else numbers


def _groups(*groups: tuple[Outcome, list[str], str]) -> list[OutcomeGroup]:
    return [
        OutcomeGroup(outcome, numbers, reason) for outcome, numbers, reason in groups if numbers
    ]
