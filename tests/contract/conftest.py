"""One suite for every store: our own on both databases, and the vendor's over HTTP.

The vendor is our own API, so what its store reports is held against what a database holds.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from numberpools.stores import PoolStore, Stores
from tests.conftest import needs_postgres
from tests.vonage.vendor import Vendor

_on_each = pytest.mark.parametrize(
    ("store", "database_url"),
    [
        ("own", "sqlite"),
        pytest.param("own", "postgres", marks=needs_postgres),
        ("vendor", "sqlite"),  # behind it stands the same on either database
    ],
    indirect=True,
)


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "store" in metafunc.fixturenames:
        metafunc.definition.add_marker(_on_each)


@pytest.fixture
def store(request: pytest.FixtureRequest, stores: Stores, account_id: str) -> PoolStore:
    if request.param == "own":
        return stores.of(account_id)
    vendor: Vendor = request.getfixturevalue("vendor")
    open_vendor_store: Callable[..., PoolStore] = request.getfixturevalue("open_vendor_store")
    return open_vendor_store(vendor.url)
