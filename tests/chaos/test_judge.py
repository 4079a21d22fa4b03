"""The judge finds what is false, and excuses nothing but what nobody could know."""

from __future__ import annotations

import pytest

from tests.chaos.events import Arrival, By, Span
from tests.chaos.judge import Judge, Judgement, Reported
from tests.chaos.pools import Pools
from tests.chaos.report import Line

X = "447400000001"
LAG = 10.0


class Clock:
    def __init__(self) -> None:
        self.time = 1000.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pools(clock: Clock) -> Pools:
    """X stands in the first one."""
    return Pools({"one": {X}, "two": set()}, clock)


def judged(
    pools: Pools, clock: Clock, change: str, outcome: str, *, is_half_done: bool = False
) -> Judgement:
    """Of an operation that began at 1000 and ends a second from now."""
    line = Line(0, 1, X, outcome, change, is_half_done)
    reported = Reported("one", "two", Span(1000.0, clock.time + 1), [line])
    return Judge(pools.log, LAG).judge(reported)


def test_what_we_did_is_true(pools: Pools, clock: Clock) -> None:
    clock.time = 1001
    pools.remove("one", [X], By.US)
    assert not judged(pools, clock, "remove", "removed").false
    pools.add("one", [X], By.US)
    assert not judged(pools, clock, "add", "added").false


@pytest.mark.parametrize(
    ("change", "outcome"),
    [
        ("add", "added"),
        ("remove", "removed"),
        ("move", "moved"),
        ("remove", "not-in-pool"),
        ("move", "not-in-pool"),
        ("add-there", "already-in-pool"),
        ("add", "something"),
    ],
)
def test_what_did_not_happen_is_false(
    pools: Pools, clock: Clock, change: str, outcome: str
) -> None:
    assert len(judged(pools, clock, change, outcome).false) == 1


@pytest.mark.parametrize("outcome", ["refused", "not-owned", "cancelled", "not-in-pool"])
def test_what_was_done_and_told_as_not_done_is_false(
    pools: Pools, clock: Clock, outcome: str
) -> None:
    clock.time = 1001
    pools.remove("one", [X], By.US)
    assert judged(pools, clock, "remove", outcome).false


@pytest.mark.parametrize(("change", "outcome"), [("add", "already-in-pool"), ("remove", "refused")])
def test_what_was_so_is_true(pools: Pools, clock: Clock, change: str, outcome: str) -> None:
    assert not judged(pools, clock, change, outcome).false


def test_half_a_move_is_told_as_that(pools: Pools, clock: Clock) -> None:
    clock.time = 1001
    pools.add("two", [X], By.US)
    assert judged(pools, clock, "move", "refused").false
    assert not judged(pools, clock, "move", "refused", is_half_done=True).false
    pools.remove("one", [X], By.US)
    assert judged(pools, clock, "move", "refused", is_half_done=True).false
    assert not judged(pools, clock, "move", "moved").false


def test_a_list_may_show_what_somebody_else_changed_a_moment_ago(
    pools: Pools, clock: Clock
) -> None:
    clock.time = 1000 - LAG + 1
    pools.remove("one", [X], By.OTHERS)
    clock.time = 1000
    assert not judged(pools, clock, "add", "already-in-pool").false


@pytest.mark.parametrize("by", [By.US, By.OTHERS])
def test_what_we_did_ourselves_a_moment_ago_is_known(pools: Pools, clock: Clock, by: By) -> None:
    clock.time = 1000 - LAG + 1
    pools.remove("one", [X], by)
    clock.time = 1000
    assert len(judged(pools, clock, "add", "already-in-pool").false) == (by is By.US)


def test_what_somebody_else_did_between_look_and_answer_is_excused(
    pools: Pools, clock: Clock
) -> None:
    clock.time = 1001
    pools.remove("one", [X], By.OTHERS)
    found = judged(pools, clock, "remove", "removed")
    assert (found.false, len(found.excused)) == ([], 1)


@pytest.mark.parametrize(("answered_at", "excused"), [(1002.0, 0), (1004.0, 1), (None, 1)])
def test_after_the_answer_nothing_is_excused(
    pools: Pools, clock: Clock, answered_at: float | None, excused: int
) -> None:
    pools.log.arrivals.append(Arrival(1001.0, "one", False, frozenset({X}), answered_at))
    clock.time = 1003
    pools.remove("one", [X], By.OTHERS)
    found = judged(pools, clock, "remove", "removed")
    assert (len(found.false), len(found.excused)) == (1 - excused, excused)


@pytest.mark.parametrize("by", By)
def test_what_happened_before_all_that_could_be_seen_excuses_nothing(
    pools: Pools, clock: Clock, by: By
) -> None:
    clock.time = 1000 - LAG - 1
    pools.remove("one", [X], by)
    clock.time = 1001
    found = judged(pools, clock, "remove", "removed")
    assert len(found.false) == 1


def test_another_number_or_pool_excuses_nothing(pools: Pools, clock: Clock) -> None:
    clock.time = 1001
    pools.add("one", ["447400000002"], By.OTHERS)
    pools.add("two", [X], By.OTHERS)
    assert judged(pools, clock, "remove", "removed").false


def test_a_pool_that_was_renamed_is_the_same_one(pools: Pools, clock: Clock) -> None:
    clock.time = 1001
    pools.remove("one", [X], By.US)
    pools.rename("one", "three", By.OTHERS)
    pools.create("one", By.OTHERS)
    clock.time = 1002
    assert not judged(pools, clock, "remove", "removed").false


def undo_judged(pools: Pools, outcome: str) -> Judgement:
    """An operation from 1000 to 1010 that removed X, undone from 1010 to 1020."""
    done = Reported("one", None, Span(1000, 1010), [Line(0, 1, X, "removed", "remove", False)])
    undone = Reported("one", None, Span(1010, 1020), [Line(0, 1, X, outcome, "add", False)])
    return Judge(pools.log, LAG).judge_undo([done], [undone])


@pytest.mark.parametrize(
    ("is_back", "outcome", "false"),
    [(True, "added", 0), (False, "added", 1), (False, "refused", 0), (False, "not-confirmed", 0)],
)
def test_an_undo_puts_back_what_was_changed(
    pools: Pools, clock: Clock, is_back: bool, outcome: str, false: int
) -> None:
    clock.time = 1001
    pools.remove("one", [X], By.US)
    clock.time = 1011
    if is_back:
        pools.add("one", [X], By.US)
    assert len(undo_judged(pools, outcome).false) == false


def test_an_undo_touches_nothing_else(pools: Pools, clock: Clock) -> None:
    clock.time = 1011
    pools.remove("one", [X], By.US)
    assert undo_judged(pools, "removed").false


def test_an_undo_is_excused_where_somebody_else_changed_the_same(
    pools: Pools, clock: Clock
) -> None:
    clock.time = 1001
    pools.remove("one", [X], By.US)
    clock.time = 1012
    pools.add("one", [X], By.OTHERS)
    clock.time = 1013
    pools.remove("one", [X], By.OTHERS)
    found = undo_judged(pools, "added")
    assert (found.false, len(found.excused)) == ([], 1)
