"""The log of requests, written by gunicorn: it alone knows when the last byte was sent."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from blinker import Signal
from gunicorn.glogging import Logger

from numberpools import clock
from numberpools.logs import JsonFormatter, Told, told

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

request_answered = Signal()
"""Sent with each `Answered`."""


class Answered(NamedTuple):
    """A request that was answered."""

    told: Told
    address: str
    method: str
    status: int
    seconds: float
    bytes: int


class ReadableLogger(Logger):  # type: ignore[misc]
    """For people."""

    def access(
        self, resp: Any, req: Any, environ: WSGIEnvironment, request_time: timedelta
    ) -> None:
        """Called by gunicorn for each request that it understood."""
        answered = Answered(
            told(environ),
            environ.get("REMOTE_ADDR", ""),
            environ.get("REQUEST_METHOD", ""),
            int(str(resp.status or 500)[:3]),
            request_time.total_seconds(),
            resp.sent,
        )
        self.access_log.info(self.line(answered))
        request_answered.send(answered)

    def warning(self, msg: str, *args: Any, **kwargs: Any) -> None:
        """Without what gunicorn quotes of a request that it could not read: a secret, perhaps."""
        invalid = msg.startswith("Invalid request from")
        super().warning(msg.partition(": ")[0] if invalid else msg, *args, **kwargs)

    def exception(self, msg: str, *args: Any, **kwargs: Any) -> None:
        """Without the address of a request that failed outside of the application."""
        handling = "Error handling request"
        if msg.startswith(handling):
            msg, args = handling, ()
        super().exception(msg, *args, **kwargs)

    def line(self, answered: Answered) -> str:
        what = f"{answered.method} {answered.told.route or '-'} {answered.status}"
        return f"{what} {answered.bytes} bytes {answered.seconds * 1000:.0f} ms"


class JsonLogger(ReadableLogger):
    """For machines: gunicorn's own messages too."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(JsonFormatter())

    def line(self, answered: Answered) -> str:
        return json.dumps(
            {
                "time": clock.now().isoformat(timespec="milliseconds"),
                **answered.told._asdict(),
                "address": answered.address,
                "method": answered.method,
                "status": answered.status,
                "duration_ms": round(answered.seconds * 1000, 1),
                "bytes": answered.bytes,
            }
        )
