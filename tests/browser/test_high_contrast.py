"""With the few colours that the system prescribes, what is chosen and where one is can be seen."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from numberpools.domain.pools import Pool
from tests.browser.conftest import OpenPage


@pytest.fixture(params=["light", "dark"])
def support(
    request: pytest.FixtureRequest,
    open_page: OpenPage,
    pools: str,
    make_pool: Callable[..., Pool],
) -> Page:
    """The page of a pool with a number."""
    page = open_page(forced_colors="active", color_scheme=request.param, reduced_motion="reduce")
    make_pool("support", ["447400123456"])
    page.goto(f"{pools}/support")
    return page


def test_what_is_ticked_looks_so(support: Page) -> None:
    for box in (
        support.locator("#numbers tbody [type=checkbox]").first,
        support.get_by_label("Keep the same sender"),
        support.get_by_label("Don't send"),
    ):
        before = _looks(support, box)
        box.check()
        support.locator("h1").click()  # away from the box: its focus would be a difference too
        assert _looks(support, box) != before


def test_the_focus_is_seen(support: Page) -> None:
    for element in (
        support.get_by_role("button", name="Save"),
        support.get_by_label("Phone numbers"),
        support.locator("#numbers tbody [type=checkbox]").first,
    ):
        element.press("Shift")  # as somebody who uses the keyboard
        expect(element).to_have_css("outline-style", "solid")


def _looks(page: Page, element: Locator) -> bytes:
    page.mouse.move(0, 0)
    return element.screenshot(animations="disabled")
