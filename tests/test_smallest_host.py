"""The shipped recipe on the smallest plan: a database that gives 20 connections and no more."""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from sqlalchemy import Connection, create_engine, make_url, text
from sqlalchemy.pool import NullPool

from tests.conftest import ACCOUNT_ID, POSTGRES_URL, needs_postgres, new_database
from tests.processes import LIMIT_SECONDS, reserved_port, run, serving, wait_until
from tests.service import signed_in

"""One deployment is there."""

CONNECTIONS = 20
CLIENTS = 40
MEGABYTES = 512
PROCESSES = 3
CONNECTIONS_OF_AN_IDLE_ONE = 3
FLASK = ["flask", "--app", "app"]

pytestmark = needs_postgres
only_linux = pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")


@contextmanager
def _connected(url: str) -> Iterator[Connection]:
    parsed = make_url(url).set(drivername="postgresql+psycopg")
    server = create_engine(parsed, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        yield connection


def _in_use(url: str) -> int:
    """Connections of this database, seen from another one."""
    count = text("SELECT count(*) FROM pg_stat_activity WHERE datname = :name")
    with _connected(POSTGRES_URL) as connection:
        return connection.scalar(count, {"name": make_url(url).database}) or 0


def _megabytes(process: int) -> float:
    """Of a process and all that it has started; what several share is shared out among them."""
    told = Path(f"/proc/{process}/smaps_rollup").read_text()
    [kilobytes] = re.findall(r"^Pss: +(\d+)", told, re.MULTILINE)
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return int(kilobytes) / 1024 + sum(_megabytes(int(each)) for each in children)


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[dict[str, str]]:
    with new_database("postgres", tmp_path) as url, reserved_port() as port:
        with _connected(url) as owner:
            name = make_url(url).database
            owner.execute(text(f"ALTER DATABASE {name} CONNECTION LIMIT {CONNECTIONS}"))
        yield {
            "NUMBERPOOLS_ENV": "development",
            "SECRET_KEY": "a key for the tests alone, long enough to be one",
            "DATABASE_URL": url.replace("postgresql+psycopg://", "postgres://"),
            "API_CALLS_PER_SECOND": "10000",
            "WEB_CONCURRENCY": "2",
            "PORT": str(port),
        }


def _ask(home: str, secret: str, cookies: dict[str, str]) -> Counter[int]:
    """What one of many clients is answered, that opens pages and calls the API."""
    pools = f"/accounts/{ACCOUNT_ID}/pools"
    statuses: Counter[int] = Counter()
    with requests.Session() as client:
        for _ in range(5):
            page = client.get(f"{home}{pools}", cookies=cookies, timeout=LIMIT_SECONDS)
            api = f"{home}/v2/numberpools{pools}"
            answer = client.get(api, auth=(ACCOUNT_ID, secret), timeout=LIMIT_SECONDS)
            statuses.update([page.status_code, answer.status_code])
    return statuses


@only_linux
def test_twenty_connections_are_enough(settings: dict[str, str], tmp_path: Path) -> None:
    url, port, log = settings["DATABASE_URL"], settings["PORT"], tmp_path / "service.log"
    home = f"http://127.0.0.1:{port}"
    assert run([*FLASK, "db", "upgrade"], settings).returncode == 0
    secret = run([*FLASK, "accounts", "create", ACCOUNT_ID], settings).stdout.split()[-1]
    command = [sys.executable, "-m", "honcho", "start", "-p", port, "web", "worker"]
    with serving(command, f"{home}/healthz", settings, log) as processes:
        with signed_in(home, "EDITOR") as browser, ThreadPoolExecutor(CLIENTS) as clients:
            cookies = browser.cookies.get_dict()
            asking = [clients.submit(_ask, home, secret, cookies) for _ in range(CLIENTS)]
            commands = [
                run([*FLASK, *each], settings) for each in (["db", "upgrade"], ["accounts", "list"])
            ]
            statuses = sum((each.result() for each in asking), Counter[int]())
        assert set(statuses) == {200}
        assert [each.returncode for each in commands] == [0, 0], commands
        assert _megabytes(processes.pid) < MEGABYTES
        enough = PROCESSES * CONNECTIONS_OF_AN_IDLE_ONE
        wait_until(lambda: _in_use(url) <= enough, "few connections stay open")
    assert "Traceback" not in log.read_text()
