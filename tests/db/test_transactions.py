from __future__ import annotations

import pytest
from sqlalchemy import func, select

from numberpools.db.database import Database
from numberpools.db.tables import accounts
from numberpools.services.accounts import create_account


def count(database: Database) -> int:
    with database.read() as connection:
        return connection.scalar(select(func.count()).select_from(accounts)) or 0


def test_what_reads_inside_of_a_transaction_joins_it(database: Database) -> None:
    with database.write():
        create_account(database, "abcd1234", "Example Ltd")
        assert count(database) == 1
    with database.read() as outer, database.read() as inner:
        assert inner is outer


def test_what_others_commit_meanwhile_does_not_show(database: Database) -> None:
    other = Database(database.engine.url.render_as_string(hide_password=False))
    with database.read():
        assert count(database) == 0
        create_account(other, "abcd1234", "Example Ltd")
        assert count(database) == 0
    assert count(database) == 1
    other.engine.dispose()


def test_an_exception_takes_everything_back(database: Database) -> None:
    def create_and_fail() -> None:
        with database.write():
            create_account(database, "abcd1234", "Example Ltd")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        create_and_fail()
    assert count(database) == 0


def test_a_transaction_that_reads_cannot_come_to_write(database: Database) -> None:
    with database.read(), pytest.raises(RuntimeError):
        create_account(database, "abcd1234", "Example Ltd")
    assert count(database) == 0
    create_account(database, "abcd1234", "Example Ltd")
    assert count(database) == 1
