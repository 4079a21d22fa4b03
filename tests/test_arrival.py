"""When a request has arrived: where gunicorn finds its end, however its bytes come."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from gunicorn.config import Config
from gunicorn.http.errors import NoMoreData, ParseException
from gunicorn.http.parser import RequestParser
from hypothesis import given
from hypothesis import strategies as st

from numberpools.arrival import Arrival

LARGEST = 5_000
LINE = "POST /sign-in HTTP/1.1\r\nHost: localhost\r\n"
CHUNKED = LINE + "Transfer-Encoding: chunked\r\n\r\n"

bodies = st.binary(max_size=40)
chunks = st.lists(st.binary(min_size=1, max_size=20), max_size=4)
extensions = st.sampled_from(["", ";a=b", " ; a", ';a="\r', "\t"])
trailers = st.sampled_from(["", "X-Sum: 1\r\n", "X-Sum: 1\r\nX-Other: 2\r\n", "Host: b\r\n"])
names = st.sampled_from(["Content-Length", "content-length", "X-Content-Length", "Content_Length"])


@st.composite
def requests(draw: st.DrawFn) -> bytes:
    """Requests as gunicorn takes them, and some that it refuses."""
    kind = draw(st.sampled_from(["none", "length", "chunks"]))
    if kind == "none":
        return draw(st.sampled_from(["", "\r\n"])).encode() + LINE.encode() + b"\r\n"
    if kind == "length":
        body = draw(bodies)
        space = draw(st.sampled_from(["", " ", "\t"]))
        length = draw(st.sampled_from(["", "0", "+"])) + str(len(body))
        return f"{LINE}{draw(names)}:{space}{length}{space}\r\n\r\n".encode() + body
    body = b"".join(
        f"{len(chunk):x}{draw(extensions)}\r\n".encode() + chunk + b"\r\n" for chunk in draw(chunks)
    )
    return CHUNKED.encode() + body + f"0\r\n{draw(trailers)}\r\n".encode()


@given(requests(), st.binary(max_size=10), st.lists(st.integers(1, 30), max_size=20))
def test_the_end_is_where_gunicorn_finds_it(
    request: bytes, behind: bytes, sizes: Sequence[int]
) -> None:
    arrival = Arrival(LARGEST)
    arrived = 0
    for piece in _pieces(request + behind, sizes):
        arrived += len(piece)
        if arrival.add(piece):
            break
    read = _read_by_gunicorn(request + behind)
    if read is None:
        return
    assert arrival.is_whole
    last = len(piece)
    assert arrived - last < read <= arrived


@pytest.mark.parametrize(
    "request_",
    [
        b"x" * 1_000_001,
        f"{LINE}Content-Length: {LARGEST + 1}\r\n\r\n".encode(),
        f"{CHUNKED}{LARGEST + 1:x}\r\n".encode(),
        f"{CHUNKED}zz\r\n".encode(),
        f"{CHUNKED}{'1' * 20_000}".encode(),
        f"{CHUNKED}0\r\n{'X: y' * 6_000}".encode(),
        CHUNKED.encode() + b"0\r\n" + b"X: y\r\n" * 6_000,
    ],
    ids=["head", "length", "chunks", "no-chunk", "line", "trailer", "trailers"],
)
def test_what_is_refused_anyway_is_not_waited_for(request_: bytes) -> None:
    arrival = Arrival(LARGEST)
    assert arrival.add(request_)
    assert not arrival.is_whole


def _pieces(data: bytes, sizes: Sequence[int]) -> Iterator[bytes]:
    for size in sizes:
        yield data[:size]
        data = data[size:]
    for each in data:
        yield bytes([each])


def _read_by_gunicorn(data: bytes) -> int | None:
    """How many bytes the first request has; None where it is refused or not whole."""
    source = iter([data])
    parser = RequestParser(Config(), source, ("127.0.0.1", 1))
    try:
        request = next(parser)
        request.body.read()
    except (ParseException, NoMoreData, OSError):
        return None
    return len(data) - len(parser.unreader.take_buffered())
