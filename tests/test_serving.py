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

THREADS = 2
SLOW_CLIENTS = 100
CONNECTIONS = 120
"""That the service of the fixture takes at a time."""
AT_ONCE = 2
"""Calls of one operation that are under way at a time."""
HEADERS = b"GET /sign-in HTTP/1.1\r\nHost: localhost\r\n" + b"X-Slow: yes\r\n" * 50 + b"\r\n"
FORM_HEAD = (
    b"POST /sign-in HTTP/1.1\r\nHost: localhost\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\n"
)
FORM = FORM_HEAD + b"Content-Length: 1000\r\n\r\n" + b"a" * 1000
LARGE_FORM = FORM_HEAD + b"Content-Length: 200000\r\n\r\n" + b"a" * 200_000
CHUNKS = FORM_HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"2\r\naa\r\n" * 500 + b"0\r\n\r\n"
HEALTH = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
PAGE = b"GET /sign-in HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.fixture(scope="module")
def patient(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Service, Steering]]:
    """A service with two threads, whose clock only moves when a test moves it."""
    folder = tmp_path_factory.mktemp("patient")
    steering = Steering(folder)
    shutil.copy(sqlite_template, folder / "numberpools.db")
    url = f"sqlite:///{folder}/numberpools.db"
    settings = {"WEB_THREADS": str(THREADS), **steering.settings}
    settings["GUNICORN_CMD_ARGS"] += f" --worker-connections {CONNECTIONS}"
    with served(folder, url, **settings) as service:
        yield service, steering


@pytest.mark.parametrize(
    ("request_", "status"),
    [(HEADERS, 200), (FORM, 400), (LARGE_FORM, 400), (CHUNKS, 400)],
    ids=["headers", "body", "large-body", "chunks"],
)
def test_a_hundred_slow_senders_keep_nobody_waiting(
    patient: tuple[Service, Steering], request_: bytes, status: int
) -> None:
    service, steering = patient
    half = len(request_) // 2
    with _senders(service, steering, request_[:half]) as clients:
        _get_answers(service)
        for client in clients:
            client.sendall(request_[half:])
        assert {_status(client) for client in clients} == {status}


def test_a_hundred_slow_readers_keep_nobody_waiting(patient: tuple[Service, Steering]) -> None:
    service, steering = patient
    with _reading_nothing(service, SLOW_CLIENTS) as clients:
        steering.wait_until_under_way(SLOW_CLIENTS)
        _get_answers(service)
        assert not _was_cut_off(clients[0])
        steering.pass_time(601)
        assert all(_was_cut_off(client) for client in clients[1:])
    assert "Traceback" not in service.log.read_text()


def test_a_hundred_clients_that_are_done_but_stay_keep_nobody_waiting(
    patient: tuple[Service, Steering],
) -> None:
    service, steering = patient
    last = HEALTH.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    with _senders(service, steering, last[:-1]) as clients:
        for client in clients:
            client.sendall(last[-1:])
        assert {_status(client) for client in clients} == {200}
        _get_answers(service)
        steering.pass_time(3)


def test_clients_that_take_too_long_to_send_get_the_answer_to_what_there_is(
    patient: tuple[Service, Steering],
) -> None:
    service, steering = patient
    with _senders(service, steering, FORM[:-1]) as clients:
        steering.pass_time(61)
        assert {_status(client) for client in clients} == {400}


@pytest.mark.parametrize("is_reader", [False, True], ids=["senders", "readers"])
def test_where_all_connections_are_taken_time_is_shorter(
    patient: tuple[Service, Steering], is_reader: bool
) -> None:
    service, steering = patient
    with ExitStack() as stack:
        if is_reader:
            stack.enter_context(_reading_nothing(service, CONNECTIONS))
        else:
            stack.enter_context(_senders(service, steering, FORM[:-1], CONNECTIONS))
        other = stack.enter_context(_connected(service))
        other.sendall(HEALTH)
        steering.pass_time(21 if is_reader else 11)
        assert _status(other) == 200


def test_requests_that_come_together_are_answered_in_turn(
    patient: tuple[Service, Steering],
) -> None:
    service, _ = patient
    with _connected(service) as client:
        client.sendall(LARGE_FORM + HEALTH + PAGE[:10])
        assert [_read(client).status, _read(client).status] == [400, 200]
        client.sendall(PAGE[10:])
        assert _status(client) == 200


def test_a_client_that_waits_for_leave_to_send_gets_it_once(
    patient: tuple[Service, Steering],
) -> None:
    service, _ = patient
    head, _, body = FORM.partition(b"\r\n\r\n")
    with _connected(service) as client:
        client.sendall(head + b"\r\nExpect: 100-continue\r\n\r\n")
        leave = b"HTTP/1.1 100 Continue\r\n\r\n"
        assert client.recv(len(leave), socket.MSG_WAITALL) == leave
        client.sendall(body)
        assert client.recv(100).startswith(b"HTTP/1.1 400")


def test_nothing_that_follows_a_body_too_large_is_taken_for_a_request(
    patient: tuple[Service, Steering],
) -> None:
    service, _ = patient
    with _connected(service) as client:
        client.sendall(FORM_HEAD + b"Content-Length: 99000000\r\n\r\n" + HEALTH * 2)
        client.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: client.recv(65_536), b""))
    assert answer.startswith(b"HTTP/1.1 413")
    assert answer.count(b"HTTP/1.1 ") == 1


@only_linux
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_client_that_reads_nothing_is_cut_off_sooner(tmp_path: Path, database_url: str) -> None:
    steering = Steering(tmp_path, "HastyWorker")
    with (
        served(tmp_path, database_url, **steering.settings) as service,
        _reading_nothing(service, 1) as [client],
    ):
        steering.wait_until_ended(client)
        assert _was_cut_off(client)
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
        client.close()
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
            assert _status(client) == 400
            client.close()
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
def _senders(
    service: Service, steering: Steering, begin: bytes, count: int = SLOW_CLIENTS
) -> Iterator[list[socket.socket]]:
    """So many connections on which this was sent, and a request is under way."""
    with ExitStack() as stack:
        clients = [stack.enter_context(_connected(service)) for _ in range(count)]
        for client in clients:
            client.sendall(begin)
        steering.wait_until_under_way(count)
        yield clients


def _get_answers(service: Service) -> None:
    for path in ("/healthz", "/sign-in"):
        assert requests.get(f"{service.url}{path}", timeout=LIMIT_SECONDS).status_code == 200


def _read(client: socket.socket) -> HTTPResponse:
    """The next answer, to its end and no further."""
    answer = HTTPResponse(client)
    answer.fp = client.makefile("rb", buffering=0)  # type: ignore[assignment]
    answer.begin()
    answer.read()
    return answer


def _status(client: socket.socket) -> int:
    with closing(HTTPResponse(client)) as answer:
        answer.begin()
        return answer.status


@contextmanager
def _reading_nothing(service: Service, count: int) -> Iterator[list[socket.socket]]:
    """So many connections on which a large file was asked for, and has begun to arrive."""
    head = (
        f"GET {_large_file(service)} HTTP/1.1\r\nHost: localhost\r\n"
        "Accept-Encoding: identity\r\nConnection: close\r\n"
    )
    with ExitStack() as stack:
        clients = [stack.enter_context(socket.socket()) for _ in range(count)]
        for client in clients:
            # As over a real network: what this machine sends itself is buffered by the megabyte.
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 1400)
            client.settimeout(LIMIT_SECONDS)
            client.connect(("127.0.0.1", service.port))
            client.sendall(f"{head}\r\n".encode())
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
