"""What of a list is read is chosen, and what was refused is mended, where it stands."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from numberpools.domain.pools import PageRequest, Pool
from numberpools.stores import PoolStore
from tests.browser.conftest import OpenPage, SlowService, wait_until_settled
from tests.domain.lists.workbooks import xlsx

TABLE = (
    "Name\tOffice\tMobile\nAnn\t+442071838750\t+447400123499\nBob\t+442071838751\tO7400 123498\n"
)


@pytest.fixture
def support(page: Page, pools: str, make_pool: Callable[..., Pool]) -> Page:
    """The page of a pool with one number."""
    make_pool("support", ["447400123456"])
    page.goto(f"{pools}/support")
    return page


def test_columns_and_entries_are_mended_in_the_preview(support: Page, store: PoolStore) -> None:
    support.get_by_label("Phone numbers").fill(TABLE)
    figures = support.locator("#preview dd")
    expect(figures).to_have_text(["1", "0", "0", "1"])
    refused = support.get_by_label("What line 3 should say")
    refused.fill("+44 7400 123498")
    refused.press("Tab")
    expect(figures).to_have_text(["2", "0", "0", "0"])
    support.get_by_role("checkbox", name="Office").check()
    expect(figures).to_have_text(["4", "0", "0", "0"])
    expect(support.get_by_label("O7400 123498 is read as")).to_have_value("+44 7400 123498")
    support.get_by_role("button", name="Add").click()
    expect(support.get_by_role("heading", name="Added 4 numbers to support")).to_be_visible()
    assert "447400123498" in store.list_numbers("support", PageRequest()).items


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_sheets_are_chosen_and_entries_mended_on_the_page_of_a_list(
    open_page: OpenPage,
    pools: str,
    make_pool: Callable[..., Pool],
    tmp_path: Path,
    scripts: bool,
) -> None:
    make_pool("support", ["447400123456"])
    file = tmp_path / "book.xlsx"
    sheets = (
        [["Mobile"], ["+447400123499"]],
        [["O7400 123498"], ["+447400123455"]],
        [["+447400123457"]],
    )
    file.write_bytes(xlsx(*sheets, hidden=[2]))
    page = open_page("ADMINISTRATOR", java_script_enabled=scripts)
    page.goto(f"{pools}/support")
    page.get_by_label("Or a file").set_input_files(file)
    page.get_by_role("button", name="More").click()
    expect(page.get_by_text("Not read: Sheet2 (hidden)")).to_be_visible(timeout=20_000)
    page.get_by_role("link", name="Choose what is read").click()
    page.get_by_label("Column A: +447400123457").check()
    page.get_by_role("button", name="Read again").click()
    expect(page.get_by_text("All 4 entries of the sheets")).to_be_visible(timeout=20_000)
    page.get_by_label("What line 1 should say").fill("+44 7400 123498")
    page.get_by_role("button", name="Read line 1 again").click()
    expect(page.get_by_text("Typed in the place of O7400 123498.")).to_be_visible()
    if scripts:
        wait_until_settled(page)
    page.get_by_role("button", name="Add 4").click()
    expect(page.get_by_role("heading", name="Added 4 numbers to support")).to_be_visible()


def test_entries_are_mended_by_keyboard_in_the_preview(support: Page, store: PoolStore) -> None:
    support.get_by_label("Phone numbers").fill("O7400 123498\nO7400 123499\n+44 7400 12")
    first, second, third = (
        support.get_by_label(f"What line {line} should say") for line in (1, 2, 3)
    )
    first.fill("+44 7400 123498")
    slow_service = SlowService(support)
    first.press("Enter")
    expect(second).to_be_focused()
    second.fill("+44 7400 1234")
    slow_service.answer()
    expect(support.locator("#preview dd")).to_have_text(["1", "0", "0", "2"])
    expect(second).to_be_focused()
    expect(second).to_have_value("+44 7400 1234")
    support.keyboard.type("99")
    support.keyboard.press("Enter")
    expect(support.locator("#preview dd")).to_have_text(["2", "0", "0", "1"])
    expect(third).to_be_focused()
    assert store.count_numbers("support") == 1


def test_that_nobody_answers_is_told_until_somebody_does(support: Page) -> None:
    told = support.get_by_role("alert").filter(has_text="can't be reached")
    support.context.set_offline(True)
    support.get_by_label("Phone numbers").fill("O7400 123498")
    expect(told).to_be_visible()
    support.context.set_offline(False)
    support.get_by_label("Phone numbers").fill("+44 7400 123498")
    expect(told).to_be_hidden()
    expect(support.locator("#preview dd").first).to_have_text("1")


def test_after_mending_an_entry_of_a_list_the_next_one_has_the_focus(support: Page) -> None:
    support.get_by_label("Phone numbers").fill("O7400 123498\nO7400 123499")
    support.get_by_role("button", name="More").click()
    support.get_by_label("What line 1 should say").fill("+44 7400 123498")
    support.get_by_role("button", name="Read line 1 again").press("Enter")
    expect(support.get_by_text("Line 1 is read as +44 7400 123498.")).to_be_visible()
    second = support.get_by_label("What line 2 should say")
    expect(second).to_be_focused()
    second.fill("+44 7400 123499")
    second.press("Enter")
    expect(support.get_by_role("heading", name="Entries")).to_be_focused()
