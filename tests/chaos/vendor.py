"""A vendor in memory that keeps to the API, and fails as often as it is told to.

It is quick, and so simple that what it holds can be believed: sets of numbers behind one lock. A
call whose caller has hung up, or died, is not carried out any more: nothing of what was given up
comes later, however long a thread waits for its turn.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from json import dumps, loads
from random import Random
from threading import Event, Lock, Thread
from time import sleep
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

_SECONDS_OF_REFUSAL = 0.05
_PROBLEMS = "https://vendor.example/number-pools"

Answer = tuple[int, dict[str, Any] | None]


class ChaosVendor:
    """Pools by id. `failure_rate` is the share of all calls that fail, from 0 to 1."""

    def __init__(self, account_id: str, pools: dict[str, set[str]], seed: int) -> None:
        self.account_id = account_id
        self.pools = pools
        self.not_owned: set[str] = set()
        self.failure_rate = 0.0
        self.call_count = 0
        self.failure_count = 0
        self.most_changes_at_once = 0
        self._changes: set[Call] = set()
        self._goes_on = Event()
        self._goes_on.set()
        self._random = Random(seed)  # noqa: S311
        self._lock = Lock()
        self._sorted: dict[str, list[str]] = {}
        self._server = _Server(self)
        self._thread = Thread(target=self._server.serve)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.closing.set()
        self._thread.join()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def changes_at_once(self) -> int:
        """How many changes wait for their answer. What was given up does not."""
        with self._lock:
            return self._count_changes()

    @contextmanager
    def holding_changes(self) -> Iterator[None]:
        """Until the end of the block, changes are taken and not carried out."""
        self._goes_on.clear()
        try:
            yield
        finally:
            self._goes_on.set()

    def end_calls_of_the_dead(self) -> None:
        """What a worker that has died sent is carried out when this returns, or never will be."""
        with self._lock:
            pass

    def handle(self, call: Call) -> None:
        """Answer one call, or fail at it."""
        with self._lock:
            self.call_count += 1
            if call.is_change:
                self._changes.add(call)
                self.most_changes_at_once = max(self.most_changes_at_once, self._count_changes())
            fails = self._random.random() < self.failure_rate
            failure = self._random.choice(FAILURES) if fails else _behave
            self.failure_count += fails
        if call.is_change:
            self._goes_on.wait()
        with suppress(_GivenUp):
            failure(call)
        self.end(call)

    def end(self, call: Call) -> None:
        """Before its answer goes out: who has it may send the next one at once."""
        with self._lock:
            self._changes.discard(call)

    def _count_changes(self) -> int:
        return sum(not each.is_given_up for each in self._changes)

    def work(self, call: Call, method: str, path: str, body: bytes) -> Answer:
        """Do what the API says that this call does."""
        url = urlsplit(path)
        parts = url.path.removeprefix(f"/v2/numberpools/accounts/{self.account_id}/").split("/")
        with self._lock:
            if call.is_given_up:
                raise _GivenUp
            if parts == ["pools"]:
                found = [self._pool(pool_id) for pool_id in sorted(self.pools)]
                return 200, _page("pools", found, url.query)
            if parts[1] not in self.pools:
                return 404, {"type": f"{_PROBLEMS}#not-found", "title": "Not found"}
            if len(parts) == 2:
                return 200, self._pool(parts[1])
            if method == "GET":
                return 200, _page("numbers", self._ascending(parts[1]), url.query)
            wanted = loads(body)["numbers"]
            if len(wanted) > 50:
                return 400, {"type": f"{_PROBLEMS}#validation", "title": "Too many"}
            self._sorted.pop(parts[1], None)
            change = self._remove if parts[-1] == "delete" else self._add
            return change(self.pools[parts[1]], wanted)

    def _add(self, pool: set[str], wanted: list[str]) -> Answer:
        refused = [number for number in wanted if number in self.not_owned]
        added = [number for number in wanted if number not in self.not_owned]
        pool.update(added)
        return _partly(added, refused, "missing-number-subscription") or (200, {"numbers": added})

    def _remove(self, pool: set[str], wanted: list[str]) -> Answer:
        missing = [number for number in wanted if number not in pool]
        removed = [number for number in wanted if number in pool]
        pool.difference_update(removed)
        return _partly(removed, missing, "missing-number") or (204, None)

    def _ascending(self, pool_id: str) -> list[str]:
        if pool_id not in self._sorted:
            self._sorted[pool_id] = sorted(self.pools[pool_id])
        return self._sorted[pool_id]

    def _pool(self, pool_id: str) -> dict[str, Any]:
        return {
            "pool_id": pool_id,
            "fallback": "Pool",
            "localized_sender_preferred": True,
            "predictable_sender_preferred": False,
        }


class _GivenUp(Exception):
    """Nobody waits for the answer."""


class Call:
    """One request, and the connection on which it is answered."""

    def __init__(self, handler: _Handler, body: bytes) -> None:
        self._handler = handler
        self._body = body

    @property
    def is_given_up(self) -> bool:
        """Whether the caller has hung up: it waits no longer, or its process has died."""
        try:
            return not self._handler.connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except BlockingIOError:
            return False
        except OSError:
            return True

    def wait_until_given_up(self) -> None:
        while not self.is_given_up and not self._handler.server.closing.wait(0.01):
            pass

    @property
    def is_change(self) -> bool:
        return bool(self._handler.command == "POST")

    def work(self) -> Answer:
        handler = self._handler
        return handler.server.vendor.work(self, handler.command, handler.path, self._body)

    def send(self, status: int, content: bytes, length: int | None = None, **headers: str) -> None:
        self._handler.server.vendor.end(self)
        self._handler.send_response(status)
        if status != 204:
            self._handler.send_header("Content-Length", str(length or len(content)))
        for name, value in headers.items():
            self._handler.send_header(name.replace("_", "-"), value)
        self._handler.end_headers()
        self._handler.wfile.write(content)

    def hang_up(self, *, reset: bool) -> None:
        self._handler.server.vendor.end(self)
        self._handler.close_connection = True
        if reset:
            linger = struct.pack("ii", 1, 0)
            self._handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self._handler.connection.close()

    def refuse_connections(self) -> None:
        self._handler.server.refusing = True


def _partly(done: list[str], refused: list[str], kind: str) -> Answer | None:
    if not refused:
        return None
    errors = [{"type": f"{_PROBLEMS}#{kind}", "title": "Refused", "numbers": refused}]
    if not done:
        return 400, {"errors": errors}
    return 207, {"numbers": done, "error": {"title": "In part", "errors": errors}}


def _page(name: str, items: list[Any], query: str) -> dict[str, Any]:
    given = parse_qs(query)
    number, size = int(given["page"][0]), int(given["page_size"][0])
    return {
        "page": number,
        "page_size": size,
        "total_items": len(items),
        "total_pages": max(1, -(-len(items) // size)),
        "_embedded": {name: items[(number - 1) * size : number * size]},
    }


def _encoded(body: dict[str, Any] | None) -> bytes:
    return b"" if body is None else dumps(body).encode()


def _behave(call: Call) -> None:
    status, body = call.work()
    call.send(status, _encoded(body))


def _reset(call: Call) -> None:
    call.hang_up(reset=True)


def _reset_after_work(call: Call) -> None:
    call.work()
    call.hang_up(reset=True)


def _refuse(call: Call) -> None:
    """Whoever connects in the next moment finds nobody there."""
    call.refuse_connections()
    call.hang_up(reset=True)


def _rate_limit(call: Call) -> None:
    call.send(429, b"{}", Retry_After="1")


def _fail(status: int, *, after_work: bool) -> Callable[[Call], None]:
    def fail(call: Call) -> None:
        if after_work:
            call.work()
        call.send(status, b"{}")

    return fail


def _cut_off(call: Call) -> None:
    status, body = call.work()
    content = _encoded(body) or b"{}"
    call.send(200 if status == 204 else status, content[: len(content) // 2], len(content))
    call.hang_up(reset=False)


def _send_a_page(call: Call) -> None:
    """Something on the way answers with a page of its own."""
    call.work()
    call.send(200, b"<html><body>Welcome!</body></html>")


def _be_slow(call: Call) -> None:
    """The answer comes when nobody waits for it any more."""
    call.work()
    call.wait_until_given_up()
    call.hang_up(reset=True)


def _tell_half(call: Call) -> None:
    """A partial success that does not name every number."""
    status, body = call.work()
    if body and "numbers" in body:
        half = body["numbers"][: len(body["numbers"]) // 2]
        call.send(207, _encoded({**body, "numbers": half}))
    else:
        call.send(status, _encoded(body))


FAILURES: list[Callable[[Call], None]] = [
    _refuse,
    _reset,
    _reset_after_work,
    _rate_limit,
    *(
        _fail(status, after_work=after_work)
        for status in (500, 502, 503, 504)
        for after_work in (False, True)
    ),
    _cut_off,
    _send_a_page,
    _be_slow,
    _tell_half,
]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    timeout = 0.02
    request_queue_size = 128

    def __init__(self, vendor: ChaosVendor) -> None:
        # Bound, but never listening: while connections are refused, nobody else is given the port.
        self._place = socket.socket()
        self._place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._place.bind(("127.0.0.1", 0))
        super().__init__(self._place.getsockname(), _Handler, bind_and_activate=False)
        self.socket.close()
        self._listen()
        self.vendor = vendor
        self.refusing = False
        self.closing = Event()

    def serve(self) -> None:
        while not self.closing.is_set():
            if self.refusing:
                self._refuse()
            self.handle_request()

    def server_close(self) -> None:
        super().server_close()
        self._place.close()

    def _listen(self) -> None:
        self.socket = socket.create_server(
            self._place.getsockname(), backlog=self.request_queue_size
        )

    def _refuse(self) -> None:
        self.socket.close()
        sleep(_SECONDS_OF_REFUSAL)
        self._listen()
        self.refusing = False

    def shutdown_request(self, request: Any) -> None:
        self.close_request(request)  # a goodbye before a reset, and it would be none

    def handle_error(self, request: Any, client_address: Any) -> None:
        """The client is killed now and then, and hangs up on what it hears."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server
    connection: socket.socket

    def do_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.vendor.handle(Call(self, body))

    do_GET = do_POST = do_any  # noqa: N815

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass
