"""Telling when a request has arrived, from its bytes alone."""

from __future__ import annotations

import re

_END_OF_HEAD = b"\r\n\r\n"
_LARGEST_HEAD = 1_000_000
"""More than gunicorn takes: 100 fields of 8 KB, and the request line."""
_LARGEST_FRAME = 16_384
"""Of the line before a chunk, and of all trailers: nobody needs as much."""

_BODY = re.compile(rb"\r\n(?:content-length:[ \t]*([0-9]{1,15})|transfer-encoding:)", re.IGNORECASE)
_CHUNK = re.compile(rb"([0-9a-f]{1,15})[ \t]*(?:;.*)?", re.IGNORECASE | re.DOTALL)
_EXPECTS = re.compile(rb"\r\nexpect:[ \t]*100-continue", re.IGNORECASE)


class Arrival:
    """Looks for the end of one request (RFC 9112, sections 6 and 7), and for nothing else.

    What gunicorn refuses in any case needs no end: there is nothing to wait for.
    """

    def __init__(self, largest_body: int) -> None:
        """`largest_body`: in bytes; a larger one is not waited for."""
        self.is_whole = False
        self.expects_continue = False
        """Whether the client waits to be told before it sends the body."""
        self._largest_body = largest_body
        self._rest = bytearray()  # what was not understood yet
        self._searched = 0
        self._missing = 0
        self._taken = 0
        self._look = self._look_at_head

    def add(self, data: bytes) -> bool:
        """Whether there is nothing more to wait for, with this data."""
        self._rest += data
        return self._look()

    def _look_at_head(self) -> bool:
        end = self._rest.find(_END_OF_HEAD, max(0, self._searched - len(_END_OF_HEAD)))
        if end < 0:
            self._searched = len(self._rest)
            return self._searched > _LARGEST_HEAD
        head = bytes(self._rest[: end + len(b"\r\n")])
        del self._rest[: end + len(_END_OF_HEAD)]
        body = _BODY.search(head)
        if body is None:
            self.is_whole = True
            return True
        self.expects_continue = b" HTTP/1.1\r\n" in head and bool(_EXPECTS.search(head))
        self._missing = int(body[1] or 0)
        self._look = self._look_at_body if body[1] else self._look_at_chunks
        return self._missing > self._largest_body or self._look()

    def _look_at_body(self) -> bool:
        self._missing -= len(self._rest)
        self._rest.clear()
        self.is_whole = self._missing <= 0
        return self.is_whole

    def _look_at_chunks(self) -> bool:
        while (line := self._next_line()) is not None:
            size = _CHUNK.fullmatch(line)
            if size is None:
                return True
            self._missing = int(size[1], 16)
            self._taken += self._missing
            if self._taken > self._largest_body:
                return True
            if not self._missing:
                self._taken = 0
                self._look = self._look_at_trailers
                return self._look()
            self._missing += len(b"\r\n")
        return len(self._rest) > _LARGEST_FRAME

    def _look_at_trailers(self) -> bool:
        while (line := self._next_line()) is not None:
            self._taken += len(line)
            if not line:
                self.is_whole = True
                return True
        return len(self._rest) + self._taken > _LARGEST_FRAME

    def _next_line(self) -> bytes | None:
        """Behind what is missing of the chunk before it."""
        skipped = min(self._missing, len(self._rest))
        self._missing -= skipped
        del self._rest[:skipped]
        end = -1 if self._missing else self._rest.find(b"\r\n")
        if end < 0:
            return None
        line = bytes(self._rest[:end])
        del self._rest[: end + len(b"\r\n")]
        return line
