"""Answers of more than a kilobyte are compressed where the client asks, and none with a secret.

It stands outside of Flask, where it costs a small answer of the API next to nothing.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

import brotli
from flask import Flask, request
from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header
from werkzeug.wsgi import ClosingIterator

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_MEDIA_TYPES = {
    "application/json",
    "application/problem+json",
    "text/csv",
    "text/html",
    "text/plain",
}
_SMALLEST = 1_000
"""Bytes: what is shorter goes into one packet anyhow."""
_CODINGS = ("br", "gzip", "identity")
"""Where a client likes several equally, it gets the first."""
_BROTLI_QUALITY = 4  # as quick as gzip's default, and smaller
_ZLIB_GZIP = 31
_SECRET = "numberpools.holds_secret"  # noqa: S105 - a name


def init_app(app: Flask) -> None:
    app.wsgi_app = partial(_compress, app.wsgi_app)  # type: ignore[method-assign]


def holds_secret() -> None:
    """Leave the answer to this request as it is.

    How long it is when compressed would tell whoever can add to it what else stands in it (BREACH).
    """
    request.environ[_SECRET] = True


def _compress(
    application: WSGIApplication, environ: WSGIEnvironment, start_response: StartResponse
) -> Iterable[bytes]:
    begun: list[Any] = []
    answer = application(environ, lambda *begin: begun.extend(begin))  # type: ignore[arg-type]
    status, headers, *error = begun
    if _is_left_alone(headers) or _SECRET in environ:
        start_response(*begun)
        return answer
    _vary(headers)
    coding = _coding(environ.get("HTTP_ACCEPT_ENCODING", ""))
    if coding != "identity":
        answer, headers = _encode(environ["REQUEST_METHOD"], coding, answer, headers)
    start_response(status, headers, *error)
    return answer


def _is_left_alone(headers: list[tuple[str, str]]) -> bool:
    """Where it is small or of another type; what has an entity tag too, as If-Match compares it."""
    media_type = ""
    for name, value in headers:
        if name == "Content-Length" and int(value) < _SMALLEST:
            return True
        if name in {"Content-Encoding", "ETag"}:
            return True
        if name == "Content-Type":
            media_type = value.partition(";")[0]
    return media_type not in _MEDIA_TYPES


def _vary(headers: list[tuple[str, str]]) -> None:
    for position, (name, value) in enumerate(headers):
        if name == "Vary":
            headers[position] = (name, f"{value}, Accept-Encoding")
            return
    headers.append(("Vary", "Accept-Encoding"))


@lru_cache(256)
def _coding(accepted: str) -> str:
    """The one of `_CODINGS` that a client likes best."""
    return parse_accept_header(accepted, Accept).best_match(_CODINGS, "identity")


def _encode(
    method: str, coding: str, answer: Iterable[bytes], headers: list[tuple[str, str]]
) -> tuple[Iterable[bytes], list[tuple[str, str]]]:
    """The answer in this coding, and the headers that say so."""
    changed = [each for each in headers if each[0] != "Content-Length"]
    is_streamed = len(changed) == len(headers)
    changed.append(("Content-Encoding", coding))
    if method == "HEAD":  # how long it would be is not known without its body
        return answer, changed
    pieces: Iterable[bytes] = _encoded(coding, answer)
    if not is_streamed:
        pieces = [b"".join(pieces)]
        changed.append(("Content-Length", str(len(pieces[0]))))
    close = getattr(answer, "close", None)
    return (ClosingIterator(pieces, close) if close else pieces), changed


def _encoded(coding: str, pieces: Iterable[bytes]) -> Iterator[bytes]:
    if coding == "br":
        brotli_ = brotli.Compressor(quality=_BROTLI_QUALITY)
        compress, finish = brotli_.process, brotli_.finish
    else:
        gzip = zlib.compressobj(wbits=_ZLIB_GZIP)
        compress, finish = gzip.compress, gzip.flush
    for piece in pieces:
        if compressed := compress(piece):
            yield compressed
    yield finish()
