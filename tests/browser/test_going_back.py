"""What the browser's back-forward cache brings back, and to whom.

Playwright turns that cache off: so here is a browser of its own that has it on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserType, CDPSession, Page, expect

from numberpools.auth.signed_in import end_all_sessions
from numberpools.domain.pools import Pool
from numberpools.stores import Stores
from tests.browser.conftest import OpenPage, launched

FROM_THE_CACHE = "BackForwardCacheRestore"
WITH_AND_WITHOUT_SCRIPTS = pytest.mark.parametrize("has_scripts", [True, False])
Visit = Callable[..., "Visitor"]
_HOW_IT_CAME_BACK = """addEventListener("pageshow", ({ persisted }) => {
  if (persisted) sessionStorage.shown = getComputedStyle(document.body).visibility;
});"""


@dataclass
class Visitor:
    """Somebody who has seen a pool, and gone on from there."""

    page: Page
    session: CDPSession
    came: list[str] = field(default_factory=list)
    """Where each page came from that they saw since."""

    def __post_init__(self) -> None:
        self.session.send("Page.enable")
        self.session.on("Page.frameNavigated", self._note)

    def step_back(self) -> None:
        """As the Back button does, with and without scripts."""
        history = self.session.send("Page.getNavigationHistory")
        before = history["entries"][history["currentIndex"] - 1]
        self.session.send("Page.navigateToHistoryEntry", {"entryId": before["id"]})

    def _note(self, event: dict[str, Any]) -> None:
        self.came.append(event["type"])

    def expect_sign_in(self, asked_for: str) -> None:
        """In place of the page whose address ends so."""
        expect(self.page).to_have_url(re.compile(rf"/sign-in.*{asked_for}$"))
        expect(self.page.get_by_role("heading", level=1)).to_have_text("Sign in")
        expect(self.page.get_by_text("447400123456")).to_have_count(0)


@pytest.fixture(scope="module")
def browser(chromium: BrowserType) -> Iterator[Browser]:
    with launched(chromium, ignore_default_args=["--disable-back-forward-cache"]) as browser:
        yield browser


@pytest.fixture
def visit(open_page: OpenPage, pools: str, make_pool: Callable[..., Pool]) -> Visit:
    """Look at a pool, type something there, and go on: ``visit(has_scripts=False)``."""

    def visited(*, has_scripts: bool = True) -> Visitor:
        make_pool("support", ["447400123456"])
        page = open_page(java_script_enabled=has_scripts)
        page.add_init_script(_HOW_IT_CAME_BACK)
        page.goto(f"{pools}/support")
        page.get_by_label("Phone numbers").fill("+44 7400 123499")
        if has_scripts:
            expect(page.locator("#preview")).to_contain_text("+44 7400 123499")
        page.get_by_role("link", name="History").click()
        expect(page).to_have_url(f"{pools}/support/history")
        return Visitor(page, page.context.new_cdp_session(page))

    return visited


@WITH_AND_WITHOUT_SCRIPTS
def test_a_page_is_back_at_once_with_what_was_typed(visit: Visit, has_scripts: bool) -> None:
    visitor = visit(has_scripts=has_scripts)
    visitor.step_back()
    typed = visitor.page.get_by_label("Phone numbers")
    expect(typed).to_be_visible()
    expect(typed).to_have_value("+44 7400 123499")
    assert visitor.came == [FROM_THE_CACHE]


@WITH_AND_WITHOUT_SCRIPTS
def test_after_signing_out_nothing_comes_back(visit: Visit, has_scripts: bool) -> None:
    visitor = visit(has_scripts=has_scripts)
    visitor.page.get_by_role("button", name="Sign out").click()
    visitor.expect_sign_in("")
    visitor.step_back()
    visitor.expect_sign_in("/history")
    visitor.step_back()
    visitor.expect_sign_in("/support")
    assert FROM_THE_CACHE not in visitor.came


def test_after_a_session_was_ended_elsewhere_nothing_is_shown(visit: Visit, stores: Stores) -> None:
    """By an administrator, by the provider, by time: the browser knows nothing of it."""
    visitor = visit()
    end_all_sessions(stores.database)
    visitor.step_back()
    visitor.expect_sign_in("/support")
    assert visitor.came == [FROM_THE_CACHE, "Navigation"]
    assert visitor.page.evaluate("sessionStorage.shown") == "hidden"


def test_without_scripts_nothing_is_left_once_the_service_has_said_so(
    visit: Visit, stores: Stores
) -> None:
    visitor = visit(has_scripts=False)
    end_all_sessions(stores.database)
    visitor.page.get_by_role("link", name="My sessions").click()
    visitor.expect_sign_in("/sessions/own")
    visitor.step_back()
    visitor.expect_sign_in("/history")
    visitor.step_back()
    visitor.expect_sign_in("/support")
    assert FROM_THE_CACHE not in visitor.came
