"""How the real server ends, and what it does about clients that take their time."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from http.client import HTTPResponse
from pathlib import Path
from threading import Event, Thread
from uuid import uuid4

import pytest
import requests
from sqlalchemy import select

from numberpools.db.database import Database
from numberpools.db.tables import operation_batches
from numberpools.services import bulk
from numberpools.services.accounts import create_account
from numberpools.settings import Settings
from tests.chaos.vendor import ChaosVendor
from tests.chaos.workers import hasty_stores
from tests.conftest import ACCOUNT_ID, SECRET
from tests.processes import ROOT, environment, free_port
from tests.service import served

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

only_linux = pytest.mark.skipif(sys.platform != "linux", reason="TCP_USER_TIMEOUT is Linux's")

SLOW_CLIENTS = 20
SLOW_READERS = 6
AT_ONCE = 2
"""Calls of one operation that are under way at a time."""
_GRACEFUL_SECONDS = 25
HEADERS = b"GET /sign-in HTTP/1.1\r\nHost: localhost\r\n" + b"X-Slow: yes\r\n" * 1000
FORM = (
    b"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10000\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\n\r\n"
)


@pytest.mark.parametrize(
    ("at_once", "slowly"), [(b"", HEADERS), (FORM, b"a" * 10_000)], ids=["headers", "body"]
)
def test_slow_clients_do_not_keep_others_waiting(
    tmp_path: Path, database_url: str, at_once: bytes, slowly: bytes
) -> None:
    with served(tmp_path, database_url) as service, _dribbling(service.port, at_once, slowly):
        for _ in range(5):
            began = time.monotonic()
            answer = requests.get(f"{service.url}/sign-in", timeout=10)
            assert answer.status_code == 200
            assert time.monotonic() - began < 2


@contextmanager
def _dribbling(port: int, at_once: bytes, slowly: bytes) -> Iterator[None]:
    """Connections that send one byte at a time, several a second."""
    with ExitStack() as stack:
        clients = [
            stack.enter_context(socket.create_connection(("127.0.0.1", port)))
            for _ in range(SLOW_CLIENTS)
        ]
        over = Event()
        thread = Thread(target=_dribble, args=(clients, at_once, slowly, over))
        thread.start()
        time.sleep(1)  # until the server has taken them all
        yield
        over.set()
        thread.join()


def _dribble(clients: Sequence[socket.socket], at_once: bytes, slowly: bytes, over: Event) -> None:
    for client in clients:
        client.sendall(at_once)
    for byte in slowly:
        for client in clients:
            client.sendall(bytes([byte]))
        if over.wait(0.2):
            return


@pytest.mark.parametrize(
    ("limit", "bytes_at_a_time"),
    [
        pytest.param("_SECONDS_WITHOUT_READING", 0, marks=only_linux),
        ("_SECONDS_IN_ALL", 2_000),
    ],
    ids=["nothing", "slowly"],
)
def test_clients_that_do_not_read_their_answers_keep_nobody_waiting_for_long(
    tmp_path: Path, database_url: str, limit: str, bytes_at_a_time: int
) -> None:
    port = free_port()
    with (
        _started(tmp_path, database_url, port, f"{limit} = 2", WEB_THREADS="3"),
        _hardly_reading(port, bytes_at_a_time),
    ):
        answer = requests.get(f"http://127.0.0.1:{port}/healthz", timeout=20)
        assert answer.status_code == 200
    assert "Traceback" not in (tmp_path / "service.log").read_text()


@contextmanager
def _hardly_reading(port: int, bytes_at_a_time: int) -> Iterator[None]:
    """Connections that ask for a large file, and read so much of it five times a second."""
    page = requests.get(f"http://127.0.0.1:{port}/sign-in", timeout=10).text
    found = re.search(r"/assets/bootstrap\.\w+\.css", page)
    assert found is not None
    head = f"GET {found[0]} HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: identity\r\n\r\n"
    with ExitStack() as stack:
        clients = [stack.enter_context(socket.socket()) for _ in range(SLOW_READERS)]
        for client in clients:
            # As over a real network: what this machine sends itself is buffered by the megabyte.
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 1400)
            client.connect(("127.0.0.1", port))
            client.sendall(head.encode())
            client.setblocking(False)
        over = Event()
        thread = Thread(target=_read, args=(clients, bytes_at_a_time, over))
        thread.start()
        time.sleep(1)  # until the server is busy with them
        try:
            yield
        finally:
            over.set()
            thread.join()


def _read(clients: Sequence[socket.socket], bytes_at_a_time: int, over: Event) -> None:
    while not over.wait(0.2):
        for client in clients:
            with suppress(OSError):  # nothing there, or cut off
                client.recv(bytes_at_a_time)


def test_a_request_under_way_is_answered_before_the_service_ends(
    tmp_path: Path, database_url: str
) -> None:
    database = Database(database_url)
    create_account(database, ACCOUNT_ID, "Example Ltd", SECRET)
    database.engine.dispose()
    port = free_port()
    with _started(tmp_path, database_url, port) as process:
        pool: dict[str, object] = {"pool_id": "support", "fallback": "Pool"}
        pool |= {"localized_sender_preferred": True, "predictable_sender_preferred": True}
        body = json.dumps(pool).encode()
        with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
            client.sendall(_head(len(body)) + body[:10])
            time.sleep(0.5)
            process.send_signal(signal.SIGTERM)
            asked_at = time.monotonic()
            time.sleep(2)
            assert process.poll() is None
            client.sendall(body[10:])
            with closing(HTTPResponse(client)) as answer:
                answer.begin()
                assert answer.status == 201
                assert b'"support"' in answer.read()
        assert process.wait(30) == 0
        assert time.monotonic() - asked_at < _GRACEFUL_SECONDS


def test_a_request_that_never_ends_does_not_keep_the_service_from_ending(
    tmp_path: Path, database_url: str
) -> None:
    port = free_port()
    with _started(tmp_path, database_url, port) as process:
        with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
            client.sendall(FORM + b"a")
            time.sleep(0.5)
            asked_at = time.monotonic()
            process.send_signal(signal.SIGTERM)
            assert process.wait(40) == 0
        assert time.monotonic() - asked_at < _GRACEFUL_SECONDS


def test_an_answer_that_nobody_reads_does_not_keep_the_service_from_ending(
    tmp_path: Path, database_url: str
) -> None:
    port = free_port()
    limit = "_SECONDS_IN_ALL_WHEN_STOPPING = 2"
    with _started(tmp_path, database_url, port, limit) as process, _hardly_reading(port, 0):
        process.send_signal(signal.SIGTERM)
        assert process.wait(15) == 0


def test_no_batch_is_begun_once_the_service_is_told_to_end(
    tmp_path: Path, database_url: str
) -> None:
    port = free_port()
    with ChaosVendor(ACCOUNT_ID, {"support": set()}, 1) as vendor:
        vendor.seconds_of_a_call = 0.05
        settings = {
            "VONAGE_ACCOUNTS": f"Example:{ACCOUNT_ID}:{SECRET}",
            "VONAGE_API_URL": vendor.url,
            "VONAGE_CALLS_PER_SECOND": "1000",
            "OPERATION_CALLS": str(AT_ONCE),
        }
        operation_id = _operation_of_100_batches(_settings(database_url, port) | settings)
        with (
            _started(tmp_path, database_url, port, **settings) as process,
            socket.create_connection(("127.0.0.1", port), timeout=30) as client,
        ):
            client.sendall(FORM + b"a")
            _wait_until(lambda: bool(vendor.pools["support"]))
            process.send_signal(signal.SIGTERM)
            calls = vendor.call_count
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(2)  # there is a request that has not arrived
            assert vendor.call_count - calls <= 2 * AT_ONCE
            client.sendall(b"a" * 9_999)
            assert process.wait(20) == 0
    database = Database(database_url)
    with database.read() as connection:
        mine = operation_batches.c.operation_id == operation_id
        batches = connection.execute(select(operation_batches).where(mine)).all()
    database.engine.dispose()
    assert 0 < sum(each.is_done for each in batches) < len(batches)
    assert not [each for each in batches if each.claimed_by and not each.is_done]


def _operation_of_100_batches(settings: dict[str, str]) -> str:
    """Waiting in the database for a worker."""
    stores = hasty_stores(Settings.parse(settings))
    operation_id = bulk.start(
        stores,
        form_id=str(uuid4()),
        account_id=ACCOUNT_ID,
        pool_id="support",
        action=bulk.Action.ADD,
        entries=bulk.entries_of([f"4474{number:08}" for number in range(5_000)]),
        started_by="Ann",
    )
    stores.close()
    return operation_id


def _head(length: int) -> bytes:
    credentials = b64encode(f"{ACCOUNT_ID}:{SECRET}".encode()).decode()
    return (
        f"POST /v2/numberpools/accounts/{ACCOUNT_ID}/pools HTTP/1.1\r\nHost: localhost\r\n"
        f"Authorization: Basic {credentials}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {length}\r\n\r\n"
    ).encode()


@contextmanager
def _started(
    folder: Path, database_url: str, port: int, changes: str = "", **more: str
) -> Iterator[subprocess.Popen[bytes]]:
    """With so much less patience: ``_SECONDS_IN_ALL = 2``."""
    settings = _settings(database_url, port) | more
    start = "from gunicorn.app.wsgiapp import run; run()"
    patient = f"from numberpools import patience; patience.{changes}; " if changes else ""
    command = [sys.executable, "-c", f"{patient}{start}", "app:app"]
    with (
        (folder / "service.log").open("wb") as log,
        subprocess.Popen(
            command, cwd=ROOT, env=environment(settings), stdout=log, stderr=log
        ) as process,
    ):
        try:
            _wait_until(lambda: _answers(port))
            yield process
        finally:
            process.kill()


def _settings(database_url: str, port: int) -> dict[str, str]:
    return {
        "NUMBERPOOLS_ENV": "development",
        "SECRET_KEY": "a key for the tests alone, long enough to be one",
        "DATABASE_URL": database_url,
        "PORT": str(port),
    }


def _answers(port: int) -> bool:
    try:
        requests.get(f"http://127.0.0.1:{port}/healthz", timeout=5)
    except requests.ConnectionError:
        return False
    return True


def _wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, "It does not come to be."
        time.sleep(0.05)
