"""The service as it runs: under gunicorn, with its own configuration, in a process of its own."""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from tests.processes import free_port, serving

_SECONDS = 10


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
    """Where it is, and what it logs."""

    def __init__(self, port: int, log: Path) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.log = log

    def wait_for_line(self, **values: object) -> dict[str, Any]:
        """The log's only line with these values: it is written after the answer was sent."""
        deadline = time.monotonic() + _SECONDS
        while time.monotonic() < deadline:
            found = [each for each in self._lines() if values.items() <= each.items()]
            if found:
                [line] = found
                return line
            time.sleep(0.05)
        raise AssertionError(f"no line has {values}:\n{self.log.read_text('utf-8')}")

    def _lines(self) -> list[dict[str, Any]]:
        lines = self.log.read_text("utf-8").splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]


@contextmanager
def served(folder: Path, database_url: str, **settings: str) -> Iterator[Service]:
    """In development, until the end of the block."""
    port, log = free_port(), folder / "service.log"
    environment = {
        "NUMBERPOOLS_ENV": "development",
        "SECRET_KEY": "a key for the tests alone, long enough to be one",
        "DATABASE_URL": database_url,
        "PORT": str(port),
        **settings,
    }
    url = f"http://127.0.0.1:{port}/healthz"
    with serving([sys.executable, "-m", "gunicorn", "app:app"], url, environment, log):
        yield Service(port, log)
