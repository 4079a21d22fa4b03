"""What may have been done and was not told: found out where it can be, and never guessed."""

from __future__ import annotations

from collections import Counter

import pytest

from numberpools.domain.pools import PoolChanges
from numberpools.services import bulk, pools
from numberpools.services.bulk import Action, State
from tests.databases import on_sqlite
from tests.services.bulk.service import TRIES, Service, numbers
from tests.vonage.vendor import (
    Behaviour,
    Exchange,
    Vendor,
    answer,
    behave,
    change_answer,
    reset_after_work,
)

pytestmark = on_sqlite

TRY_LATER = answer(400, {"title": "Try later."})


def _die(away: Service) -> None:
    assert away.claim("a worker that dies") is not None
    away.let_time_pass()


def test_a_removal_that_is_refused_after_a_death_is_looked_up(
    away: Service, vendor: Vendor
) -> None:
    away.truth.add_numbers("one", numbers(50))
    operation_id = away.start(numbers(50), Action.REMOVE)
    away.step()
    _die(away)
    away.truth.remove_numbers("one", numbers(25))
    vendor.will(TRY_LATER)
    away.run_to_the_end(operation_id)
    assert away.assert_whole(operation_id) == {"removed": 25, "refused": 25}
    assert "Try later." in away.reasons(operation_id)
    undoing = bulk.undo(away.stores, away.account_id, operation_id, "Ann")
    away.run_to_the_end(undoing)
    assert away.assert_whole(undoing) == {"added": 25}
    assert away.contents("one") == set(numbers(50))


def test_the_second_half_of_a_move_that_is_refused_after_a_death_is_looked_up(
    away: Service, vendor: Vendor
) -> None:
    away.truth.add_numbers("one", numbers(4))
    operation_id = away.move(numbers(4))
    away.step()
    away.step()
    _die(away)
    away.truth.remove_numbers("one", numbers(2))
    vendor.will(TRY_LATER)
    away.run_to_the_end(operation_id)
    assert away.assert_whole(operation_id) == {"moved": 2, "refused": 2}
    undoing = bulk.undo(away.stores, away.account_id, operation_id, "Ann")
    away.run_to_the_end(undoing)
    assert (away.contents("one"), away.contents("two")) == (set(numbers(4)), set())


def test_a_refusal_right_after_a_lost_answer_waits_until_a_look_can_tell(
    away: Service, vendor: Vendor
) -> None:
    """What is still in the pool may be gone, and the vendor's lists not show it yet."""
    away.truth.add_numbers("one", numbers(1))
    operation_id = away.start(numbers(1), Action.REMOVE)
    away.step()
    vendor.will(answer(503), TRY_LATER)
    away.step()
    assert away.get(operation_id).totals == {}
    assert away.get(operation_id).problem.endswith("It is in the pool now.")
    for seconds in (2, 4, 8, 16):
        away.time_of_day.move(seconds=seconds)
        vendor.will(TRY_LATER)
        away.step()
        assert away.get(operation_id).totals == {}
    away.time_of_day.move(seconds=32)  # longer than lists may lag
    vendor.will(TRY_LATER)
    away.run()
    assert away.assert_whole(operation_id) == {"refused": 1}
    assert away.get(operation_id).problem == ""


def _gone(away: Service) -> None:
    away.truth.delete_pool("one")


def _renamed(away: Service) -> None:
    away.truth.update_pool("one", PoolChanges(pool_id="elsewhere"))


@pytest.mark.parametrize("happens", [_gone, _renamed])
@pytest.mark.parametrize("action", [Action.ADD, Action.REMOVE])
def test_what_was_sent_before_a_pool_went_is_not_confirmed(
    away: Service, vendor: Vendor, happens: object, action: Action
) -> None:
    if action is Action.REMOVE:
        away.truth.add_numbers("one", numbers(120))
    operation_id = away.start(numbers(120), action)
    away.step()
    vendor.will(reset_after_work, answer(404))
    away.step()
    assert callable(happens)
    happens(away)
    away.run_to_the_end(operation_id)
    assert away.assert_whole(operation_id) == {"not-confirmed": 50, "cancelled": 70}
    assert away.get(operation_id).state is State.CANCELLED
    assert "There is no pool one in this account." in away.get(operation_id).problem


@pytest.mark.parametrize("happens", [_gone, _renamed])
def test_what_a_dead_worker_may_have_sent_before_a_pool_went_is_not_confirmed(
    away: Service, happens: object
) -> None:
    operation_id = away.start(numbers(120))
    away.step()
    _die(away)
    assert callable(happens)
    happens(away)
    away.run_to_the_end(operation_id)
    counts = away.assert_whole(operation_id)
    assert counts == Counter({"not-confirmed": 50, "cancelled": 70})


def test_what_was_sent_before_we_renamed_the_pool_is_still_known_to_be_ours(
    away: Service, vendor: Vendor
) -> None:
    operation_id = away.start(numbers(3))
    away.step()

    def rename_meanwhile(exchange: Exchange) -> None:
        exchange.work()
        changes = PoolChanges(pool_id="first")
        pools.update_pool(away.stores, away.account_id, "one", changes)
        exchange.reset()

    vendor.will(rename_meanwhile)
    away.run_to_the_end(operation_id)
    assert away.assert_whole(operation_id) == {"added": 3}
    away.run_to_the_end(bulk.undo(away.stores, away.account_id, operation_id, "Ann"))
    assert away.contents("first") == set()


def test_a_pool_that_goes_while_an_answer_is_looked_up_confirms_nothing(
    away: Service, vendor: Vendor
) -> None:
    operation_id = away.start(numbers(3))
    away.step()
    vendor.will(*[answer(503, after_work=True)] * TRIES, answer(404))
    away.run()
    assert away.assert_whole(operation_id) == {"not-confirmed": 3}


def test_the_half_of_a_move_whose_old_pool_goes_says_where_its_numbers_are(
    away: Service,
) -> None:
    away.truth.add_numbers("one", numbers(2))
    operation_id = away.move(numbers(2))
    away.step()
    away.step()
    _gone(away)
    away.run_to_the_end(operation_id)
    assert away.assert_whole(operation_id) == {"refused": 2}
    assert away.reasons(operation_id) == {
        "It was added to two, but not removed from one. There is no pool one in this account."
    }


@pytest.mark.parametrize(
    "behaviour",
    [
        change_answer(lambda _, __: (200, {"numbers": []})),
        change_answer(lambda _, __: (200, {"numbers": ["15550000001"]})),
        change_answer(lambda _, body: (200, {"numbers": [*body["numbers"], "15550000001"]})),
        change_answer(lambda _, body: (200, {"numbers": body["numbers"][:1]})),
    ],
)
def test_an_answer_about_other_numbers_is_looked_up(
    away: Service, vendor: Vendor, behaviour: Behaviour
) -> None:
    operation_id = away.start(numbers(3))
    away.step()
    vendor.will(behaviour)
    away.run_to_the_end(operation_id)
    assert away.assert_whole(operation_id) == {"added": 3}


def test_an_answer_that_says_nothing_for_good_confirms_nothing(
    away: Service, vendor: Vendor
) -> None:
    operation_id = away.start(numbers(2))
    away.step()
    for _ in range(12):
        vendor.will(answer(200, {"numbers": []}), behave)
        away.run()
        away.let_time_pass()
    vendor.forget()
    assert away.assert_whole(operation_id) == {"not-confirmed": 2}
    bulk.check(away.stores, away.account_id, operation_id)
    away.run_to_the_end(operation_id)
    assert away.assert_whole(operation_id) == {"refused": 2}


def test_what_cannot_be_known_keeps_nothing_else_from_being_undone(
    away: Service, vendor: Vendor
) -> None:
    """Others add a number and take it out again while its answer is lost: no look fits that."""
    away.truth.add_numbers("one", numbers(2))
    removing = away.start(numbers(2), Action.REMOVE)
    away.run()
    away.let_time_pass()
    away.truth.add_numbers("one", numbers(1))
    undoing = bulk.undo(away.stores, away.account_id, removing, "Ann")
    away.step()
    away.truth.remove_numbers("one", numbers(1))
    away.lose_answers_to_the_end(undoing, vendor)
    away.truth.add_numbers("one", numbers(1, 1))  # this one had arrived
    for _ in range(2):
        bulk.check(away.stores, away.account_id, undoing)
        away.run_to_the_end(undoing)
        assert away.assert_whole(undoing) == {"not-confirmed": 1, "added": 1}
    away.run_to_the_end(bulk.undo(away.stores, away.account_id, undoing, "Ann"))
    assert away.contents("one") == set()
