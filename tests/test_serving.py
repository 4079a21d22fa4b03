"""How the real server ends, and what it does about clients that take their time."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from http.client import HTTPResponse
from pathlib import Path
from threading import Event, Thread

import pytest
import requests

from numberpools.db.database import Database
from numberpools.services.accounts import create_account
from tests.conftest import ACCOUNT_ID, SECRET
from tests.processes import ROOT, environment, free_port
from tests.service import served

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

SLOW_CLIENTS = 20
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


def _head(length: int) -> bytes:
    credentials = b64encode(f"{ACCOUNT_ID}:{SECRET}".encode()).decode()
    return (
        f"POST /v2/numberpools/accounts/{ACCOUNT_ID}/pools HTTP/1.1\r\nHost: localhost\r\n"
        f"Authorization: Basic {credentials}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {length}\r\n\r\n"
    ).encode()


@contextmanager
def _started(folder: Path, database_url: str, port: int) -> Iterator[subprocess.Popen[bytes]]:
    settings = {
        "NUMBERPOOLS_ENV": "development",
        "SECRET_KEY": "a key for the tests alone, long enough to be one",
        "DATABASE_URL": database_url,
        "PORT": str(port),
    }
    command = [sys.executable, "-m", "gunicorn", "app:app"]
    with (
        (folder / "service.log").open("wb") as log,
        subprocess.Popen(
            command, cwd=ROOT, env=environment(settings), stdout=log, stderr=log
        ) as process,
    ):
        try:
            _wait(port)
            yield process
        finally:
            process.kill()


def _wait(port: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            requests.get(f"http://127.0.0.1:{port}/healthz", timeout=5)
        except requests.ConnectionError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("nothing answers")
