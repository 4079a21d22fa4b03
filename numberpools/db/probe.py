"""Whether something can be stored: a disk that is full shows when a transaction is committed."""

from __future__ import annotations

import sqlite3

from sqlalchemy import text

from numberpools.db.database import BUSY_TIMEOUT_SECONDS, Database

_STORE_SOMETHING = "UPDATE alembic_version SET version_num = version_num"
_UNLESS_A_MIGRATION_RUNS = (
    f"{_STORE_SOMETHING} WHERE version_num IN"  # noqa: S608
    " (SELECT version_num FROM alembic_version FOR UPDATE SKIP LOCKED)"
)


def store_something(database: Database) -> None:
    """Store what is stored already, and wait for nobody. Raises DatabaseUnavailable."""
    if not database.is_sqlite:
        with database.write() as connection:
            connection.execute(text(_UNLESS_A_MIGRATION_RUNS))
        return
    with database.driver() as connection:
        connection.cursor().execute("PRAGMA busy_timeout = 0")
        try:
            connection.cursor().execute(_STORE_SOMETHING)
        except sqlite3.OperationalError as exc:
            if not exc.sqlite_errorname.startswith("SQLITE_BUSY"):  # somebody else is storing
                raise
        finally:
            connection.cursor().execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_SECONDS * 1000}")
