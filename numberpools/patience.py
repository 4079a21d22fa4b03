"""gunicorn's worker with threads, none of which waits for a client.

Its answers to what is no request are problem JSON, as all of the API's.
"""

from __future__ import annotations

import json
import math
import socket
import time
from contextlib import suppress
from functools import partial
from selectors import EVENT_READ, EVENT_WRITE
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from gunicorn import util
from gunicorn.workers.gthread import STOP_KEEPALIVE_LINGER, ThreadWorker

from numberpools.arrival import Arrival
from numberpools.buffering import BufferedSocket
from numberpools.request_id import HEADER

if TYPE_CHECKING:
    from numberpools.jobs.worker import EmbeddedWorker

_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class PatientWorker(ThreadWorker):  # type: ignore[misc]
    """A request is given to a thread once it has arrived, and the thread leaves its answer behind.

    The worker's own thread looks after all connections, as many as there may be. It cuts off who
    takes too long. Where a request takes too long to arrive, its connection is closed for reading
    only: what there is of it is answered. An answer is given up where its client reads nothing for
    a minute (on Linux), or has not read all of it after ten.
    """

    seconds_to_arrive = 60.0
    seconds_to_arrive_when_short = 10.0
    seconds_without_reading = 60
    seconds_in_all = 600.0
    """For a request and its answer: half a million lines take minutes where the network is slow."""
    seconds_in_all_when_short = 20.0
    """Time is short while the worker is being stopped, or all its connections are taken."""
    seconds_to_leave = 2.0
    """For the client to read the end of the last answer, before its connection is closed."""

    largest_body = 0
    """In bytes. More is refused before it has arrived."""

    embedded: EmbeddedWorker | None = None
    """Works off the queue in threads of this process, unless other processes do."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._begun: dict[Any, float] = {}
        self._left: dict[Any, float] = {}
        self._ends_at = math.inf

    def now(self) -> float:
        return time.monotonic()

    def handle_exit(self, sig: int, frame: Any) -> None:
        """Called at SIGTERM, in the middle of anything: it may take no lock, and not log."""
        super().handle_exit(sig, frame)
        self.method_queue.defer(self._begin_to_stop)

    def _begin_to_stop(self) -> None:
        """Begin no other batch from now on: once all requests are answered, it may be too late."""
        self._ends_at = self.now() + self.seconds_in_all_when_short
        if self.embedded:
            self.embedded.stop()

    def enqueue_req(self, conn: Any) -> None:
        """Called where a request may begin: on a new connection, or after another request."""
        if not isinstance(conn.sock, BufferedSocket):
            conn.sock = BufferedSocket(conn.sock, self.seconds_without_reading)
        conn.data_ready = True
        conn.arrival = Arrival(self.largest_body)
        self._begin(conn)
        came_early = conn.parser.unreader.take_buffered() if conn.parser else None
        if self._has_arrived(conn, came_early):
            super().enqueue_req(conn)
        else:
            self.poller.register(conn.sock, EVENT_READ, partial(self._receive, conn))

    def _begin(self, conn: Any) -> None:
        self._begun[conn] = self.now()

    def _receive(self, conn: Any, sock: BufferedSocket) -> None:
        """Called where more of a request has come."""
        if self._has_arrived(conn):
            self.poller.unregister(sock)
            super().enqueue_req(conn)

    def _has_arrived(self, conn: Any, data: bytes | None = None) -> bool:
        """Whether there is nothing to wait for: the request is whole, wrong, or cut short."""
        more = data or conn.sock.receive()
        if more is None:
            return False
        try:
            conn.sock.arrived.add(more)
        except OSError:  # the disk is full
            return True
        if not more or conn.arrival.add(more):
            return True
        if conn.arrival.expects_continue:
            conn.arrival.expects_continue = False
            with suppress(OSError):
                conn.sock.sendall(_CONTINUE)
        return False

    def handle_request(self, req: Any, conn: Any) -> Any:
        """Called in a thread."""
        req._expected_100_continue = False  # noqa: SLF001 - it has been told, or is told no
        if not conn.arrival.is_whole:
            req.force_close()
        return super().handle_request(req, conn)

    def finish_request(self, conn: Any, fs: Any) -> None:
        """Called where a thread is done: the client need not have the whole answer yet."""
        if conn.sock.flush():
            self._end(conn, fs)
        else:
            self.poller.register(conn.sock, EVENT_WRITE, partial(self._send, conn, fs))

    def _send(self, conn: Any, fs: Any, sock: BufferedSocket) -> None:
        """Called where the client can take more of its answer."""
        if sock.flush():
            self.poller.unregister(sock)
            self._end(conn, fs)

    def _end(self, conn: Any, fs: Any) -> None:
        del self._begun[conn]
        if fs.result():
            came_early = conn.parser.unreader.take_buffered() + conn.sock.arrived.take()
            conn.parser.unreader.unread(came_early)
            super().finish_request(conn, fs)
        else:
            self._leave(conn)

    def _leave(self, conn: Any) -> None:
        """Close the connection once the client has (RFC 9112, section 9.6).

        gunicorn would wait for it here, and keep everybody else waiting.
        """
        try:
            conn.sock.shutdown(socket.SHUT_WR)
            self.poller.register(conn.sock, EVENT_READ, partial(self._discard, conn))
            self._left[conn] = self.now()
        except (OSError, ValueError):
            self._close(conn)

    def _discard(self, conn: Any, sock: BufferedSocket) -> None:
        """Called where a client goes on sending, or has closed the connection."""
        if sock.receive() == b"":
            self._close(conn)

    def _close(self, conn: Any) -> None:
        with suppress(KeyError, ValueError):
            self.poller.unregister(conn.sock)
        self._left.pop(conn, None)
        self.nr_conns -= 1
        conn.close()

    def murder_pending(self) -> None:
        """Called about once a second, also while the process is being stopped."""
        super().murder_pending()
        is_crowded = self.nr_conns >= self.worker_connections
        if is_crowded:
            self._cap_keepalive(time.monotonic() + STOP_KEEPALIVE_LINGER)
        is_short = is_crowded or not self.alive
        seconds = self.seconds_to_arrive_when_short if is_short else self.seconds_to_arrive
        seconds_in_all = self.seconds_in_all_when_short if is_crowded else self.seconds_in_all
        now = self.now()
        for conn, begun in list(self._begun.items()):
            is_over = now > min(begun + seconds_in_all, self._ends_at)
            if is_over or now > begun + seconds:
                with suppress(OSError):
                    conn.sock.shutdown(socket.SHUT_RDWR if is_over else socket.SHUT_RD)
        for conn, left in list(self._left.items()):
            if now > left + self.seconds_to_leave:
                self._close(conn)


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
