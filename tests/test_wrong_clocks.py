"""A machine whose own clock is a day off: what others have written is measured by the database's.

tests/chaos/test_wrong_clocks.py is about its workers.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from numberpools import clock
from numberpools.db.database import Database
from numberpools.db.tables import operations
from numberpools.domain.pools import Pool
from numberpools.services import bulk, health
from numberpools.services.rates import DatabaseCounts
from numberpools.stores import Stores
from tests.clock import HeldClock
from tests.conftest import needs_postgres
from tests.databases import on_sqlite
from tests.web import POOLS
from tests.web.markup import alerts, read

SetClock = Callable[[int], None]


@pytest.fixture
def set_clock(time_of_day: HeldClock, monkeypatch: pytest.MonkeyPatch) -> SetClock:
    """Put this machine's clock so many days ahead of the database's."""

    def put(days: int) -> None:
        monkeypatch.setattr(clock, "now", lambda: time_of_day() + timedelta(days=days))

    return put


@pytest.fixture(params=[1, -1])
def days(request: pytest.FixtureRequest) -> int:
    found: int = request.param
    return found


def _start(stores: Stores, account_id: str) -> str:
    return bulk.start(
        stores,
        form_id=str(uuid4()),
        account_id=account_id,
        pool_id="support",
        action=bulk.Action.ADD,
        entries=bulk.entries_of(["447400123456"]),
        started_by="Ann",
    )


def test_the_databases_clock_tells_the_time_in_utc(database: Database) -> None:
    before = datetime.now(UTC)
    with database.read() as connection:
        times = [clock.shared(connection) for _ in range(2)]
    assert times == sorted(times)
    assert abs(times[0] - before) < timedelta(minutes=5)
    assert times[0].utcoffset() == timedelta(0)


@on_sqlite
def test_a_session_that_another_machine_began_goes_on(
    set_clock: SetClock, viewer: FlaskClient, make_pool: Callable[..., Pool], days: int
) -> None:
    make_pool()
    set_clock(days)
    assert viewer.get(POOLS).status_code == 200


@on_sqlite
def test_a_worker_that_was_seen_just_now_is_not_missed(
    set_clock: SetClock, app: Flask, database: Database, days: int
) -> None:
    health.note_worker(database, "a worker")
    set_clock(days)
    assert app.test_client().get("/readyz").status_code == 200


@pytest.mark.parametrize(
    "database_url", [pytest.param("postgres", marks=needs_postgres)], indirect=True
)
def test_what_others_count_is_not_forgotten(
    set_clock: SetClock, database: Database, days: int
) -> None:
    counts = DatabaseCounts(database)
    counts.add("somebody", 5, 60.0)
    set_clock(days)
    counts.add("somebody else", 5, 60.0)
    assert counts.add("somebody", 5, 60.0) == 10
    set_clock(-days)
    counts.add("another one", 5, 60.0)
    assert counts.add("somebody else", 5, 60.0) == 10


@on_sqlite
def test_a_pages_durations_are_right(
    set_clock: SetClock,
    time_of_day: HeldClock,
    stores: Stores,
    account_id: str,
    make_pool: Callable[..., Pool],
    viewer: FlaskClient,
    days: int,
) -> None:
    make_pool()
    operation_id = _start(stores, account_id)
    paused = {"state": bulk.State.PAUSED, "problem": "The vendor did not answer."}
    retry_at = time_of_day() + timedelta(seconds=30)
    with stores.database.write() as connection:
        connection.execute(update(operations).values(**paused, retry_at=retry_at))
    set_clock(days)
    page = read(viewer.get(f"/accounts/{account_id}/operations/{operation_id}"))
    assert "It goes on by itself in 30 seconds." in " ".join(alerts(page))


@on_sqlite
def test_the_pace_is_right(
    set_clock: SetClock,
    time_of_day: HeldClock,
    stores: Stores,
    account_id: str,
    make_pool: Callable[..., Pool],
    work_off: Callable[[], None],
    days: int,
) -> None:
    make_pool()
    set_clock(days)
    operation_id = _start(stores, account_id)
    work_off()
    time_of_day.move(seconds=10)
    running = {"state": bulk.State.RUNNING}
    with stores.database.write() as connection:
        connection.execute(update(operations).values(running))
    set_clock(-days)
    operation = bulk.get_operation(stores.database, account_id, operation_id)
    pace = bulk.progress(stores.database, operation).numbers_per_second
    assert pace == pytest.approx(0.1, rel=0.01)
