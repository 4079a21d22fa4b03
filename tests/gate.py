"""A server in front of another one that can be shut, as when the one behind it is away."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Lock, Thread

from tests.processes import LIMIT_SECONDS


class Gate:
    """Passes bytes on in both directions; shut, it refuses connections, and ends those it had."""

    def __init__(self, target: tuple[str, int]) -> None:
        self._target = target
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        self._ends: list[socket.socket] = []
        self._lock = Lock()
        self.is_open = True
        Thread(target=self._take, args=(self._server,), daemon=True).start()

    def shut(self) -> None:
        """As a server does that is stopped: nobody listens any more."""
        with self._lock:
            self.is_open = False
            with suppress(OSError):
                self._server.shutdown(socket.SHUT_RDWR)
            self._server.close()
            for end in self._ends:
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
                end.close()
            self._ends.clear()

    def open(self) -> None:
        """At the same port."""
        self.is_open = True
        self._server = socket.create_server(("127.0.0.1", self.port))
        Thread(target=self._take, args=(self._server,), daemon=True).start()

    def _take(self, server: socket.socket) -> None:
        with suppress(OSError):
            while True:
                client, _ = server.accept()
                behind = socket.create_connection(self._target, LIMIT_SECONDS)
                behind.settimeout(None)
                with self._lock:
                    if not self.is_open:
                        client.close()
                        behind.close()
                        return
                    self._ends += [client, behind]
                for ends in ((client, behind), (behind, client)):
                    Thread(target=self._pass_on, args=ends, daemon=True).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                sink.sendall(data)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@contextmanager
def gate(host: str, port: int) -> Iterator[Gate]:
    """Open until the end of the block, unless it is shut."""
    made = Gate((host, port))
    yield made
    made.shut()
