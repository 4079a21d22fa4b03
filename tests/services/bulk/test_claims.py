"""Who works on what: one worker at a time, in order, fairly, and within the limits."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import text

from numberpools import clock
from numberpools.services import bulk
from numberpools.services.accounts import create_account
from numberpools.services.bulk import Action, State, claims, settling
from numberpools.services.bulk.claims import Claim, Limits
from numberpools.stores import SqlPoolStore
from tests.processes import wait_until
from tests.services.bulk.service import Service, numbers


@pytest.fixture
def prepared(away: Service) -> str:
    """An operation at the vendor with ten batches, all of them free."""
    operation_id = away.start(numbers(500))
    away.step()
    return operation_id


def _another_account(service: Service, account_id: str, pools: int = 1) -> Service:
    """An account of ours besides that at the vendor."""
    create_account(service.database, account_id, "Other Ltd")
    truth = SqlPoolStore(service.database, account_id)
    other = Service(service.stores, truth, account_id, service.time_of_day)
    for count in range(pools):
        other.pool(f"pool-{count}")
    return other


def test_a_batch_is_claimed_by_one_worker(away: Service, prepared: str) -> None:
    limits = Limits(64, 64)
    with ThreadPoolExecutor(8) as executor:
        found = list(executor.map(lambda name: away.claim(str(name), limits), range(16)))
    batches = [each.batch for each in found if each]
    assert len(batches) == len(set(batches)) == 10


def test_a_lease_that_ran_out_is_taken_over(away: Service, prepared: str) -> None:
    first = away.claim("ann", Limits(1, 8))
    assert away.claim("bob", Limits(1, 8)) is None
    away.let_time_pass()
    second = away.claim("bob", Limits(1, 8))
    assert first is not None
    assert second is not None
    assert (second.batch, second.attempts) == (first.batch, 2)
    assert (first.is_repeated, second.is_repeated) == (False, True)


@pytest.mark.parametrize("hours", [1, -1])
def test_a_machine_whose_clock_is_wrong_takes_nothing_over(
    away: Service, prepared: str, monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    assert away.claim("ann", Limits(1, 8)) is not None
    wrong = away.time_of_day() + timedelta(hours=hours)
    monkeypatch.setattr(clock, "now", lambda: wrong)
    assert away.claim("bob", Limits(1, 8)) is None
    away.let_time_pass()
    assert away.claim("bob", Limits(1, 8)) is not None
    monkeypatch.undo()
    assert away.claim("ann", Limits(1, 8)) is None


def test_what_was_completed_while_somebody_waited_for_it_is_not_claimed_again(
    away: Service, prepared: str
) -> None:
    found = away.claim("ann", Limits(1, 8))
    assert found is not None
    away.let_time_pass()
    with ThreadPoolExecutor(1) as executor:
        with away.database.write() as connection:
            claims.complete(connection, found, {})
            waiting = executor.submit(away.claim, "bob", Limits(1, 8))
            wait_until(lambda: waiting.running() and _somebody_waits(away), "Bob waits")
        other = waiting.result()
    assert other is None or other.batch != found.batch


def _somebody_waits(service: Service) -> bool:
    """For a row that another transaction has changed. Of SQLite it can't be told, nor need it be:
    nobody looks while another one writes.
    """
    if service.database.is_sqlite:
        return True
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    with service.database.engine.connect() as connection:
        return bool(connection.scalar(waiting))


def test_a_lease_that_is_renewed_is_kept(away: Service, prepared: str) -> None:
    found = away.claim("ann", Limits(1, 8))
    assert found is not None
    away.let_time_pass()
    claims.renew(away.database, [found])
    assert away.claim("bob", Limits(1, 8)) is None


def test_a_lease_that_was_lost_is_not_renewed(away: Service, prepared: str) -> None:
    lost = away.claim("ann", Limits(1, 8))
    assert lost is not None
    away.let_time_pass()
    assert away.claim("bob", Limits(1, 8)) is not None
    away.let_time_pass()
    claims.renew(away.database, [lost])
    assert away.claim("eve", Limits(1, 8)) is not None


def test_giving_back_what_was_lost_has_no_effect(away: Service, prepared: str) -> None:
    lost = away.claim("ann", Limits(1, 8))
    away.let_time_pass()
    mine = away.claim("ann", Limits(1, 8))  # another thread of the same process
    assert lost is not None
    assert mine is not None
    with away.database.write() as connection:
        claims.release(connection, lost)
    with pytest.raises(claims.LeaseLost), away.database.write() as connection:
        claims.complete(connection, lost, {})
    with away.database.write() as connection:
        claims.complete(connection, mine, {})


def test_the_limit_of_an_operation_holds(away: Service, prepared: str) -> None:
    found = [away.claim(limits=Limits(3, 8)) for _ in range(4)]
    assert [each is not None for each in found] == [True, True, True, False]


def test_the_limit_of_an_account_holds(away: Service, prepared: str) -> None:
    away.start(numbers(10), pool_id="two")
    found = [away.claim(limits=Limits(3, 4)) for _ in range(5)]
    assert [each is not None for each in found] == [True, True, True, True, False]


def test_the_limits_hold_for_what_is_cancelled_too(away: Service, prepared: str) -> None:
    limits = Limits(3, 3)
    for _ in range(3):
        away.claim(limits=limits)
    away.let_time_pass()  # three calls may have been carried out: cancelling finishes them
    other = away.start(numbers(60), pool_id="two")
    taken = away.claim(limits=limits)
    assert taken is not None
    assert taken.operation_id == other
    bulk.cancel(away.stores, away.account_id, prepared)
    found = [away.claim(limits=limits) for _ in range(4)]
    assert [each is not None for each in found] == [True, True, False, False]


def test_two_operations_of_one_pool_run_in_order(service: Service) -> None:
    first = service.start(numbers(10))
    second = service.start(numbers(10), Action.REMOVE)
    seen = []
    while found := service.claim(service.worker.name):
        seen.append(found.operation_id)
        service.worker.run(found)
    assert seen == [first, first, second, second]
    assert service.contents("one") == set()
    assert service.assert_whole(second) == {"removed": 10}


def test_a_move_waits_for_both_of_its_pools(service: Service) -> None:
    service.truth.add_numbers("one", numbers(3))
    moving = service.list_read(numbers(3))
    adding = service.start(numbers(3, 3), pool_id="two")
    service.step()
    bulk.begin(service.stores, service.account_id, moving, Action.MOVE, "two")
    last = service.start(numbers(1, 9))
    service.claim("somebody busy")
    assert service.claim() is None
    assert service.get(moving).state is service.get(last).state is State.QUEUED
    service.let_time_pass()
    service.run()
    assert service.contents("two") == set(numbers(6))
    assert service.contents("one") == set(numbers(1, 9))
    assert service.get(adding).state is State.FINISHED


def test_what_is_queued_behind_a_paused_one_waits(service: Service) -> None:
    first = service.start(numbers(3))
    service.step()
    second = service.start(numbers(3), Action.REMOVE)
    bulk.pause(service.stores, service.account_id, first, "Ann")
    service.run()
    assert service.get(second).state is State.QUEUED
    bulk.resume(service.stores, service.account_id, first)
    service.run()
    assert service.outcomes(second) == dict.fromkeys(numbers(3), "removed")


def test_pausing_what_is_queued_does_not_hold_what_runs_before_it(service: Service) -> None:
    first = service.start(numbers(3))
    service.step()
    second = service.start(numbers(3), Action.REMOVE)
    bulk.pause(service.stores, service.account_id, second, "Ann")
    bulk.pause(service.stores, service.account_id, first, "Ann")
    bulk.resume(service.stores, service.account_id, first)
    service.run()
    assert service.get(first).state is State.FINISHED
    assert service.contents("one") == set(numbers(3))
    assert service.get(second).state is State.PAUSED


def test_a_small_operation_comes_before_the_rest_of_a_large_one(
    away: Service, prepared: str
) -> None:
    assert away.claim() is not None
    small = away.start(numbers(10), pool_id="two")
    found = away.claim()
    assert found is not None
    assert found.operation_id == small


def test_operations_take_turns(away: Service, prepared: str) -> None:
    other = away.start(numbers(500), pool_id="two")
    away.step()
    order = [_claimed(away).operation_id for _ in range(6)]
    assert order.count(prepared) == order.count(other) == 3


def test_accounts_take_turns_however_many_operations_they_have(ours: Service) -> None:
    busy = _another_account(ours, "busy0001", pools=6)
    for count in range(6):
        busy.start(numbers(3), pool_id=f"pool-{count}")
    mine = ours.start(numbers(3))
    order = [_claimed(ours) for _ in range(3)]
    assert mine in [each.operation_id for each in order[:2]]


def _claimed(service: Service) -> Claim:
    found = service.claim()
    assert found is not None
    return found


def test_a_batch_that_rests_is_left_alone(away: Service, prepared: str) -> None:
    found = _claimed(away)
    later = away.time_of_day() + timedelta(seconds=60)
    with away.database.write() as connection:
        claims.release(connection, found, not_before=later)
    assert _claimed(away).batch != found.batch
    moment = claims.next_moment(away.database)
    assert moment is not None
    assert moment <= later


def test_a_long_operation_is_cancelled_in_pieces_and_others_go_on(
    away: Service, prepared: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settling, "_CANCELLED_AT_ONCE", 100)
    other = away.start(numbers(10), pool_id="two")
    away.step()
    bulk.cancel(away.stores, away.account_id, prepared)
    assert _claimed(away).operation_id == other
    half_way = away.get(prepared)
    assert half_way.state is State.CANCELLING
    assert half_way.totals == {"cancelled": 100}
    assert away.claim() is None
    assert away.get(prepared).state is State.CANCELLED
    assert away.assert_whole(prepared) == {"cancelled": 500}


def test_the_next_moment_is_when_a_lease_runs_out(away: Service, prepared: str) -> None:
    """The worker may have died: nobody else would look before the next minute."""
    _claimed(away)
    moment = claims.next_moment(away.database)
    assert moment is not None
    assert timedelta(0) < moment - away.time_of_day() <= claims.LEASE


def test_there_is_no_next_moment_when_all_is_done(service: Service) -> None:
    service.start(numbers(3))
    service.run()
    assert claims.next_moment(service.database) is None
