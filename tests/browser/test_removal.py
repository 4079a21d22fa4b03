"""Removing numbers from the list on a pool's page."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from numberpools.domain.pools import PageRequest, Pool
from numberpools.stores import PoolStore

NUMBERS = ["12015550123", "447400123456", "447400123457"]


@pytest.fixture
def support(page: Page, pools: str, make_pool: Callable[..., Pool]) -> Page:
    """The page of a pool with three numbers."""
    make_pool("support", NUMBERS)
    page.goto(f"{pools}/support")
    return page


def test_one_is_removed_and_put_back_in_its_place(support: Page, store: PoolStore) -> None:
    rows = support.locator("#numbers tbody tr")
    support.get_by_role("button", name="Remove +44 7400 123456").click()
    expect(rows.nth(1)).to_contain_text("Removed +44 7400 123456")
    expect(support.locator("#number-count")).to_have_text("2 numbers")
    assert store.count_numbers("support") == 2
    undo = support.get_by_role("button", name="Undo")
    expect(undo).to_be_focused()
    undo.click()
    remove = support.get_by_role("button", name="Remove +44 7400 123456")
    expect(remove).to_be_focused()
    expect(support.locator("#number-count")).to_have_text("3 numbers")
    assert store.count_numbers("support") == 3
    remove.click()
    expect(support.locator("#number-count")).to_have_text("2 numbers")


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
