"""Workers are killed at random while a vendor fails at a third of all calls."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from numberpools.services.bulk import Action
from tests.chaos import report
from tests.chaos.crew import Crew

COUNT = 20_000
KILLS = 26
EXPECTED = {"added", "already-in-pool", "not-owned"}


def test_the_report_is_what_the_vendor_holds(crew: Callable[..., Crew], random: Random) -> None:
    numbers = [f"4474{number:08}" for number in range(COUNT)]
    random.shuffle(numbers)
    before = set(random.sample(numbers, 2_000))
    one = crew({"one": set(before), "other": set()})
    one.vendor.not_owned = set(random.sample(sorted(set(numbers) - before), 200))
    operation_id = one.start(numbers, Action.ADD, "one")
    one.vendor.failure_rate = 0.3
    one.workers.start()
    one.workers.start()
    for moment in one.moments(operation_id, KILLS, COUNT):
        one.wait(moment)
        one.pause_a_moment()
        one.workers.kill_one()
    one.settle(operation_id)

    assert one.workers.killed >= 25
    assert one.vendor.failure_count > 0.25 * one.vendor.call_count
    outcomes = report.check_lines(one.database, operation_id, numbers)
    assert set(outcomes.values()) == EXPECTED
    assert one.vendor.pools["one"] == set(numbers) - one.vendor.not_owned
    for number, outcome in outcomes.items():
        assert (outcome == "already-in-pool") == (number in before)
        assert (outcome == "not-owned") == (number in one.vendor.not_owned)
    assert "Traceback" not in one.workers.log
