"""What becomes of numbers, at home and at a vendor whose answers get lost."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, update

from numberpools.db.database import Database
from numberpools.db.tables import accounts, inventory
from numberpools.domain.outcomes import Outcome
from numberpools.services import bulk
from numberpools.services.bulk import Action, State
from tests.services.bulk.service import TRIES, Service, numbers
from tests.vonage.vendor import (
    Behaviour,
    Exchange,
    Vendor,
    answer,
    behave,
    cut_off,
    reset_after_work,
    reset_unread,
    trickle,
)

LOST = [
    (Action.ADD, reset_after_work),
    (Action.ADD, cut_off),
    (Action.REMOVE, trickle),
    (Action.REMOVE, answer(503, after_work=True)),
]


def test_adding_tells_new_numbers_from_those_that_were_there(service: Service) -> None:
    service.truth.add_numbers("one", numbers(2))
    operation_id = service.start(numbers(4))
    service.run()
    assert service.assert_whole(operation_id) == {"added": 2, "already-in-pool": 2}
    assert service.outcomes(operation_id)[numbers(1)[0]] == "already-in-pool"
    assert service.contents("one") == set(numbers(4))


def test_removing_tells_numbers_that_were_not_there(service: Service) -> None:
    service.truth.add_numbers("one", numbers(3))
    operation_id = service.start(numbers(4, 1), Action.REMOVE)
    service.run()
    assert service.assert_whole(operation_id) == {"removed": 2, "not-in-pool": 2}
    assert service.contents("one") == set(numbers(1))


def test_moving_leaves_what_is_not_there_and_empties_what_is(service: Service) -> None:
    service.truth.add_numbers("one", numbers(3))
    service.truth.add_numbers("two", numbers(2, 2))
    operation_id = service.move(numbers(5))
    service.run()
    assert service.assert_whole(operation_id) == {"moved": 3, "not-in-pool": 2}
    assert service.contents("one") == set()
    assert service.contents("two") == set(numbers(4))
    assert "It is not in the pool one." in service.reasons(operation_id)


def test_a_list_of_many_batches(service: Service) -> None:
    wanted = numbers(260)
    service.pool("three", wanted[:130])
    operation_id = service.start(wanted, pool_id="three")
    service.run()
    assert service.assert_whole(operation_id) == {"added": 130, "already-in-pool": 130}
    assert service.contents("three") == set(wanted)


def test_numbers_that_the_account_does_not_own_stay_where_they_are(
    away: Service, vendor: Vendor
) -> None:
    own, other = numbers(2)
    away.truth.add_numbers("one", [own, other])
    database: Database = vendor.app.extensions["stores"].database
    with database.write() as connection:
        connection.execute(update(accounts).values(has_inventory=True))
        connection.execute(insert(inventory), {"account_id": away.account_id, "number": own})
    operation_id = away.move([own, other])
    away.run()
    assert away.outcomes(operation_id) == {own: "moved", other: "not-owned"}
    assert away.contents("one") == {other}
    assert away.contents("two") == {own}


@pytest.mark.parametrize(("action", "behaviour"), LOST)
def test_an_answer_that_is_lost_for_good_is_found_out(
    away: Service, vendor: Vendor, action: Action, behaviour: Behaviour
) -> None:
    if action is Action.REMOVE:
        away.truth.add_numbers("one", numbers(3))
    operation_id = away.start(numbers(3), action)
    away.step()
    vendor.will(*[behaviour] * TRIES, *[reset_unread] * TRIES)  # the look at the pool fails too
    away.step()
    assert away.get(operation_id).totals == {}
    away.run_to_the_end(operation_id)
    done = "added" if action is Action.ADD else "removed"
    assert away.assert_whole(operation_id) == {done: 3}
    assert away.contents("one") == (set(numbers(3)) if action is Action.ADD else set())


def test_a_lost_answer_makes_nothing_removed_that_was_not_there(
    away: Service, vendor: Vendor
) -> None:
    away.truth.add_numbers("one", numbers(2))
    operation_id = away.start(numbers(4), Action.REMOVE)
    away.step()
    vendor.will(reset_after_work)
    away.run_to_the_end(operation_id)
    assert away.assert_whole(operation_id) == {"removed": 2, "not-in-pool": 2}


def test_what_stays_unknown_is_not_confirmed_and_can_be_checked(
    away: Service, vendor: Vendor
) -> None:
    away.truth.add_numbers("one", numbers(1, 1))
    operation_id = away.start(numbers(3))
    away.step()

    away.lose_answers_to_the_end(operation_id, vendor)
    assert away.assert_whole(operation_id) == {"not-confirmed": 2, "already-in-pool": 1}

    away.truth.add_numbers("one", numbers(1))  # one of them had arrived after all
    bulk.check(away.stores, away.account_id, operation_id)
    checked = away.get(operation_id)
    assert (checked.state, checked.problem) == (State.QUEUED, "")
    away.run_to_the_end(operation_id)
    assert away.outcomes(operation_id) == dict(
        zip(numbers(3), ["added", "already-in-pool", "refused"], strict=True)
    )
    assert away.assert_whole(operation_id).total() == 3
    told = " ".join(away.reasons(operation_id))
    assert "a look afterwards shows that it was not done" in told


def test_checking_calls_nothing_removed_that_was_not_there(away: Service, vendor: Vendor) -> None:
    away.truth.add_numbers("one", numbers(2) + numbers(1200, 1000))
    operation_id = away.start(numbers(3), Action.REMOVE)
    away.step()
    away.lose_answers_to_the_end(operation_id, vendor)
    assert away.assert_whole(operation_id) == {"not-confirmed": 2, "not-in-pool": 1}

    away.truth.remove_numbers("one", numbers(1))  # it had arrived after all
    bulk.check(away.stores, away.account_id, operation_id)
    away.run_to_the_end(operation_id)
    assert away.outcomes(operation_id) == dict(
        zip(numbers(3), ["removed", "refused", "not-in-pool"], strict=True)
    )


def test_checking_what_is_certain_does_nothing(service: Service) -> None:
    operation_id = service.start(numbers(1))
    service.run()
    bulk.check(service.stores, service.account_id, operation_id)
    assert service.get(operation_id).state is State.FINISHED


@pytest.mark.parametrize("action", [Action.ADD, Action.REMOVE])
def test_a_batch_whose_worker_died_after_the_call_gives_the_same_report(
    service: Service, action: Action
) -> None:
    if action is Action.REMOVE:
        service.truth.add_numbers("one", numbers(3))
    else:
        service.truth.add_numbers("one", numbers(1))
    operation_id = service.start(numbers(4), action)
    service.step()
    claimed = service.claim("a worker that dies")
    assert claimed is not None
    if service.stores.vendor_accounts:
        # The vendor has done it. Our own pools change together with the report or not at all.
        if action is Action.ADD:
            service.truth.add_numbers("one", numbers(4))
        else:
            service.truth.remove_numbers("one", numbers(4))
    service.let_time_pass()
    service.run()
    expected = (
        {"added": 3, "already-in-pool": 1}
        if action is Action.ADD
        else {"removed": 3, "not-in-pool": 1}
    )
    assert service.assert_whole(operation_id) == expected


def test_a_refusal_of_what_was_done_before_counts_as_success(away: Service, vendor: Vendor) -> None:
    operation_id = away.start(numbers(3))
    away.step()
    assert away.claim("a worker that dies") is not None
    away.let_time_pass()
    away.truth.add_numbers("one", numbers(2))
    refusal = {"type": "https://x/#done-before", "title": "It is so.", "numbers": numbers(3)}
    vendor.will(answer(400, {"errors": [refusal]}))
    away.run()
    expected = dict(zip(numbers(3), ["added", "added", "refused"], strict=True))
    assert away.outcomes(operation_id) == expected
    away.assert_whole(operation_id)


@pytest.mark.parametrize("half", [1, 2])
def test_a_move_whose_worker_died_half_way_goes_on(away: Service, half: int) -> None:
    away.truth.add_numbers("one", numbers(3))
    operation_id = away.move(numbers(4))
    away.step()
    if half == 2:
        away.step()
        assert away.contents("one") & away.contents("two") == set(numbers(3))
    assert away.claim("a worker that dies") is not None
    away.truth.add_numbers("two", numbers(3))
    if half == 2:
        away.truth.remove_numbers("one", numbers(3))
    away.let_time_pass()
    away.run()
    assert away.assert_whole(operation_id) == {"moved": 3, "not-in-pool": 1}
    assert away.contents("one") == set()
    assert away.contents("two") == set(numbers(3))


@pytest.mark.parametrize("kind", ["forbidden-number", "invalid-number"])
def test_the_second_half_of_a_move_that_never_comes_is_told(
    away: Service, vendor: Vendor, kind: str
) -> None:
    away.truth.add_numbers("one", numbers(2))
    operation_id = away.move(numbers(2))
    away.step()
    away.step()
    refusal = {"type": f"https://x/#{kind}", "title": "No", "numbers": numbers(2)}
    vendor.will(answer(207, {"numbers": [], "error": {"errors": [refusal]}}))
    away.run()
    assert away.assert_whole(operation_id) == {"refused": 2}
    assert away.reasons(operation_id) == {"It was added to two, but not removed from one. No"}
    bulk.undo(away.stores, away.account_id, operation_id, "Ann")
    away.run()
    assert away.contents("one") == set(numbers(2))
    assert away.contents("two") == set()


def test_a_first_half_that_was_done_after_all_can_be_undone(away: Service, vendor: Vendor) -> None:
    away.truth.add_numbers("one", numbers(2))
    operation_id = away.move(numbers(2))
    away.step()
    away.lose_answers_to_the_end(operation_id, vendor)
    assert away.assert_whole(operation_id) == {"not-confirmed": 2}
    away.truth.add_numbers("two", numbers(1))
    bulk.check(away.stores, away.account_id, operation_id)
    away.run_to_the_end(operation_id)
    assert away.assert_whole(operation_id) == {"refused": 2}
    bulk.undo(away.stores, away.account_id, operation_id, "Ann")
    away.run()
    assert away.contents("one") == set(numbers(2))
    assert away.contents("two") == set()


def test_an_answer_in_parts_is_reported_in_parts(away: Service, vendor: Vendor) -> None:
    operation_id = away.start(numbers(3))
    away.step()
    first, second, third = numbers(3)
    away.truth.add_numbers("one", [first, third])
    refusal = {"type": "https://x/#missing-number-subscription", "title": "No", "numbers": [second]}
    vendor.will(answer(207, {"numbers": [first], "error": {"errors": [refusal]}}))
    away.run()
    assert away.outcomes(operation_id) == {first: "added", second: "not-owned", third: "added"}


def test_a_number_that_may_not_have_arrived_does_not_leave_its_pool(
    away: Service, vendor: Vendor
) -> None:
    away.truth.add_numbers("one", numbers(3))
    operation_id = away.move(numbers(3))
    away.step()
    away.truth.add_numbers("two", numbers(2))
    vendor.will(answer(200, {"numbers": numbers(2)}))
    away.step()
    away.run()
    assert away.contents("one") >= set(numbers(1, 2))
    away.run_to_the_end(operation_id)
    assert away.assert_whole(operation_id) == {"moved": 3}
    assert away.contents("two") == set(numbers(3))


@pytest.mark.parametrize("is_move", [False, True])
@pytest.mark.parametrize("has_begun", [False, True])
def test_a_pool_that_is_gone_ends_the_operation(
    service: Service, has_begun: bool, is_move: bool
) -> None:
    service.truth.add_numbers("one", numbers(3))
    if is_move:
        operation_id = service.move(numbers(3))
        service.step()
        if has_begun:
            service.step()
    else:
        operation_id = service.start(numbers(3), Action.REMOVE)
        service.step()
    if has_begun:
        assert service.claim("a worker that dies") is not None
        service.let_time_pass()
    service.truth.delete_pool("one")
    service.run()
    operation = service.get(operation_id)
    assert operation.state is State.CANCELLED
    assert "There is no pool one in this account." in operation.problem
    assert service.assert_whole(operation_id).total() == 3
    assert operation.failure_count == 3
    assert any("There is no pool one" in reason for reason in service.reasons(operation_id))


def test_a_late_worker_changes_nothing_in_the_report(away: Service, vendor: Vendor) -> None:
    """Its lease ran out during the call, and another has done the batch since."""
    operation_id = away.start(numbers(3))
    away.step()
    other = away.new_worker()

    def answer_late(exchange: Exchange) -> None:
        result = exchange.work()
        away.let_time_pass()
        found = away.claim(other.name)
        assert found is not None
        assert found.is_repeated
        other.run(found)
        exchange.send(*result)

    vendor.will(answer_late, behave)
    away.step()
    assert away.claim() is None
    assert away.assert_whole(operation_id) == {"added": 3}


def test_a_late_look_at_the_pool_does_not_count(away: Service) -> None:
    """It would take what the operation has added since for numbers that were there before."""
    operation_id = away.start(numbers(3))
    late = away.claim("a worker that wakes up late")
    assert late is not None
    away.let_time_pass()
    away.step()
    away.truth.add_numbers("one", numbers(3))
    away.worker.run(late)
    away.run()
    assert away.assert_whole(operation_id) == {"added": 3}


def test_what_the_look_at_a_list_saw_does_not_count_later(ours: Service) -> None:
    ours.truth.add_numbers("one", numbers(3))
    operation_id = ours.list_read(numbers(3))
    bulk.begin(ours.stores, ours.account_id, operation_id, Action.REMOVE)
    ours.truth.remove_numbers("one", numbers(1))
    ours.step()
    assert ours.claim("a worker that dies") is not None
    ours.let_time_pass()
    ours.run()
    assert ours.assert_whole(operation_id) == {"removed": 2, "not-in-pool": 1}


def test_making_equal_adds_and_removes(service: Service) -> None:
    service.truth.add_numbers("one", numbers(60))
    operation_id = service.list_read(numbers(60, 30))
    bulk.compare(service.stores, service.account_id, operation_id)
    service.run()
    bulk.begin(service.stores, service.account_id, operation_id, Action.MAKE_EQUAL)
    service.run()
    assert service.assert_whole(operation_id) == {
        "added": 30,
        "already-in-pool": 30,
        "removed": 30,
    }
    assert service.contents("one") == set(numbers(60, 30))


def test_outcomes_are_words_that_people_know(service: Service) -> None:
    operation_id = service.start(numbers(1))
    service.run()
    assert service.get(operation_id).totals == {Outcome.ADDED: 1}
