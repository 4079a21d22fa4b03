"""Somebody else renames or deletes a pool at the vendor, while answers about it are lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from numberpools.services.bulk import Action
from tests.chaos.crew import Crew
from tests.chaos.events import By
from tests.chaos.scale import PLAIN, Conditions, Scale

MOST = 2_000
LONG_UNDER = (PLAIN, Conditions(0.7, refusals=True), Conditions(3.0, refusals=True))


@pytest.fixture
def numbers(scale: Scale) -> list[str]:
    return [f"4474{number:08}" for number in range(min(scale.fewer_numbers, MOST))]


@pytest.fixture
def one(crew: Callable[..., Crew], numbers: list[str]) -> Iterator[Crew]:
    """Every second number stands in the pool ``one``, every fourth in ``two``."""
    opened = crew({"one": set(numbers[::2]), "two": set(numbers[::4]), "other": set()})
    opened.workers.start()
    opened.workers.start()
    yield opened
    assert "Traceback" not in opened.workers.log


def started(one: Crew, numbers: list[str], action: Action) -> str:
    """An operation of which something is done."""
    if action is Action.MOVE:
        operation_id = one.move(numbers, "one", "two")
    else:
        operation_id = one.start(numbers, action, "one")
    one.fail(0.4)
    one.jobs.work()
    (moment,) = one.moments(operation_id, 1)
    one.wait(moment)
    one.wait_for_calls(operation_id)
    return operation_id


@pytest.mark.short_on("sqlite")
@pytest.mark.long_on("sqlite", "postgres")
@pytest.mark.short_under(Conditions(0.7, refusals=True))
@pytest.mark.long_under(*LONG_UNDER)
@pytest.mark.parametrize("action", [Action.ADD, Action.REMOVE, Action.MOVE])
def test_a_pool_that_is_renamed_and_gets_its_name_back(
    one: Crew, numbers: list[str], action: Action
) -> None:
    before = one.vendor.pools
    operation_id = started(one, numbers, action)
    goes = "two" if action is Action.MOVE and one.random.random() < 0.5 else "one"
    with one.vendor.acting() as pools:
        pools.rename(goes, "elsewhere", By.OTHERS)
    one.kill_one()
    one.wait_for_the_end(operation_id)
    one.judge([operation_id])
    with one.vendor.acting() as pools:
        pools.rename("elsewhere", goes, By.OTHERS)
    one.settle(operation_id)
    one.judge([operation_id])
    one.vendor.come_to_its_senses()
    if one.undo_count(operation_id):
        one.judge([operation_id], one.settle_and_retry(one.undo(operation_id)))
    assert one.vendor.pools == before


@pytest.mark.short_on("sqlite")
@pytest.mark.long_on("sqlite", "postgres")
@pytest.mark.short_under(PLAIN)
@pytest.mark.long_under(*LONG_UNDER)
@pytest.mark.parametrize("action", [Action.ADD, Action.REMOVE, Action.MOVE])
def test_a_pool_that_is_deleted(one: Crew, numbers: list[str], action: Action) -> None:
    operation_id = started(one, numbers, action)
    goes = "two" if action is Action.MOVE and one.random.random() < 0.5 else "one"
    with one.vendor.acting() as pools:
        pools.delete(goes, By.OTHERS)
    one.kill_one()
    one.wait_for_the_end(operation_id)
    one.judge([operation_id])
