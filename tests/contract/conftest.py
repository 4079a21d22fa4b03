"""One suite for every store: our own on both databases, and the vendor's over HTTP.

The vendor is our own API, so what its store reports is held against what a database holds.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from numberpools.stores import PoolStore, Stores
from tests.vonage.vendor import Vendor


@pytest.fixture(params=["own", "vendor"])
def store(request: pytest.FixtureRequest, stores: Stores, account_id: str) -> PoolStore:
    if request.param == "own":
        return stores.of(account_id)
    vendor: Vendor = request.getfixturevalue("vendor")
    open_vendor_store: Callable[..., PoolStore] = request.getfixturevalue("open_vendor_store")
    return open_vendor_store(vendor.url)
