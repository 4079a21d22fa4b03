"""What is measured: a million numbers, and databases that hold them."""

from __future__ import annotations

import random
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from sqlalchemy import create_engine, make_url, text

from numberpools.db import migrate
from numberpools.db.database import Database
from numberpools.domain.pools import Fallback, Pool
from numberpools.services.accounts import create_account
from numberpools.stores import SqlPoolStore
from tests.conftest import drop_database

ACCOUNT_ID = "bench123"
SECRET = secrets.token_urlsafe()
MILLION = "a-million"
TEN = "ten"

_COUNT = 1_000_000
_RANGES = [
    # prefix, digits of a number
    *[("1212", 11), ("1305", 11), ("1415", 11), ("1617", 11), ("1416", 11), ("1787", 11)],
    *[("447", 12), ("4915", 13), ("4917", 13), ("336", 11), ("346", 11), ("393", 12), ("316", 11)],
    *[("919", 12), ("5511", 13), ("628", 12), ("8190", 12), ("614", 11), ("277", 11), ("79", 11)],
]
"""Where numbers are drawn from: with +1, +44 and +7 also what several countries share."""


def a_million_numbers() -> list[str]:
    """Ascending, and the same at every run."""
    chance = random.Random(1)
    found: set[str] = set()
    while len(found) < _COUNT:
        prefix, digits = chance.choice(_RANGES)
        free = digits - len(prefix)
        found.add(f"{prefix}{chance.randrange(10**free):0{free}}")
    return sorted(found)


def create_vendors_database(path: Path) -> str:
    """One for a service whose account is at a vendor, with all tables; gives its URL."""
    url = f"sqlite:///{path}"
    database = Database(url)
    migrate.upgrade(database)
    database.engine.dispose()
    return url


def create_sqlite_database(path: Path) -> str:
    """An empty database with all tables and an account whose pools are empty; gives its URL."""
    url = f"sqlite:///{path}"
    _prepare(url)
    return url


@contextmanager
def postgres_database(server_url: str) -> Iterator[str]:
    """The same in a database of this server that is dropped at the end."""
    name = f"numberpools_bench_{uuid4().hex}"
    server = create_engine(
        make_url(server_url).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT"
    )
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    try:
        url = server.url.set(database=name).render_as_string(hide_password=False)
        _prepare(url)
        yield url
    finally:
        drop_database(server, name)
        server.dispose()


def fill(url: str, numbers: Sequence[str]) -> None:
    """Put all numbers into one pool and ten of them into the other."""
    database = Database(url)
    store = SqlPoolStore(database, ACCOUNT_ID)
    store.add_numbers(MILLION, numbers)
    store.add_numbers(TEN, numbers[:: _COUNT // 10])
    if not database.is_sqlite:
        # What autovacuum does by itself within a minute or so.
        with database.engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT")
            connection.execute(text("VACUUM ANALYZE"))
    database.engine.dispose()


def _prepare(url: str) -> None:
    database = Database(url)
    migrate.upgrade(database)
    create_account(database, ACCOUNT_ID, "Benchmark", SECRET)
    store = SqlPoolStore(database, ACCOUNT_ID)
    for pool_id in (MILLION, TEN):
        store.create_pool(Pool(ACCOUNT_ID, pool_id, Fallback.POOL, True, False))
    database.engine.dispose()
