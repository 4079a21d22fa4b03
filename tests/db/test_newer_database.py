"""A release that is still running while the next one has migrated the database.

What it can't store is an error, and no form that was sent twice.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Table, func, select, text
from sqlalchemy.exc import IntegrityError

from numberpools.db.database import Database
from numberpools.db.tables import idempotency_keys, operations, pools
from numberpools.domain.pools import Pool
from numberpools.services import bulk
from numberpools.services.bulk import Action
from numberpools.services.idempotency import Answer, once
from numberpools.stores import Stores
from tests.web import POOLS


def _need_more(database: Database, table: Table) -> None:
    """A column that has to be filled, which this release knows nothing of."""
    new = f"ALTER TABLE {table.name} ADD COLUMN newer TEXT NOT NULL DEFAULT ''"
    with database.engine.connect() as connection:
        connection.execute(text(new))
        if database.is_sqlite:
            connection.execute(text("PRAGMA writable_schema = ON"))
            no_default = text("UPDATE sqlite_master SET sql = replace(sql, :default, '')")
            connection.execute(no_default, {"default": " DEFAULT ''"})
            connection.execute(text("PRAGMA writable_schema = RESET"))
        else:
            connection.execute(text(f"ALTER TABLE {table.name} ALTER newer DROP DEFAULT"))
            connection.commit()
    database.engine.dispose()


def _count(database: Database, table: Table) -> int:
    with database.read() as connection:
        return connection.scalar(select(func.count()).select_from(table)) or 0


def _start(stores: Stores, account_id: str) -> str:
    return bulk.start(
        stores,
        form_id=str(uuid4()),
        account_id=account_id,
        pool_id="support",
        action=Action.ADD,
        entries=bulk.entries_of(["447400123456"]),
        started_by="Ann",
    )


def _submit(stores: Stores, account_id: str) -> str:
    return bulk.submit_list(
        stores,
        form_id=str(uuid4()),
        account_id=account_id,
        pool_id="support",
        name="",
        content=b"+447400123456",
        country="",
        started_by="Ann",
    )


@pytest.mark.parametrize("begin", [_start, _submit])
def test_nothing_is_started(
    stores: Stores, account_id: str, make_pool: Callable[..., Pool], begin: Callable[..., str]
) -> None:
    make_pool()
    _need_more(stores.database, operations)
    with pytest.raises(IntegrityError, match="newer"):
        begin(stores, account_id)
    assert _count(stores.database, operations) == 0


def test_nothing_is_taken_back(
    stores: Stores,
    account_id: str,
    make_pool: Callable[..., Pool],
    work_off: Callable[[], None],
) -> None:
    make_pool()
    operation_id = _start(stores, account_id)
    work_off()
    _need_more(stores.database, operations)
    with pytest.raises(IntegrityError, match="newer"):
        bulk.undo(stores, account_id, operation_id, "Ann")
    assert _count(stores.database, operations) == 1


def test_no_answer_is_replayed(database: Database, account_id: str) -> None:
    _need_more(database, idempotency_keys)
    with pytest.raises(IntegrityError, match="newer"):
        once(database, account_id, "key", b"", lambda: Answer(200, b"", {}))
    assert _count(database, idempotency_keys) == 0


def test_no_id_is_called_taken(database: Database, make_pool: Callable[..., Pool]) -> None:
    _need_more(database, pools)
    with pytest.raises(IntegrityError, match="newer"):
        make_pool("sales")
    assert _count(database, pools) == 0


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_person_is_told_that_it_went_wrong(
    editor: FlaskClient,
    database: Database,
    make_pool: Callable[..., Pool],
    caplog: pytest.LogCaptureFixture,
) -> None:
    make_pool()
    _need_more(database, operations)
    fields = {"form_id": str(uuid4()), "numbers": "+447400123456", "country": "", "action": "add"}
    answer = editor.post(f"{POOLS}/support/operations", data=fields)
    assert answer.status_code == 500
    assert _count(database, operations) == 0
    [record] = [each for each in caplog.records if each.levelno >= logging.ERROR]
    assert "NOT NULL" in str(record.exc_info)
