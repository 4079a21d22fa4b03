"""Answers that are lost while the vendor's lists show what was before our own last change.

The lists lag by 20 seconds of a clock that is held: less than the service reckons with.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from numberpools.domain.outcomes import Outcome
from numberpools.services import bulk, pools
from numberpools.services.bulk import Action, State
from tests.chaos.failures import reset
from tests.chaos.vendor import ChaosVendor
from tests.databases import on_sqlite
from tests.services.bulk.service import TRIES, Service, numbers

pytestmark = [on_sqlite, pytest.mark.server]

[X] = numbers(1)


@pytest.fixture
def vendor(vendor_in_memory: ChaosVendor) -> ChaosVendor:
    vendor_in_memory.lag = 20
    with vendor_in_memory.acting() as there:
        there.have("one", [X])
    return vendor_in_memory


@pytest.fixture
def away(start_service: Callable[[], Service], vendor: ChaosVendor) -> Service:
    return start_service()


def _undo_of_a_removal(away: Service) -> str:
    """Is looked at and begun while lists still show the number."""
    removing = away.start([X], Action.REMOVE)
    away.run()
    assert away.assert_whole(removing) == {"removed": 1}
    away.time_of_day.move(seconds=1)
    undoing = bulk.undo(away.stores, away.account_id, removing, "Ann")
    away.step()
    return undoing


@pytest.mark.parametrize("losses", [1, 2])
def test_a_number_that_lists_still_show_was_not_put_back(
    away: Service, vendor: ChaosVendor, losses: int
) -> None:
    undoing = _undo_of_a_removal(away)
    for _ in range(losses):
        vendor.to_come.extend([reset] * TRIES)
        away.step()
        assert away.outcomes(undoing) == {X: None}
        assert X not in vendor.pools["one"]
        away.time_of_day.move(seconds=5)
    away.run_to_the_end(undoing)
    assert away.assert_whole(undoing) == {"added": 1}
    assert X in vendor.pools["one"]


def test_a_button_whose_answer_was_lost_holds_a_move_up_until_lists_tell(
    away: Service, vendor: ChaosVendor
) -> None:
    moving = away.move([X])
    away.step()
    vendor.to_come.extend([reset] * TRIES)
    [group] = pools.remove_numbers(away.stores, away.account_id, "one", [X])
    assert group.outcome is Outcome.NOT_CONFIRMED
    away.run()
    assert away.get(moving).state is State.PAUSED
    away.time_of_day.move(seconds=40)
    away.run()
    assert away.assert_whole(moving) == {"moved": 1}
