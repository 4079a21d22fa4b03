"""Removing numbers from the list on a pool's page."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from numberpools.domain.pools import PageRequest, Pool
from numberpools.stores import PoolStore
from tests.browser.conftest import wait_until_settled

NUMBERS = ["12015550123", "447400123456", "447400123457"]


@pytest.fixture
def support(page: Page, pools: str, make_pool: Callable[..., Pool]) -> Page:
    """The page of a pool with three numbers."""
    make_pool("support", NUMBERS)
    page.goto(f"{pools}/support")
    return page


@pytest.fixture
def sent(support: Page) -> list[str]:
    """The addresses to which the page sends forms."""
    found: list[str] = []
    support.on("request", lambda each: found.append(each.url) if each.method == "POST" else None)
    return found


def test_one_is_removed_and_put_back_in_its_place(support: Page, store: PoolStore) -> None:
    rows = support.locator("#numbers tbody tr")
    support.get_by_role("button", name="Remove +44 7400 123456").click()
    expect(rows.nth(1)).to_contain_text("Removed +44 7400 123456")
    expect(support.locator("#number-count")).to_have_text("2 numbers")
    assert store.count_numbers("support") == 2
    expect(rows.nth(1).get_by_role("status")).to_be_focused()
    support.keyboard.press("Tab")
    undo = support.get_by_role("button", name="Undo")
    expect(undo).to_be_focused()
    wait_until_settled(support)
    undo.press("Enter")
    expect(support.locator("#number-count")).to_have_text("3 numbers")
    assert store.count_numbers("support") == 3
    expect(rows.nth(1).locator(".number")).to_be_focused()
    support.keyboard.press("Tab")
    remove = support.get_by_role("button", name="Remove +44 7400 123456")
    expect(remove).to_be_focused()
    wait_until_settled(support)
    remove.click()
    expect(support.locator("#number-count")).to_have_text("2 numbers")


@pytest.mark.parametrize("width", [1280, 320])
def test_a_second_click_takes_nothing_back(support: Page, sent: list[str], width: int) -> None:
    support.set_viewport_size({"width": width, "height": 900})
    support.get_by_role("searchbox").fill("123456")  # the one row there is
    expect(support.locator("#numbers tbody tr")).to_have_count(1)
    wait_until_settled(support)
    place = _middle(support.get_by_role("button", name="Remove +44 7400 123456"))
    support.mouse.click(*place)
    undo = support.get_by_role("button", name="Undo")
    expect(undo).to_be_visible()
    wait_until_settled(support)
    support.mouse.click(*place)
    place = _middle(undo)
    support.mouse.click(*place)
    expect(support.locator("#number-count")).to_have_text("3 numbers")
    wait_until_settled(support)
    support.mouse.click(*place)
    assert _sent(support, sent) == ["remove", "restore"]


def test_enter_pressed_twice_takes_nothing_back(support: Page, sent: list[str]) -> None:
    support.get_by_role("button", name="Remove +44 7400 123456").press("Enter")
    expect(support.get_by_role("status").filter(has_text="Removed")).to_be_focused()
    wait_until_settled(support)
    support.keyboard.press("Enter")
    support.get_by_role("button", name="Undo").press("Enter")
    expect(support.locator("td.number", has_text="+44 7400 123456")).to_be_focused()
    wait_until_settled(support)
    support.keyboard.press("Enter")
    assert _sent(support, sent) == ["remove", "restore"]


def test_a_message_covers_nothing_that_one_comes_to(support: Page) -> None:
    support.set_viewport_size({"width": 390, "height": 500})
    support.emulate_media(reduced_motion="reduce")  # or it would glide there
    support.get_by_role("button", name="Remove ticked numbers").click()
    message = support.get_by_role("status").filter(has_text="Nothing was changed")
    expect(message).to_be_visible()
    for _ in range(12):
        support.keyboard.press("Shift+Tab")
        is_covered = support.evaluate(_FOCUS_ENDS_ABOVE, message.bounding_box())
        assert not is_covered, support.evaluate("document.activeElement.outerHTML")


_FOCUS_ENDS_ABOVE = """box =>
  document.activeElement.getBoundingClientRect().bottom <= box.y + box.height"""


def _sent(page: Page, sent: list[str]) -> list[str]:
    """What was sent until now: the browser tells that first, and then answers."""
    page.evaluate("null")
    return [address.rpartition("/")[2] for address in sent]


def _middle(button: Locator) -> tuple[float, float]:
    """Where somebody clicks who clicks twice."""
    button.scroll_into_view_if_needed()
    box = button.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_one_that_is_gone_already_keeps_the_focus_in_its_row(
    support: Page, store: PoolStore
) -> None:
    store.remove_numbers("support", ["447400123456"])
    support.get_by_role("button", name="Remove +44 7400 123456").press("Enter")
    told = support.get_by_role("status").filter(has_text="was not in the pool any more")
    expect(told).to_be_focused()


def test_those_ticked_are_removed_with_a_report(support: Page, store: PoolStore) -> None:
    support.get_by_role("checkbox", name="+1 201-555-0123").check()
    support.get_by_role("checkbox", name="+44 7400 123457").check()
    support.get_by_role("button", name="Remove ticked numbers").click()
    expect(support.get_by_role("heading", name="Removed 2 numbers from support")).to_be_visible()
    assert store.count_numbers("support") == 1


def test_all_can_be_ticked_at_once(support: Page) -> None:
    all_or_none = support.locator("#numbers-tick")
    all_or_none.focus()
    all_or_none.press("Enter")
    boxes = support.locator("#numbers tbody [type=checkbox]")
    for index in range(3):
        expect(boxes.nth(index)).to_be_checked()
    expect(all_or_none).to_be_focused()
    all_or_none.press("Enter")
    expect(boxes.first).not_to_be_checked()


def test_enter_in_a_box_removes_what_is_ticked(support: Page, store: PoolStore) -> None:
    box = support.get_by_role("checkbox", name="+44 7400 123457")
    box.press("Space")
    box.press("Enter")
    expect(support.get_by_role("heading", name="Removed 1 number from support")).to_be_visible()
    assert list(store.list_numbers("support", PageRequest()).items) == NUMBERS[:2]
