"""Workers on machines whose clocks are an hour off share an operation, on one database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from numberpools.services.bulk import Action
from tests.chaos import report
from tests.chaos.crew import Crew

NUMBERS = [f"4474{number:08}" for number in range(600)]
CALLS_AT_ONCE = 8


@pytest.fixture
def one(crew: Callable[..., Crew]) -> Crew:
    return crew({"one": set(), "other": set()})


@pytest.mark.short_on("sqlite", "postgres")
@pytest.mark.long_on("sqlite", "postgres")
def test_no_number_is_sent_twice(one: Crew) -> None:
    for hours in (0.0, 1.0, -1.0):
        one.workers.start(hours_ahead=hours)
    with one.vendor.holding_changes():
        operation_id = one.start(NUMBERS, Action.ADD, "one")
        one.jobs.work(CALLS_AT_ONCE)
        one.wait(lambda: one.vendor.changes_at_once == CALLS_AT_ONCE)
        other = one.start(NUMBERS[:1], Action.ADD, "other")
        for _ in range(2 * CALLS_AT_ONCE):  # every worker looks whether a lease has run out
            one.jobs.work()
            one.wait(lambda: one.jobs.queue.pending_count() == 0)
    one.wait(lambda: one.has_ended(operation_id) and one.has_ended(other))
    done = [call for call in one.vendor.log.arrivals if call.answered_at is not None]
    sent = Counter(number for call in done for number in call.numbers)
    assert sent == Counter(NUMBERS) + Counter(NUMBERS[:1])
    assert one.vendor.most_changes_at_once == CALLS_AT_ONCE
    outcomes = report.check_lines(one.database, operation_id, NUMBERS)
    assert set(outcomes.values()) == {"added"}


@pytest.mark.short_on("sqlite", "postgres")
@pytest.mark.long_on("sqlite", "postgres")
def test_nothing_waits_for_an_hour(one: Crew) -> None:
    """What one has paused that is ahead, another goes on with when it is time."""
    one.workers.start(hours_ahead=1.0)
    with one.vendor.holding_changes():
        operation_id = one.start(NUMBERS, Action.ADD, "one")
        one.jobs.work()
        one.wait(lambda: one.vendor.changes_at_once > 0)
        one.vendor.failure_rate = 1.0
    one.wait(lambda: one.state(operation_id) == "paused")
    one.kill_one()
    one.vendor.failure_rate = 0.0
    one.settle(operation_id)
    assert one.vendor.pools["one"] == set(NUMBERS)
