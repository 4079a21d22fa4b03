"""Bringing a database to the current state of its tables, with Alembic.

Alembic is imported where it is used: a web process does without its 12 MB.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from numberpools.db.database import Database
from numberpools.errors import NewerDatabase

if TYPE_CHECKING:
    from alembic.config import Config

_FOLDER = Path(__file__).parent / "migrations"


def configuration() -> Config:
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    return config


def upgrade(database: Database) -> None:
    """Run the migrations that have not run yet, all in one transaction, one process at a time.

    Raises NewerDatabase.
    """
    from alembic import command  # noqa: PLC0415

    config = configuration()
    with database.write() as connection:
        database.lock(connection, "migrations")
        revision = _revision(connection)
        if revision is not None and revision > _newest():
            raise NewerDatabase(revision, _newest())
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def is_current(connection: Connection) -> bool:
    """Whether the database has all migrations that this version knows.

    One that has more is well: so it is while a new version is being started.
    """
    revision = _revision(connection)
    return revision is not None and revision >= _newest()


def _revision(connection: Connection) -> str | None:
    """The last migration that has run; None: none has."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return revision


def _newest() -> str:
    """The files' names begin with their revisions, which ascend."""
    names = (path.name for path in (_FOLDER / "versions").glob("[0-9]*.py"))
    return max(names).partition("_")[0]
