from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from uuid import UUID

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import event, inspect, text
from sqlalchemy.exc import DBAPIError

from numberpools.db import migrate
from numberpools.db.database import Database
from numberpools.db.tables import metadata
from numberpools.domain.api_secrets import SecretRole, SecretState
from numberpools.domain.outcomes import Outcome
from numberpools.domain.pools import Fallback, Pool
from numberpools.jobs.queue import create_queue
from numberpools.services import api_secrets, bulk
from numberpools.services.accounts import create_account
from numberpools.services.authentication import authenticate
from numberpools.services.bulk import Action, State
from numberpools.services.bulk.claims import Limits
from numberpools.services.bulk.work import Worker
from numberpools.stores import Stores
from tests.conftest import DATABASES, new_database

ENDED, OPEN = str(UUID(int=1)), str(UUID(int=2))


@pytest.fixture(params=DATABASES)
def new(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database without any table."""
    with new_database(request.param, tmp_path) as url:
        database = Database(url)
        yield database
        database.engine.dispose()


def test_migrations_make_exactly_the_tables_that_the_code_knows(new: Database) -> None:
    migrate.upgrade(new)
    options = {"compare_type": True, "compare_server_default": True}
    with new.read() as connection:
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, metadata) == []


def test_upgrading_again_keeps_everything(new: Database) -> None:
    migrate.upgrade(new)
    secret = create_account(new, "abcd1234", "Example Ltd")
    migrate.upgrade(new)
    assert authenticate(new, "abcd1234", secret)


def test_processes_that_start_together_meet_one_set_of_tables(new: Database) -> None:
    url = new.engine.url.render_as_string(hide_password=False)
    together = Barrier(4)

    def start() -> None:
        database = Database(url)
        together.wait()
        migrate.upgrade(database)
        create_queue(database)
        database.engine.dispose()

    with ThreadPoolExecutor(4) as threads:
        for each in [threads.submit(start) for _ in range(4)]:
            each.result()


def test_a_new_file_is_waited_for_while_another_process_begins_it(tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "numberpools.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    tries = 0

    def end_at_the_second_try(statement: str) -> None:
        nonlocal tries
        tries += statement == "PRAGMA journal_mode = WAL"
        if tries == 2:
            other.close()

    database = Database(f"sqlite:///{tmp_path}/numberpools.db")
    event.listen(
        database.engine,
        "connect",
        lambda connection, _: connection.set_trace_callback(end_at_the_second_try),
        insert=True,
    )
    with database.read() as connection:
        assert connection.scalar(text("PRAGMA journal_mode")) == "wal"
    assert tries > 1
    database.engine.dispose()


def test_an_upgrade_that_fails_changes_nothing(new: Database) -> None:
    with new.write() as connection:
        connection.exec_driver_sql("CREATE TABLE pools (in_the_way INTEGER)")
    with pytest.raises(DBAPIError):
        migrate.upgrade(new)
    with new.read() as connection:
        assert inspect(connection).get_table_names() == ["pools"]


@pytest.fixture
def old(new: Database) -> Database:
    """A database of the release before operations ran in the background.

    It has one operation that ended, and one that a crash has left open.
    """
    configuration = migrate.configuration()
    with new.write() as connection:
        configuration.attributes["connection"] = connection
        command.upgrade(configuration, "0002")
        connection.execute(
            text(
                "INSERT INTO operations (operation_id, account_id, pool_id, action, started_by,"
                " created_at, finished_at) VALUES"
                " (:ended, 'abcd1234', 'one', 'remove', 'Ann', '2026-01-01 10:00:00.000000',"
                " '2026-01-01 10:00:02.000000'),"
                " (:open, 'abcd1234', 'one', 'add', 'Bob', '2026-01-02 10:00:00.000000', NULL)"
            ),
            {"ended": ENDED, "open": OPEN},
        )
        connection.execute(
            text(
                "INSERT INTO operation_items (operation_id, position, line, text, number, outcome,"
                " reason) VALUES"
                " (:ended, 0, 1, '+447400000001', '447400000001', 'removed', ''),"
                " (:ended, 1, 1, '+447400000002', '447400000002', 'removed', ''),"
                " (:ended, 2, 2, 'foo 12', NULL, 'invalid', 'This is no number.'),"
                " (:open, 0, 1, '+447400000003', '447400000003', 'added', ''),"
                " (:open, 1, 2, '+447400000004', '447400000004', NULL, ''),"
                " (:open, 2, 3, '+447400000005', '447400000005', NULL, '')"
            ),
            {"ended": ENDED, "open": OPEN},
        )
    return new


@pytest.fixture
def with_one_secret(new: Database) -> Database:
    """A database of the release before there were several secrets, with an account."""
    configuration = migrate.configuration()
    with new.write() as connection:
        configuration.attributes["connection"] = connection
        command.upgrade(configuration, "0012")
        salt = b"salt of 16 bytes"
        stored = {"salt": salt, "hash": hashlib.sha256(salt + b"sesame").digest()}
        connection.execute(
            text(
                "INSERT INTO accounts (account_id, label, secret_salt, secret_hash, has_inventory,"
                " created_at) VALUES"
                " ('abcd1234', 'Example Ltd', :salt, :hash, false, '2026-01-01 10:00:00.000000')"
            ),
            stored,
        )
    return new


def test_the_secret_of_the_release_before_becomes_the_first(with_one_secret: Database) -> None:
    migrate.upgrade(with_one_secret)
    caller = authenticate(with_one_secret, "abcd1234", "sesame")
    assert caller is not None
    assert (caller.secret_name, caller.role) == ("first", SecretRole.CHANGES)
    (first,) = api_secrets.list_secrets(with_one_secret, "abcd1234")
    assert (first.state, first.expires_at, first.created_by) == (SecretState.IN_FORCE, None, "")
    new_secret = api_secrets.rotate_secret(with_one_secret, "abcd1234").secret
    assert authenticate(with_one_secret, "abcd1234", new_secret)
    assert not authenticate(with_one_secret, "abcd1234", "sesame")


def test_the_release_before_still_finds_the_secret_that_it_knows(
    with_one_secret: Database,
) -> None:
    """It runs until this one has been started."""
    query = text("SELECT secret_salt, secret_hash, has_inventory FROM accounts")
    with with_one_secret.read() as connection:
        before = connection.execute(query).all()
    migrate.upgrade(with_one_secret)
    with with_one_secret.read() as connection:
        assert connection.execute(query).all() == before
    api_secrets.revoke_named(with_one_secret, "abcd1234", "first")
    with with_one_secret.read() as connection:
        assert connection.execute(query).one().secret_hash == b""


def test_operations_of_the_release_before_keep_their_items_and_totals(old: Database) -> None:
    migrate.upgrade(old)
    operation = bulk.get_operation(old, "abcd1234", ENDED)
    assert (operation.action, operation.state) == (Action.REMOVE, State.FINISHED)
    assert (operation.pool_id, operation.started_by) == ("one", "Ann")
    assert operation.created_at.isoformat() == "2026-01-01T10:00:00+00:00"
    assert operation.finished_at is not None
    assert operation.totals == {Outcome.REMOVED: 2, Outcome.INVALID: 1}
    items = [
        (item.line, item.text, item.number, item.outcome, item.reason)
        for item in bulk.all_items(old, ENDED)
    ]
    assert items == [
        (1, "+447400000001", "447400000001", Outcome.REMOVED, ""),
        (1, "+447400000002", "447400000002", Outcome.REMOVED, ""),
        (2, "foo 12", None, Outcome.INVALID, "This is no number."),
    ]


def test_operations_of_the_release_before_go_on_and_can_be_undone(old: Database) -> None:
    migrate.upgrade(old)
    create_account(old, "abcd1234", "Example Ltd")
    stores = Stores(old)
    store = stores.of("abcd1234")
    store.create_pool(Pool("abcd1234", "one", Fallback.POOL, True, False))
    store.add_numbers("one", ["447400000003", "447400000004"])
    worker = Worker(stores, Limits())
    while worker.work():
        pass
    operation = bulk.get_operation(old, "abcd1234", OPEN)
    assert operation.state is State.FINISHED
    assert operation.totals == {Outcome.ADDED: 2, Outcome.ALREADY_IN_POOL: 1}
    bulk.undo(stores, "abcd1234", OPEN, "Bob")
    bulk.undo(stores, "abcd1234", ENDED, "Ann")
    while worker.work():
        pass
    worker.close()
    left = ["447400000001", "447400000002", "447400000004"]
    assert store.look("one", [*left, "447400000003", "447400000005"]).present == set(left)
