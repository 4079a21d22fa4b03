"""Worker processes that can be killed: they are forked from one that has imported everything.

``python -m tests.chaos.workers`` forks a worker for each line that it reads, the hours by which
its clock is ahead. The worker writes its process id and its name once it is at work. All of them
are ended when there is nothing more to read.

Leases are long and end on command: when a worker is dead, and nothing that it sent can come any
more. So no worker that lives loses a batch because the machine is busy.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from threading import Event
from types import TracebackType
from typing import Self

import huey.api
import huey.utils
from sqlalchemy import update

from numberpools import clock
from numberpools.db.database import Database
from numberpools.db.tables import operation_batches
from numberpools.jobs.queue import create_queue
from numberpools.jobs.tasks import Jobs
from numberpools.jobs.worker import start_embedded
from numberpools.services.bulk import changing, claims, work
from numberpools.settings import Settings
from numberpools.stores import Stores
from numberpools.stores.limiter import Clock
from numberpools.stores.vonage import connect
from numberpools.stores.vonage_transport import Timeouts
from tests.processes import ROOT, environment, wait_until

_LEASE = timedelta(hours=1)
_HASTE = 10
_SECONDS_OF_A_CALL = 1.0
"""After so long a worker gives a call up. Vendors that are slow wait for that."""


class PacedClock(Clock):
    """Time passes so much faster, or slower, between the calls of a vendor."""

    def __init__(self, pace: float) -> None:
        self._pace = pace

    def now(self) -> float:
        return time.monotonic() * self._pace

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds / self._pace)


def open_stores(settings: Settings, clock: Clock, timeouts: Timeouts | None = None) -> Stores:
    """As the application opens them, but for the pace and patience of its calls."""
    return Stores(Database(settings.database_url), connect(settings, clock, timeouts))


def patient_stores(settings: Settings) -> Stores:
    """For the test itself, which waits for the vendor as long as that takes."""
    return open_stores(settings, PacedClock(1 / 10), Timeouts(connect=120.0, answer=120.0))


def _hasty_stores(settings: Settings) -> Stores:
    timeouts = Timeouts(connect=_SECONDS_OF_A_CALL, answer=_SECONDS_OF_A_CALL)
    return open_stores(settings, PacedClock(_HASTE), timeouts)


def end_leases(database: Database, name: str) -> None:
    """What the worker of this name holds belongs to nobody from now on."""
    held = update(operation_batches).where(operation_batches.c.claimed_by == name)
    with database.write() as connection:
        connection.execute(held.values(lease_until=clock.shared(connection)))


@dataclass(frozen=True)
class _Process:
    pid: int
    name: str


class Workers:
    """Some worker processes, of which one at a time is killed and replaced at once."""

    def __init__(self, settings: Mapping[str, str], log: Path, random: Random) -> None:
        self.killed = 0
        self._settings = settings
        self._log = log
        self._random = random
        self._processes: list[_Process] = []

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

    def start(self, *, hours_ahead: float = 0.0) -> None:
        """Gives back when it is at work, on a machine whose clock is so far ahead."""
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._server.stdin.write(f"{hours_ahead}\n")
        self._server.stdin.flush()
        pid, name = self._server.stdout.readline().split()
        self._processes.append(_Process(int(pid), name))

    def kill_one(self) -> str:
        """Gives its name, when it is dead."""
        self.start()
        victim = self._random.choice(self._processes[:-1])
        self._processes.remove(victim)
        os.kill(victim.pid, signal.SIGKILL)
        wait_until(lambda: not _is_alive(victim.pid), "the worker is dead")
        self.killed += 1
        return victim.name


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _serve() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    settings = Settings.from_environment()
    children = []
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _set_clock(timedelta(hours=float(line)))
            _work(settings)
        children.append(child)
    for child in children:
        try:
            os.kill(child, signal.SIGKILL)
        except ProcessLookupError:
            continue


def _set_clock(ahead: timedelta) -> None:
    """What this process takes for the time; on SQLite too, where no other machine can join in."""
    if ahead:
        clock.now = lambda: datetime.now(UTC) + ahead
        huey.api.utcnow = huey.utils.utcnow = lambda: clock.now().replace(tzinfo=None)


def _work(settings: Settings) -> None:
    claims.LEASE = _LEASE
    work._FIRST_BACKOFF /= _HASTE
    changing._REST /= _HASTE
    stores = _hasty_stores(settings)
    jobs = Jobs(create_queue(stores.database), stores, settings)
    start_embedded(jobs)
    sys.stdout.write(f"{os.getpid()} {jobs.worker.name}\n")
    sys.stdout.flush()
    Event().wait()


if __name__ == "__main__":
    _serve()
