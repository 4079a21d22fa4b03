"""The audit trail can only be added to, whatever somebody tries."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, select, text
from sqlalchemy.exc import DBAPIError

from numberpools.db.database import Database
from numberpools.db.tables import audit_entries, audit_numbers
from numberpools.domain.outcomes import Outcome, OutcomeGroup
from numberpools.services import audit
from numberpools.services.audit import Action, Draft

NUMBER = "447700900123"


@pytest.fixture
def database(database_url: str) -> Database:
    """With one entry, which is about one number."""
    database = Database(database_url)
    groups = [OutcomeGroup(Outcome.ADDED, [NUMBER])]
    draft = Draft(Action.ADD_NUMBERS, "abcd1234", "support", numbers=groups)
    with database.write() as connection:
        audit.record(connection, draft)
    return database


def rows(connection: Connection) -> list[tuple[object, ...]]:
    return [
        tuple(row)
        for table in (audit_entries, audit_numbers)
        for row in connection.execute(select(table))
    ]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entries SET actor = 'somebody else'",
        "UPDATE audit_entries SET entry_id = entry_id + 1",
        "DELETE FROM audit_entries",
        "DELETE FROM audit_entries WHERE account_id = 'abcd1234'",
        "UPDATE audit_numbers SET outcome = 'removed'",
        "DELETE FROM audit_numbers",
    ],
)
def test_nothing_in_it_is_changed_or_removed(database: Database, statement: str) -> None:
    with database.read() as connection:
        before = rows(connection)
    assert len(before) == 2
    with (
        pytest.raises(DBAPIError, match="can only be added to"),
        database.write() as connection,
    ):
        connection.execute(text(statement))
    with database.read() as connection:
        assert rows(connection) == before
    database.engine.dispose()


@pytest.mark.parametrize("table", ["audit_entries", "audit_numbers"])
def test_a_row_is_not_replaced_by_another(database: Database, table: str) -> None:
    """In SQLite, INSERT OR REPLACE deletes without the trigger for deletions."""
    verb = "INSERT OR REPLACE" if database.is_sqlite else "INSERT"
    with pytest.raises(DBAPIError), database.write() as connection:
        connection.execute(text(f"{verb} INTO {table} SELECT * FROM {table}"))  # noqa: S608
    with database.read() as connection:
        assert len(rows(connection)) == 2
    database.engine.dispose()


def test_a_row_is_added(database: Database) -> None:
    with database.write() as connection:
        audit.record(connection, Draft(Action.CREATE_POOL, "abcd1234", "sales"))
    with database.read() as connection:
        assert len(rows(connection)) == 3
    database.engine.dispose()
