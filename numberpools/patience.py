"""gunicorn's worker with threads, which does not wait for slow clients for ever.

Its answers to what is no request are problem JSON, as all of the API's.
"""

from __future__ import annotations

import errno
import json
import math
import socket
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from gunicorn import util
from gunicorn.workers.gthread import ThreadWorker

from numberpools.request_id import HEADER

if TYPE_CHECKING:
    from numberpools.jobs.worker import EmbeddedWorker

_SECONDS_TO_ARRIVE = 60.0
_SECONDS_TO_ARRIVE_WHEN_STOPPING = 10.0
_SECONDS_WITHOUT_READING = 60
_SECONDS_IN_ALL = 600.0
"""For a request and its answer: half a million lines take minutes where the network is slow."""
_SECONDS_IN_ALL_WHEN_STOPPING = 20.0


class PatientWorker(ThreadWorker):  # type: ignore[misc]
    """A client that takes too long to send or to read is cut off, and gives its thread back.

    Where a request takes too long to arrive, its connection is closed for reading only: one that
    has arrived is answered as if nothing had happened. An answer is given up where its client
    reads nothing for a minute (on Linux), or has not read all of it after ten.
    """

    embedded: EmbeddedWorker | None = None
    """Works off the queue in threads of this process, unless other processes do."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._begun: dict[Any, float] = {}
        self._ends_at = math.inf

    def handle_exit(self, sig: int, frame: Any) -> None:
        """Called at SIGTERM, in the middle of anything: it may take no lock, and not log."""
        super().handle_exit(sig, frame)
        self.method_queue.defer(self._begin_to_stop)

    def _begin_to_stop(self) -> None:
        """Begin no other batch from now on: once all requests are answered, it may be too late."""
        self._ends_at = time.monotonic() + _SECONDS_IN_ALL_WHEN_STOPPING
        if self.embedded:
            self.embedded.stop()

    def handle(self, conn: Any) -> Any:
        """Called in a thread of its own for each request."""
        self._begun[conn] = time.monotonic()
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            milliseconds = _SECONDS_WITHOUT_READING * 1000
            with suppress(OSError):  # the client has left already
                conn.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, milliseconds)
        try:
            return super().handle(conn)
        finally:
            del self._begun[conn]

    def handle_request(self, req: Any, conn: Any) -> Any:
        """A client that does not read has left; gunicorn would log a failure, with traceback."""
        try:
            return super().handle_request(req, conn)
        except TimeoutError as exc:
            raise BrokenPipeError(errno.EPIPE, "The client does not read.") from exc

    def murder_pending(self) -> None:
        """Called about once a second, also while the process is being stopped."""
        super().murder_pending()
        seconds = _SECONDS_TO_ARRIVE if self.alive else _SECONDS_TO_ARRIVE_WHEN_STOPPING
        now = time.monotonic()
        for conn, begun in list(self._begun.items()):
            is_over = now > min(begun + _SECONDS_IN_ALL, self._ends_at)
            if is_over or now > begun + seconds:
                with suppress(OSError):
                    conn.sock.shutdown(socket.SHUT_RDWR if is_over else socket.SHUT_RD)


def _write_problem(sock: socket.socket, status: int, reason: str, message: str) -> None:
    """Answer what is no request that the application could be asked, as the API answers errors."""
    request_id = uuid4().hex
    problem = {
        "type": "about:blank",
        "title": reason,
        "status": status,
        "detail": message or reason,
        "instance": request_id,
    }
    body = json.dumps(problem)
    head = [
        f"HTTP/1.1 {status} {reason}",
        "Connection: close",
        "Content-Type: application/problem+json",
        f"Content-Length: {len(body)}",
        f"{HEADER}: {request_id}",
    ]
    util.write_nonblock(sock, "\r\n".join([*head, "", body]).encode())


util.write_error = _write_problem  # gunicorn itself writes HTML, and asks nobody
