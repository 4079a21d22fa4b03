"""A real browser, and the service as gunicorn serves it.

The browser and the service start once; every test has a browser context and an account of its own.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from numberpools.db import migrate
from numberpools.db.database import Database
from numberpools.services.accounts import create_account
from numberpools.stores import Stores
from tests.conftest import new_database
from tests.processes import free_port, serving

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_CHROMIUM = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)
_AS_ROOT = os.geteuid() == 0
"""Chromium's sandbox refuses to work for root."""

_QUIET = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-gpu",
    "--disable-sync",
    "--no-first-run",
]
_TIMEOUT = 10_000

class Service(NamedTuple):
    """The service under its address, and the stores that it works on."""

    url: str
    stores: Stores


@contextmanager
def _running(backend: str, folder: Path) -> Iterator[Service]:
    with new_database(backend, folder) as url:
        database = Database(url)
        migrate.upgrade(database)
        port = free_port()
        settings = {
            "NUMBERPOOLS_ENV": "development",
            "SECRET_KEY": "a key for the tests alone, long enough to be one",
            "DATABASE_URL": url,
            "PORT": str(port),
        }
        address = f"http://127.0.0.1:{port}"
        command = [sys.executable, "-m", "gunicorn", "app:app"]
        with serving(command, f"{address}/sign-in", settings, folder / "service.log"):
            yield Service(address, Stores(database))
        database.engine.dispose()
