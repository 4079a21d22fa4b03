"""``make screenshots``: the demo account in headless Chromium, for the README."""

from __future__ import annotations

import logging
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread

from playwright.sync_api import Page, sync_playwright
from werkzeug.serving import make_server

from numberpools import create_app, demo
from numberpools.db import migrate
from numberpools.settings import Settings

_POOL = "support-uk"
_PICTURE = Path(__file__).parent.parent / "docs" / "screenshot.png"
_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_PASTED = """\
Reception; 07400 123456
Sales, +44 (0)7700 170042
tel:+44-7400-123456
07100 191967
4.47911E+11
Paris office\t+33 6 12 34 56 78
"""


def main() -> None:
    with _service() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=_browser(), chromium_sandbox=os.geteuid() != 0
        )
        page = browser.new_page(
            viewport={"width": 1280, "height": 1100}, color_scheme="light", locale="en-GB"
        )
        _open_pool(page, address)
        page.screenshot(path=_PICTURE)
        browser.close()


@contextmanager
def _service() -> Iterator[str]:
    """The address of a service of its own, with the demo account on a database that goes again."""
    with TemporaryDirectory() as folder:
        settings = Settings.parse(
            {
                "NUMBERPOOLS_ENV": "development",
                "SECRET_KEY": secrets.token_urlsafe(),
                "DEMO_API_SECRET": secrets.token_urlsafe(),
                "DATABASE_URL": f"sqlite:///{folder}/numberpools.db",
            }
        )
        app = create_app(settings)
        stores = app.extensions["stores"]
        migrate.upgrade(stores.database)
        demo.load(stores, settings)
        logging.getLogger("werkzeug").setLevel(logging.WARNING)
        server = make_server("127.0.0.1", 0, app, threaded=True)
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def _browser() -> str:
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, _BROWSERS)), None)
    if not found:
        raise SystemExit("No Chromium was found: install it, or name it with CHROMIUM.")
    return found


def _open_pool(page: Page, address: str) -> None:
    """A pool, with a list in its box and what would become of it."""
    page.goto(f"{address}/sign-in")
    page.click("button[value=EDITOR]")
    page.goto(f"{address}/accounts/{demo.ACCOUNT_ID}/pools/{_POOL}")
    page.select_option("[name=country]", "GB")
    with page.expect_response("**/preview"):
        page.fill("[name=numbers]", _PASTED)
    page.wait_for_load_state("networkidle")


if __name__ == "__main__":
    main()
