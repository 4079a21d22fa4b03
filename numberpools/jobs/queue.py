"""Where tasks wait: a file beside an SQLite database, tables in a PostgreSQL one."""

from __future__ import annotations

from huey import Huey, PostgresHuey, SqliteHuey
from sqlalchemy import make_url

_NAME = "numberpools"


def create_queue(database_url: str) -> Huey:
    """The queue that belongs to this database. Every process of the service shares it."""
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite":
        queue = SqliteHuey(_NAME, filename=f"{url.database}-queue", results=False)
    else:
        dsn = url.set(drivername="postgresql").render_as_string(hide_password=False)
        queue = PostgresHuey(_NAME, dsn=dsn, results=False)
        # Each thread of a worker listens on a connection of its own.
        queue.on_shutdown(name="close")(queue.storage.close)
    queue.storage.close()  # Processes fork from here, and each needs a connection of its own.
    return queue
