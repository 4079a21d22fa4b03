"""Fixtures: a vendor that fails, workers that are killed, and a seed that is told."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from urllib.parse import quote

import pytest

from numberpools.jobs.queue import create_queue
from numberpools.jobs.tasks import Jobs
from numberpools.settings import Settings
from tests.chaos.crew import Crew
from tests.chaos.vendor import ChaosVendor
from tests.chaos.workers import Workers, hasty_stores
from tests.conftest import ACCOUNT_ID, SECRET


@pytest.fixture
def random() -> Random:
    """Printed where a test fails; CHAOS_SEED in the environment repeats it."""
    seed = int(os.environ.get("CHAOS_SEED", "0")) or int.from_bytes(os.urandom(4))
    print(f"CHAOS_SEED={seed}")  # noqa: T201 - pytest shows it where the test fails
    return Random(seed)  # noqa: S311


@pytest.fixture
def crew(database_url: str, tmp_path: Path, random: Random) -> Iterator[Callable[..., Crew]]:
    """Workers of an account at a vendor: ``crew({"one": {"447400000001"}})`` has this pool."""
    opened: list[Crew] = []

    def open_crew(pools: dict[str, set[str]], **changes: str) -> Crew:
        vendor = ChaosVendor(ACCOUNT_ID, pools, random.getrandbits(32)).__enter__()
        environment = {
            "NUMBERPOOLS_ENV": "development",
            "SECRET_KEY": "a key for the tests alone, long enough to be one",
            "DATABASE_URL": database_url,
            "VONAGE_ACCOUNTS": f"Example:{ACCOUNT_ID}:{quote(SECRET)}",
            "VONAGE_API_URL": vendor.url,
            "VONAGE_CALLS_PER_SECOND": "1000",
            "WORKER_THREADS": "4",
            "OPERATION_CALLS": "16",  # what the dead hold until their leases run out counts too
            "ACCOUNT_CALLS": "16",
            **changes,
        }
        settings = Settings.parse(environment)
        stores = hasty_stores(settings)
        jobs = Jobs(create_queue(settings.database_url), stores, settings)
        workers = Workers(environment, tmp_path / "workers.log", random).__enter__()
        opened.append(Crew(ACCOUNT_ID, vendor, workers, stores, jobs, random))
        opened[-1].copy_account()
        return opened[-1]

    yield open_crew
    for each in opened:
        each.close()
