"""What the real server makes of requests that are odd in HTTP itself."""

from __future__ import annotations

import json
import re
import shutil
import socket
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPResponse
from pathlib import Path

import pytest
import requests

from numberpools.db.database import Database
from numberpools.domain.pools import Fallback, PageRequest, Pool
from numberpools.services.accounts import create_account
from numberpools.stores import SqlPoolStore
from tests.api.conftest import basic
from tests.conftest import ACCOUNT_ID, SECRET
from tests.processes import LIMIT_SECONDS
from tests.service import Service, served, signed_in

"""One service is there for all tests."""

PAGES = f"/accounts/{ACCOUNT_ID}/pools"
POOL = f"/v2/numberpools{PAGES}/support"
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


@pytest.mark.parametrize(
    "framed",
    [
        b"Content-Length: %d\r\n\r\n%b" % (len(CHANGE) + 1, CHANGE),
        b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n" % (len(CHANGE), CHANGE),
        b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b" % (len(CHANGE) + 1, CHANGE),
        b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\nzz\r\n" % (len(CHANGE), CHANGE),
    ],
    ids=["length", "no last chunk", "half a chunk", "a chunk that is none"],
)
def test_a_body_that_ends_early_is_not_carried_out(
    service: Service, store: SqlPoolStore, framed: bytes
) -> None:
    status, problem = _ask(service, _HEAD + framed, says_all=True)
    assert (status, problem["title"]) == (400, "Not all of the body arrived")
    assert store.get_pool("support").fallback is Fallback.POOL


@pytest.mark.parametrize("kind", ["urlencoded", "multipart"])
def test_a_form_that_ends_early_is_not_carried_out(
    service: Service, store: SqlPoolStore, kind: str
) -> None:
    """All its fields are there, and its token."""
    with signed_in(service.url, "EDITOR") as browser:
        page = browser.get(f"{service.url}/accounts/{ACCOUNT_ID}/new-pool").text
        token = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', page)
        assert token is not None
        fields = {"csrf_token": token[1], "pool_id": "half", "fallback": "Pool"}
        files = {"file": b""} if kind == "multipart" else None
        form = requests.Request("POST", f"{service.url}{PAGES}", data=fields, files=files)
        sent = browser.prepare_request(form)
        sent.headers["Accept-Encoding"] = "identity"
    for missing, status in ((1, 400), (0, 303)):
        sent.headers["Content-Length"] = str(len(sent.body or b"") + missing)
        answer, text = _answer(service, _written(sent), says_all=True)
        assert answer.status == status
        assert ("Not all of it arrived" in text) == bool(missing)
        pool_ids = {each.pool.pool_id for each in store.list_pools(PageRequest()).items}
        assert ("half" in pool_ids) is not bool(missing)
    store.delete_pool("half")


@pytest.mark.parametrize("path", [POOL, "/sign-in"])
def test_an_encoded_body_is_refused(service: Service, store: SqlPoolStore, path: str) -> None:
    head = _HEAD.replace(POOL.encode(), path.encode()).replace(b"PATCH /s", b"POST /s")
    length = b"Content-Length: %d\r\n\r\n%b" % (len(CHANGE), CHANGE)
    chunks = b"\r\n\r\n" + _chunk(CHANGE) + _chunk(b"")
    for framed in (
        b"Content-Encoding: gzip\r\n" + length,
        b"Content-Encoding: br\r\nTransfer-Encoding: chunked" + chunks,
        b"Transfer-Encoding: gzip, chunked" + chunks,
    ):
        answer, text = _answer(service, head + framed)
        assert answer.status == 415
        assert answer.headers["Accept-Encoding"] == "identity"
        assert "without Content-Encoding" in text
    assert store.get_pool("support").fallback is Fallback.POOL


@pytest.mark.parametrize("path", [POOL, "/sign-in", "/v2/nowhere"])
@pytest.mark.parametrize("expects", [b"", b"Expect: 100-continue\r\n"], ids=["", "expects"])
def test_the_answer_reaches_who_is_still_sending(
    service: Service, store: SqlPoolStore, path: str, expects: bytes
) -> None:
    """Ten megabytes, far more than the buffers on the way hold."""
    body = b"x" * 10_000_000
    head = _HEAD.replace(POOL.encode(), path.encode()).replace(b"PATCH /s", b"POST /s") + expects
    for framed in (
        b"Content-Length: %d\r\n\r\n%b" % (len(body), body),
        b"Transfer-Encoding: chunked\r\n\r\n" + _chunk(body) + _chunk(b""),
    ):
        answer, _ = _answer(service, head + framed)
        assert answer.status == (404 if path == "/v2/nowhere" else 413)


def test_an_address_is_taken_as_it_is(service: Service) -> None:
    for line in (
        "GET //v2/numberpools/openapi.json",
        "GET ///v2/numberpools/openapi.json",
        f"GET /{POOL}",
        "GET /v2",
        "GET /V2/numberpools/openapi.json",
        "GET /v2/../v2/numberpools/openapi.json",
        "GET http://localhost/v2",
        "OPTIONS *",
        "OPTIONS /v2",
    ):
        request = _HEAD.replace(f"PATCH {POOL}".encode(), line.encode())
        status, problem = _ask(service, request + b"\r\n")
        assert (status, problem["title"]) == (404, "Not found"), line
    escaped = _HEAD.replace(f"PATCH {POOL}".encode(), b"GET /%76%32/numberpools/openapi.json")
    assert _ask(service, escaped + b"\r\n")[0] == 200
    page, _ = _answer(service, _HEAD.replace(f"PATCH {POOL}".encode(), b"GET //sign-in") + b"\r\n")
    assert (page.status, page.headers["Content-Type"]) == (404, "text/html; charset=utf-8")


def test_what_is_no_http_is_answered_as_a_problem(service: Service) -> None:
    for request, status in (
        (f"GET {POOL}?page_size={'1' * 5000} HTTP/1.1\r\nHost: localhost\r\n\r\n", 414),
        (f"GET {POOL} HTTP/1.1\r\nHost: localhost\r\nX-Long: {'x' * 9000}\r\n\r\n", 431),
        (f"GET {POOL} HTTP/1.1\r\nHost: localhost\r\nContent-Length: some\r\n\r\n", 400),
        (f"GET {POOL} HTTP/7.0\r\nHost: localhost\r\n\r\n", 400),
        (_patch(b"zz\r\n").decode(), 400),
        (f"GET {POOL} HTTP/1.1\r\nHost: localhost\r\nExpect: all\r\n\r\n", 417),
        ("GET v2 HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
    ):
        found, problem = _ask(service, request.encode())
        assert (found, problem["status"]) == (status, status)
        assert problem["instance"]
        assert str(problem["detail"]).endswith(".")
        assert "'" not in str(problem["detail"]), "it quotes what came, as Python does"
    assert "Traceback" not in service.log.read_text("utf-8")


_HEAD = (
    f"PATCH {POOL} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    f"Authorization: {basic(ACCOUNT_ID, SECRET)}\r\n"
).encode()
"""To be followed by how the body is framed."""


def _patch(chunks: bytes) -> bytes:
    return _HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunks


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def _written(request: requests.PreparedRequest) -> bytes:
    head = [f"{request.method} {request.path_url} HTTP/1.1", "Host: localhost"]
    head += [f"{name}: {value}" for name, value in request.headers.items()]
    body = request.body or b""
    return "\r\n".join([*head, "", ""]).encode() + (
        body if isinstance(body, bytes) else body.encode()
    )


def _ask(
    service: Service, request: bytes, *, says_all: bool = False
) -> tuple[int, dict[str, object]]:
    """Status and JSON of the answer, which has an id and is no page."""
    answer, text = _answer(service, request, says_all=says_all)
    assert "json" in answer.headers["Content-Type"]
    assert answer.headers["X-Request-Id"]
    content: dict[str, object] = json.loads(text)
    return answer.status, content


def _answer(
    service: Service, request: bytes, *, says_all: bool = False
) -> tuple[HTTPResponse, str]:
    """The answer and its body, read once all of the request is sent.

    `says_all`: the client then says that nothing more will come.
    """
    with socket.create_connection(("127.0.0.1", service.port), timeout=LIMIT_SECONDS) as client:
        client.sendall(request)
        if says_all:
            client.shutdown(socket.SHUT_WR)
        with closing(HTTPResponse(client)) as answer:
            answer.begin()
            return answer, answer.read().decode()
