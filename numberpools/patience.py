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


class PatientWorker(ThreadWorker):  # type: ignore[misc]
    """A client that takes too long to send or to read is cut off, and gives its thread back.

    Where a request takes too long to arrive, its connection is closed for reading only: one that
    has arrived is answered as if nothing had happened. An answer is given up where its client
    reads nothing for a minute (on Linux), or has not read all of it after ten.
    """

    seconds_to_arrive = 60.0
    seconds_to_arrive_when_stopping = 10.0
    seconds_without_reading = 60
    seconds_in_all = 600.0
    """For a request and its answer: half a million lines take minutes where the network is slow."""
    seconds_in_all_when_stopping = 20.0

    embedded: EmbeddedWorker | None = None
    """Works off the queue in threads of this process, unless other processes do."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._begun: dict[Any, float] = {}
        self._ends_at = math.inf

    def now(self) -> float:
        return time.monotonic()

    def handle_exit(self, sig: int, frame: Any) -> None:
        """Called at SIGTERM, in the middle of anything: it may take no lock, and not log."""
        super().handle_exit(sig, frame)
        self.method_queue.defer(self._begin_to_stop)

    def _begin_to_stop(self) -> None:
        """Begin no other batch from now on: once all requests are answered, it may be too late."""
        self._ends_at = self.now() + self.seconds_in_all_when_stopping
        if self.embedded:
            self.embedded.stop()

    def handle(self, conn: Any) -> Any:
        """Called in a thread of its own for each request."""
        self._begin(conn)
        try:
            return super().handle(conn)
        finally:
            del self._begun[conn]

    def _begin(self, conn: Any) -> None:
        self._begun[conn] = self.now()
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            milliseconds = self.seconds_without_reading * 1000
            with suppress(OSError):  # the client has left already
                conn.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, milliseconds)

    def handle_request(self, req: Any, conn: Any) -> Any:
        """A client that does not read has left; gunicorn would log a failure, with traceback."""
        try:
            return super().handle_request(req, conn)
        except TimeoutError as exc:
            raise BrokenPipeError(errno.EPIPE, "The client does not read.") from exc

    def murder_pending(self) -> None:
        """Called about once a second, also while the process is being stopped."""
        super().murder_pending()
        is_stopping = not self.alive
        seconds = self.seconds_to_arrive_when_stopping if is_stopping else self.seconds_to_arrive
        now = self.now()
        for conn, begun in list(self._begun.items()):
            is_over = now > min(begun + self.seconds_in_all, self._ends_at)
            if is_over or now > begun + seconds:
                with suppress(OSError):
                    conn.sock.shutdown(socket.SHUT_RDWR if is_over else socket.SHUT_RD)


_DETAILS = {
    400: "This is no request that HTTP/1.1 knows.",
    414: "The address is too long.",
    417: "Nothing can be expected but 100-continue.",
    431: "The headers are too long, or too many.",
    501: "A body may be sent in chunks, but not in any other Transfer-Encoding.",
}
"""Instead of gunicorn's messages, which quote the request as Python writes it."""


def _write_problem(sock: socket.socket, status: int, reason: str, message: str) -> None:
    """Answer what is no request that the application could be asked, as the API answers errors."""
    request_id = uuid4().hex
    problem = {
        "type": "about:blank",
        "title": reason,
        "status": status,
        "detail": _DETAILS.get(status, f"{reason}."),
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
