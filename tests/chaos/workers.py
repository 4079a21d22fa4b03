"""Worker processes that can be killed: they are forked from one that has imported everything.

``python -m tests.chaos.workers`` forks a worker for each line that it reads, writes its process
id, and ends all of them when there is nothing more to read.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from random import Random
from threading import Event
from types import TracebackType
from typing import Self

from numberpools.db.database import Database
from numberpools.jobs.queue import create_queue
from numberpools.jobs.tasks import Jobs
from numberpools.jobs.worker import start_embedded
from numberpools.services.bulk import claims
from numberpools.settings import Settings
from numberpools.stores import Stores
from numberpools.stores.limiter import Clock
from numberpools.stores.vonage import connect
from numberpools.stores.vonage_transport import Timeouts
from tests.chaos.vendor import SECONDS_TOO_SLOW
from tests.processes import ROOT, environment

_LEASE = timedelta(seconds=1)
_HASTE = 10


class HastyClock(Clock):
    """Time passes ten times as fast between the calls of a vendor."""

    def now(self) -> float:
        return time.monotonic() * _HASTE

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds / _HASTE)


def hasty_stores(settings: Settings) -> Stores:
    timeouts = Timeouts(connect=SECONDS_TOO_SLOW / 2, answer=SECONDS_TOO_SLOW / 2)
    return Stores(Database(settings.database_url), connect(settings, HastyClock(), timeouts))


class Workers:
    """Some worker processes, of which one at a time is killed and replaced at once."""

    def __init__(self, settings: Mapping[str, str], log: Path, random: Random) -> None:
        self.killed = 0
        self._settings = settings
        self._log = log
        self._random = random
        self._pids: list[int] = []

    def __enter__(self) -> Self:
        with self._log.open("wb") as output:
            self._server = subprocess.Popen(
                [sys.executable, "-m", "tests.chaos.workers"],
                cwd=ROOT,
                env=environment(self._settings),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=output,
                text=True,
            )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.communicate()

    @property
    def log(self) -> str:
        return self._log.read_text()

    def start(self) -> None:
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._server.stdin.write("\n")
        self._server.stdin.flush()
        self._pids.append(int(self._server.stdout.readline()))

    def kill_one(self) -> None:
        self.start()
        victim = self._random.choice(self._pids[:-1])
        self._pids.remove(victim)
        os.kill(victim, signal.SIGKILL)
        self.killed += 1


def _serve() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    settings = Settings.from_environment()
    children = []
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            _work(settings)
        children.append(child)
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()
    for child in children:
        try:
            os.kill(child, signal.SIGKILL)
        except ProcessLookupError:
            continue


def _work(settings: Settings) -> None:
    claims.LEASE = _LEASE
    start_embedded(Jobs(create_queue(settings.database_url), hasty_stores(settings), settings))
    Event().wait()


if __name__ == "__main__":
    _serve()
