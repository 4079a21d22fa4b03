"""A requests session whose answers end in time and stay small, however the other side behaves."""

from __future__ import annotations

import codecs
import socket
import ssl
from collections.abc import Callable, Mapping
from functools import partial
from http.client import HTTPResponse
from http.cookiejar import DefaultCookiePolicy
from io import BufferedReader, RawIOBase
from time import monotonic
from typing import Any, NamedTuple

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import ConnectionPool, HTTPConnectionPool
from urllib3.exceptions import (
    ConnectTimeoutError,
    DecodeError,
    HTTPError,
    NewConnectionError,
    ReadTimeoutError,
    SSLError,
)

from numberpools.errors import (
    NoAnswerInTime,
    NotTrusted,
    UnreadableAnswer,
    VendorError,
    VendorUnavailable,
)
from numberpools.version import VERSION

LARGEST_BODY = 2_000_000
"""Bytes, decompressed: a page of 1,000 numbers takes some 20,000."""

_HEADERS = {
    "Accept": "application/json, application/problem+json",
    "Accept-Encoding": "gzip",
    "User-Agent": f"NumberPools/{VERSION}",
}
_CONNECTIONS = 20
_SHORTEST_TIMEOUT = 0.001
_MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32-le",  # before UTF-16, whose mark it begins with
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
"""Encodings by their byte order mark."""


class Answer(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: bytes


def new_session(
    api_key: str, api_secret: str, now: Callable[[], float] = monotonic
) -> requests.Session:
    """A session for one account: keeps connections, and no cookies. Threads may share it.

    `now` measures in seconds how long an answer takes that comes in pieces.
    """
    session = _Session()
    session.headers.update(_HEADERS)
    # As bytes, because requests would refuse what Latin-1 does not have.
    session.auth = requests.auth.HTTPBasicAuth(api_key.encode(), api_secret.encode())
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    adapter = _Adapter(now)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def exchange(
    session: requests.Session,
    method: str,
    url: str,
    *,
    query: Mapping[str, int] | None,
    body: object,
    timeout: tuple[float, float],
) -> Answer:
    """Send one request, once, and read its answer; a redirect is an answer and not followed.

    `timeout`: seconds to connect, and to wait for the whole answer. Raises NoAnswerInTime,
    NotTrusted, UnreadableAnswer, VendorUnavailable.
    """
    try:
        with session.request(
            method,
            url,
            params=query,
            json=body,
            timeout=timeout,
            stream=True,
            allow_redirects=False,
        ) as response:
            content = response.raw.read(LARGEST_BODY + 1, decode_content=True)
            if len(content) > LARGEST_BODY:
                raise UnreadableAnswer(
                    f"The vendor's answer (status {response.status_code}) is larger than "
                    f"{LARGEST_BODY // 1_000_000} MB.",
                    may_have_been_done=True,
                )
            return Answer(response.status_code, response.headers, _as_utf8(content))
    except (requests.RequestException, HTTPError, OSError) as exc:
        raise _as_ours(exc) from exc


def _as_utf8(content: bytes) -> bytes:
    """Without the byte order mark that it begins with, if it does: JSON has none (RFC 8259)."""
    for mark, encoding in _MARKS.items():
        if content.startswith(mark):
            return content[len(mark) :].decode(encoding, "replace").encode()
    return content


def _as_ours(exc: Exception) -> VendorError:
    cause = _cause(exc)
    if isinstance(cause, ssl.SSLCertVerificationError):
        return NotTrusted("The vendor's certificate is not trusted, so nothing was sent.")
    if isinstance(exc, requests.ConnectTimeout):
        return NoAnswerInTime("The vendor did not take a connection in time; nothing was sent.")
    if isinstance(cause, NewConnectionError):
        return VendorUnavailable("The vendor can't be reached; nothing was sent.")
    if isinstance(exc, (requests.Timeout, ReadTimeoutError)):
        return NoAnswerInTime("The vendor did not answer in time.", may_have_been_done=True)
    if isinstance(exc, DecodeError):
        return UnreadableAnswer(
            "The vendor's answer can't be decompressed.", may_have_been_done=True
        )
    return VendorUnavailable(
        "The connection to the vendor broke before its answer was complete.",
        may_have_been_done=True,
    )


def _cause(exc: Exception) -> object:
    """What urllib3 says is behind an error of requests; for TLS, what Python's ssl says."""
    first = exc.args[0] if exc.args else None
    reason = getattr(first, "reason", first)
    return next(iter(reason.args), None) if isinstance(reason, SSLError) else reason


class _Session(requests.Session):
    def get_redirect_target(self, *args: Any) -> None:
        """Follow no redirect, and so don't read where it leads: that can fail."""


class _Adapter(HTTPAdapter):
    def __init__(self, now: Callable[[], float]) -> None:
        super().__init__(pool_maxsize=_CONNECTIONS)
        response = partial(_PunctualResponse, now=now)
        made = {"response_class": response}
        self._plain = type("_HttpConnection", (_PunctualConnection, HTTPConnection), made)
        self._encrypted = type("_HttpsConnection", (_PunctualConnection, HTTPSConnection), made)

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> ConnectionPool:
        pool = super().get_connection_with_tls_context(*args, **kwargs)
        if isinstance(pool, HTTPConnectionPool):
            pool.ConnectionCls = self._encrypted if pool.scheme == "https" else self._plain
        return pool


class _PunctualConnection(HTTPConnection):
    """Takes the timeout for all addresses of a name together, each having its share of it.

    Left alone, it is that of each, and a vendor with eight of them is waited for eight times.
    """

    def _new_conn(self) -> socket.socket:
        name, timeout = self._dns_host, self.timeout
        if not timeout:
            return super()._new_conn()
        ends_at = monotonic() + timeout
        addresses = _addresses(name, self.port)
        try:
            while True:
                share = max(ends_at - monotonic(), _SHORTEST_TIMEOUT) / len(addresses)
                self._dns_host, self.timeout = addresses.pop(0), share
                try:
                    return super()._new_conn()
                except (ConnectTimeoutError, NewConnectionError):
                    if not addresses:
                        raise
        finally:
            self._dns_host, self.timeout = name, timeout


def _addresses(name: str, port: int) -> list[str]:
    """Those of a host; the name itself where there are none, to fail as it always would."""
    try:
        found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    except OSError:
        return [name]
    return list(dict.fromkeys(str(each[4][0]) for each in found)) or [name]


class _PunctualResponse(HTTPResponse):
    """Takes the socket's timeout for the answer as a whole.

    Left alone, it is that of each single read, and an answer that comes byte by byte never ends.
    """

    def __init__(
        self, sock: socket.socket, *args: Any, now: Callable[[], float], **kwargs: Any
    ) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = BufferedReader(_PunctualReader(sock, self.fp.detach(), now))


class _PunctualReader(RawIOBase):
    def __init__(self, sock: socket.socket, raw: RawIOBase, now: Callable[[], float]) -> None:
        self._sock = sock
        self._raw = raw
        self._now = now
        self._ends_at = now() + (sock.gettimeout() or 0.0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._ends_at - self._now()
        if left <= 0:
            raise TimeoutError("timed out")
        self._sock.settimeout(left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()
