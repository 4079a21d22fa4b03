"""What those who watch over the service see: /healthz and /readyz."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert, select

from numberpools import clock
from numberpools.db.database import Database
from numberpools.db.tables import mirrors, workers
from numberpools.services import health
from numberpools.services.health import Doctor, Health
from tests.clock import HeldClock
from tests.processes import LIMIT_SECONDS, reserved_port

READY = {
    "status": "ready",
    "database": "ok",
    "migrations": "ok",
    "worker": "ok",
    "vendor": "not used",
}


@pytest.fixture(autouse=True)
def patient_doctor(monkeypatch: pytest.MonkeyPatch) -> None:
    """A database on a busy machine is well too."""
    monkeypatch.setattr(Doctor, "seconds_to_answer", LIMIT_SECONDS)


@contextmanager
def _silent_server() -> Iterator[str]:
    """The URL of a database that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"postgresql+psycopg://nobody@127.0.0.1:{server.getsockname()[1]}/nothing"


@pytest.fixture
def no_database() -> Iterator[Database]:
    """One that cannot be reached."""
    with reserved_port() as port:
        yield Database(f"postgresql+psycopg://somebody:sesame@127.0.0.1:{port}/nothing")


def test_it_is_ready(client: FlaskClient, database: Database) -> None:
    health.note_worker(database, "a worker")
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json == READY


@pytest.mark.server
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_it_is_alive_without_a_database(app: Flask, no_database: Database) -> None:
    app.extensions["stores"].database = no_database
    answer = app.test_client().get("/healthz")
    assert answer.status_code == 200
    assert answer.json == {"status": "alive"}


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_nobody_needs_to_sign_in_and_no_cookie_is_set(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code in {200, 503}
    assert "Set-Cookie" not in answer.headers
    assert answer.cache_control.no_store


def test_it_is_not_ready_without_a_worker(client: FlaskClient, database: Database) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json == {**READY, "status": "not ready", "worker": "not seen lately"}


def test_a_worker_that_was_seen_long_ago_does_not_count(
    client: FlaskClient, database: Database, time_of_day: HeldClock
) -> None:
    health.note_worker(database, "a worker")
    time_of_day.move(seconds=59)
    assert client.get("/readyz").status_code == 200
    time_of_day.move(seconds=1)
    assert client.get("/readyz").status_code == 503
    health.note_worker(database, "a worker")
    assert client.get("/readyz").status_code == 200


def test_workers_of_former_days_are_forgotten(database: Database, time_of_day: HeldClock) -> None:
    assert health.worker_seen_at(database) is None
    health.note_worker(database, "an old one")
    before = time_of_day.move(days=2)
    health.note_worker(database, "a new one")
    with database.read() as connection:
        assert connection.scalars(select(workers.c.worker_id)).all() == ["a new one"]
    seen_at = health.worker_seen_at(database)
    assert seen_at is not None
    assert seen_at >= before


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("revision", "status"), [("0001", 503), ("one of a newer version", 200), (None, 503)]
)
def test_it_is_ready_when_the_database_has_all_that_this_version_knows(
    client: FlaskClient, database: Database, revision: str | None, status: int
) -> None:
    health.note_worker(database, "a worker")
    with database.write() as connection:
        connection.exec_driver_sql("DELETE FROM alembic_version")
        if revision:
            connection.exec_driver_sql("INSERT INTO alembic_version VALUES (?)", (revision,))
    answer = client.get("/readyz")
    assert answer.status_code == status
    assert answer.json is not None
    assert answer.json["migrations"] == ("ok" if status == 200 else "not current")


def test_a_database_without_tables_is_not_current(tmp_path_factory: pytest.TempPathFactory) -> None:
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('empty')}/numberpools.db")
    assert Doctor(database).examine() == Health(database_answers=True, database_stores=True)
    database.engine.dispose()


@pytest.mark.server
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_database_that_hangs_is_told_soon_and_hangs_nothing_else(app: Flask) -> None:
    with _silent_server() as url:
        doctor = Doctor(Database(f"{url}?connect_timeout={LIMIT_SECONDS}"))
        doctor.seconds_to_answer = 0.1
        app.extensions["doctor"] = doctor
        answers = [app.test_client().get("/readyz") for _ in range(2)]
        assert doctor._examining.locked(), "the database has been waited for"
    for answer in answers:
        assert answer.status_code == 503
        assert answer.json is not None
        assert answer.json["database"] == "no answer"


@pytest.mark.server
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_is_wrong_with_the_database_is_told_to_nobody(
    app: Flask, no_database: Database
) -> None:
    app.extensions["doctor"] = Doctor(no_database)
    answer = app.test_client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json == {
        "status": "not ready",
        "database": "no answer",
        "migrations": "not current",
        "worker": "not seen lately",
        "vendor": "not used",
    }


def test_a_vendor_that_fails_is_told_but_is_not_our_failure(
    database: Database, account_id: str
) -> None:
    health.note_worker(database, "a worker")
    row = {"account_id": account_id, "started_at": clock.now(), "problem": "sesame"}
    with database.write() as connection:
        connection.execute(insert(mirrors).values(row))
    found = Doctor(database).examine()
    assert found.is_ready
    assert found.failing_vendor_accounts == 1
