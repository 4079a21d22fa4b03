"""Clients that add and remove the same numbers at once: is every answer true?

Each answer says something about each number that it names. All of them are true if, for every
number, the calls can be put into an order in which none comes before one that had ended when it
began, and in which every answer is what the number's state at that point calls for; and that
order has to end in the state that the number is found in. (Herlihy and Wing, "Linearizability".)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from random import Random
from threading import Barrier
from time import monotonic_ns

from flask.testing import FlaskClient
from sqlalchemy import func, select

from numberpools.db.database import Database
from numberpools.db.tables import pool_countries, pool_numbers, pool_ranges
from numberpools.domain.pools import PageRequest, Pool
from numberpools.services import pools
from numberpools.stores import PoolStore, Stores
from tests.api.expectations import NUMBERS, REMOVAL

THREADS = 10
CALLS_PER_THREAD = 8
SHARED = [str(15556660000 + position) for position in range(12)]


@dataclass(frozen=True)
class Claim:
    """What one answer says about one number."""

    began: int
    ended: int
    before: bool | None
    """Whether it says that the number was in the pool until then; None: it does not say."""
    after: bool
    """Whether it says that the number is in the pool from then on."""


def can_be_true(claims: Sequence[Claim], found: bool) -> bool:
    """Whether the claims have an order that starts outside of the pool and ends as found."""
    seen = set()
    open_states = [(frozenset(range(len(claims))), False)]
    while open_states:
        rest, present = open_states.pop()
        if not rest and present == found:
            return True
        if (rest, present) in seen or not rest:
            continue
        seen.add((rest, present))
        first_end = min(claims[index].ended for index in rest)
        for index in rest:
            claim = claims[index]
            if claim.began <= first_end and claim.before in (None, present):
                open_states.append((rest - {index}, claim.after))
    return False


def test_the_order_of_claims_is_judged_rightly() -> None:
    added = Claim(0, 10, None, True)
    removed = Claim(5, 15, True, False)
    assert can_be_true([added, removed], found=False)
    assert not can_be_true([added, removed], found=True)
    assert not can_be_true([added, removed, Claim(6, 9, True, False)], found=False)
    assert not can_be_true([added, Claim(11, 12, False, False)], found=True)
    assert can_be_true([added, Claim(9, 12, False, False)], found=True)


def test_ten_clients_that_add_and_remove_the_same_numbers(
    make_caller: Callable[[], FlaskClient],
    make_pool: Callable[..., Pool],
    store: PoolStore,
    stores: Stores,
    database: Database,
) -> None:
    make_pool("support")
    start = Barrier(THREADS)

    def run(seed: int) -> list[tuple[str, Claim]]:
        caller, random = make_caller(), Random(seed)  # noqa: S311
        start.wait()
        return [claim for _ in range(CALLS_PER_THREAD) for claim in call(caller, random)]

    with ThreadPoolExecutor(THREADS) as threads:
        claims = [claim for made in threads.map(run, range(THREADS)) for claim in made]
    found = store.look("support", SHARED).present
    for number in SHARED:
        about = [claim for named, claim in claims if named == number]
        assert can_be_true(about, number in found), number
    assert_counts(stores, database, len(found))


def call(caller: FlaskClient, random: Random) -> Iterator[tuple[str, Claim]]:
    """Add or remove some of the numbers, and yield what the answer says about each."""
    numbers = random.sample(SHARED, random.randint(1, len(SHARED)))
    adding = random.random() < 0.5
    began = monotonic_ns()
    answer = caller.post(NUMBERS if adding else REMOVAL, json={"numbers": numbers})
    ended = monotonic_ns()
    if adding:
        assert answer.status_code == 200
        assert answer.get_json()["numbers"] == sorted(numbers)
        for number in numbers:
            yield number, Claim(began, ended, None, True)
        return
    missing: list[str] = []
    if answer.status_code != 204:
        body = answer.get_json()
        (error,) = body["error"]["errors"] if answer.status_code == 207 else body["errors"]
        missing = error["numbers"]
        assert body.get("numbers", []) == sorted(set(numbers) - set(missing))
    for number in numbers:
        yield number, Claim(began, ended, number not in missing, False)


def assert_counts(stores: Stores, database: Database, amount: int) -> None:
    """The counts that are kept with the numbers are what counting the numbers gives."""
    assert pools.list_numbers(stores, "abcd1234", "support", PageRequest()).total_items == amount
    with database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(pool_numbers)) == amount
        assert connection.scalar(select(func.sum(pool_ranges.c.count))) == amount
        kept = set(connection.execute(select(pool_countries)).all())
    pools.recount(stores, "abcd1234")
    with database.read() as connection:
        assert set(connection.execute(select(pool_countries)).all()) == kept
