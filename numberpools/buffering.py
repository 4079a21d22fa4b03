"""Connections of which a thread sees only what is there, and on which it never waits."""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable
from contextlib import suppress
from tempfile import SpooledTemporaryFile
from typing import Any

_BLOCK = 65_536
_IN_MEMORY = 65_536


class Buffer:
    """Bytes that are taken in the order in which they were added: many of them lie in a file."""

    def __init__(self) -> None:
        self._file: SpooledTemporaryFile[bytes] | None = None
        self._taken = 0
        self._added = 0

    def __len__(self) -> int:
        return self._added - self._taken

    def add(self, data: bytes) -> None:
        """Raises OSError where the disk is full."""
        if self._file is None:
            self._file = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - until all is taken
        self._file.seek(self._added)
        self._file.write(data)
        self._added += len(data)

    def look(self, size: int) -> bytes:
        """The next bytes, which stay."""
        if self._file is None:
            return b""
        self._file.seek(self._taken)
        return self._file.read(size)

    def drop(self, size: int) -> None:
        self._taken += size
        if self._file and not self:
            self._file.close()
            self._file, self._taken, self._added = None, 0, 0

    def take(self, size: int = -1) -> bytes:
        """The next bytes, all of them where no size is given."""
        data = self.look(size)
        self.drop(len(data))
        return data


class BufferedSocket(socket.socket):
    """What a thread receives has arrived before; what it sends waits here for a slow client."""

    def __init__(self, client: socket.socket, seconds_without_reading: int) -> None:
        """On Linux, a client that reads nothing for so long has left."""
        super().__init__(fileno=client.detach())
        self.setblocking(False)
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            milliseconds = seconds_without_reading * 1000
            with suppress(OSError):  # the client has left already
                self.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, milliseconds)
        self.arrived = Buffer()
        self.unsent = Buffer()
        self._when_sent: Callable[[], None] | None = None

    def receive(self) -> bytes | None:
        """What the client has sent: None where nothing has come, nothing where nothing will."""
        try:
            return super().recv(_BLOCK)
        except BlockingIOError:
            return None
        except OSError:
            return b""

    def recv(self, size: int, flags: int = 0) -> bytes:
        """For threads: after what has arrived comes the end."""
        return self.arrived.take(size)

    def sendall(self, data: Any, flags: int = 0) -> None:
        """For threads. Raises OSError where the client has left, or the disk is full."""
        sent = self._send(data) if self._send_more() else 0
        if sent < len(data):
            self.unsent.add(data[sent:])

    def flush(self) -> bool:
        """Send what the client takes now; whether nothing is left to be sent to it."""
        with suppress(OSError):  # the client has left
            if not self._send_more():
                return False
        if self._when_sent:
            self._when_sent()
            self._when_sent = None
        self.unsent.drop(len(self.unsent))
        return True

    def when_sent(self, callback: Callable[[], None]) -> None:
        """Call it once everything so far is sent, or the client has left."""
        if self.unsent:
            self._when_sent = callback
        else:
            callback()

    def _send_more(self) -> bool:
        while data := self.unsent.look(_BLOCK):
            sent = self._send(data)
            self.unsent.drop(sent)
            if not sent:
                return False
        return True

    def _send(self, data: Any) -> int:
        try:
            return self.send(data, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return 0
        except TimeoutError as exc:  # gunicorn would log a failure, with traceback
            raise BrokenPipeError(errno.EPIPE, "The client does not read.") from exc
