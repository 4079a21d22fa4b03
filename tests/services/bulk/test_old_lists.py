"""A vendor whose lists show for a while what was before: our own record tells what we changed.

The lists lag by 20 seconds of a clock that is held: less than the service reckons with. What
differs between databases is in test_recent_changes.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import pytest

from numberpools.errors import OperationChanged
from numberpools.services import bulk, pools
from numberpools.services.bulk import Action
from tests.chaos.events import By
from tests.chaos.vendor import ChaosVendor
from tests.databases import on_sqlite
from tests.services.bulk.service import Service, numbers

pytestmark = [on_sqlite, pytest.mark.server]

LAG = 20
HUNDRED = numbers(100)
X, Y = numbers(2)

Next = Callable[[Service], Service]


@pytest.fixture
def vendor(vendor_in_memory: ChaosVendor) -> ChaosVendor:
    vendor_in_memory.lag = LAG
    return vendor_in_memory


@pytest.fixture
def away(start_service: Callable[[], Service], vendor: ChaosVendor) -> Service:
    return start_service()


@pytest.fixture(params=["the same service", "a restarted service"])
def then(request: pytest.FixtureRequest, start_service: Callable[[], Service]) -> Next:
    """What goes on: ``then(away)``. One that was restarted knows what its database says."""
    is_restarted = request.param == "a restarted service"
    return lambda away: start_service() if is_restarted else away


@pytest.fixture(params=["an operation", "a button"])
def change(request: pytest.FixtureRequest) -> Callable[[Service, str, Action], None]:
    """Add or remove one number: in an operation, or as the page of a pool does."""

    def by_operation(away: Service, number: str, action: Action) -> None:
        done = finish(away, away.start([number], action))
        assert done == {"added" if action is Action.ADD else "removed": 1}

    def by_button(away: Service, number: str, action: Action) -> None:
        do = pools.add_numbers if action is Action.ADD else pools.remove_numbers
        [group] = do(away.stores, away.account_id, "one", [number])
        assert group.outcome == ("added" if action is Action.ADD else "removed")

    return by_button if request.param == "a button" else by_operation


def fill(away: Service, vendor: ChaosVendor, contents: Sequence[str]) -> None:
    """Somebody else did it, long ago."""
    with vendor.acting() as there:
        there.add("one", contents, By.OTHERS)
    away.time_of_day.move(hours=1)


def finish(away: Service, operation_id: str) -> Counter[str]:
    """Work to the end, a second at a time where everything waits; gives the report's totals."""
    for _ in range(200):
        away.run()
        if away.get(operation_id).state.has_ended:
            return away.assert_whole(operation_id)
        away.time_of_day.move(seconds=1)
    raise AssertionError(f"It does not end: {away.get(operation_id)}")


def undo(away: Service, operation_id: str) -> str:
    return bulk.undo(away.stores, away.account_id, operation_id, "Ann")


def test_what_was_removed_is_put_back(away: Service, vendor: ChaosVendor, then: Next) -> None:
    fill(away, vendor, HUNDRED)
    operation_id = away.start(HUNDRED, Action.REMOVE)
    assert finish(away, operation_id) == {"removed": 100}
    away = then(away)
    assert finish(away, undo(away, operation_id)) == {"added": 100}
    assert vendor.pools["one"] == set(HUNDRED)


def test_what_was_added_is_taken_out(away: Service, vendor: ChaosVendor, then: Next) -> None:
    operation_id = away.start(HUNDRED)
    assert finish(away, operation_id) == {"added": 100}
    away = then(away)
    assert finish(away, undo(away, operation_id)) == {"removed": 100}
    assert vendor.pools["one"] == set()


def test_what_was_moved_is_brought_back(away: Service, vendor: ChaosVendor, then: Next) -> None:
    fill(away, vendor, HUNDRED)
    operation_id = away.move(HUNDRED)
    assert finish(away, operation_id) == {"moved": 100}
    away = then(away)
    assert finish(away, undo(away, operation_id)) == {"moved": 100}
    assert (vendor.pools["one"], vendor.pools["two"]) == (set(HUNDRED), set())


def test_what_is_removed_put_back_and_removed_again_is_gone(
    away: Service, vendor: ChaosVendor
) -> None:
    fill(away, vendor, HUNDRED)
    operation_id = away.start(HUNDRED, Action.REMOVE)
    finish(away, operation_id)
    finish(away, undo(away, operation_id))
    assert finish(away, away.start(HUNDRED, Action.REMOVE)) == {"removed": 100}
    assert vendor.pools["one"] == set()


def test_what_was_added_a_moment_ago_is_already_there(
    away: Service,
    vendor: ChaosVendor,
    then: Next,
    change: Callable[[Service, str, Action], None],
) -> None:
    change(away, X, Action.ADD)
    away = then(away)
    second = away.start([X, Y])
    assert finish(away, second) == {"already-in-pool": 1, "added": 1}
    assert away.outcomes(second) == {X: "already-in-pool", Y: "added"}
    away = then(away)
    assert finish(away, undo(away, second)) == {"removed": 1}
    assert vendor.pools["one"] == {X}


def test_what_was_removed_a_moment_ago_is_added(
    away: Service,
    vendor: ChaosVendor,
    then: Next,
    change: Callable[[Service, str, Action], None],
) -> None:
    fill(away, vendor, [X])
    change(away, X, Action.REMOVE)
    away = then(away)
    assert finish(away, away.start([X])) == {"added": 1}
    assert vendor.pools["one"] == {X}


def test_what_was_removed_a_moment_ago_is_not_removed_again(
    away: Service,
    vendor: ChaosVendor,
    then: Next,
    change: Callable[[Service, str, Action], None],
) -> None:
    fill(away, vendor, [X])
    change(away, X, Action.REMOVE)
    away = then(away)
    second = away.start([X], Action.REMOVE)
    assert finish(away, second) == {"not-in-pool": 1}
    with pytest.raises(OperationChanged):
        undo(away, second)


def test_what_was_added_a_moment_ago_is_moved(
    away: Service,
    vendor: ChaosVendor,
    then: Next,
    change: Callable[[Service, str, Action], None],
) -> None:
    change(away, X, Action.ADD)
    away = then(away)
    operation_id = away.move([X])
    assert finish(away, operation_id) == {"moved": 1}
    assert (vendor.pools["one"], vendor.pools["two"]) == (set(), {X})


def test_the_lists_count_again_after_a_while(
    away: Service, vendor: ChaosVendor, change: Callable[[Service, str, Action], None]
) -> None:
    change(away, X, Action.ADD)
    with vendor.acting() as there:
        there.remove("one", [X], By.OTHERS)
    away.time_of_day.move(minutes=5)
    change(away, X, Action.ADD)
    assert vendor.pools["one"] == {X}
