"""Starting the service as people and hosts start it: as a process of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import requests

ROOT = Path(__file__).parent.parent
_START_SECONDS = 30


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """Nothing but these settings, and this Python's commands on the path."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {"PATH": path, "PYTHONUNBUFFERED": "1", **settings}


def run(command: Sequence[str], settings: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run the command to its end, with nothing but these settings."""
    return subprocess.run(
        command,
        cwd=ROOT,
        env=environment(settings),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def serving(
    command: Sequence[str], url: str, settings: Mapping[str, str], log: Path, folder: Path = ROOT
) -> Iterator[None]:
    """Run the command until the end of the block, which begins when the URL answers."""
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
            _wait(process, url, log)
            yield
            process.send_signal(signal.SIGTERM)
            process.wait(_START_SECONDS)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            requests.get(url, timeout=5)
        except requests.ConnectionError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"nothing answers at {url}:\n{log.read_text()}")
