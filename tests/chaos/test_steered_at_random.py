"""Pause, resume, cancel and undo at random moments, with workers killed and a vendor failing."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest

from numberpools.services import bulk
from numberpools.services.bulk import Action
from tests.chaos import report
from tests.chaos.crew import Crew
from tests.chaos.scale import Scale

Pools = dict[str, set[str]]


@pytest.fixture
def numbers(request: pytest.FixtureRequest, random: Random, scale: Scale) -> list[str]:
    """As many as the scale has under this name."""
    numbers = [f"4474{number:08}" for number in range(getattr(scale, request.param))]
    random.shuffle(numbers)
    return numbers


@pytest.fixture
def one(crew: Callable[..., Crew], numbers: list[str], random: Random) -> Crew:
    """Some numbers stand in one pool, some in both."""
    here = set(random.sample(numbers, len(numbers) // 2))
    there = set(random.sample(numbers, len(numbers) // 5))
    opened = crew({"one": here, "two": {*there, "447499999999"}, "other": set()})
    opened.workers.start()
    opened.workers.start()
    return opened


@pytest.mark.short_on("postgres")
@pytest.mark.long_on("sqlite", "postgres")
@pytest.mark.parametrize("numbers", ["numbers"], indirect=True)
def test_a_move_that_is_cancelled_and_undone(one: Crew, numbers: list[str], scale: Scale) -> None:
    before = _copy(one)
    operation_id = one.read_list(numbers, "one")
    bulk.begin(one.stores, one.account_id, operation_id, Action.MOVE, "two")
    _disturb(one, operation_id, scale.kills, cancel=True)
    one.settle(operation_id)
    outcomes = report.check_lines(one.database, operation_id, numbers)
    assert set(outcomes.values()) <= {"moved", "not-in-pool", "refused", "cancelled"}
    here, there = one.vendor.pools["one"], one.vendor.pools["two"]
    for number, outcome in outcomes.items():
        assert (outcome == "not-in-pool") <= (number not in before["one"])
        assert (number in here) == (number in before["one"] and outcome != "moved")
        if outcome != "refused":  # one that is refused half way stands in both pools
            assert (number in there) == (number in before["two"] or outcome == "moved")
    _undo(one, operation_id, scale)
    assert one.vendor.pools == before
    assert "Traceback" not in one.workers.log


@pytest.mark.short_on("sqlite")
@pytest.mark.long_on("sqlite", "postgres")
@pytest.mark.parametrize("numbers", ["fewer_numbers"], indirect=True)
def test_making_equal_and_undoing_it(
    one: Crew, numbers: list[str], random: Random, scale: Scale
) -> None:
    before = _copy(one)
    wanted = random.sample(numbers, len(numbers) // 2)
    operation_id = one.read_list(wanted, "one")
    bulk.compare(one.stores, one.account_id, operation_id)
    one.jobs.work()
    one.wait(lambda: one.state(operation_id) == "ready")
    bulk.begin(one.stores, one.account_id, operation_id, Action.MAKE_EQUAL)
    _disturb(one, operation_id, scale.fewer_kills)
    ids = one.settle_and_retry(operation_id)
    surplus = sorted(before["one"] - set(wanted))
    outcomes = report.check_lines(one.database, operation_id, [*wanted, *surplus])
    assert set(outcomes.values()) <= {"added", "already-in-pool", "removed", "refused"}
    assert one.vendor.pools == {**before, "one": set(wanted)}
    for each in reversed(ids):
        _undo(one, each, scale)
    assert one.vendor.pools == before
    assert "Traceback" not in one.workers.log


def _copy(one: Crew) -> Pools:
    return {pool_id: set(numbers) for pool_id, numbers in one.vendor.pools.items()}


def _disturb(one: Crew, operation_id: str, kills: int, *, cancel: bool = False) -> None:
    one.vendor.failure_rate = 0.3
    one.jobs.work()
    last = one.random.randrange(kills // 2, kills) if cancel else kills
    for count, moment in enumerate(one.moments(operation_id, kills)):
        one.wait(moment)
        one.wait_for_calls(operation_id)
        if count == last:
            one.steer(lambda: bulk.cancel(one.stores, one.account_id, operation_id))
        one.disturb(operation_id)


def _undo(one: Crew, operation_id: str, scale: Scale) -> None:
    operation = bulk.get_operation(one.database, one.account_id, operation_id)
    if not bulk.undo_count(one.database, operation):
        return  # one more try in which everything was refused
    undoing = bulk.undo(one.stores, one.account_id, operation_id, "Ann")
    _disturb(one, undoing, scale.fewer_kills)
    one.settle_and_retry(undoing)
