"""A sign that something is under way, once it takes longer than a moment."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from numberpools.domain.pools import Pool

_SECONDS = 1.0


@pytest.fixture
def slow(page: Page, pools: str, make_pool: Callable[..., Pool]) -> Page:
    """A pool's page on a service that takes a second for every fragment."""
    make_pool("support", [f"4474001{number:05}" for number in range(30)])
    page.goto(f"{pools}/support")

    def wait(route: Route) -> None:
        if "hx-request" in route.request.headers:
            time.sleep(_SECONDS)
        route.continue_()

    page.route("**/accounts/**", wait)
    return page


def _opacity(target: Locator) -> str:
    return str(target.evaluate("element => getComputedStyle(element).opacity"))


def test_the_filter_shows_that_it_looks(slow: Page) -> None:
    busy = slow.locator("#numbers-busy")
    assert _opacity(busy) == "0"
    slow.get_by_role("searchbox").fill("7400")
    expect(busy).to_have_css("opacity", "1")
    expect(busy).to_have_css("opacity", "0")


def test_the_preview_shows_that_it_checks(slow: Page) -> None:
    slow.get_by_label("Phone numbers").fill("+44 7400 123456")
    busy = slow.locator("#preview-busy")
    expect(busy).to_have_css("opacity", "1")
    expect(busy).to_have_css("opacity", "0")


@pytest.mark.parametrize("name", ["Next page", "Save", "Remove +44 7400 100000"])
def test_everything_else_shows_a_bar(slow: Page, name: str) -> None:
    control = slow.get_by_role("link", name=name).or_(slow.get_by_role("button", name=name))
    control.click(no_wait_after=True)
    slow.wait_for_function(_BAR, arg="1")
    slow.wait_for_function(_BAR, arg="0")


_BAR = "opacity => getComputedStyle(document.body, '::before').opacity === opacity"


def test_what_is_quick_shows_nothing(page: Page, pools: str) -> None:
    page.goto(pools)
    shown = page.evaluate(
        """async () => {
          document.body.classList.add("htmx-request");
          await new Promise(resolve => setTimeout(resolve, 100));
          return getComputedStyle(document.body, "::before").opacity;
        }"""
    )
    assert shown == "0"
