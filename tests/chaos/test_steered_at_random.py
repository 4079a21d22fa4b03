"""Pause, resume, cancel and undo at random moments, with workers killed and a vendor failing."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest

from numberpools.services import bulk
from numberpools.services.bulk import Action
from tests.chaos import report
from tests.chaos.crew import Crew
from tests.chaos.scale import PLAIN, Conditions, Scale


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
@pytest.mark.short_under(PLAIN, Conditions(0.7, refusals=True))
@pytest.mark.parametrize("numbers", ["numbers"], indirect=True)
def test_a_move_that_is_cancelled_and_undone(one: Crew, numbers: list[str], scale: Scale) -> None:
    before = one.vendor.pools
    with one.others(["one", "two"], [*numbers[:50], "447499999999"]):
        operation_id = one.move(numbers, "one", "two")
        _disturb(one, operation_id, scale.kills, cancel=True)
        one.settle(operation_id)
        undone = _undo(one, operation_id, scale)
    outcomes = report.check_lines(one.database, operation_id, numbers)
    one.judge([operation_id], undone)
    if not one.conditions.others:
        assert set(outcomes.values()) <= {"moved", "not-in-pool", "refused", "cancelled"}
        for number, outcome in outcomes.items():
            assert (outcome == "not-in-pool") <= (number not in before["one"])
        assert one.vendor.pools == before
    assert "Traceback" not in one.workers.log


@pytest.mark.short_on("sqlite")
@pytest.mark.long_on("sqlite", "postgres")
@pytest.mark.short_under(PLAIN, Conditions(others=True, refusals=True))
@pytest.mark.parametrize("numbers", ["fewer_numbers"], indirect=True)
def test_making_equal_and_undoing_it(
    one: Crew, numbers: list[str], random: Random, scale: Scale
) -> None:
    before = one.vendor.pools
    wanted = random.sample(numbers, len(numbers) // 2)
    with one.others(["one"], [*numbers[:50], "447499999999"]):
        operation_id = one.read_list(wanted, "one")
        bulk.compare(one.stores, one.account_id, operation_id)
        one.jobs.work()
        one.wait(lambda: one.state(operation_id) == "ready")
        one.begin(operation_id, Action.MAKE_EQUAL)
        _disturb(one, operation_id, scale.fewer_kills)
        ids = one.settle_and_retry(operation_id)
        after = one.vendor.pools
        to_undo = [] if any(_unconfirmed(one, each) for each in ids) else reversed(ids)
        undone = [each for done in to_undo for each in _undo(one, done, scale)]
    one.judge(ids, undone)
    if not one.conditions.others:
        surplus = sorted(before["one"] - set(wanted))
        outcomes = report.check_lines(one.database, operation_id, [*wanted, *surplus])
        assert set(outcomes.values()) <= {"added", "already-in-pool", "removed", "refused"}
        assert after == {**before, "one": set(wanted)}
        assert one.vendor.pools == before
    assert "Traceback" not in one.workers.log


def _disturb(one: Crew, operation_id: str, kills: int, *, cancel: bool = False) -> None:
    one.fail()
    one.jobs.work()
    last = one.random.randrange(kills // 2, kills) if cancel else kills
    for count, moment in enumerate(one.moments(operation_id, kills)):
        one.wait(moment)
        one.wait_for_calls(operation_id)
        if count == last:
            one.steer(lambda: bulk.cancel(one.stores, one.account_id, operation_id))
        one.disturb(operation_id)


def _undo(one: Crew, operation_id: str, scale: Scale) -> list[str]:
    """Gives the operations that it took."""
    if not one.undo_count(operation_id):
        return []  # everything was refused, or while somebody else is at work, nobody may know
    undoing = one.undo(operation_id)
    _disturb(one, undoing, scale.fewer_kills)
    return one.settle_and_retry(undoing)


def _unconfirmed(one: Crew, operation_id: str) -> int:
    return report.totals(one.database, operation_id)["not-confirmed"]
