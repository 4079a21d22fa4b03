"""Where tasks wait: a file beside an SQLite database, tables in a PostgreSQL one."""

from __future__ import annotations

import psycopg
from huey import Huey, PostgresHuey, SqliteHuey
from sqlalchemy import make_url

from numberpools.db.database import BUSY_TIMEOUT_SECONDS

_NAME = "numberpools"


def create_queue(database_url: str) -> Huey:
    """The queue that belongs to this database. Every process of the service shares it."""
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite":
        queue = SqliteHuey(
            _NAME, filename=f"{url.database}-queue", results=False, timeout=BUSY_TIMEOUT_SECONDS
        )
    else:
        dsn = url.set(drivername="postgresql").render_as_string(hide_password=False)
        queue = PostgresHuey(_NAME, dsn=dsn, results=False, create_tables=False)
        with psycopg.connect(dsn) as connection:
            # One at a time: where processes start together, IF NOT EXISTS alone fails.
            connection.execute("SELECT pg_advisory_xact_lock(hashtext('queue'))")
            queue.storage.initialize_schema()
        # Each thread of a worker listens on a connection of its own.
        queue.on_shutdown(name="close")(queue.storage.close)
    queue.storage.close()  # Processes fork from here, and each needs a connection of its own.
    return queue
