"""A sign that something is under way, once it takes longer than a moment."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from numberpools.domain.pools import Pool
from tests.browser.conftest import SlowService

_BAR = "opacity => getComputedStyle(document.body, '::before').opacity === opacity"


@pytest.fixture
def slow_service(page: Page, pools: str, make_pool: Callable[..., Pool]) -> SlowService:
    """The page shows a pool, whose fragments take their time."""
    make_pool("support", [f"4474001{number:05}" for number in range(30)])
    page.goto(f"{pools}/support")
    return SlowService(page)


def test_the_filter_shows_that_it_looks(slow_service: SlowService, page: Page) -> None:
    busy = page.locator("#numbers-busy")
    expect(busy).to_have_css("opacity", "0")
    page.get_by_role("searchbox").fill("7400")
    expect(busy).to_have_css("opacity", "1")
    slow_service.answer()
    expect(busy).to_have_css("opacity", "0")


def test_the_preview_shows_that_it_checks(slow_service: SlowService, page: Page) -> None:
    page.get_by_label("Phone numbers").fill("+44 7400 123456")
    busy = page.locator("#preview-busy")
    expect(busy).to_have_css("opacity", "1")
    slow_service.answer()
    expect(busy).to_have_css("opacity", "0")


@pytest.mark.parametrize("name", ["Next page", "Save", "Remove +44 7400 100000"])
def test_everything_else_shows_a_bar(slow_service: SlowService, page: Page, name: str) -> None:
    page.get_by_role("link", name=name).or_(page.get_by_role("button", name=name)).click()
    page.wait_for_function(_BAR, arg="1")
    slow_service.answer()
    page.wait_for_function(_BAR, arg="0")


def test_what_is_quick_shows_nothing(page: Page, pools: str) -> None:
    page.goto(pools)
    shown = page.evaluate(
        """() => {
          document.querySelector("main").classList.add("htmx-request");
          const [appearing] = document.getAnimations();
          appearing.pause();
          return [100, 1000].map(milliseconds => {
            appearing.currentTime = milliseconds;
            return getComputedStyle(document.body, "::before").opacity;
          });
        }"""
    )
    assert shown == ["0", "1"]
