"""Fixtures: the service with an account of ours, or with one at a vendor over real HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from flask import Flask

from numberpools.db.database import Database
from numberpools.services.accounts import create_account
from numberpools.stores import SqlPoolStore, Stores
from tests.chaos.vendor import ChaosVendor
from tests.clock import HeldClock
from tests.conftest import ACCOUNT_ID, SECRET, needs_postgres
from tests.services.bulk.service import Service
from tests.vonage.vendor import FakeClock, Vendor, client_of


@pytest.fixture
def service_database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.engine.dispose()


@pytest.fixture
def ours(service_database: Database, time_of_day: HeldClock) -> Iterator[Service]:
    """An account of ours, with the empty pools ``one`` and ``two``."""
    create_account(service_database, ACCOUNT_ID, "Example Ltd", SECRET)
    truth = SqlPoolStore(service_database, ACCOUNT_ID)
    service = Service(Stores(service_database), truth, ACCOUNT_ID, time_of_day)
    service.pool("one")
    service.pool("two")
    yield service
    service.close()


@pytest.fixture
def vendor(vendors_app: Flask, clock: FakeClock) -> Iterator[Vendor]:
    """The vendor, which misbehaves where a test tells it to; it has the account, and no pools."""
    database: Database = vendors_app.extensions["stores"].database
    create_account(database, ACCOUNT_ID, "Example Ltd", SECRET)
    with Vendor(vendors_app, clock) as vendor:
        yield vendor


@pytest.fixture
def away(
    vendor: Vendor, service_database: Database, clock: FakeClock, time_of_day: HeldClock
) -> Iterator[Service]:
    """An account at the vendor, with the empty pools ``one`` and ``two``; waiting takes no time."""
    client = client_of(vendor.url, ACCOUNT_ID, SECRET, clock=clock)
    truth = vendor.app.extensions["stores"].of(ACCOUNT_ID)
    stores = Stores(service_database, {ACCOUNT_ID: client})
    service = Service(stores, truth, ACCOUNT_ID, time_of_day)
    service.pool("one")
    service.pool("two")
    yield service
    service.close()
    client.close()


@pytest.fixture
def vendor_in_memory(time_of_day: HeldClock) -> Iterator[ChaosVendor]:
    """Has a log of what happened, and lists that lag, by the held clock, where a test says so.

    The pools ``one`` and ``two`` are empty.
    """

    def now() -> float:
        return time_of_day().timestamp()

    with ChaosVendor(ACCOUNT_ID, {"one": set(), "two": set()}, 1, now) as vendor:
        yield vendor


@pytest.fixture
def start_service(
    vendor_in_memory: ChaosVendor,
    service_database: Database,
    clock: FakeClock,
    time_of_day: HeldClock,
) -> Iterator[Callable[[], Service]]:
    """Start the service with its account at that vendor; what was started before is not asked."""
    with ExitStack() as opened:

        def start() -> Service:
            client = client_of(vendor_in_memory.url, ACCOUNT_ID, SECRET, clock=clock)
            opened.callback(client.close)
            stores = Stores(service_database, {ACCOUNT_ID: client})
            service = Service(stores, stores.of(ACCOUNT_ID), ACCOUNT_ID, time_of_day)
            opened.callback(service.close)
            return service

        yield start


_SERVICES = pytest.mark.parametrize(
    ("service", "database_url"),
    [
        ("ours", "sqlite"),
        pytest.param("ours", "postgres", marks=needs_postgres),
        ("away", "sqlite"),  # on PostgreSQL those tests are enough that ask for `away` by name
    ],
    indirect=True,
)


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "service" in metafunc.fixturenames:
        metafunc.definition.add_marker(_SERVICES)


@pytest.fixture
def service(request: pytest.FixtureRequest, service_database: Database) -> Service:
    """Once with an account of ours on each database, once with one at a vendor."""
    found: Service = request.getfixturevalue(request.param)
    return found
