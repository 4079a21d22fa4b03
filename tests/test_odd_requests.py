"""What the real server makes of requests that are odd in HTTP itself."""

from __future__ import annotations

import json
import shutil
import socket
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPResponse
from pathlib import Path

import pytest

from numberpools.db.database import Database
from numberpools.domain.pools import Fallback, Pool
from numberpools.services.accounts import create_account
from numberpools.stores import SqlPoolStore
from tests.api.conftest import basic
from tests.conftest import ACCOUNT_ID, SECRET
from tests.processes import LIMIT_SECONDS
from tests.service import Service, served

"""One service is there for all tests."""

POOL = f"/v2/numberpools/accounts/{ACCOUNT_ID}/pools/support"
LIMIT = 20_000
CHANGE = b'{"fallback": "Reject"}'


@pytest.fixture(scope="module")
def database(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    path = tmp_path_factory.mktemp("odd") / "numberpools.db"
    shutil.copy(sqlite_template, path)
    database = Database(f"sqlite:///{path}")
    create_account(database, ACCOUNT_ID, "Example Ltd", SECRET)
    yield database
    database.engine.dispose()


@pytest.fixture(scope="module")
def service(database: Database) -> Iterator[Service]:
    path = Path(database.engine.url.database or "")
    limit = {"MAX_REQUEST_BYTES": str(LIMIT)}
    with served(path.parent, f"sqlite:///{path}", **limit) as service:
        yield service


@pytest.fixture
def store(database: Database) -> Iterator[SqlPoolStore]:
    store = SqlPoolStore(database, ACCOUNT_ID)
    store.create_pool(Pool(ACCOUNT_ID, "support", Fallback.POOL, True, False))
    yield store
    store.delete_pool("support")


@pytest.mark.parametrize(
    ("body", "status", "fallback"),
    [
        (CHANGE, 200, Fallback.REJECT),
        (CHANGE + b" " * (LIMIT - len(CHANGE)), 200, Fallback.REJECT),
        (CHANGE + b" " * (LIMIT - len(CHANGE) + 1), 413, Fallback.POOL),
        (CHANGE + b" " * LIMIT + b"garbage", 413, Fallback.POOL),
    ],
)
def test_a_body_in_chunks_is_taken_whole_or_not_at_all(
    service: Service, store: SqlPoolStore, body: bytes, status: int, fallback: Fallback
) -> None:
    found, answer = _ask(service, _patch(_chunk(body) + _chunk(b"")))
    assert found == status, answer
    assert store.get_pool("support").fallback is fallback


def test_what_is_no_http_is_answered_as_a_problem(service: Service) -> None:
    for request, status in (
        (f"GET {POOL}?page_size={'1' * 5000} HTTP/1.1\r\nHost: localhost\r\n\r\n", 414),
        (f"GET {POOL} HTTP/1.1\r\nHost: localhost\r\nX-Long: {'x' * 9000}\r\n\r\n", 431),
        (f"GET {POOL} HTTP/1.1\r\nHost: localhost\r\nContent-Length: some\r\n\r\n", 400),
        (f"GET {POOL} HTTP/7.0\r\nHost: localhost\r\n\r\n", 400),
        (_patch(b"zz\r\n").decode(), 400),
    ):
        found, problem = _ask(service, request.encode())
        assert (found, problem["status"]) == (status, status)
        assert problem["instance"]
    assert "Traceback" not in service.log.read_text("utf-8")


def _patch(chunks: bytes) -> bytes:
    head = (
        f"PATCH {POOL} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Authorization: {basic(ACCOUNT_ID, SECRET)}\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    return head.encode() + chunks


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def _ask(service: Service, request: bytes) -> tuple[int, dict[str, object]]:
    """Status and JSON of the answer, which has an id and is no page."""
    with socket.create_connection(("127.0.0.1", service.port), timeout=LIMIT_SECONDS) as client:
        client.sendall(request)
        with closing(HTTPResponse(client)) as answer:
            answer.begin()
            assert "json" in answer.headers["Content-Type"]
            assert answer.headers["X-Request-Id"]
            content: dict[str, object] = json.loads(answer.read())
            return answer.status, content
