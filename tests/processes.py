"""Starting the service as people and hosts start it: as a process of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import requests

ROOT = Path(__file__).parent.parent
LIMIT_SECONDS = 120
"""After this, whatever a test waits for hangs: it comes in a second on a machine that is free."""

Found = TypeVar("Found")


def wait_until(condition: Callable[[], Found], what: str, seconds: float = LIMIT_SECONDS) -> Found:
    """What the condition finds, as soon as that is true."""
    ends_at = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < ends_at, f"{what}: it does not come to that."
        time.sleep(0.02)
    return found


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """These settings, this Python's commands on the path, how to measure coverage: no more."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    measured = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE_")}
    return {"PATH": path, "PYTHONUNBUFFERED": "1", **measured, **settings}


def run(
    command: Sequence[str], settings: Mapping[str, str], folder: Path = ROOT
) -> subprocess.CompletedProcess[str]:
    """Run the command to its end, with nothing but these settings."""
    return subprocess.run(
        command,
        cwd=folder,
        env=environment(settings),
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
        check=False,
    )


@contextmanager
def reserved_port() -> Iterator[int]:
    """A port of this machine that is given to nobody else until the end of the block.

    On Linux, a socket that is bound holds it: a server that is told to use the port can listen on
    it all the same where it sets SO_REUSEADDR, as servers do. Until one does, connections to it
    are refused. Elsewhere such a server would be refused, so the port is only likely to be free.
    """
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", 0))
        port: int = holder.getsockname()[1]
        if sys.platform != "linux":
            holder.close()
        yield port


@contextmanager
def serving(
    command: Sequence[str], url: str, settings: Mapping[str, str], log: Path, folder: Path = ROOT
) -> Iterator[subprocess.Popen[bytes]]:
    """Run the command until the end of the block, which begins when the URL answers."""
    with started(command, settings, log, folder) as process:
        _wait(process, url, log)
        yield process


@contextmanager
def started(
    command: Sequence[str], settings: Mapping[str, str], log: Path, folder: Path = ROOT
) -> Iterator[subprocess.Popen[bytes]]:
    """Run the command until the end of the block, with nothing but these settings."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment(settings),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield process
            process.send_signal(signal.SIGTERM)
            process.wait(LIMIT_SECONDS)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    wait_until(lambda: process.poll() is not None or answers(url), f"{url} answers")
    assert process.poll() is None, f"nothing answers at {url}:\n{log.read_text()}"


def answers(url: str) -> bool:
    """Whether there is a server."""
    try:
        requests.get(url, timeout=LIMIT_SECONDS)
    except requests.ConnectionError:
        return False
    return True
