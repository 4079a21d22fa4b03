"""Fixtures: a vendor, a store that talks to it, and what it really holds.

On SQLite alone, but for copies, and the vendor with one application for all tests: neither meets
what is tested here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from numberpools.domain.pools import Fallback, Pool
from numberpools.settings import Settings
from numberpools.stores import PoolStore, Stores
from tests.conftest import ACCOUNT_ID, SECRET, opened
from tests.databases import keep_to_sqlite
from tests.vonage.vendor import FakeClock, Vendor


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    keep_to_sqlite(metafunc, but={"tests.vonage.test_mirror", "tests.vonage.test_copy_skips"})


@pytest.fixture
def app(vendors_app: Flask) -> Flask:
    return vendors_app


@pytest.fixture
def store(
    vendor: Vendor, clock: FakeClock, open_vendor_store: Callable[..., PoolStore]
) -> PoolStore:
    """The vendor's store, for which waiting takes no time."""
    return open_vendor_store(vendor.url, clock=clock)


@pytest.fixture
def truth(stores: Stores, account_id: str) -> PoolStore:
    """What the vendor really holds."""
    return stores.of(account_id)


@pytest.fixture
def support(truth: PoolStore, account_id: str) -> Pool:
    """A pool at the vendor, with two numbers."""
    pool = Pool(account_id, "support", Fallback.POOL, True, False)
    truth.create_pool(pool)
    truth.add_numbers("support", ["447700900001", "447700900002"])
    return pool


@pytest.fixture
def dashboard(vendor: Vendor, clock: FakeClock, database_url: str) -> Iterator[Flask]:
    """The service with the account at the vendor; its mirror is once on each database."""
    settings = {
        "NUMBERPOOLS_ENV": "development",
        "SECRET_KEY": "another key for the tests alone, long enough to be one",
        "DATABASE_URL": database_url,
        "VONAGE_ACCOUNTS": f"Example%20SMS:{ACCOUNT_ID}:{SECRET}",
        "VONAGE_API_URL": vendor.url,
        "VONAGE_CALLS_PER_SECOND": "1000",
    }
    with opened(Settings.parse(settings), clock) as app:
        app.testing = True
        app.config["WTF_CSRF_ENABLED"] = False
        yield app


@pytest.fixture
def person(dashboard: Flask) -> FlaskClient:
    """An administrator's browser."""
    client = dashboard.test_client()
    assert client.post("/sign-in", data={"role": "ADMINISTRATOR"}).status_code == 303
    return client
