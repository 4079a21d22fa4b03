"""Two web processes and two workers on one PostgreSQL database; one worker is killed."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from random import Random
from urllib.parse import quote
from uuid import uuid4

import pytest
import requests

from numberpools.db import migrate
from numberpools.db.database import Database
from numberpools.services import mirror
from numberpools.settings import Settings
from tests.chaos import report
from tests.chaos.vendor import ChaosVendor
from tests.chaos.workers import hasty_stores
from tests.conftest import ACCOUNT_ID, SECRET, needs_postgres, new_database
from tests.processes import ROOT, environment, reserved_port, serving

GUNICORN = [sys.executable, "-m", "gunicorn", "app:app"]
WORKER = [sys.executable, "-m", "flask", "--app", "app", "worker"]
CALLS = 3
LISTS, LENGTH = 12, 260

pytestmark = needs_postgres


@contextmanager
def _working(settings: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as output:
        process = subprocess.Popen(
            WORKER, cwd=ROOT, env=environment(settings), stdout=output, stderr=subprocess.STDOUT
        )
        try:
            yield process
        finally:
            process.kill()
            process.wait()


@pytest.fixture
def vendor(random: Random) -> Iterator[ChaosVendor]:
    pools: dict[str, set[str]] = {"one": set(), "two": set(), "three": set()}
    with ChaosVendor(ACCOUNT_ID, pools, random.getrandbits(32)) as vendor:
        vendor.seconds_of_a_call = 0.05
        yield vendor


@pytest.fixture
def database_url(tmp_path: Path) -> Iterator[str]:
    with new_database("postgres", tmp_path) as url:
        database = Database(url)
        migrate.upgrade(database)
        database.engine.dispose()
        yield url


@pytest.fixture
def settings(vendor: ChaosVendor, database_url: str) -> dict[str, str]:
    settings = {
        "NUMBERPOOLS_ENV": "development",
        "SECRET_KEY": "a key for the tests alone, long enough to be one",
        "DATABASE_URL": database_url,
        "VONAGE_ACCOUNTS": f"Example:{ACCOUNT_ID}:{quote(SECRET)}",
        "VONAGE_API_URL": vendor.url,
        "VONAGE_CALLS_PER_SECOND": "1000",
        "EMBEDDED_WORKER": "0",
        "OPERATION_CALLS": str(CALLS - 1),
        "ACCOUNT_CALLS": str(CALLS),
        "BULK_OPERATIONS_PER_MINUTE": "1000",
    }
    stores = hasty_stores(Settings.parse(settings))
    mirror.copy_account(stores, ACCOUNT_ID)
    stores.close()
    return settings


@pytest.fixture
def logs(tmp_path: Path) -> Iterator[Path]:
    """A folder for them, in which no error may stand at the end."""
    yield tmp_path
    for log in tmp_path.glob("*.log"):
        assert "Traceback" not in log.read_text(), log.read_text()


@pytest.fixture
def workers(settings: dict[str, str], logs: Path) -> Iterator[list[subprocess.Popen[bytes]]]:
    with ExitStack() as stack:
        yield [
            stack.enter_context(_working(settings, logs / f"worker-{number}.log"))
            for number in (1, 2)
        ]


@pytest.fixture
def addresses(settings: dict[str, str], logs: Path) -> Iterator[list[str]]:
    """Where the two web processes answer."""
    with ExitStack() as stack:
        ports = [stack.enter_context(reserved_port()) for _ in range(2)]
        found = [f"http://127.0.0.1:{port}" for port in ports]
        for port, address in zip(ports, found, strict=True):
            mine = {**settings, "PORT": str(port)}
            log = logs / f"web-{port}.log"
            stack.enter_context(serving(GUNICORN, f"{address}/sign-in", mine, log))
        yield found


def test_all_reports_are_true_and_the_limits_hold(
    workers: list[subprocess.Popen[bytes]],
    addresses: list[str],
    vendor: ChaosVendor,
    database_url: str,
    random: Random,
) -> None:
    every = [f"4474{number:08}" for number in range(2_000)]
    lists = [random.sample(every, LENGTH) for _ in range(LISTS)]
    pools = [random.choice(sorted(vendor.pools)) for _ in lists]
    actions = [random.choice(["add", "add", "remove"]) for _ in lists]
    browsers = [_signed_in(address) for address in addresses]

    def send(number: int) -> str:
        browser = random.choice(browsers)
        return _send(*browser, pools[number], actions[number], lists[number])

    with ThreadPoolExecutor(4) as executor:
        ids = list(executor.map(send, range(LISTS)))

    database = Database(database_url)
    _wait_for(1, ids, database)
    workers[0].kill()
    _wait_for(LISTS, ids, database)
    expected: dict[str, set[str]] = {pool_id: set() for pool_id in vendor.pools}
    for number in sorted(range(LISTS), key=lambda number: report.started_at(database, ids[number])):
        outcomes = report.check_lines(database, ids[number], lists[number])
        pool, wanted = expected[pools[number]], set(lists[number])
        done = {each for each, outcome in outcomes.items() if outcome in {"added", "removed"}}
        if actions[number] == "add":
            assert done == wanted - pool
            pool |= wanted
        else:
            assert done == wanted & pool
            pool -= wanted
    database.engine.dispose()
    assert vendor.pools == expected
    assert 1 < vendor.most_changes_at_once <= CALLS


def _wait_for(count: int, ids: list[str], database: Database) -> None:
    """Until so many of the operations are finished."""
    deadline = time.monotonic() + 100
    while [report.state(database, each) for each in ids].count("finished") < count:
        assert time.monotonic() < deadline, "They do not come to an end."
        time.sleep(0.02)


def _signed_in(address: str) -> tuple[requests.Session, str]:
    browser = requests.Session()
    page = browser.get(f"{address}/sign-in", timeout=30)
    fields = {"role": "EDITOR", "csrf_token": _token(page.text)}
    assert browser.post(f"{address}/sign-in", fields, timeout=30).ok
    return browser, address


def _send(
    browser: requests.Session, address: str, pool_id: str, action: str, numbers: list[str]
) -> str:
    """Send a list as a browser does; gives the operation's id."""
    pool = f"{address}/accounts/{ACCOUNT_ID}/pools/{pool_id}"
    fields = {
        "csrf_token": _token(browser.get(f"{pool}/paste", timeout=30).text),
        "form_id": str(uuid4()),
        "action": action,
        "numbers": "\n".join(f"+{number}" for number in numbers),
        "country": "",
    }
    answer = browser.post(f"{pool}/operations", fields, timeout=30, allow_redirects=False)
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"].rpartition("/")[2]


def _token(html: str) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', html)
    assert found is not None, html
    return found[1]
