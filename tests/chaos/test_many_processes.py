"""Two web processes and two workers on one PostgreSQL database; one worker is killed at work."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from random import Random
from typing import NamedTuple
from urllib.parse import quote
from uuid import uuid4

import pytest
import requests

from numberpools.db.database import Database
from numberpools.services import mirror
from numberpools.settings import Settings
from tests.chaos import report
from tests.chaos.conftest import NoteFigures
from tests.chaos.scale import Scale
from tests.chaos.vendor import ChaosVendor
from tests.chaos.workers import end_leases, patient_stores
from tests.conftest import ACCOUNT_ID, SECRET
from tests.processes import (
    LIMIT_SECONDS,
    ROOT,
    environment,
    reserved_port,
    serving,
    wait_until,
)

GUNICORN = [sys.executable, "-m", "gunicorn", "app:app"]
WORKER = [sys.executable, "-m", "flask", "--app", "app", "worker"]
CALLS = 3
LENGTH = 260


class Worker(NamedTuple):
    name: str
    process: subprocess.Popen[bytes]


@contextmanager
def _working(settings: dict[str, str], log: Path, database: Database) -> Iterator[Worker]:
    """Begins when it has given its first sign of life."""
    others = report.known_workers(database)
    with log.open("wb") as output:
        process = subprocess.Popen(
            WORKER, cwd=ROOT, env=environment(settings), stdout=output, stderr=subprocess.STDOUT
        )
        try:
            wait_until(lambda: report.known_workers(database) > others, "a sign of life")
            [name] = report.known_workers(database) - others
            yield Worker(name, process)
        finally:
            process.kill()
            process.wait()


@pytest.fixture
def vendor(random: Random) -> Iterator[ChaosVendor]:
    pools: dict[str, set[str]] = {"one": set(), "two": set(), "three": set()}
    with ChaosVendor(ACCOUNT_ID, pools, random.getrandbits(32)) as vendor:
        yield vendor


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.engine.dispose()


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
    stores = patient_stores(Settings.parse(settings))
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
def workers(settings: dict[str, str], logs: Path, database: Database) -> Iterator[list[Worker]]:
    with ExitStack() as stack:
        yield [
            stack.enter_context(_working(settings, logs / f"worker-{number}.log", database))
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


@pytest.mark.short_on("postgres")
@pytest.mark.long_on("postgres")
def test_all_reports_are_true_and_the_limits_hold(
    workers: list[Worker],
    addresses: list[str],
    vendor: ChaosVendor,
    database: Database,
    random: Random,
    scale: Scale,
    note_figures: NoteFigures,
) -> None:
    every = [f"4474{number:08}" for number in range(2_000)]
    lists = [random.sample(every, LENGTH) for _ in range(scale.lists)]
    pools = [sorted(vendor.pools)[number % len(vendor.pools)] for number in range(scale.lists)]
    random.shuffle(pools)
    actions = [random.choice(["add", "add", "remove"]) for _ in lists]
    browsers = [_signed_in(address) for address in addresses]

    def send(number: int) -> str:
        browser = browsers[number % 2]
        return _send(*browser, pools[number], actions[number], lists[number])

    with vendor.holding_changes():
        with ThreadPoolExecutor(4) as executor:
            ids = list(executor.map(send, range(scale.lists)))
        wait_until(lambda: vendor.changes_at_once == CALLS, "as many calls as there may be")
        _kill_one_at_work(workers, vendor, database)
    wait_until(lambda: _have_finished(ids, database), "all have finished")
    expected: dict[str, set[str]] = {pool_id: set() for pool_id in vendor.pools}
    for number in sorted(range(len(ids)), key=lambda n: report.started_at(database, ids[n])):
        outcomes = report.check_lines(database, ids[number], lists[number])
        pool, wanted = expected[pools[number]], set(lists[number])
        done = {each for each, outcome in outcomes.items() if outcome in {"added", "removed"}}
        if actions[number] == "add":
            assert done == wanted - pool
            pool |= wanted
        else:
            assert done == wanted & pool
            pool -= wanted
    assert vendor.pools == expected
    assert vendor.most_changes_at_once == CALLS
    note_figures(database, vendor, 1)


def _have_finished(ids: list[str], database: Database) -> bool:
    return all(report.state(database, each) == "finished" for each in ids)


def _kill_one_at_work(workers: list[Worker], vendor: ChaosVendor, database: Database) -> None:
    """What it sent is not carried out any more, and what it held is free for the other one."""
    at_work = report.workers_with_batches(database)
    victim = next(each for each in workers if each.name in at_work)
    victim.process.kill()
    victim.process.wait()
    vendor.end_calls_of_the_dead()
    end_leases(database, victim.name)


def _signed_in(address: str) -> tuple[requests.Session, str]:
    browser = requests.Session()
    page = browser.get(f"{address}/sign-in", timeout=LIMIT_SECONDS)
    fields = {"role": "EDITOR", "csrf_token": _token(page.text)}
    assert browser.post(f"{address}/sign-in", fields, timeout=LIMIT_SECONDS).ok
    return browser, address


def _send(
    browser: requests.Session, address: str, pool_id: str, action: str, numbers: list[str]
) -> str:
    """Send a list as a browser does; gives the operation's id."""
    pool = f"{address}/accounts/{ACCOUNT_ID}/pools/{pool_id}"
    fields = {
        "csrf_token": _token(browser.get(f"{pool}/paste", timeout=LIMIT_SECONDS).text),
        "form_id": str(uuid4()),
        "action": action,
        "numbers": "\n".join(f"+{number}" for number in numbers),
        "country": "",
    }
    answer = browser.post(
        f"{pool}/operations", fields, timeout=LIMIT_SECONDS, allow_redirects=False
    )
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"].rpartition("/")[2]


def _token(html: str) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', html)
    assert found is not None, html
    return found[1]
