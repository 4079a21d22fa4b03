"""The service as it runs: under gunicorn, with its own configuration, in a process of its own."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from tests.processes import reserved_port, serving, wait_until


@contextmanager
def signed_in(url: str, role: str) -> Iterator[requests.Session]:
    """A browser with a session of the service in development at ``url``."""
    with requests.Session() as browser:
        form = browser.get(f"{url}/sign-in").text
        token = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', form)
        assert token is not None
        fields = {"role": role, "csrf_token": token[1]}
        assert browser.post(f"{url}/sign-in", fields).status_code == 200
        yield browser


class Service:
    """Where it is, what it logs, and its first process."""

    def __init__(self, port: int, log: Path, process: subprocess.Popen[bytes]) -> None:
        self.port = port
        self.url = _url(port)
        self.log = log
        self.process = process

    def wait_for_line(self, **values: object) -> dict[str, Any]:
        """The log's only line with these values: it is written after the answer was sent."""

        def found() -> list[dict[str, Any]]:
            return [each for each in self._lines() if values.items() <= each.items()]

        [line] = wait_until(found, f"{self.log} has a line with {values}")
        return line

    def _lines(self) -> list[dict[str, Any]]:
        whole, _, _ = self.log.read_text("utf-8").rpartition("\n")  # one may be half written
        return [json.loads(line) for line in whole.splitlines() if line.startswith("{")]


@contextmanager
def served(folder: Path, database_url: str, **settings: str) -> Iterator[Service]:
    """In development, until the end of the block."""
    with reserved_port() as port:
        environment = {
            "NUMBERPOOLS_ENV": "development",
            "SECRET_KEY": "a key for the tests alone, long enough to be one",
            "DATABASE_URL": database_url,
            "PORT": str(port),
            **settings,
        }
        command = [sys.executable, "-m", "gunicorn", "app:app"]
        log = folder / "service.log"
        with serving(command, f"{_url(port)}/healthz", environment, log) as process:
            yield Service(port, log, process)


def _url(port: int) -> str:
    return f"http://127.0.0.1:{port}"
