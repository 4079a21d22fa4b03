"""The vendor's server, and a call that came in: answered, hung up on, or left to wait."""

from __future__ import annotations

import socket
import struct
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event
from time import sleep
from typing import Any, Protocol

_SECONDS_OF_REFUSAL = 0.05

Answer = tuple[int, dict[str, Any] | None]


class Handles(Protocol):
    """A vendor, as far as its server knows it."""

    def handle(self, call: Call) -> None: ...

    def work(self, call: Call) -> Answer: ...

    def end(self, call: Call) -> None: ...


class Call:
    """One request, and the connection on which it is answered."""

    def __init__(self, handler: Handler, body: bytes) -> None:
        self.method = str(handler.command)
        self.path = str(handler.path)
        self.body = body
        self._handler = handler

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
        return self.method == "POST"

    def work(self) -> Answer:
        return self._handler.server.vendor.work(self)

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


class Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    timeout = 0.02
    request_queue_size = 128

    def __init__(self, vendor: Handles) -> None:
        # Bound, but never listening: while connections are refused, nobody else is given the port.
        self._place = socket.socket()
        self._place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._place.bind(("127.0.0.1", 0))
        super().__init__(self._place.getsockname(), Handler, bind_and_activate=False)
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


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server
    connection: socket.socket

    def do_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.vendor.handle(Call(self, body))

    do_GET = do_POST = do_PATCH = do_DELETE = do_any  # noqa: N815

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass
