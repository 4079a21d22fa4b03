"""gunicorn's worker as the service has it, but with a clock that a test moves; it tells of itself.

Test and worker share a folder: the size of the file `seconds` is what the clock shows, and `told`
has a line for everything that the worker tells.
"""

from __future__ import annotations

import os
import socket
from pathlib import Path
from threading import Thread
from typing import Any

from numberpools.patience import PatientWorker
from tests.processes import wait_until

_FOLDER = "STEERED_WORKER_FOLDER"
_BEGUN, _ENDED, STOPPING, IDLE = "begun", "ended", "stopping", "idle"


class Steering:
    """The test's side."""

    def __init__(self, folder: Path, worker: str = "SteeredWorker") -> None:
        self._seconds = folder / "seconds"
        self._told = folder / "told"
        self._seconds.touch()
        self._told.touch()
        self.settings = {
            _FOLDER: str(folder),
            # gunicorn would end the worker itself after a while, whatever is under way.
            "GUNICORN_CMD_ARGS": f"--worker-class {__name__}.{worker} --graceful-timeout 3600",
        }

    def pass_time(self, seconds: int) -> None:
        os.truncate(self._seconds, self._seconds.stat().st_size + seconds)

    def wait_until_under_way(self, count: int) -> None:
        """Until threads of the worker have so many requests in hand."""
        wait_until(lambda: self._count(_BEGUN) - self._count(_ENDED) == count, f"{count} under way")

    def wait_until_ended(self, client: socket.socket) -> None:
        """Until the worker has nothing in hand any more of what this client asked for."""
        ended = f"{_ENDED} {client.getsockname()[1]}"
        wait_until(lambda: ended in self._lines(), f"{ended} is told")

    def wait_until_told(self, word: str) -> None:
        wait_until(lambda: self._count(word) == 1, f"the worker tells that it is {word}")

    def _count(self, word: str) -> int:
        return sum(line.partition(" ")[0] == word for line in self._lines())

    def _lines(self) -> list[str]:
        return self._told.read_text().splitlines()


class SteeredWorker(PatientWorker):
    seconds_without_reading = 3600  # the system's own clock measures it

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        folder = Path(os.environ[_FOLDER])
        self._seconds = folder / "seconds"
        self._told = os.open(folder / "told", os.O_WRONLY | os.O_APPEND)

    def now(self) -> float:
        return float(self._seconds.stat().st_size)

    def handle(self, conn: Any) -> Any:
        try:
            return super().handle(conn)
        finally:
            self._tell(f"{_ENDED} {conn.client[1]}")

    def _begin(self, conn: Any) -> None:
        super()._begin(conn)
        self._tell(_BEGUN)

    def _begin_to_stop(self) -> None:
        super()._begin_to_stop()
        self._tell(STOPPING)
        Thread(target=self._await_idle, daemon=True).start()

    def _await_idle(self) -> None:
        """Until no thread works off the queue any more."""
        if self.embedded:
            for _, thread in self.embedded.worker_threads:
                thread.join()
        self._tell(IDLE)

    def _tell(self, word: str) -> None:
        os.write(self._told, f"{word}\n".encode())


class HastyWorker(SteeredWorker):
    seconds_without_reading = 1
