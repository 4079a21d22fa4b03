"""A vendor for the tests: our own API over real HTTP, with every fault that a test asks for."""

from __future__ import annotations

import gzip
import socket
import ssl
import struct
import sys
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedReader
from json import dumps, loads
from threading import Event, Lock, Thread
from time import monotonic
from types import TracebackType
from typing import Any, NamedTuple, Self
from urllib.parse import quote

from flask import Flask

from numberpools.settings import Settings
from numberpools.stores.limiter import Clock
from numberpools.stores.vonage import connect
from numberpools.stores.vonage_client import VonageClient
from numberpools.stores.vonage_transport import Timeouts

Behaviour = Callable[["Exchange"], None]

_SECONDS_OF_A_DRIP = 0.002


class Request(NamedTuple):
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return loads(self.body)


class Result(NamedTuple):
    status: int
    body: bytes

    @property
    def json(self) -> Any:
        return loads(self.body)


class FakeClock(Clock):
    """Waiting takes no time, and is noted."""

    def __init__(self) -> None:
        self.time = 0.0
        self.waits: list[float] = []
        self._endless = 0
        self._lock = Lock()

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.move(seconds)

    def read(self) -> float:
        """The time for who reads an answer; while one is endless, each piece takes a second."""
        if self._endless:
            self.move(1)
        return self.time

    def move(self, seconds: float) -> None:
        """Time passes without anybody's waiting."""
        with self._lock:
            self.time += seconds

    @contextmanager
    def endless_answer(self) -> Iterator[None]:
        with self._lock:
            self._endless += 1
        yield
        with self._lock:
            self._endless -= 1


class Vendor:
    """Serves the app's API; `will` scripts how it treats the next requests, one after another.

    `clock`: that of its clients, for which time passes while they read an answer that never ends.
    """

    def __init__(
        self, app: Flask, clock: FakeClock | None = None, tls: ssl.SSLContext | None = None
    ) -> None:
        self.app = app
        self.clock = clock or FakeClock()
        self.requests: list[Request] = []
        self.is_closing = Event()
        self._script: deque[Behaviour] = deque()
        self._server = _Server(self)
        self._scheme = "http"
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
            self._scheme = "https"
        self._thread = Thread(target=self._server.serve_forever, args=(0.01,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self._server.server_address[1]}"

    @property
    def calls(self) -> list[str]:
        """What was asked so far: ``GET .../pools``, without the query."""
        return [f"{each.method} {each.path.partition('?')[0]}" for each in self.requests]

    @property
    def connection_count(self) -> int:
        """How many connections there have been."""
        return len(self._server.connections)

    def will(self, *behaviours: Behaviour) -> None:
        self._script.extend(behaviours)

    def forget(self) -> None:
        """Drop what is left of the script, and what was asked so far."""
        self._script.clear()
        self.requests.clear()

    def close(self) -> None:
        self.is_closing.set()
        self._server.shutdown()
        self._server.hang_up()
        self._thread.join()
        self._server.server_close()

    def next_behaviour(self, *, unread: bool) -> Behaviour:
        """The next of the script, if it is one for requests that are (not) read yet."""
        if self._script and (self._script[0] is reset_unread) is unread:
            return self._script.popleft()
        return behave


class Exchange:
    """One request, and the connection on which it is to be answered."""

    def __init__(self, vendor: Vendor, handler: _Handler, request: Request) -> None:
        self.request = request
        self.is_closing = vendor.is_closing
        self.clock = vendor.clock
        self._vendor = vendor
        self._handler = handler

    def work(self) -> Result:
        """Do what the request asks for."""
        answer = self._vendor.app.test_client().open(
            self.request.path,
            method=self.request.method,
            # `zip_answer` compresses: here the body alone goes on.
            headers={**self.request.headers, "Accept-Encoding": "identity"},
            data=self.request.body,
        )
        return Result(answer.status_code, answer.data)

    def send(
        self,
        status: int,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        length: int | None = None,
    ) -> None:
        self._handler.send_response(status)
        given = {"Content-Type": "application/json", **(headers or {})}
        if status != 204:
            given["Content-Length"] = str(len(body) if length is None else length)
        for name, value in given.items():
            self._handler.send_header(name, value)
        self._handler.end_headers()
        self._handler.wfile.write(body)

    def send_raw(self, data: bytes) -> None:
        self._handler.wfile.write(data)

    def hang_up(self) -> None:
        self._handler.close_connection = True

    def reset(self) -> None:
        self._handler.reset()


def behave(exchange: Exchange) -> None:
    exchange.send(*exchange.work())


def reset_unread(exchange: Exchange) -> None:
    """Reset the connection without having read the request."""
    exchange.reset()


def reset_after_work(exchange: Exchange) -> None:
    exchange.work()
    exchange.reset()


def cut_off(exchange: Exchange) -> None:
    """Do the work, then stop in the middle of the answer."""
    status, body = exchange.work()
    exchange.send(status, body[: len(body) // 2], length=len(body) + 10)
    exchange.hang_up()


def trickle(exchange: Exchange) -> None:
    """Do the work, then answer byte by byte, for ever."""
    exchange.work()
    with exchange.clock.endless_answer():
        exchange.send(200, b"{", length=1_000_000)
        _drip(exchange)


def trickle_headers(exchange: Exchange) -> None:
    exchange.work()
    with exchange.clock.endless_answer():
        exchange.send_raw(b"HTTP/1.1 200 OK\r\nX-Header: ")
        _drip(exchange)


def say_nothing(exchange: Exchange) -> None:
    """Do the work, and never answer."""
    exchange.work()
    exchange.is_closing.wait()
    exchange.hang_up()


def zip_answer(exchange: Exchange) -> None:
    status, body = exchange.work()
    exchange.send(status, gzip.compress(body), {"Content-Encoding": "gzip"})


def answer(
    status: int,
    body: object = b"",
    headers: Mapping[str, str] | None = None,
    *,
    after_work: bool = False,
) -> Behaviour:
    """Answer so, whatever was asked. `body`: bytes, or what becomes JSON."""

    def behaviour(exchange: Exchange) -> None:
        if after_work:
            exchange.work()
        exchange.send(status, body if isinstance(body, bytes) else dumps(body).encode(), headers)

    return behaviour


def change_answer(change: Callable[[int, Any], tuple[int, Any]]) -> Behaviour:
    """Do the work, then answer with what the function makes of status and content."""

    def behaviour(exchange: Exchange) -> None:
        status, body = exchange.work()
        status, content = change(status, loads(body) if body else None)
        exchange.send(status, b"" if content is None else dumps(content).encode())

    return behaviour


def send_bytes(data: bytes) -> Behaviour:
    """Answer with exactly these bytes, status line and all."""

    def behaviour(exchange: Exchange) -> None:
        exchange.send_raw(data)
        exchange.hang_up()

    return behaviour


def client_of(
    url: str,
    account_id: str,
    secret: str,
    *,
    clock: Clock | None = None,
    answer_within: float = 10.0,
    calls_per_second: float = 1000.0,
) -> VonageClient:
    """A client of one account at the vendor there, as the settings would make it."""
    settings = Settings.parse(
        {
            "NUMBERPOOLS_ENV": "development",
            "SECRET_KEY": "a key for the tests alone, long enough to be one",
            "DATABASE_URL": "sqlite:///unused.db",
            "VONAGE_ACCOUNTS": f"Example:{account_id}:{quote(secret, safe='')}",
            "VONAGE_API_URL": url,
            "VONAGE_CALLS_PER_SECOND": str(calls_per_second),
        }
    )
    now = clock.read if isinstance(clock, FakeClock) else monotonic
    return connect(settings, clock, Timeouts(answer=answer_within, now=now))[account_id]


def _drip(exchange: Exchange) -> None:
    """Send byte after byte, until the client has had enough."""
    with suppress(OSError):
        while not exchange.is_closing.wait(_SECONDS_OF_A_DRIP):
            exchange.send_raw(b" ")
    exchange.hang_up()


class _Server(ThreadingHTTPServer):
    daemon_threads = False

    def __init__(self, vendor: Vendor) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.vendor = vendor
        self.connections: list[socket.socket] = []

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        self.connections.append(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        if _lingers(request):
            self.close_request(request)  # a goodbye before it, and it would be no reset
        else:
            super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), OSError):  # the client may hang up on what it hears
            super().handle_error(request, client_address)

    def hang_up(self) -> None:
        """End the connections that clients keep open."""
        for connection in self.connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server
    connection: socket.socket
    rfile: BufferedReader

    def handle_one_request(self) -> None:
        vendor = self.server.vendor
        if not self.rfile.peek(1):
            self.close_connection = True
            return
        if (behaviour := vendor.next_behaviour(unread=True)) is reset_unread:
            behaviour(Exchange(vendor, self, Request("", "", {}, b"")))
            return
        super().handle_one_request()

    def do_any(self) -> None:
        vendor = self.server.vendor
        length = int(self.headers.get("Content-Length", 0))
        request = Request(
            self.command, self.path, dict(self.headers.items()), self.rfile.read(length)
        )
        vendor.requests.append(request)
        vendor.next_behaviour(unread=False)(Exchange(vendor, self, request))

    do_GET = do_POST = do_PATCH = do_DELETE = do_any  # noqa: N815

    def reset(self) -> None:
        """Have the connection closed with a reset instead of a goodbye."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass


def _lingers(connection: socket.socket) -> bool:
    size = struct.calcsize("ii")
    return connection.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, size) != bytes(size)
