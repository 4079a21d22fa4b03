"""The numbers of one pool of ours, and the two tables of counts that are kept with them.

`pool_numbers` holds the numbers, `pool_ranges` how many of them lie in each stretch (`ranges.py`),
`pool_countries` how many each country has. They change together, in a transaction that has
locked the pool's row.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence

from sqlalchemy import (
    Connection,
    Select,
    bindparam,
    delete,
    func,
    insert,
    literal,
    select,
    update,
)

from numberpools.db.columns import new_version
from numberpools.db.database import Database
from numberpools.db.tables import pool_countries, pool_numbers, pool_ranges, pools
from numberpools.domain.numbers import country_of_prefix, country_prefix
from numberpools.domain.pools import PageRequest
from numberpools.stores.ranges import EVERYTHING, RANGE_LIMIT, NumberRange, cut, locate, shares

# Built once: building a query takes longer than running it.
_PAGE = (
    select(pool_numbers.c.number)
    .where(
        pool_numbers.c.pool_key == bindparam("pool_key"),
        pool_numbers.c.number >= bindparam("first"),
    )
    .order_by(pool_numbers.c.number)
    .offset(bindparam("skip"))
    .limit(bindparam("limit"))
)

_CONTENTS = (pool_numbers, pool_ranges, pool_countries)


class PoolContents:
    """Reads and changes the numbers of the pool with this key.

    The methods that change something take distinct numbers, ascending, and expect the caller to
    hold the lock of the pool's row.
    """

    def __init__(self, database: Database, connection: Connection, pool_key: int) -> None:
        self._database = database
        self._connection = connection
        self._pool_key = pool_key

    def page(self, page: PageRequest) -> list[str]:
        """The numbers of one page; empty beyond the last."""
        first, skip = "", page.offset
        if skip > RANGE_LIMIT:
            first, skip = locate(self._connection.execute(self._range_query()), skip)
        wanted = {"pool_key": self._pool_key, "first": first, "skip": skip, "limit": page.page_size}
        return [number for (number,) in self._connection.execute(_PAGE, wanted).all()]

    def search(self, digits: str, page: PageRequest) -> tuple[list[str], int]:
        """One page of the numbers that contain the digits, and how many do in all.

        Every number has to be looked at, but only once: a page that is not full is the last one,
        and where it is full, it was found early.
        """
        found = self._number_query().where(pool_numbers.c.number.contains(digits, autoescape=True))
        query = found.limit(page.page_size).offset(page.offset)
        numbers = list(self._connection.scalars(query))
        if len(numbers) < page.page_size and (numbers or page.offset == 0):
            return numbers, page.offset + len(numbers)
        count = select(func.count()).select_from(found.order_by(None).subquery())
        return numbers, self._connection.scalar(count) or 0

    def present(self, numbers: Sequence[str]) -> set[str]:
        """Those of the numbers that are in the pool."""
        given = self._database.given_texts(numbers)
        query = select(pool_numbers.c.number).where(
            pool_numbers.c.pool_key == self._pool_key,
            pool_numbers.c.number.in_(select(given.c.value)),
        )
        return set(self._connection.scalars(query))

    def countries(self) -> dict[str, int]:
        """How many numbers each ISO country has; '' stands for numbers of no country."""
        query = select(pool_countries.c.country, pool_countries.c.count)
        rows = self._connection.execute(query.where(pool_countries.c.pool_key == self._pool_key))
        return dict(iter(rows))

    def add(self, numbers: Sequence[str]) -> None:
        """Put numbers in, none of which is there yet."""
        if not numbers:
            return
        self._grow_ranges(numbers)
        given = self._database.given_texts(numbers)
        self._connection.execute(
            insert(pool_numbers).from_select(
                ["pool_key", "number"], select(literal(self._pool_key), given.c.value)
            )
        )
        self._count(numbers, 1)

    def remove(self, numbers: Sequence[str]) -> None:
        """Take numbers out, all of which are there."""
        if not numbers:
            return
        given = self._database.given_texts(numbers)
        self._connection.execute(
            delete(pool_numbers).where(
                pool_numbers.c.pool_key == self._pool_key,
                pool_numbers.c.number.in_(select(given.c.value)),
            )
        )
        self._shrink_ranges(numbers)
        self._count(numbers, -1)

    def replace(self, numbers: Sequence[str]) -> None:
        """Make these the pool's numbers, touching only what differs."""
        there = set(self._connection.scalars(self._number_query()))
        self.remove(sorted(there.difference(numbers)))
        self.add([number for number in numbers if number not in there])

    def delete(self) -> None:
        for table in _CONTENTS:
            self._connection.execute(delete(table).where(table.c.pool_key == self._pool_key))

    def recount(self) -> None:
        """Make all counts anew from the numbers (after an update of libphonenumber, say)."""
        numbers = list(self._connection.scalars(self._number_query()))
        self.delete()
        self._connection.execute(
            update(pools).where(pools.c.pool_key == self._pool_key).values(number_count=0)
        )
        self.add(numbers)

    def _number_query(self) -> Select[str]:
        query = select(pool_numbers.c.number).where(pool_numbers.c.pool_key == self._pool_key)
        return query.order_by(pool_numbers.c.number)

    def _range_query(self) -> Select[str, int]:
        query = select(pool_ranges.c.first, pool_ranges.c.count)
        return query.where(pool_ranges.c.pool_key == self._pool_key).order_by(pool_ranges.c.first)

    def _ranges(self) -> list[NumberRange]:
        rows = self._connection.execute(self._range_query())
        return [NumberRange(first, count) for first, count in rows]

    def _members(self, first: str, end: str | None) -> list[str]:
        query = self._number_query().where(pool_numbers.c.number >= first)
        if end is not None:
            query = query.where(pool_numbers.c.number < end)
        return list(self._connection.scalars(query))

    def _grow_ranges(self, numbers: Sequence[str]) -> None:
        ranges = self._ranges()
        grown: list[NumberRange] = []
        fresh: list[NumberRange] = [] if ranges else [EVERYTHING]
        for share in shares(ranges or [EVERYTHING], numbers):
            first, count = share.range.first, share.range.size + len(share.numbers)
            if count <= RANGE_LIMIT:
                grown.append(NumberRange(first, count))
                continue
            members = self._members(first, share.end) if share.range.size else []
            kept, *others = cut(first, sorted([*members, *share.numbers]))
            grown.append(kept)
            fresh.extend(others)
        self._write_ranges(grown, fresh)

    def _shrink_ranges(self, numbers: Sequence[str]) -> None:
        shrunk = [
            NumberRange(share.range.first, share.range.size - len(share.numbers))
            for share in shares(self._ranges(), numbers)
        ]
        self._write_ranges(shrunk, [])
        # The numbers of a range that is gone belong to the one before it; the first one stays.
        self._connection.execute(
            delete(pool_ranges).where(
                pool_ranges.c.pool_key == self._pool_key,
                pool_ranges.c.count == 0,
                pool_ranges.c.first != EVERYTHING.first,
            )
        )

    def _write_ranges(self, changed: list[NumberRange], fresh: list[NumberRange]) -> None:
        if fresh:
            self._connection.execute(
                insert(pool_ranges),
                [
                    {"pool_key": self._pool_key, "first": each.first, "count": each.size}
                    for each in fresh
                ],
            )
        self._connection.execute(
            update(pool_ranges)
            .where(
                pool_ranges.c.pool_key == self._pool_key,
                pool_ranges.c.first == bindparam("range_first"),
            )
            .values(count=bindparam("new_count")),
            [{"range_first": each.first, "new_count": each.size} for each in changed],
        )

    def _count(self, numbers: Sequence[str], sign: int) -> None:
        self._connection.execute(
            update(pools)
            .where(pools.c.pool_key == self._pool_key)
            .values(
                number_count=pools.c.number_count + sign * len(numbers),
                numbers_version=new_version(),
            )
        )
        counts = self.countries()
        changed = _by_country(numbers)
        for country in changed:
            changed[country] = counts.get(country, 0) + sign * changed[country]
        self._write_countries(changed)

    def _write_countries(self, counts: Mapping[str, int]) -> None:
        self._connection.execute(
            delete(pool_countries).where(
                pool_countries.c.pool_key == self._pool_key,
                pool_countries.c.country.in_(list(counts)),
            )
        )
        rows = [
            {"pool_key": self._pool_key, "country": country, "count": count}
            for country, count in counts.items()
            if count > 0
        ]
        if rows:
            self._connection.execute(insert(pool_countries), rows)


def _by_country(numbers: Sequence[str]) -> Counter[str]:
    """Numbers per country, '' for none. As they ascend, equal prefixes stand side by side."""
    counts: Counter[str] = Counter()
    position = 0
    while position < len(numbers):
        prefix = country_prefix(numbers[position])
        stop = bisect_left(numbers, prefix + ":", position)  # ":" comes right after "9"
        counts[country_of_prefix(prefix) or ""] += stop - position
        position = stop
    return counts
