"""Fixtures: a vendor that fails, workers that are killed, and a seed that is told.

``pytest tests/chaos --chaos`` is the long run: on every database, with another seed each time, and
figures at its end. CHAOS_SEED in the environment repeats one.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Protocol
from urllib.parse import quote

import pytest

from numberpools.db import migrate
from numberpools.db.database import Database
from numberpools.jobs.queue import create_queue
from numberpools.jobs.tasks import Jobs
from numberpools.settings import Settings
from tests.chaos import report
from tests.chaos.crew import Crew
from tests.chaos.judge import Judgement
from tests.chaos.scale import ALL_CONDITIONS, LONG, ODD, PLAIN, SHORT, Conditions, Scale
from tests.chaos.vendor import ChaosVendor
from tests.chaos.workers import Workers, patient_stores
from tests.conftest import ACCOUNT_ID, POSTGRES_URL, SECRET, needs_postgres, new_database

_SEED_OF_THE_SUITE = 20_260
_SEED, _FIGURES = pytest.StashKey[int](), pytest.StashKey[list[str]]()
_KILLS, _JUDGED = pytest.StashKey[list[int]](), pytest.StashKey[Judgement]()


class NoteFigures(Protocol):
    def __call__(
        self, database: Database, vendor: ChaosVendor, kills: int, *judged: Judgement | str
    ) -> None: ...


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--chaos", action="store_true", help="long runs, on every database")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "short_on(database): where it runs in the suite")
    config.addinivalue_line("markers", "long_on(*databases): where it runs with --chaos")
    config.addinivalue_line("markers", "short_under(*conditions): in the suite; else plain")
    config.addinivalue_line("markers", "long_under(*conditions): with --chaos; else all")
    if _is_long(config) and not POSTGRES_URL:
        raise pytest.UsageError("TEST_POSTGRES_URL names no PostgreSQL server.")
    other = int.from_bytes(os.urandom(4)) if _is_long(config) else _SEED_OF_THE_SUITE
    config.stash[_SEED] = int(os.environ.get("CHAOS_SEED", "0")) or other
    config.stash[_FIGURES], config.stash[_KILLS], config.stash[_JUDGED] = [], [], Judgement()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Which databases a test runs on, and under which conditions."""
    if "conditions" in metafunc.fixturenames:
        is_long = _is_long(metafunc.config)
        name, others = ("long_under", ALL_CONDITIONS) if is_long else ("short_under", [PLAIN])
        marker = metafunc.definition.get_closest_marker(name)
        metafunc.parametrize("conditions", marker.args if marker else others, ids=str)
    wanted = "long_on" if _is_long(metafunc.config) else "short_on"
    names = [each for marker in metafunc.definition.iter_markers(wanted) for each in marker.args]
    if names:
        marks = {"postgres": [needs_postgres]}
        values = [pytest.param(name, marks=marks.get(name, [])) for name in names]
        metafunc.parametrize("database_url", values, indirect=True)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    config = terminalreporter.config
    if _is_long(config):
        terminalreporter.section(f"chaos, CHAOS_SEED={config.stash[_SEED]}")
        for line in config.stash[_FIGURES]:
            terminalreporter.line(line)
        kills = config.stash[_KILLS]
        terminalreporter.line(f"In all: {sum(kills)} kills; {config.stash[_JUDGED]}")


def _is_long(config: pytest.Config) -> bool:
    return bool(config.getoption("--chaos", default=False))


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database of its own: workers of the test before may have left something in its queue."""
    with new_database(request.param, tmp_path) as url:
        database = Database(url)
        migrate.upgrade(database)
        database.engine.dispose()
        yield url


@pytest.fixture
def scale(request: pytest.FixtureRequest) -> Scale:
    if not _is_long(request.config):
        return SHORT
    is_odd = "conditions" in request.fixturenames and (
        request.getfixturevalue("conditions") != PLAIN
    )
    return ODD if is_odd else LONG


@pytest.fixture
def random(pytestconfig: pytest.Config) -> Random:
    """The same for each test of a run: what is told repeats any of them alone."""
    seed = pytestconfig.stash[_SEED]
    print(f"CHAOS_SEED={seed}")  # noqa: T201 - pytest shows it where the test fails
    return Random(seed)  # noqa: S311


@pytest.fixture
def note_figures(request: pytest.FixtureRequest) -> NoteFigures:
    """For the end of a long run: what a test came through."""
    began = time.monotonic()

    def note(database: Database, vendor: ChaosVendor, kills: int, *judged: Judgement | str) -> None:
        seconds = time.monotonic() - began
        outcomes = ", ".join(f"{n:,} {name}" for name, n in report.outcomes(database).most_common())
        stash = request.config.stash
        stash[_KILLS].append(kills)
        for each in judged:
            if isinstance(each, Judgement):
                stash[_JUDGED] += each
        stash[_FIGURES].append(
            f"{request.node.name}: {seconds:.0f} seconds, {kills} kills,"
            f" {vendor.call_count:,} calls, {vendor.failure_count:,} failures,"
            f" {vendor.refusal_count:,} refusals; "
            + "; ".join([outcomes, *map(str, filter(str, judged))])
        )

    return note


@pytest.fixture
def conditions() -> Conditions:
    """What is odd about the vendor; most tests have their own."""
    return PLAIN


@pytest.fixture
def crew(
    database_url: str,
    tmp_path: Path,
    random: Random,
    note_figures: NoteFigures,
    conditions: Conditions,
) -> Iterator[Callable[..., Crew]]:
    """Workers of an account at a vendor: ``crew({"one": {"447400000001"}})`` has this pool."""
    opened: list[Crew] = []

    def open_crew(pools: dict[str, set[str]], **changes: str) -> Crew:
        vendor = ChaosVendor(ACCOUNT_ID, pools, random.getrandbits(32)).__enter__()
        vendor.lag = conditions.lag
        environment = {
            "NUMBERPOOLS_ENV": "development",
            "SECRET_KEY": "a key for the tests alone, long enough to be one",
            "DATABASE_URL": database_url,
            "VONAGE_ACCOUNTS": f"Example:{ACCOUNT_ID}:{quote(SECRET)}",
            "VONAGE_API_URL": vendor.url,
            "VONAGE_CALLS_PER_SECOND": "1000",
            "VONAGE_LAG_SECONDS": conditions.lag_setting,
            "WORKER_THREADS": "4",
            **changes,
        }
        settings = Settings.parse(environment)
        stores = patient_stores(settings)
        jobs = Jobs(create_queue(stores.database), stores, settings)
        workers = Workers(environment, tmp_path / "workers.log", random).__enter__()
        opened.append(Crew(ACCOUNT_ID, vendor, workers, stores, jobs, random, conditions))
        opened[-1].copy_account()
        return opened[-1]

    yield open_crew
    for each in opened:
        note_figures(each.database, each.vendor, each.workers.killed, each.judged, each.note)
        each.close()
