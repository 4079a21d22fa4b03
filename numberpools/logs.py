"""Logs for machines in production, for people in development.

No line holds a secret, a cookie, a query, a referring page or a path: a path can hold the number
that somebody looked at, so a request is told by the template of its route.
"""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from flask import Flask, Response, g, has_request_context, request

from numberpools.db.availability import is_told_already
from numberpools.request_id import request_id

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_TELL_OF_THE_DATABASE = (
    "huey",
    "huey.consumer.Scheduler",
    "huey.consumer.Worker",
    "numberpools",
    "sqlalchemy.pool.impl.QueuePool",
)
"""Loggers that write a traceback wherever the database is not there."""

_KEY = "numberpools.told"


class Told(NamedTuple):
    """What only the application knows of a request; nothing of what it does not answer itself."""

    request_id: str | None = None
    route: str | None = None
    account: str | None = None
    person: str | None = None


def init_app(app: Flask) -> None:
    """Note what the log of requests tells; in production, write all other logs as JSON."""
    app.after_request(_note)
    for name in _TELL_OF_THE_DATABASE:
        logging.getLogger(name).addFilter(_is_news)
    root = logging.getLogger()
    is_set_up = any(isinstance(each.formatter, JsonFormatter) for each in root.handlers)
    if not app.extensions["settings"].is_development and not is_set_up:
        handler = logging.StreamHandler()
        handler.setFormatter(JsonFormatter())
        root.addHandler(handler)


def _is_news(record: logging.LogRecord) -> bool:
    """Whether the database's trouble is not all that this tells, which has a line of its own."""
    return not is_told_already(record.exc_info[1] if record.exc_info else None)


def told(environ: WSGIEnvironment) -> Told:
    """What the application noted of the request."""
    noted: Told = environ.get(_KEY, Told())
    return noted


class JsonFormatter(logging.Formatter):
    """One line per record: time, level, logger, message, request id and traceback."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if has_request_context():
            line["request_id"] = request_id()
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line)


def _note(response: Response) -> Response:
    route = request.url_rule.rule if request.url_rule else None
    account = (request.view_args or {}).get("account_id")
    person = g.get("person")
    request.environ[_KEY] = Told(request_id(), route, account, person.name if person else None)
    return response
