from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect
from sqlalchemy.exc import DBAPIError

from numberpools.db import migrate
from numberpools.db.database import Database
from numberpools.db.tables import metadata
from numberpools.services.accounts import authenticate, create_account
from tests.conftest import DATABASES, new_database


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


def test_an_upgrade_that_fails_changes_nothing(new: Database) -> None:
    with new.write() as connection:
        connection.exec_driver_sql("CREATE TABLE pools (in_the_way INTEGER)")
    with pytest.raises(DBAPIError):
        migrate.upgrade(new)
    with new.read() as connection:
        assert inspect(connection).get_table_names() == ["pools"]
