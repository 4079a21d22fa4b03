"""Pause, resume, cancel, retry, check, undo."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest

from numberpools.domain.pools import PageRequest, PoolChanges
from numberpools.errors import InvalidInput, OperationChanged, OperationNotFound
from numberpools.services import audit, bulk, pools, undo
from numberpools.services.bulk import Action, State
from tests.services.bulk.service import TRIES, Service, numbers
from tests.vonage.vendor import Vendor, answer

OLD, NEW = numbers(3), numbers(3, 3)


def _undo(service: Service, operation_id: str) -> str:
    undoing = bulk.undo(service.stores, service.account_id, operation_id, "Ann")
    service.run()
    service.assert_whole(undoing)
    return undoing


def _make_equal(service: Service, wanted: list[str]) -> str:
    operation_id = service.list_read(wanted)
    bulk.compare(service.stores, service.account_id, operation_id)
    service.run()
    bulk.begin(service.stores, service.account_id, operation_id, Action.MAKE_EQUAL)
    return operation_id


ACTIONS: dict[str, Callable[[Service], str]] = {
    "add": lambda service: service.start([*OLD, *NEW]),
    "remove": lambda service: service.start([*OLD[:2], *NEW], Action.REMOVE),
    "move": lambda service: service.move([*OLD, *NEW]),
    "make-equal": lambda service: _make_equal(service, [*OLD[1:], *NEW[:1]]),
}


@pytest.fixture(params=ACTIONS)
def act(request: pytest.FixtureRequest) -> Callable[[Service], str]:
    return ACTIONS[request.param]


@pytest.fixture
def filled(service: Service) -> Service:
    """Numbers in both pools, one of them in both."""
    service.truth.add_numbers("one", OLD)
    service.truth.add_numbers("two", [OLD[0], "447400000099"])
    return service


def _both(service: Service) -> tuple[set[str], set[str]]:
    return service.contents("one"), service.contents("two")


def test_undo_puts_back_exactly_what_was_changed(
    filled: Service, act: Callable[[Service], str]
) -> None:
    before = _both(filled)
    operation_id = act(filled)
    filled.run()
    after = _both(filled)
    assert after != before
    undoing = _undo(filled, operation_id)
    assert _both(filled) == before
    operation = filled.get(undoing)
    assert (operation.action, operation.undo_of) == (Action.UNDO, operation_id)
    assert bulk.undone_by(filled.database, operation_id) == undoing

    again = _undo(filled, undoing)
    assert _both(filled) == after
    _undo(filled, again)
    assert _both(filled) == before


def test_undoing_twice_makes_one_operation(service: Service) -> None:
    operation_id = service.start(NEW)
    service.run()
    assert _undo(service, operation_id) == _undo(service, operation_id)
    assert len(service.rows("SELECT * FROM operations")) == 2
    assert service.contents("one") == set()


def test_there_must_be_something_to_undo(service: Service) -> None:
    service.truth.add_numbers("one", OLD)
    operation_id = service.start(OLD)
    with pytest.raises(OperationChanged, match="still under way"):
        bulk.undo(service.stores, service.account_id, operation_id, "Ann")
    service.run()
    with pytest.raises(OperationChanged, match="nothing in it"):
        bulk.undo(service.stores, service.account_id, operation_id, "Ann")
    assert len(service.rows("SELECT * FROM operations")) == 1


def test_what_is_not_confirmed_is_checked_before_it_is_undone(
    away: Service, vendor: Vendor
) -> None:
    operation_id = away.start(NEW)
    away.step()
    away.lose_answers_to_the_end(operation_id, vendor)
    away.truth.add_numbers("one", NEW)  # it had arrived after all
    with pytest.raises(OperationChanged, match="Check the numbers"):
        bulk.undo(away.stores, away.account_id, operation_id, "Ann")
    bulk.check(away.stores, away.account_id, operation_id)
    with pytest.raises(OperationChanged, match="still under way"):
        bulk.check(away.stores, away.account_id, operation_id)
    away.run()
    assert away.assert_whole(operation_id) == {"added": 3}
    _undo(away, operation_id)
    assert away.contents("one") == set()


def test_a_paused_operation_does_nothing_until_it_is_resumed(
    service: Service, act: Callable[[Service], str]
) -> None:
    service.truth.add_numbers("one", OLD)
    operation_id = act(service)
    service.step()
    bulk.pause(service.stores, service.account_id, operation_id, "Bob")
    service.let_time_pass()
    service.run()
    operation = service.get(operation_id)
    assert (operation.state, operation.problem) == (State.PAUSED, "Paused by Bob.")
    assert service.contents("one") == set(OLD)
    bulk.resume(service.stores, service.account_id, operation_id)
    bulk.resume(service.stores, service.account_id, operation_id)  # a double click
    service.run()
    assert service.get(operation_id).state is State.FINISHED
    assert service.get(operation_id).problem == ""
    service.assert_whole(operation_id)


def test_what_is_under_way_is_finished_when_it_is_paused(service: Service) -> None:
    operation_id = service.start(NEW)
    service.step()
    found = service.claim(service.worker.name)
    assert found is not None
    bulk.pause(service.stores, service.account_id, operation_id, "Bob")
    service.worker.run(found)
    assert service.get(operation_id).state is State.PAUSED
    assert service.get(operation_id).open_count == 0
    assert service.contents("one") == set(NEW)


def _leave_queued(service: Service, operation_id: str) -> None:
    """Nothing has been done of it."""


def _prepare(service: Service, operation_id: str) -> None:
    service.step()


def _pause(service: Service, operation_id: str) -> None:
    service.step()
    bulk.pause(service.stores, service.account_id, operation_id, "Bob")


@pytest.mark.parametrize("until", [_leave_queued, _prepare, _pause])
def test_what_has_not_begun_is_cancelled(
    service: Service, until: Callable[[Service, str], None]
) -> None:
    operation_id = service.start([*NEW, NEW[0]])
    until(service, operation_id)
    bulk.cancel(service.stores, service.account_id, operation_id)
    bulk.cancel(service.stores, service.account_id, operation_id)  # a double click
    service.run()
    assert service.get(operation_id).state is State.CANCELLED
    assert service.assert_whole(operation_id) == {"cancelled": 3, "duplicate": 1} or (
        service.outcomes(operation_id) == dict.fromkeys(NEW, "cancelled")
    )
    assert service.contents("one") == set()
    bulk.cancel(service.stores, service.account_id, operation_id)


def test_what_is_under_way_is_finished_when_it_is_cancelled(away: Service) -> None:
    operation_id = away.start(numbers(120))
    away.step()
    found = away.claim(away.worker.name)
    assert found is not None
    bulk.cancel(away.stores, away.account_id, operation_id)
    away.run()
    assert away.get(operation_id).state is State.CANCELLING
    away.worker.run(found)
    away.run()
    assert away.get(operation_id).state is State.CANCELLED
    assert away.assert_whole(operation_id) == {"added": 50, "cancelled": 70}
    assert len(away.contents("one")) == 50
    reasons = {"", "The operation was cancelled before this number's turn."}
    assert away.reasons(operation_id) == reasons


def test_what_a_dead_worker_may_have_done_is_found_out_when_it_is_cancelled(away: Service) -> None:
    operation_id = away.start(numbers(120))
    away.step()
    assert away.claim("a worker that dies") is not None
    away.truth.add_numbers("one", numbers(50))
    bulk.cancel(away.stores, away.account_id, operation_id)
    away.let_time_pass()
    away.run()
    assert away.assert_whole(operation_id) == {"added": 50, "cancelled": 70}


def test_nothing_more_is_looked_up_for_what_is_cancelled(away: Service, vendor: Vendor) -> None:
    operation_id = away.start(NEW)
    assert away.claim("a worker that dies before it looks at the pool") is not None
    bulk.cancel(away.stores, away.account_id, operation_id)
    away.let_time_pass()
    vendor.forget()
    away.run()
    assert away.assert_whole(operation_id) == {"cancelled": 3}
    assert vendor.requests == []


def test_cancelling_ends_one_operation_and_no_other(away: Service) -> None:
    under_way = away.start(NEW)
    assert away.claim("a worker that is slow") is not None
    bulk.cancel(away.stores, away.account_id, under_way)
    other = away.start(NEW, pool_id="two")
    bulk.cancel(away.stores, away.account_id, other)
    away.run()
    assert away.get(other).state is State.CANCELLED
    assert away.get(under_way).state is State.CANCELLING


def test_what_is_cancelled_while_it_waits_waits_no_longer(away: Service, vendor: Vendor) -> None:
    operation_id = away.start(NEW)
    vendor.will(*[answer(503)] * TRIES)
    away.run()
    bulk.cancel(away.stores, away.account_id, operation_id)
    cancelled = away.get(operation_id)
    assert (cancelled.state, cancelled.retry_at) == (State.CANCELLING, None)


def test_what_is_resumed_waits_as_briefly_as_at_first(away: Service, vendor: Vendor) -> None:
    operation_id = away.start(NEW)
    for _ in range(5):
        vendor.will(*[answer(503)] * TRIES)
        away.run()
        away.let_time_pass()
    bulk.pause(away.stores, away.account_id, operation_id, "Bob")
    bulk.resume(away.stores, away.account_id, operation_id)
    vendor.will(*[answer(503)] * TRIES)
    away.run()
    retry_at = away.get(operation_id).retry_at
    assert retry_at is not None
    assert retry_at - away.time_of_day() <= timedelta(seconds=1)


def test_no_number_is_left_in_both_pools_when_a_move_is_cancelled(away: Service) -> None:
    away.truth.add_numbers("one", numbers(120))
    operation_id = away.move(numbers(120))
    away.step()
    away.step()
    assert away.contents("one") & away.contents("two") == set(numbers(50))
    bulk.cancel(away.stores, away.account_id, operation_id)
    away.run()
    assert away.assert_whole(operation_id) == {"moved": 50, "cancelled": 70}
    assert away.contents("one") == set(numbers(70, 50))
    assert away.contents("two") == set(numbers(50))
    _undo(away, operation_id)
    assert _both(away) == (set(numbers(120)), set())


def test_what_has_ended_cannot_be_paused_resumed_or_cancelled(service: Service) -> None:
    operation_id = service.start(NEW)
    service.run()
    with pytest.raises(OperationChanged):
        bulk.pause(service.stores, service.account_id, operation_id, "Bob")
    with pytest.raises(OperationChanged):
        bulk.resume(service.stores, service.account_id, operation_id)
    with pytest.raises(OperationChanged):
        bulk.cancel(service.stores, service.account_id, operation_id)


def test_a_list_cannot_be_steered(ours: Service) -> None:
    operation_id = ours.list_read(NEW)
    with pytest.raises(OperationChanged):
        bulk.cancel(ours.stores, ours.account_id, operation_id)
    with pytest.raises(OperationChanged):
        bulk.pause(ours.stores, ours.account_id, operation_id, "Bob")


def test_what_is_not_there_cannot_be_steered(ours: Service) -> None:
    operation_id = ours.start(NEW)
    for account_id, wanted in (("zzzz9999", operation_id), (ours.account_id, str(uuid4()))):
        with pytest.raises(OperationNotFound):
            bulk.pause(ours.stores, account_id, wanted, "Bob")
        with pytest.raises(OperationNotFound):
            bulk.resume(ours.stores, account_id, wanted)
        with pytest.raises(OperationNotFound):
            bulk.cancel(ours.stores, account_id, wanted)
        with pytest.raises(OperationNotFound):
            bulk.check(ours.stores, account_id, wanted)
        with pytest.raises(OperationNotFound):
            bulk.undo(ours.stores, account_id, wanted, "Bob")
        with pytest.raises(OperationNotFound):
            bulk.retry(ours.stores, account_id, wanted, form_id=str(uuid4()), person="Bob")
    assert ours.get(operation_id).state is State.QUEUED


def _retry(service: Service, operation_id: str, form_id: str) -> str:
    return bulk.retry(
        service.stores, service.account_id, operation_id, form_id=form_id, person="Bob"
    )


def test_only_what_failed_and_may_fare_better_is_tried_again(service: Service) -> None:
    service.truth.add_numbers("one", OLD[:1])
    operation_id = service.start([*OLD, "447400000000"])
    bulk.cancel(service.stores, service.account_id, operation_id)
    service.run()
    form_id = str(uuid4())
    again = _retry(service, operation_id, form_id)
    assert _retry(service, operation_id, form_id) == again
    service.run()
    assert service.assert_whole(again) == {"added": 2, "already-in-pool": 1}
    assert service.get(again).started_by == "Bob"
    with pytest.raises(OperationChanged, match="nothing in it"):
        _retry(service, again, str(uuid4()))
    with pytest.raises(InvalidInput, match="must be a UUID"):
        _retry(service, operation_id, "1")


def test_trying_a_stuck_move_again_finishes_it(away: Service, vendor: Vendor) -> None:
    away.truth.add_numbers("one", OLD)
    operation_id = away.move(OLD)
    away.step()
    away.step()
    refusal = {"type": "https://x/#forbidden-number", "title": "No", "numbers": OLD}
    vendor.will(answer(207, {"numbers": [], "error": {"errors": [refusal]}}))
    away.run()
    assert away.get(operation_id).failure_count == 3
    again = _retry(away, operation_id, str(uuid4()))
    away.run()
    assert away.assert_whole(again) == {"moved": 3}
    assert _both(away) == (set(), set(OLD))
    # Whatever moved them there, the first one is what a person takes back.
    assert bulk.undo_count(away.database, away.get(operation_id)) == 3
    _undo(away, operation_id)
    assert _both(away) == (set(OLD), set())


def _rename(service: Service, pool_id: str, new_id: str) -> None:
    changes = PoolChanges(pool_id=new_id)
    pools.update_pool(service.stores, service.account_id, pool_id, changes)


def test_an_operation_follows_its_pools_when_they_are_renamed(service: Service) -> None:
    service.truth.add_numbers("one", OLD)
    operation_id = service.move(OLD)
    service.run()
    _rename(service, "one", "first")
    _rename(service, "two", "second")
    service.pool("one", NEW)
    assert bulk.list_operations(
        service.database, service.account_id, PageRequest(), pool_id="first"
    ).items == [service.get(operation_id)]
    _undo(service, operation_id)
    assert service.contents("first") == set(OLD)
    assert service.contents("second") == set()
    assert service.contents("one") == set(NEW)


def test_renaming_a_pool_stops_no_operation_on_it(service: Service) -> None:
    operation_id = service.start(numbers(120))
    service.step()
    found = service.claim(service.worker.name)
    assert found is not None
    _rename(service, "one", "first")
    service.worker.run(found)
    service.run_to_the_end(operation_id)
    assert service.assert_whole(operation_id) == {"added": 120}
    assert service.contents("first") == set(numbers(120))


def test_what_was_done_to_a_pool_that_is_deleted_is_not_undone_in_another(ours: Service) -> None:
    operation_id = ours.start(OLD)
    ours.run()
    pools.delete_pool(ours.stores, ours.account_id, "one")
    ours.pool("one", OLD)
    for _ in range(2):
        with pytest.raises(OperationChanged, match="has been deleted since"):
            bulk.undo(ours.stores, ours.account_id, operation_id, "Ann")
        _rename(ours, "one", "first")
        _rename(ours, "first", "one")
    assert ours.contents("one") == set(OLD)


def test_a_pool_that_is_brought_back_is_the_same_pool(ours: Service) -> None:
    operation_id = ours.start(OLD)
    ours.run()
    pools.delete_pool(ours.stores, ours.account_id, "one")
    wanted = audit.Wanted(action=audit.Action.DELETE_POOL)
    (entry,) = audit.list_entries(ours.database, ours.account_id, PageRequest(), wanted).items
    undo.undo(ours.stores, entry)
    _undo(ours, operation_id)
    assert ours.contents("one") == set()


def test_numbers_that_were_there_before_are_not_removed(service: Service) -> None:
    service.truth.add_numbers("one", OLD)
    operation_id = service.start([*OLD, *NEW])
    service.run()
    _undo(service, operation_id)
    assert service.contents("one") == set(OLD)


def test_undoing_an_undo_leaves_what_had_come_before_it(service: Service) -> None:
    service.truth.add_numbers("one", OLD)
    operation_id = service.move(OLD)
    service.run()
    service.let_time_pass()  # what we did shows by then, and so does what others do
    service.truth.add_numbers("one", OLD[:1])
    undoing = _undo(service, operation_id)
    assert _both(service) == (set(OLD), set())
    _undo(service, undoing)
    assert _both(service) == (set(OLD[:1]), set(OLD))


def test_numbers_that_were_not_moved_are_not_moved_back(service: Service) -> None:
    service.truth.add_numbers("one", OLD)
    operation_id = service.move([*OLD, *NEW])
    service.run()
    undoing = _undo(service, operation_id)
    assert service.assert_whole(undoing) == {"moved": 3}


def test_a_number_that_was_in_both_pools_is_in_both_after_undo(service: Service) -> None:
    service.truth.add_numbers("one", OLD)
    service.truth.add_numbers("two", OLD[:1])
    operation_id = service.move(OLD)
    service.run()
    assert _both(service) == (set(), set(OLD))
    _undo(service, operation_id)
    assert _both(service) == (set(OLD), set(OLD[:1]))
