"""From the start of the process to its first page, in production, its tables up to date."""

from __future__ import annotations

import sys
import time
from http.client import HTTPConnection
from pathlib import Path

from bench.report import Row
from tests.processes import reserved_port, wait_until
from tests.processes import started as process_started

_STARTS = 5
_PRODUCTION = {
    "SECRET_KEY": "a key for the bench alone, long enough to be one",
    "ALLOWED_HOSTS": "localhost",
    "TRUSTED_PROXIES": "1",
    "OIDC_ISSUER": "https://accounts.google.com",
    "OIDC_CLIENT_ID": "numberpools",
    "OIDC_CLIENT_SECRET": "never used: nobody signs in",
    "OIDC_ALLOWED_DOMAINS": "example.com",
    "OIDC_DEFAULT_ROLE": "viewer",
}
_FROM_THE_PROXY = {"Host": "localhost", "X-Forwarded-Proto": "https"}


def row(name: str, folder: Path, database_url: str) -> Row:
    """Noise only ever adds, so the quickest of some starts counts."""
    quickest = min(_seconds(folder, database_url) for _ in range(_STARTS))
    return Row(f"{name}: from process start to the first page", quickest, "s", at_most=1.5)


def _seconds(folder: Path, database_url: str) -> float:
    command = [sys.executable, "-m", "gunicorn", "app:app"]
    with reserved_port() as port:
        settings = {**_PRODUCTION, "DATABASE_URL": database_url, "PORT": str(port)}
        began = time.perf_counter()
        with process_started(command, settings, folder / "start.log"):
            wait_until(lambda: _shows_a_page(port), "there is a page")
            return time.perf_counter() - began


def _shows_a_page(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", "/sign-in", headers=_FROM_THE_PROXY)
        return connection.getresponse().status == 200
    except ConnectionError:
        return False
    finally:
        connection.close()
