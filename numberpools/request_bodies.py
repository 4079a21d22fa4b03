"""The bodies of requests: each is read to its end before anything is done, or nothing is.

A body that comes in chunks does not say how long it is. Werkzeug reads as much of it as the limit
allows, and would have that carried out as if it were all of it. So it is read here first, and
everything else knows its length.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from io import BytesIO
from time import monotonic
from typing import IO, TYPE_CHECKING

from flask import Flask, Response, after_this_request, request
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge
from werkzeug.wsgi import ClosingIterator

from numberpools.errors import EncodedBody, IncompleteBody
from numberpools.paths import is_api_request
from numberpools.settings import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_NONE = {"", "0"}
_PIECE = 65_536
_DRAINED_BYTES = 100_000_000
_DRAINED_SECONDS = 10.0


def init_app(app: Flask) -> None:
    settings: Settings = app.extensions["settings"]
    app.wsgi_app = _Counted(app.wsgi_app, settings.max_request_bytes)  # type: ignore[method-assign]


def take_body() -> None:
    """Read the body of this request, as JSON or as a form, to its end.

    Raises EncodedBody, IncompleteBody, and RequestEntityTooLarge.
    """
    environ = request.environ
    if environ.get("HTTP_CONTENT_ENCODING", "").strip().lower() not in {"", "identity"}:
        after_this_request(_tell_encodings)
        raise EncodedBody
    if environ.get("CONTENT_LENGTH", "") in _NONE:
        return
    try:
        if is_api_request():
            request.get_data()
        else:
            request.form  # noqa: B018 - parses it
        while request.stream.read(_PIECE):
            pass
    except ClientDisconnected:
        raise IncompleteBody from None
    except RequestEntityTooLarge:
        limit = request.max_content_length or 0
        raise RequestEntityTooLarge(f"A body can have {limit:,} bytes at the most.") from None


def _tell_encodings(response: Response) -> Response:
    response.headers["Accept-Encoding"] = "identity"  # RFC 9110, section 15.5.16
    return response


class _Counted:
    def __init__(self, application: WSGIApplication, limit: int) -> None:
        self._application = application
        self._limit = limit

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        body: IO[bytes] = environ["wsgi.input"]
        # Without it, Werkzeug counts what it reads, and finds out where it is less than promised.
        ends_by_itself = environ.pop("wsgi.input_terminated", False)
        coding = environ.pop("HTTP_TRANSFER_ENCODING", None)
        if coding or (ends_by_itself and "CONTENT_LENGTH" not in environ):  # as HTTP/2 has it too
            self._count(environ, coding or "chunked")
        answer = self._application(environ, start_response)
        if not ends_by_itself or environ.get("CONTENT_LENGTH", "") in _NONE:
            return answer
        return ClosingIterator(answer, partial(drain, body))

    def _count(self, environ: WSGIEnvironment, coding: str) -> None:
        if coding.strip().lower() != "chunked":
            environ["HTTP_CONTENT_ENCODING"] = coding  # nobody has decoded the rest of it
        try:
            body = environ["wsgi.input"].read(self._limit + 1)  # one more: that is too large
            length = len(body)
        except Exception:  # noqa: BLE001 - of the server's own kind: a chunk is wrong, or the last
            body, length = b"", 1  # less than is promised: so it is refused as every other one
        environ["wsgi.input"] = BytesIO(body)
        environ["CONTENT_LENGTH"] = str(length)


def drain(body: IO[bytes], now: Callable[[], float] = monotonic) -> None:
    """Take what is still coming once the answer is sent: who is cut off here may never read it."""
    ends_at, left = now() + _DRAINED_SECONDS, _DRAINED_BYTES
    with suppress(Exception):  # the client has left, or sends what can't be read
        while left > 0 and now() < ends_at and (piece := body.read(_PIECE)):
            left -= len(piece)
