"""What a worker makes of failures: of the vendor's, and of its own."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest

from numberpools import clock
from numberpools.services import bulk, health
from numberpools.services.bulk import Action, State, claims
from numberpools.services.bulk.claims import Claim
from numberpools.services.bulk.work import Worker
from tests.processes import wait_until
from tests.services.bulk.service import TRIES, Service, numbers
from tests.services.crash import CrashingStores
from tests.vonage.vendor import (
    Behaviour,
    Exchange,
    FakeClock,
    Vendor,
    answer,
    behave,
    reset_unread,
)


def _retry_in(service: Service, operation_id: str) -> timedelta:
    retry_at = service.get(operation_id).retry_at
    assert retry_at is not None
    return retry_at - service.time_of_day()


@pytest.mark.parametrize("behaviour", [reset_unread, answer(503)])
def test_a_vendor_that_fails_pauses_the_operation_which_goes_on_by_itself(
    away: Service, vendor: Vendor, behaviour: Behaviour
) -> None:
    operation_id = away.start(numbers(3))
    vendor.will(*[behaviour] * TRIES)
    away.run()
    operation = away.get(operation_id)
    assert operation.state is State.PAUSED
    assert operation.problem.startswith(("The vendor", "The connection to the vendor"))
    assert timedelta(0) < _retry_in(away, operation_id) <= timedelta(seconds=1)
    assert claims.next_moment(away.database) == operation.retry_at
    away.run()
    assert away.get(operation_id).state is State.PAUSED
    away.let_time_pass()
    away.run()
    assert away.get(operation_id).state is State.FINISHED
    assert away.assert_whole(operation_id) == {"added": 3}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("hours", [1, -1])
def test_a_wait_is_told_by_the_clock_that_all_share(
    away: Service, vendor: Vendor, monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    wrong = away.time_of_day() + timedelta(hours=hours)
    monkeypatch.setattr(clock, "now", lambda: wrong)
    operation_id = away.start(numbers(3))
    vendor.will(*[answer(503)] * TRIES)
    away.run()
    assert timedelta(0) < _retry_in(away, operation_id) <= timedelta(seconds=1)


@pytest.mark.parametrize("action", [Action.ADD, Action.REMOVE])
@pytest.mark.parametrize("rounds", [1, 12])
def test_a_vendor_that_stays_away_is_waited_for_however_long(
    away: Service, vendor: Vendor, action: Action, rounds: int
) -> None:
    """Its answer to a change was lost, and it does not say what the pool has."""
    away.truth.add_numbers("one", numbers(1))
    operation_id = away.start(numbers(2), action)
    away.step()
    for _ in range(rounds):
        vendor.will(*[answer(503, after_work=True)] * TRIES, *[answer(503)] * TRIES)
        away.run()
        operation = away.get(operation_id)
        assert (operation.state, operation.totals) == (State.PAUSED, {})
        assert operation.problem == "The vendor answered with the status 503."
        assert operation.retry_at is not None
        away.let_time_pass()
    assert away.claim("somebody") is not None
    assert away.get(operation_id).state is State.RUNNING
    assert away.get(operation_id).problem == operation.problem  # until something succeeds
    away.let_time_pass()
    away.run()
    assert away.get(operation_id).problem == ""
    expected = {Action.ADD: ["already-in-pool", "added"], Action.REMOVE: ["removed", "not-in-pool"]}
    assert list(away.outcomes(operation_id).values()) == expected[action]


def test_waiting_is_no_lost_answer(away: Service, vendor: Vendor) -> None:
    operation_id = away.start(numbers(3))
    away.step()
    for _ in range(9):
        vendor.will(answer(401, {"type": "https://x/#unauthorized"}))
        away.run()
        bulk.resume(away.stores, away.account_id, operation_id)
    vendor.will(*[answer(503)] * TRIES)
    away.run_to_the_end(operation_id)
    assert away.assert_whole(operation_id) == {"added": 3}


def test_cancelling_says_what_it_waits_for_and_ends(away: Service, vendor: Vendor) -> None:
    operation_id = away.start(numbers(120))
    away.step()
    vendor.will(*[answer(503)] * 2 * TRIES)
    away.step()
    bulk.cancel(away.stores, away.account_id, operation_id)
    for _ in range(12):
        vendor.will(*[answer(503)] * 2 * TRIES)
        away.let_time_pass()
        away.run()
        operation = away.get(operation_id)
        if operation.state.has_ended:
            break
        assert operation.problem == "The vendor answered with the status 503."
        vendor.forget()
    assert operation.state is State.CANCELLED
    assert away.assert_whole(operation_id) == {"not-confirmed": 50, "cancelled": 70}
    vendor.forget()
    bulk.check(away.stores, away.account_id, operation_id)
    assert away.run_to_the_end(operation_id).state is State.CANCELLED
    assert away.assert_whole(operation_id) == {"refused": 50, "cancelled": 70}


def test_comparing_says_what_it_waits_for(away: Service, vendor: Vendor) -> None:
    operation_id = away.list_read(numbers(3))
    bulk.compare(away.stores, away.account_id, operation_id)
    vendor.will(*[answer(503)] * 3 * TRIES)
    away.run()
    assert away.get(operation_id).problem.startswith("The vendor")
    vendor.forget()
    away.run_until(operation_id, State.READY)
    assert away.get(operation_id).problem == ""


@pytest.mark.parametrize("failures", [3, 6])
@pytest.mark.parametrize("page", [answer(500), answer(200, b"<html>Welcome!</html>")])
def test_a_look_at_the_pool_survives_pages_that_fail(
    away: Service, vendor: Vendor, page: Behaviour, failures: int
) -> None:
    """A page is tried four times; then the pool is copied."""
    operation_id = away.start(numbers(3))
    vendor.will(*[page] * failures)
    away.run()
    assert away.get(operation_id).state is State.FINISHED
    assert away.assert_whole(operation_id) == {"added": 3}


def test_each_pause_is_longer_and_none_is_longer_than_five_minutes(
    away: Service, vendor: Vendor
) -> None:
    operation_id = away.start(numbers(3))
    longest = []
    for _ in range(11):
        vendor.will(*[answer(503)] * TRIES)
        away.run()
        longest.append(_retry_in(away, operation_id).total_seconds())
        away.let_time_pass()
    assert longest[0] <= 1 < longest[2] <= 4 < longest[4] <= 16 < longest[6] <= 64
    assert 145 < longest[-1] <= 300
    away.run()
    assert away.assert_whole(operation_id) == {"added": 3}


def test_after_a_success_pauses_are_short_again(away: Service, vendor: Vendor) -> None:
    operation_id = away.start(numbers(120))
    for _ in range(5):
        vendor.will(*[answer(503)] * TRIES)
        away.run()
        away.let_time_pass()
    away.step()
    vendor.will(*[answer(429, headers={"Retry-After": "0"})] * TRIES)
    away.run()
    assert _retry_in(away, operation_id) <= timedelta(seconds=1)


@pytest.mark.parametrize(
    ("status", "kind", "told"),
    [(401, "unauthorized", "API key and secret"), (403, "forbidden", "not enabled")],
)
def test_what_only_people_can_mend_waits_for_them(
    away: Service, vendor: Vendor, status: int, kind: str, told: str
) -> None:
    operation_id = away.start(numbers(3))
    vendor.will(answer(status, {"type": f"https://x/#{kind}"}))
    away.run()
    operation = away.get(operation_id)
    assert operation.state is State.PAUSED
    assert told in operation.problem
    assert operation.retry_at is None
    away.let_time_pass()
    away.run()
    assert away.get(operation_id).state is State.PAUSED
    bulk.resume(away.stores, away.account_id, operation_id)
    away.run()
    assert away.assert_whole(operation_id) == {"added": 3}


def test_too_many_calls_slow_the_whole_account_down(
    away: Service, vendor: Vendor, clock: FakeClock
) -> None:
    first = away.start(numbers(3))
    second = away.start(numbers(3), pool_id="two")
    away.step()
    away.step()
    vendor.will(answer(429, headers={"Retry-After": "100"}))
    away.step()
    for operation_id in (first, second):
        assert away.get(operation_id).state is State.PAUSED
        assert "no more calls" in away.get(operation_id).problem
        assert timedelta(seconds=90) < _retry_in(away, operation_id) <= timedelta(seconds=100)
    away.let_time_pass()
    clock.sleep(100)
    away.run()
    assert away.assert_whole(first) == away.assert_whole(second) == {"added": 3}


def test_a_cancelled_operation_settles_what_it_has_begun_whatever_the_vendor_does(
    away: Service, vendor: Vendor
) -> None:
    operation_id = away.start(numbers(60))
    away.step()
    assert away.claim("a worker that dies") is not None
    bulk.cancel(away.stores, away.account_id, operation_id)
    away.let_time_pass()
    vendor.will(answer(401, {"type": "https://x/#unauthorized"}))
    away.run()
    assert away.get(operation_id).state is State.CANCELLING
    moment = claims.next_moment(away.database)
    assert moment is not None
    assert moment > away.time_of_day()
    away.let_time_pass()
    away.run()
    assert away.assert_whole(operation_id) == {"added": 50, "cancelled": 10}


@pytest.fixture
def crashing(ours: Service) -> Worker:
    """It fails after its work and before the report is stored, each time."""
    return ours.new_worker(stores=CrashingStores(ours.database))


def test_a_crash_is_logged_and_held_after_five(
    ours: Service, crashing: Worker, caplog: pytest.LogCaptureFixture
) -> None:
    operation_id = ours.start(numbers(3))
    ours.step()
    for _ in range(5):
        assert ours.get(operation_id).state is State.RUNNING
        crashing.work()
        assert ours.contents("one") == set()
        ours.let_time_pass()
    operation = ours.get(operation_id)
    assert operation.state is State.PAUSED
    assert operation.problem.startswith("Something went wrong here")
    assert operation.retry_at is None
    errors = [each for each in caplog.records if each.levelno == logging.ERROR]
    assert len(errors) == 5
    assert all(operation_id in each.getMessage() for each in errors)
    bulk.resume(ours.stores, ours.account_id, operation_id)
    ours.run()
    assert ours.assert_whole(operation_id) == {"added": 3}


def test_a_crash_is_tried_again_later(ours: Service, crashing: Worker) -> None:
    operation_id = ours.start(numbers(3), Action.ADD)
    ours.step()
    crashing.work()
    ours.run()
    assert ours.get(operation_id).state is State.RUNNING
    moment = claims.next_moment(ours.database)
    assert moment is not None
    assert timedelta(seconds=20) < moment - ours.time_of_day() <= timedelta(seconds=30)


def test_others_are_told_of_a_long_operation_and_not_of_a_short_one(ours: Service) -> None:
    told: list[int] = []
    worker = ours.new_worker(wake=told.append)
    ours.start(numbers(10))
    worker.work()
    assert sum(told) == 0
    ours.start(numbers(1_000), pool_id="two")
    worker.work()
    assert sum(told) > 0


def test_a_turn_ends_in_time(away: Service) -> None:
    away.start(numbers(500))
    assert away.worker.work(seconds=0)
    assert away.worker.work(seconds=0)
    away.run()
    assert not away.worker.work(seconds=0)


def test_a_stopped_worker_begins_no_other_batch(away: Service) -> None:
    operation_id = away.start(numbers(500))
    worker = away.new_worker()
    worker.stop()
    worker.work()
    worker.work()
    assert away.get(operation_id).done_count <= 50
    away.run()
    assert away.assert_whole(operation_id) == {"added": 500}


def test_what_is_under_way_is_renewed_and_what_is_lost_sight_of_is_not(
    away: Service, vendor: Vendor
) -> None:
    operation_id = away.start(numbers(3))
    assert away.claim(away.worker.name) is not None
    away.worker.give_sign_of_life()
    away.let_time_pass()
    taken_over = away.claim(away.worker.name)
    assert taken_over is not None
    seen: list[Claim | None] = []

    def take_long(exchange: Exchange) -> None:
        for _ in range(3):
            away.time_of_day.move(seconds=claims.LEASE.total_seconds() * 2 / 3)
            away.worker.give_sign_of_life()
        seen.append(away.claim("somebody else"))
        behave(exchange)

    vendor.will(take_long)
    away.worker.run(taken_over)
    assert seen == [None]
    away.run()
    assert away.assert_whole(operation_id) == {"added": 3}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_worker_gives_signs_of_life_for_as_long_as_it_works(
    ours: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, "LEASE", timedelta(seconds=0.03))
    assert ours.worker.name
    seen: set[object] = set()

    def see_another() -> bool:
        seen.add(health.worker_seen_at(ours.database))
        return len(seen) > 3

    wait_until(see_another, "signs of life")


def test_the_copies_of_changed_pools_are_made_anew(away: Service) -> None:
    told: set[tuple[str, str]] = set()
    away.stores.on_vendor_change = lambda *pool: told.add(pool)
    away.truth.add_numbers("one", numbers(3))
    away.move(numbers(3))
    away.run()
    assert told == {(away.account_id, "one"), (away.account_id, "two")}


def test_a_pool_that_is_still_being_changed_is_not_copied(away: Service, vendor: Vendor) -> None:
    told: list[tuple[str, str]] = []
    away.stores.on_vendor_change = lambda *pool: told.append(pool)
    operation_id = away.start(numbers(120))
    away.step()
    away.step()
    vendor.will(*[answer(503)] * 2 * TRIES)
    away.run()
    assert away.get(operation_id).state is State.PAUSED
    assert told == []
    vendor.forget()
    away.run_to_the_end(operation_id)
    assert told == [(away.account_id, "one")]


def test_a_pool_whose_operation_waits_for_somebody_is_copied(away: Service) -> None:
    told: list[tuple[str, str]] = []
    away.stores.on_vendor_change = lambda *pool: told.append(pool)
    operation_id = away.start(numbers(120))
    away.step()
    away.step()
    bulk.pause(away.stores, away.account_id, operation_id, "Ann")
    away.run()
    assert told == [(away.account_id, "one")]
