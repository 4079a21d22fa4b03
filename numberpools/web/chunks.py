"""Requests that come in chunks and do not say how long they are.

Werkzeug reads as much of such a body as the limit allows, and would have that carried out as if it
were all of it. So it is read here first, and everything else knows its length.
"""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO
from typing import TYPE_CHECKING

from flask import Flask

from numberpools.settings import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


def init_app(app: Flask) -> None:
    settings: Settings = app.extensions["settings"]
    app.wsgi_app = _Counted(app.wsgi_app, settings.max_request_bytes)  # type: ignore[method-assign]


class _Counted:
    def __init__(self, application: WSGIApplication, limit: int) -> None:
        self._application = application
        self._limit = limit

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ.pop("HTTP_TRANSFER_ENCODING", None):
            body = environ["wsgi.input"].read(self._limit + 1)  # one more: that is too large
            environ["wsgi.input"] = BytesIO(body)
            environ["CONTENT_LENGTH"] = str(len(body))
        return self._application(environ, start_response)
