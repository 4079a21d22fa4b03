"""What was told falsely once, again and again, with real workers and in real time.

A hundred runs of each with ``--chaos``, side by side; two of some in the suite. tests/services/bulk
has the same step by step, under a clock that is held.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from threading import Event, Thread

import pytest

from numberpools.services import pools
from numberpools.services.bulk import Action
from tests.chaos import report
from tests.chaos.crew import Crew
from tests.chaos.events import By
from tests.chaos.scale import PLAIN, Conditions, Scale

HUNDRED = [f"4474{number:08}" for number in range(100)]
X, Y = HUNDRED[:2]
LAGS = (Conditions(0.7), Conditions(3.0))

POOL = [f"4474{number:08}" for number in range(6_000)]
LISTED = [number for place, number in enumerate(POOL) if place % 6]
EDGES = [number for place, number in enumerate(POOL) if place % 1_000 < 100 and place % 6]
ACTIONS: list[Action] = [Action.ADD, Action.MOVE]
SECONDS_OF_A_PAGE = 0.03
SECONDS_BETWEEN_REMOVALS = 0.05
AT_ONCE = 5
"""Pools: for each second of the lag, so that what follows comes in time."""


@dataclass(frozen=True)
class Sequence:
    """Operations on one pool, each begun as soon as the one before has ended."""

    before: list[str]
    """What the pool has."""
    operations: Callable[[Crew, str, str], Iterator[str]]
    """Of a pool, and of a list of the hundred that was read for it, if it needs one."""
    reports: list[dict[str, int]]
    after: list[str]
    needs_list: bool = False

    def __str__(self) -> str:
        return self.operations.__name__


def remove_and_undo(one: Crew, pool_id: str, list_id: str) -> Iterator[str]:
    yield one.begin(list_id, Action.REMOVE)
    yield one.undo(list_id)


def move_and_undo(one: Crew, pool_id: str, list_id: str) -> Iterator[str]:
    yield one.begin(list_id, Action.MOVE, f"{pool_id}-new")
    yield one.undo(list_id)


def add_twice_and_undo(one: Crew, pool_id: str, list_id: str) -> Iterator[str]:
    yield one.start([X], Action.ADD, pool_id)
    yield (second := one.start([X, Y], Action.ADD, pool_id))
    yield one.undo(second)


def add_by_hand_then_twice_and_undo(one: Crew, pool_id: str, list_id: str) -> Iterator[str]:
    pools.add_numbers(one.stores, one.account_id, pool_id, [X])
    yield (second := one.start([X, Y], Action.ADD, pool_id))
    yield one.undo(second)


def remove_and_add(one: Crew, pool_id: str, list_id: str) -> Iterator[str]:
    yield one.start([X], Action.REMOVE, pool_id)
    yield one.start([X], Action.ADD, pool_id)


def remove_by_hand_and_add(one: Crew, pool_id: str, list_id: str) -> Iterator[str]:
    pools.remove_numbers(one.stores, one.account_id, pool_id, [X])
    yield one.start([X], Action.ADD, pool_id)


SEQUENCES: list[Sequence] = [
    Sequence(HUNDRED, move_and_undo, [{"moved": 100}, {"moved": 100}], HUNDRED, True),
    Sequence(HUNDRED, remove_and_undo, [{"removed": 100}, {"added": 100}], HUNDRED, True),
    Sequence(
        [],
        add_twice_and_undo,
        [{"added": 1}, {"already-in-pool": 1, "added": 1}, {"removed": 1}],
        [X],
    ),
    Sequence(
        [],
        add_by_hand_then_twice_and_undo,
        [{"already-in-pool": 1, "added": 1}, {"removed": 1}],
        [X],
    ),
    Sequence([X], remove_and_add, [{"removed": 1}, {"added": 1}], [X]),
    Sequence([X], remove_by_hand_and_add, [{"added": 1}], [X]),
]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """All of them with ``--chaos``; one of each kind else."""
    last = None if metafunc.config.getoption("--chaos") else 1
    for name, values in (("sequence", SEQUENCES), ("action", ACTIONS)):
        if name in metafunc.fixturenames:
            metafunc.parametrize(name, values[:last], ids=str)


@pytest.mark.short_on("sqlite")
@pytest.mark.long_on("sqlite", "postgres")
@pytest.mark.short_under(LAGS[0])
@pytest.mark.long_under(*LAGS)
def test_what_follows_at_once(
    crew: Callable[..., Crew], scale: Scale, conditions: Conditions, sequence: Sequence
) -> None:
    ids = [f"pool-{number}" for number in range(scale.runs)]
    one = _opened(crew, ids, sequence.before)
    lists = one.read_lists(HUNDRED, ids) if sequence.needs_list else ids
    operations: dict[str, list[str]] = {pool_id: [] for pool_id in ids}

    def run(pool_id: str, list_id: str) -> Iterator[str]:
        for operation_id in sequence.operations(one, pool_id, list_id):
            operations[pool_id].append(operation_id)
            yield operation_id

    one.follow(list(map(run, ids, lists)), max(int(conditions.lag * AT_ONCE), 1))
    aimed = sum(map(one.ended_within_the_lag, operations.values()))
    one.note = f"{aimed} of {len(ids)} within the lag"
    others = [_difference(one, pool_id, operations[pool_id], sequence) for pool_id in ids]
    false = [each for each in others if each]
    assert not false, f"{len(false)} of {len(ids)} are false, such as {false[0]}"
    one.judge([each for mine in operations.values() for each in mine])


def _opened(crew: Callable[..., Crew], pool_ids: list[str], contents: list[str]) -> Crew:
    """With two workers. The pools were not copied, which would take long."""
    one = crew({})
    with one.vendor.acting() as there:
        for pool_id in pool_ids:
            there.have(pool_id, contents)
            there.have(f"{pool_id}-new", [])
    one.workers.start()
    one.workers.start()
    return one


def _difference(one: Crew, pool_id: str, operations: list[str], sequence: Sequence) -> str:
    """What is not as it has to be; empty where all is."""
    told = [dict(report.totals(one.database, each)) for each in operations]
    if told != sequence.reports:
        return f"{told} instead of {sequence.reports}"
    if one.vendor.pools[pool_id] != set(sequence.after):
        return f"{len(one.vendor.pools[pool_id])} in the pool instead of {len(sequence.after)}"
    return ""


@pytest.mark.short_on("sqlite")
@pytest.mark.long_on("sqlite")
@pytest.mark.long_under(PLAIN)
def test_a_pool_that_is_read_while_others_take_numbers_out(
    crew: Callable[..., Crew], scale: Scale, action: Action
) -> None:
    ids = [f"pool-{number}" for number in range(scale.runs)]
    one = _opened(crew, ids, POOL)
    one.vendor.after_page = lambda _pool_id, _page: time.sleep(SECONDS_OF_A_PAGE)
    done: list[str] = []
    for first in range(0, len(ids), AT_ONCE):
        done += _read_meanwhile(one, ids[first : first + AT_ONCE], action)
    totals = [report.totals(one.database, each) for each in done]
    told = {"already-in-pool": len(LISTED)} if action is Action.ADD else {"moved": len(EDGES)}
    false = [dict(each) for each in totals if each != told]
    assert not false, f"{len(false)} of {len(ids)} are false, such as {false[0]}"
    one.judge(done)


def _read_meanwhile(one: Crew, pool_ids: list[str], action: Action) -> list[str]:
    """Gives the operations on these pools, of which somebody else takes numbers meanwhile."""
    lists = one.read_lists(EDGES, pool_ids) if action is Action.MOVE else pool_ids
    done: list[str] = []

    def run(pool_id: str, list_id: str) -> Iterator[str]:
        if action is Action.MOVE:
            done.append(one.begin(list_id, action, f"{pool_id}-new"))
        else:
            done.append(one.start(LISTED, action, pool_id))
        yield done[-1]

    end = Event()
    thread = Thread(target=_take_out, args=(one, pool_ids, end))
    thread.start()
    try:
        one.follow(list(map(run, pool_ids, lists)), AT_ONCE)
    finally:
        end.set()
        thread.join()
    return done


def _take_out(one: Crew, pool_ids: list[str], end: Event) -> None:
    """One after the other of those that are on no list."""
    for number in POOL[::6]:
        if end.wait(SECONDS_BETWEEN_REMOVALS):
            return
        with one.vendor.acting() as there:
            for pool_id in pool_ids:
                there.remove(pool_id, [number], By.OTHERS)
