"""Fixtures: real databases, the application on them, and an account with its secret."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import Connection, Engine, create_engine, make_url, text
from werkzeug.routing import Rule

from numberpools import clock as time_of_this_process
from numberpools import create_app
from numberpools.db import migrate
from numberpools.db.database import Database
from numberpools.db.tables import metadata
from numberpools.domain.pools import Fallback, Pool
from numberpools.jobs.queue import create_queue
from numberpools.limits import RateLimiter
from numberpools.services.accounts import create_account
from numberpools.settings import Settings
from numberpools.stores import PoolStore, Stores
from numberpools.stores.limiter import Clock
from numberpools.stores.vonage_client import VonageClient
from tests.clock import HeldClock
from tests.limits import Clock as LimitClock
from tests.processes import wait_until
from tests.vonage.vendor import FakeClock, Vendor, client_of

pytest_plugins = ["tests.tiers", "tests.examples"]

ACCOUNT_ID = "abcd1234"
SECRET = "the-secret-of-the-tests-0123456789abcdef"
POSTGRES_URL = os.environ.get("TEST_POSTGRES_URL", "")

needs_postgres = pytest.mark.skipif(
    not POSTGRES_URL, reason="TEST_POSTGRES_URL names no PostgreSQL server"
)
DATABASES = ["sqlite", pytest.param("postgres", marks=needs_postgres)]


@pytest.fixture
def time_of_day() -> Iterator[HeldClock]:
    """The time of day of this process, which the test holds."""
    held = HeldClock()
    with time_of_this_process.told_by(held):
        yield held


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database with all tables, to be copied: migrating takes longer than a test."""
    path = tmp_path_factory.mktemp("template") / "numberpools.db"
    database = Database(f"sqlite:///{path}")
    migrate.upgrade(database)
    database.engine.dispose()
    return path


@contextmanager
def new_database(kind: str, folder: Path, template: str = "template1") -> Iterator[str]:
    """The URL of a database without any table, as an operator has it before the first release.

    `template`: the name of one on the PostgreSQL server that it is to be a copy of.
    """
    if kind == "sqlite":
        yield f"sqlite:///{folder}/numberpools.db"
        return
    name = f"numberpools_test_{uuid4().hex}"
    with _server() as server:
        with server.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
        yield server.url.set(database=name).render_as_string(hide_password=False)
        drop_database(server, name)


@contextmanager
def _server() -> Iterator[Engine]:
    url = make_url(POSTGRES_URL).set(drivername="postgresql+psycopg")
    server = create_engine(url, isolation_level="AUTOCOMMIT")
    yield server
    server.dispose()


_ITS_SESSIONS = "FROM pg_stat_activity WHERE datname = :name AND usename = current_user"


def drop_database(server: Engine, name: str) -> None:
    """Not WITH (FORCE), which fails where the server itself is vacuuming it just now."""
    end = text(f"SELECT pg_terminate_backend(pid) {_ITS_SESSIONS}")
    count = text(f"SELECT count(*) {_ITS_SESSIONS}")
    with server.connect() as connection:
        connection.execute(end, {"name": name})
        wait_until(lambda: not connection.scalar(count, {"name": name}), "nobody is connected")
        connection.execute(text(f"DROP DATABASE {name}"))


@pytest.fixture(scope="session")
def postgres_template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The name of an empty database with all tables, to be copied."""
    with new_database("postgres", tmp_path_factory.getbasetemp()) as url:
        database = Database(url)
        migrate.upgrade(database)
        create_queue(database)
        database.engine.dispose()
        name = str(make_url(url).database)
        with _server() as server, server.connect() as connection:
            # Nobody can copy what somebody is in, and be it the server's own vacuuming.
            connection.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false"))
        yield name


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh, migrated database: one test on SQLite, one on PostgreSQL."""
    if request.param == "sqlite":
        path = tmp_path / "numberpools.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    template = request.getfixturevalue("postgres_template")
    with new_database("postgres", tmp_path, template) as url:
        yield url


def _delete_everything(connection: Connection) -> None:
    """But the audit trail, which can only be added to."""
    for table in reversed(metadata.sorted_tables):
        if not table.name.startswith("audit_"):
            connection.execute(table.delete())


@pytest.fixture(scope="session")
def one_app(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    path = tmp_path_factory.mktemp("vendor") / "numberpools.db"
    shutil.copy(sqlite_template, path)
    settings = {
        "NUMBERPOOLS_ENV": "development",
        "SECRET_KEY": "a key for the tests alone, long enough to be one",
        "DATABASE_URL": f"sqlite:///{path}",
    }
    with opened(Settings.parse(settings)) as app:
        yield app


@pytest.fixture
def vendors_app(one_app: Flask) -> Flask:
    """What stands behind a vendor's API: the same application for all tests, emptied for each."""
    database: Database = one_app.extensions["stores"].database
    with database.write() as connection:
        _delete_everything(connection)
    # What it has counted may end hours later than this test: each test holds a clock of its own.
    one_app.extensions["rate_limiter"] = RateLimiter(None)
    return one_app


@pytest.fixture
def settings(database_url: str) -> Settings:
    return Settings.parse(
        {
            "NUMBERPOOLS_ENV": "development",
            "SECRET_KEY": "a key for the tests alone, long enough to be one",
            "DATABASE_URL": database_url,
        }
    )


@pytest.fixture(scope="session")
def compiled_templates(tmp_path_factory: pytest.TempPathFactory) -> FileSystemBytecodeCache:
    """Each application compiles its templates; that of the next test finds them here."""
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))


class CompiledRule(Rule):
    """A route. Each application compiles the same ones; those of the next test are found here."""

    _compiled: ClassVar[dict[tuple[str, bool], Callable[..., tuple[str, str]]]] = {}

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        key = (f"{self.rule} {self.defaults}", append_unknown)
        if key not in self._compiled:
            self._compiled[key] = super()._compile_builder(append_unknown)
        return self._compiled[key]


Flask.url_rule_class = CompiledRule


@contextmanager
def opened(settings: Settings, clock: Clock | None = None) -> Iterator[Flask]:
    """An application, closed at the end."""
    app = create_app(settings, clock)
    try:
        yield app
    finally:
        app.extensions["jobs"].close()
        app.extensions["stores"].close()


@pytest.fixture
def app(settings: Settings, compiled_templates: FileSystemBytecodeCache) -> Iterator[Flask]:
    with opened(settings) as app:
        app.testing = True
        app.jinja_env.bytecode_cache = compiled_templates
        yield app


@pytest.fixture
def limit_to(app: Flask) -> Callable[..., None]:
    """Set new limits: ``limit_to(api=2)``."""

    def limit(**amounts: int) -> None:
        limits = app.extensions["rate_limits"]
        for name, amount in amounts.items():
            limits[name] = replace(limits[name], amount=amount, seconds=60)
        app.extensions["rate_limiter"] = RateLimiter(None, LimitClock())

    return limit


@pytest.fixture
def stores(app: Flask) -> Stores:
    found: Stores = app.extensions["stores"]
    return found


@pytest.fixture
def database(stores: Stores) -> Database:
    return stores.database


@pytest.fixture
def account_id(database: Database) -> str:
    """An account of ours, with `SECRET` as its API secret."""
    create_account(database, ACCOUNT_ID, "Example Ltd", SECRET)
    return ACCOUNT_ID


@pytest.fixture
def store(stores: Stores, account_id: str) -> PoolStore:
    return stores.of(account_id)


@pytest.fixture
def clock() -> FakeClock:
    """What passes between calls of the vendor, in no time."""
    return FakeClock()


@pytest.fixture
def vendor(app: Flask, account_id: str, clock: FakeClock) -> Iterator[Vendor]:
    """Our own API over real HTTP, which misbehaves where a test tells it to."""
    with Vendor(app, clock) as vendor:
        yield vendor


@pytest.fixture
def open_vendor_store(sqlite_template: Path, tmp_path: Path) -> Iterator[Callable[..., PoolStore]]:
    """Open the store of the account at a vendor, the mirror being a database of its own:
    ``open_vendor_store(vendor.url)``. Takes the options of `client_of`.
    """
    path = tmp_path / "mirror.db"
    shutil.copy(sqlite_template, path)
    database = Database(f"sqlite:///{path}")
    clients: list[VonageClient] = []

    def open_store(url: str, secret: str = SECRET, **options: Any) -> PoolStore:
        clients.append(client_of(url, ACCOUNT_ID, secret, **options))
        return Stores(database, {ACCOUNT_ID: clients[-1]}).of(ACCOUNT_ID)

    yield open_store
    for client in clients:
        client.close()
    database.engine.dispose()


@pytest.fixture
def make_pool(store: PoolStore, account_id: str) -> Callable[..., Pool]:
    """Create a pool: ``make_pool("support", ["447700900123"])``."""

    def make(pool_id: str = "support", numbers: list[str] | None = None) -> Pool:
        pool = Pool(account_id, pool_id, Fallback.POOL, True, False)
        store.create_pool(pool)
        if numbers:
            store.add_numbers(pool_id, numbers)
        return pool

    return make


@pytest.fixture
def work_off(app: Flask) -> Callable[[], None]:
    """Do what operations have to do, as a worker does."""

    def work() -> None:
        while app.extensions["jobs"].worker.work():
            pass

    return work


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser or program that is not signed in."""
    return app.test_client()


@pytest.fixture
def sign_in(app: Flask) -> Callable[[str], FlaskClient]:
    """A browser that is signed in: ``sign_in("EDITOR")``. CSRF is checked in tests/browser."""

    def signed_in(role: str) -> FlaskClient:
        app.config["WTF_CSRF_ENABLED"] = False
        client = app.test_client()
        answer = client.post("/sign-in", data={"role": role})
        assert answer.status_code == 303
        return client

    return signed_in


@pytest.fixture
def viewer(sign_in: Callable[[str], FlaskClient]) -> FlaskClient:
    return sign_in("VIEWER")


@pytest.fixture
def editor(sign_in: Callable[[str], FlaskClient]) -> FlaskClient:
    return sign_in("EDITOR")


@pytest.fixture
def administrator(sign_in: Callable[[str], FlaskClient]) -> FlaskClient:
    return sign_in("ADMINISTRATOR")
