"""Fixtures: a vendor, a store that talks to it, and what it really holds."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from numberpools.domain.pools import Fallback, Pool
from numberpools.stores import PoolStore, Stores, VonagePoolStore
from tests.conftest import SECRET
from tests.vonage.vendor import FakeClock, Vendor, client_of


@pytest.fixture
def database_url(sqlite_template: Path, tmp_path: Path) -> str:
    """SQLite alone: what is tested here does not meet the database."""
    path = tmp_path / "numberpools.db"
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def store(vendor: Vendor, account_id: str, clock: FakeClock) -> Iterator[VonagePoolStore]:
    """The vendor's store, for which waiting takes no time."""
    client = client_of(vendor.url, account_id, SECRET, clock=clock, answer_within=0.25)
    yield VonagePoolStore(client)
    client.close()


@pytest.fixture
def truth(stores: Stores, account_id: str) -> PoolStore:
    """What the vendor really holds."""
    return stores.of(account_id)


@pytest.fixture
def support(truth: PoolStore, account_id: str) -> Pool:
    """A pool at the vendor, with two numbers."""
    pool = truth.create_pool(Pool(account_id, "support", Fallback.POOL, True, False))
    truth.add_numbers("support", ["447700900001", "447700900002"])
    return pool
