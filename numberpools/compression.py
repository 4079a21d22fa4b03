"""Answers of more than a kilobyte are compressed where the client asks, and none with a secret."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

import brotli
from flask import Flask, Response, g, request

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
    app.after_request(_compress)


def holds_secret() -> None:
    """Leave the answer to this request as it is.

    How long it is when compressed would tell whoever can add to it what else stands in it (BREACH).
    """
    setattr(g, _SECRET, True)


def _compress(response: Response) -> Response:
    if response.mimetype not in _MEDIA_TYPES or not _is_large(response):
        return response
    # An entity tag stands for these very bytes: If-Match compares it.
    if _SECRET in g or "Content-Encoding" in response.headers or "ETag" in response.headers:
        return response
    response.vary.add("Accept-Encoding")
    coding = request.accept_encodings.best_match(_CODINGS, "identity")
    if coding == "identity":
        return response
    response.headers["Content-Encoding"] = coding
    if response.is_streamed:
        response.response = _compressed(coding, response.iter_encoded())
    else:
        response.set_data(b"".join(_compressed(coding, [response.get_data()])))
    return response


def _is_large(response: Response) -> bool:
    return response.is_streamed or (response.content_length or 0) >= _SMALLEST


def _compressed(coding: str, pieces: Iterable[bytes]) -> Iterator[bytes]:
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
