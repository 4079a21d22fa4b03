"""A real browser, and the service as gunicorn serves it.

The browser and the service start once; every test has an account of its own, and every page of it a
browser context and a session of its own.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    BrowserType,
    ConsoleMessage,
    Page,
    Route,
    expect,
    sync_playwright,
)

from numberpools.db import migrate
from numberpools.db.database import Database
from numberpools.services.accounts import create_account
from numberpools.stores import Stores
from tests.conftest import new_database
from tests.processes import LIMIT_SECONDS, reserved_port, serving
from tests.service import signed_in

_NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)
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
_TIMEOUT = LIMIT_SECONDS * 1000
"""Milliseconds that anything on a page may take; the machine may be busy."""
expect.set_options(timeout=_TIMEOUT)


class Service(NamedTuple):
    """The service under its address, and the stores that it works on."""

    url: str
    stores: Stores


class SlowService:
    """Keeps the requests for fragments waiting until it is told to answer."""

    def __init__(self, page: Page) -> None:
        self._waiting: list[Route] | None = []
        page.route("**/accounts/**", self._take)

    def _take(self, route: Route) -> None:
        if self._waiting is None or "hx-request" not in route.request.headers:
            route.continue_()
        else:
            self._waiting.append(route)

    def answer(self) -> None:
        waiting, self._waiting = self._waiting or [], None
        for route in waiting:
            route.continue_()


@contextmanager
def _running(folder: Path) -> Iterator[Service]:
    with new_database("sqlite", folder) as url, reserved_port() as port:
        database = Database(url)
        migrate.upgrade(database)
        settings = {
            "NUMBERPOOLS_ENV": "development",
            "SECRET_KEY": "a key for the tests alone, long enough to be one",
            "DATABASE_URL": url,
            "PORT": str(port),
            "BULK_OPERATIONS_PER_MINUTE": "1000",  # all of these tests are one person
        }
        address = f"http://127.0.0.1:{port}"
        command = [sys.executable, "-m", "gunicorn", "app:app"]
        with serving(command, f"{address}/sign-in", settings, folder / "service.log"):
            yield Service(address, Stores(database))
        database.engine.dispose()


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with _running(tmp_path_factory.mktemp("service")) as service:
        yield service


@pytest.fixture
def stores(service: Service) -> Stores:
    return service.stores


@pytest.fixture
def account_id(stores: Stores) -> str:
    """An account of this test alone."""
    account_id = uuid4().hex[:8]
    create_account(stores.database, account_id, "Example Ltd")
    return account_id


@pytest.fixture
def pools(service: Service, account_id: str) -> str:
    """The address of the account's list of pools."""
    return f"{service.url}/accounts/{account_id}/pools"


@pytest.fixture(scope="session")
def chromium() -> Iterator[BrowserType]:
    if CHROMIUM is None:
        pytest.skip("There is no Chromium or Chrome here: install one, or name it in CHROMIUM.")
    with sync_playwright() as playwright:
        yield playwright.chromium


@contextmanager
def launched(chromium: BrowserType, **options: Any) -> Iterator[Browser]:
    """A browser until the end of the block."""
    browser = chromium.launch(
        executable_path=CHROMIUM, chromium_sandbox=not _AS_ROOT, args=_QUIET, **options
    )
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def browser(chromium: BrowserType) -> Iterator[Browser]:
    with launched(chromium) as browser:
        yield browser


def new_context(browser: Browser, **options: object) -> BrowserContext:
    """In which whatever one waits for may take its time."""
    context = browser.new_context(locale="en-GB", **options)  # type: ignore[arg-type]
    context.set_default_timeout(_TIMEOUT)
    return context


OpenPage = Callable[..., Page]


@pytest.fixture
def open_page(browser: Browser, service: Service) -> Iterator[OpenPage]:
    """Open a page in a new context, signed in: ``open_page("EDITOR", java_script_enabled=False)``.

    Every context has a session of its own, because a session remembers what was chosen in it.
    At its end nothing may have been complained of: no error of a script, nothing that the Content
    Security Policy forbids, nothing that was not found.
    """
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def opened(role: str = "ADMINISTRATOR", **options: object) -> Page:
        context = new_context(browser, **options)
        contexts.append(context)
        with signed_in(service.url, role) as session:
            cookies = session.cookies.items()
        context.add_cookies(
            [{"name": name, "value": value, "url": service.url} for name, value in cookies]
        )
        page = context.new_page()
        page.on("console", lambda message: complaints.extend(_complaint(message)))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


def _complaint(message: ConsoleMessage) -> list[str]:
    """What the console says, but for what tests bring about.

    That is a form that is refused, a request that is overtaken, and a browser that is offline.
    """
    is_refusal = "the server responded with a status of 4" in message.text
    is_offline = "net::ERR_INTERNET_DISCONNECTED" in message.text
    is_event = message.text in {"htmx:afterRequest", "htmx:sendAbort", "htmx:sendError"}
    is_expected = is_refusal or is_offline or is_event
    return [message.text] if message.type in {"error", "warning"} and not is_expected else []


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    """An administrator's page, 1280 pixels wide."""
    return open_page()


def wait_until_settled(page: Page) -> None:
    """Wait for htmx to finish: links that just came are plain ones for a moment."""
    page.wait_for_function(
        "() => !document.querySelector('.htmx-request, .htmx-settling, .htmx-added')"
    )
