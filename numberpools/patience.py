"""gunicorn's worker with threads, which does not wait for slow clients for ever.

Its answers to what is no request are problem JSON, as all of the API's.
"""

from __future__ import annotations

import json
import socket
import time
from contextlib import suppress
from typing import Any
from uuid import uuid4

from gunicorn import util
from gunicorn.workers.gthread import ThreadWorker

from numberpools.request_id import HEADER

_SECONDS_TO_ARRIVE = 60.0
_SECONDS_TO_ARRIVE_WHEN_STOPPING = 10.0


class PatientWorker(ThreadWorker):  # type: ignore[misc]
    """A request that takes too long to arrive is cut off, so that it gives its thread back.

    The connection is closed for reading only: a request that has arrived is answered as if
    nothing had happened, however long that takes.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._begun: dict[Any, float] = {}

    def handle(self, conn: Any) -> Any:
        """Called in a thread of its own for each request."""
        self._begun[conn] = time.monotonic()
        try:
            return super().handle(conn)
        finally:
            del self._begun[conn]

    def murder_pending(self) -> None:
        """Called about once a second, also while the process is being stopped."""
        super().murder_pending()
        seconds = _SECONDS_TO_ARRIVE if self.alive else _SECONDS_TO_ARRIVE_WHEN_STOPPING
        latest = time.monotonic() - seconds
        for conn, begun in list(self._begun.items()):
            if begun < latest:
                with suppress(OSError):
                    conn.sock.shutdown(socket.SHUT_RD)


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
