"""Workers are killed at random while a vendor fails at a third of all calls."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest

from numberpools.services.bulk import Action
from tests.chaos import report
from tests.chaos.crew import Crew
from tests.chaos.scale import PLAIN, Conditions, Scale

EXPECTED = {"added", "already-in-pool", "not-owned"}


@pytest.mark.short_on("sqlite")
@pytest.mark.long_on("sqlite", "postgres")
@pytest.mark.short_under(PLAIN, Conditions(0.7, others=True, refusals=True))
def test_the_report_is_what_the_vendor_holds(
    crew: Callable[..., Crew], random: Random, scale: Scale, conditions: Conditions
) -> None:
    numbers = [f"4474{number:08}" for number in range(scale.numbers)]
    random.shuffle(numbers)
    before = set(random.sample(numbers, scale.numbers // 10))
    one = crew({"one": set(before), "other": set()})
    others = sorted(set(numbers) - before)
    one.vendor.not_owned = set(random.sample(others, scale.numbers // 100))
    with one.others(["one"], [*numbers[:50], "447499999999"]):
        operation_id = one.start(numbers, Action.ADD, "one")
        one.fail()
        one.workers.start()
        one.workers.start()
        for moment in one.moments(operation_id, scale.kills):
            one.wait(moment)
            one.wait_for_calls(operation_id)
            one.kill_one()
        ids = one.settle_and_retry(operation_id)

    outcomes = report.check_lines(one.database, operation_id, numbers)
    one.judge(ids)
    if not conditions.others:
        for each in ids[1:]:
            lines = report.lines(one.database, each)
            outcomes |= {line.number: line.outcome or "" for line in lines}
        assert set(outcomes.values()) == EXPECTED
        assert one.vendor.pools["one"] == set(numbers) - one.vendor.not_owned
        for number, outcome in outcomes.items():
            assert (outcome == "already-in-pool") == (number in before)
            assert (outcome == "not-owned") == (number in one.vendor.not_owned)
    assert "Traceback" not in one.workers.log
