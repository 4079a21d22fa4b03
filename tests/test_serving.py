"""How the real server ends, and what it does about clients that take their time."""

from __future__ import annotations

import json
import re
import shutil
import signal
import socket
import sys
from base64 import b64encode
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from http.client import HTTPResponse
from pathlib import Path
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
from tests.chaos.workers import patient_stores
from tests.conftest import ACCOUNT_ID, SECRET
from tests.processes import LIMIT_SECONDS, wait_until
from tests.service import Service, served
from tests.steered_worker import IDLE, STOPPING, Steering

"""One service is there for several tests."""

only_linux = pytest.mark.skipif(sys.platform != "linux", reason="TCP_USER_TIMEOUT is Linux's")

THREADS = 64
"""What the service has where WEB_THREADS does not say otherwise."""
SLOW_CLIENTS = 20
AT_ONCE = 2
"""Calls of one operation that are under way at a time."""
HEADERS = b"GET /sign-in HTTP/1.1\r\nHost: localhost\r\n" + b"X-Slow: yes\r\n" * 50 + b"\r\n"
FORM = (
    b"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\n\r\n"
) + b"a" * 1000


@pytest.fixture(scope="module")
def patient(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Service, Steering]]:
    """A service whose clock only moves when a test moves it."""
    folder = tmp_path_factory.mktemp("patient")
    steering = Steering(folder)
    shutil.copy(sqlite_template, folder / "numberpools.db")
    with served(folder, f"sqlite:///{folder}/numberpools.db", **steering.settings) as service:
        yield service, steering


@pytest.mark.parametrize(
    ("request_", "status"), [(HEADERS, 200), (FORM, 400)], ids=["headers", "body"]
)
def test_slow_clients_do_not_keep_others_waiting(
    patient: tuple[Service, Steering], request_: bytes, status: int
) -> None:
    service, steering = patient
    half = len(request_) // 2
    with ExitStack() as stack:
        clients = [stack.enter_context(_connected(service)) for _ in range(SLOW_CLIENTS)]
        for client in clients:
            client.sendall(request_[:half])
        steering.wait_until_under_way(SLOW_CLIENTS)
        assert requests.get(f"{service.url}/sign-in", timeout=LIMIT_SECONDS).status_code == 200
        for client in clients:
            client.sendall(request_[half:])
        assert {_status(client) for client in clients} == {status}


def test_clients_that_take_too_long_to_send_give_their_threads_back(
    patient: tuple[Service, Steering],
) -> None:
    service, steering = patient
    with ExitStack() as stack:
        clients = [stack.enter_context(_connected(service)) for _ in range(THREADS)]
        for client in clients:
            client.sendall(FORM[:-1])
        steering.wait_until_under_way(THREADS)
        other = stack.enter_context(_asking(service))
        steering.pass_time(61)
        assert _status(other) == 200
        assert {_status(client) for client in clients} == {400}


def test_clients_that_take_too_long_to_read_give_their_threads_back(
    patient: tuple[Service, Steering],
) -> None:
    service, steering = patient
    with _reading_nothing(service, THREADS) as clients:
        steering.wait_until_under_way(THREADS)
        with _asking(service) as other:
            steering.pass_time(601)
            assert _status(other) == 200
        assert all(_was_cut_off(client) for client in clients)
    assert "Traceback" not in service.log.read_text()


@only_linux
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_clients_that_read_nothing_give_their_threads_back_sooner(
    tmp_path: Path, database_url: str
) -> None:
    steering = Steering(tmp_path, "HastyWorker")
    with (
        served(tmp_path, database_url, WEB_THREADS="3", **steering.settings) as service,
        _reading_nothing(service, 3) as clients,
    ):
        assert requests.get(f"{service.url}/healthz", timeout=LIMIT_SECONDS).status_code == 200
        for client in clients:
            steering.wait_until_ended(client)
        assert all(_was_cut_off(client) for client in clients)
    assert "Traceback" not in service.log.read_text()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_request_under_way_is_answered_before_the_service_ends(
    tmp_path: Path, database_url: str
) -> None:
    database = Database(database_url)
    create_account(database, ACCOUNT_ID, "Example Ltd", SECRET)
    database.engine.dispose()
    steering = Steering(tmp_path)
    pool: dict[str, object] = {"pool_id": "support", "fallback": "Pool"}
    pool |= {"localized_sender_preferred": True, "predictable_sender_preferred": True}
    body = json.dumps(pool).encode()
    with (
        served(tmp_path, database_url, **steering.settings) as service,
        _connected(service) as client,
    ):
        client.sendall(_head(len(body)) + body[:10])
        steering.wait_until_under_way(1)
        service.process.send_signal(signal.SIGTERM)
        steering.wait_until_told(STOPPING)
        client.sendall(body[10:])
        with closing(HTTPResponse(client)) as answer:
            answer.begin()
            assert answer.status == 201
            assert b'"support"' in answer.read()
        assert service.process.wait(LIMIT_SECONDS) == 0


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_never_ends_does_not_keep_the_service_from_ending(
    tmp_path: Path, database_url: str
) -> None:
    """First a request that never arrives is given up, then an answer that nobody reads."""
    steering = Steering(tmp_path)
    with (
        served(tmp_path, database_url, **steering.settings) as service,
        _reading_nothing(service, 1) as [reader],
        _connected(service) as sender,
    ):
        sender.sendall(FORM[:-1])
        steering.wait_until_under_way(2)
        service.process.send_signal(signal.SIGTERM)
        steering.wait_until_told(STOPPING)
        steering.pass_time(11)
        assert _status(sender) == 400
        assert service.process.poll() is None
        steering.pass_time(10)
        assert service.process.wait(LIMIT_SECONDS) == 0
        assert _was_cut_off(reader)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_no_batch_is_begun_once_the_service_is_told_to_end(
    tmp_path: Path, database_url: str
) -> None:
    steering = Steering(tmp_path)
    with ChaosVendor(ACCOUNT_ID, {"support": set()}, 1) as vendor:
        settings = {
            "VONAGE_ACCOUNTS": f"Example:{ACCOUNT_ID}:{SECRET}",
            "VONAGE_API_URL": vendor.url,
            "VONAGE_CALLS_PER_SECOND": "1000",
            "OPERATION_CALLS": str(AT_ONCE),
        }
        operation_id = _operation_of_100_batches(database_url, settings)
        while_held = ExitStack()
        while_held.enter_context(vendor.holding_changes())
        with (
            while_held,
            served(tmp_path, database_url, **settings, **steering.settings) as service,
            _connected(service) as client,
        ):
            client.sendall(FORM[:-1])
            steering.wait_until_under_way(1)
            wait_until(lambda: vendor.changes_at_once == AT_ONCE, "two changes are under way")
            service.process.send_signal(signal.SIGTERM)
            steering.wait_until_told(STOPPING)
            while_held.close()
            steering.wait_until_told(IDLE)
            assert service.process.poll() is None, "there is a request that has not arrived"
            client.sendall(FORM[-1:])
            assert service.process.wait(LIMIT_SECONDS) == 0
        assert len(vendor.pools["support"]) == AT_ONCE * 50
    database = Database(database_url)
    with database.read() as connection:
        mine = select(operation_batches).filter_by(operation_id=operation_id, step="add")
        batches = connection.execute(mine).all()
    database.engine.dispose()
    assert sum(each.is_done for each in batches) == AT_ONCE
    assert not [each for each in batches if each.claimed_by and not each.is_done]


def _operation_of_100_batches(database_url: str, settings: dict[str, str]) -> str:
    """Waiting in the database for a worker."""
    environment = {
        "NUMBERPOOLS_ENV": "development",
        "SECRET_KEY": "a key for the tests alone, long enough to be one",
        "DATABASE_URL": database_url,
        **settings,
    }
    stores = patient_stores(Settings.parse(environment))
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


def _connected(service: Service) -> socket.socket:
    return socket.create_connection(("127.0.0.1", service.port), timeout=LIMIT_SECONDS)


@contextmanager
def _asking(service: Service) -> Iterator[socket.socket]:
    """A connection on which something was asked that is answered at once if there is a thread."""
    with _connected(service) as client:
        client.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        yield client


def _status(client: socket.socket) -> int:
    with closing(HTTPResponse(client)) as answer:
        answer.begin()
        return answer.status


@contextmanager
def _reading_nothing(service: Service, count: int) -> Iterator[list[socket.socket]]:
    """So many connections on which a large file was asked for, and has begun to arrive."""
    head = f"GET {_large_file(service)} HTTP/1.1\r\nHost: localhost\r\n"
    with ExitStack() as stack:
        clients = [stack.enter_context(socket.socket()) for _ in range(count)]
        for client in clients:
            # As over a real network: what this machine sends itself is buffered by the megabyte.
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 1400)
            client.settimeout(LIMIT_SECONDS)
            client.connect(("127.0.0.1", service.port))
            client.sendall(f"{head}Accept-Encoding: identity\r\n\r\n".encode())
        for client in clients:
            client.recv(1, socket.MSG_PEEK)
        yield clients


def _large_file(service: Service) -> str:
    page = requests.get(f"{service.url}/sign-in", timeout=LIMIT_SECONDS).text
    found = re.search(r"/assets/bootstrap\.\w+\.css", page)
    assert found is not None
    return found[0]


def _was_cut_off(client: socket.socket) -> bool:
    """Whether the rest of what the client can read is less than it was promised."""
    received = b""
    with suppress(ConnectionError):
        while data := client.recv(65_536):
            received += data
    head, _, body = received.partition(b"\r\n\r\n")
    promised = re.search(rb"Content-Length: (\d+)", head)
    assert promised is not None, received
    return len(body) < int(promised[1])
