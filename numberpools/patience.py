"""gunicorn's worker with threads, which does not wait for slow clients for ever."""

from __future__ import annotations

import socket
import time
from contextlib import suppress
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

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
