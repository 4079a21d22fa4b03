"""What nobody has worked on for an hour waits for a person, as after a backup was put back."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Barrier
from uuid import UUID, uuid4

import pytest

from numberpools.db.database import Database
from numberpools.services import audit, bulk, health
from numberpools.services.actors import ActorKind
from numberpools.services.bulk import Action, Operation, State, work
from numberpools.stores import Stores
from tests.conftest import ACCOUNT_ID, SECRET, new_database
from tests.processes import LIMIT_SECONDS
from tests.services.bulk.service import TRIES, Service, numbers
from tests.vonage.vendor import FakeClock, Vendor, answer, client_of, reset_after_work


@contextmanager
def _copied(database: Database, folder: Path) -> Iterator[str]:
    """The URL of a backup of the database as it is now."""
    name = str(database.engine.url.database)
    if not database.is_sqlite:
        database.engine.dispose()  # nobody can copy what somebody is in
        with new_database("postgres", folder, name) as url:
            yield url
        return
    backup = folder / "backup.db"
    with closing(sqlite3.connect(name)) as source, closing(sqlite3.connect(backup)) as target:
        source.backup(target)
    yield f"sqlite:///{backup}"


@pytest.fixture
def backed_up(
    away: Service, vendor: Vendor, clock: FakeClock, tmp_path: Path
) -> Iterator[Callable[[], Service]]:
    """``restored = backed_up()`` is the service on a copy of its database as it is now."""
    with ExitStack() as stack:

        def back_up() -> Service:
            away.close()  # no thread of it is in the database while that is copied
            database = Database(stack.enter_context(_copied(away.database, tmp_path)))
            stack.callback(database.engine.dispose)
            client = client_of(vendor.url, ACCOUNT_ID, SECRET, clock=clock)
            stack.callback(client.close)
            restored = replace(away, stores=Stores(database, {ACCOUNT_ID: client}))
            stack.callback(restored.close)
            return restored

        yield back_up


def _in_the_middle(service: Service) -> str:
    """An operation of 500 numbers at the vendor, of which 100 are done."""
    operation_id = service.start(numbers(500))
    health.note_worker(service.database, "a worker")
    for _ in range(3):
        _step(service)
    return operation_id


def _step(service: Service) -> None:
    """Of a worker that gives no sign of life any more."""
    found = service.claim("a worker")
    assert found is not None
    service.worker.run(found)


def _hours_later(service: Service) -> None:
    """A new worker comes."""
    service.time_of_day.move(hours=2)
    service.run()


def _is_held(operation: Operation) -> bool:
    said = operation.problem.startswith("Nobody has worked on this for an hour or longer")
    return operation.state is State.PAUSED and operation.retry_at is None and said


def test_not_one_call_is_sent_after_a_backup_was_put_back_until_somebody_resumes(
    away: Service, vendor: Vendor, backed_up: Callable[[], Service]
) -> None:
    before = numbers(20)
    away.truth.add_numbers("one", before)
    operation_id = _in_the_middle(away)
    restored = backed_up()
    away.run()
    assert away.contents("one") == set(numbers(500))
    vendor.forget()
    _hours_later(restored)
    operation = restored.get(operation_id)
    assert _is_held(operation)
    assert operation.done_count == 100
    assert vendor.calls == []
    bulk.resume(restored.stores, restored.account_id, operation_id)
    restored.run()
    assert restored.assert_whole(operation_id) == {"added": 480, "already-in-pool": 20}
    undoing = bulk.undo(restored.stores, restored.account_id, operation_id, "Ann")
    restored.run_to_the_end(undoing)
    assert restored.contents("one") == set(before)


def test_what_was_removed_after_a_backup_was_made_counts_as_ours(
    away: Service, backed_up: Callable[[], Service]
) -> None:
    away.truth.add_numbers("one", numbers(120))
    operation_id = away.start(numbers(125), Action.REMOVE)
    health.note_worker(away.database, "a worker")
    _step(away)
    restored = backed_up()
    away.run()
    _hours_later(restored)
    bulk.resume(restored.stores, restored.account_id, operation_id)
    restored.run()
    assert restored.assert_whole(operation_id) == {"removed": 120, "not-in-pool": 5}
    undoing = bulk.undo(restored.stores, restored.account_id, operation_id, "Ann")
    restored.run_to_the_end(undoing)
    assert restored.contents("one") == set(numbers(120))


def test_what_a_backup_holds_can_be_cancelled_without_a_call(
    away: Service, vendor: Vendor, backed_up: Callable[[], Service]
) -> None:
    operation_id = _in_the_middle(away)
    restored = backed_up()
    vendor.forget()
    _hours_later(restored)
    bulk.cancel(restored.stores, restored.account_id, operation_id)
    restored.run()
    assert restored.assert_whole(operation_id) == {"added": 100, "cancelled": 400}
    assert vendor.calls == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
class TestWhatIsHeld:
    def test_it_is_said_by_the_service_itself_in_the_trail(self, away: Service) -> None:
        operation_id = _in_the_middle(away)
        _hours_later(away)
        [entry] = [
            each
            for each in audit.all_entries(away.database, away.account_id, audit.Wanted())
            if each.action is audit.Action.PAUSE_OPERATION
        ]
        assert (entry.actor.kind, entry.operation_id) == (ActorKind.SYSTEM, operation_id)
        assert entry.reason == away.get(operation_id).problem

    def test_what_is_queued(self, away: Service) -> None:
        first, second = _in_the_middle(away), away.start(numbers(3))
        _hours_later(away)
        assert _is_held(away.get(first))
        assert _is_held(away.get(second))

    def test_what_would_go_on_by_itself_after_a_pause(self, away: Service, vendor: Vendor) -> None:
        operation_id = _in_the_middle(away)
        vendor.will(*[answer(503)] * 2 * TRIES)
        _step(away)
        assert away.get(operation_id).retry_at is not None
        _hours_later(away)
        assert _is_held(away.get(operation_id))

    def test_what_was_being_cancelled_and_may_have_been_carried_out(
        self, away: Service, vendor: Vendor
    ) -> None:
        operation_id = _in_the_middle(away)
        vendor.will(*[reset_after_work] * TRIES)
        _step(away)
        bulk.cancel(away.stores, away.account_id, operation_id)
        assert away.get(operation_id).state is State.CANCELLING
        vendor.forget()
        _hours_later(away)
        assert _is_held(away.get(operation_id))
        assert "It was being cancelled" in away.get(operation_id).problem
        assert vendor.calls == []
        bulk.cancel(away.stores, away.account_id, operation_id)
        away.run_to_the_end(operation_id)
        assert away.assert_whole(operation_id) == {"added": 150, "cancelled": 350}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
class TestWhatIsNot:
    def test_what_a_short_restart_interrupts(self, away: Service) -> None:
        operation_id = _in_the_middle(away)
        away.time_of_day.move(minutes=59)
        away.run()
        assert away.get(operation_id).state is State.FINISHED

    def test_the_first_operation_of_all(self, ours: Service) -> None:
        operation_id = ours.start(numbers(3))
        _hours_later(ours)
        assert ours.get(operation_id).state is State.FINISHED

    def test_what_was_started_lately_while_no_worker_ran(self, away: Service) -> None:
        held = _in_the_middle(away)
        away.time_of_day.move(hours=2)
        new = away.start(numbers(3), pool_id="two")
        away.run()
        assert _is_held(away.get(held))
        assert away.get(new).state is State.FINISHED

    def test_what_somebody_has_resumed_while_no_worker_ran(self, away: Service) -> None:
        operation_id = _in_the_middle(away)
        bulk.pause(away.stores, away.account_id, operation_id, "Ann")
        away.time_of_day.move(hours=2)
        bulk.resume(away.stores, away.account_id, operation_id)
        away.run()
        assert away.get(operation_id).state is State.FINISHED

    def test_what_a_person_has_paused_stays_theirs(self, away: Service) -> None:
        operation_id = _in_the_middle(away)
        bulk.pause(away.stores, away.account_id, operation_id, "Ann")
        _hours_later(away)
        assert away.get(operation_id).problem == "Paused by Ann."

    def test_a_list_that_is_only_read(self, away: Service) -> None:
        _in_the_middle(away)
        list_id = away.submit(numbers(3), pool_id="two")
        _hours_later(away)
        assert away.get(list_id).state is State.READY

    def test_what_another_worker_was_seen_at(self, away: Service) -> None:
        """One batch may take long: a pool of a million numbers is copied for it."""
        operation_id = _in_the_middle(away)
        away.time_of_day.move(hours=2)
        health.note_worker(away.database, "another one")
        away.run()
        assert away.get(operation_id).state is State.FINISHED


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_worker_that_was_away_itself_holds_with_its_next_sign_of_life(away: Service) -> None:
    """Its machine slept, or the database under it was put back."""
    assert away.worker.name
    operation_id = _in_the_middle(away)
    away.time_of_day.move(hours=2)
    away.worker.give_sign_of_life()
    assert _is_held(away.get(operation_id))
    bulk.resume(away.stores, away.account_id, operation_id)
    away.worker.give_sign_of_life()
    away.run()
    assert away.get(operation_id).state is State.FINISHED


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_threads_that_come_at_once_work_under_one_name(
    ours: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    together = Barrier(2)

    def made_up() -> UUID:
        together.wait(LIMIT_SECONDS)
        return uuid4()

    worker = ours.new_worker()
    monkeypatch.setattr(work, "uuid4", made_up)
    with ThreadPoolExecutor(2) as threads:
        names = threads.map(lambda _: worker.name, range(2))
    assert len(set(names)) == 1
