"""The main job from end to end: by mouse, by keyboard alone, without JavaScript.

On SQLite; what another database changes shows in no browser.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from numberpools.domain.pools import PageRequest
from numberpools.stores import PoolStore
from tests.browser.conftest import OpenPage, wait_until_settled

LIST = """\
Name;Number
Reception;+44 7400 123456
Ann;07400 123457
Ann again;+44 (0)7400 123457
Bob;4.47911E+11
"""
PREVIEW = ["New 2", "Already in the pool 0", "Duplicates in the list 1", "Invalid 1"]


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_by_mouse(
    open_page: OpenPage, pools: str, store: PoolStore, tmp_path: Path, scripts: bool
) -> None:
    page = open_page("ADMINISTRATOR", java_script_enabled=scripts)
    _create(page, pools)
    _paste(page, scripts)
    page.get_by_role("button", name="Add").click()
    _read_report(page, scripts, tmp_path)
    assert list(store.list_numbers("support", PageRequest()).items) == [
        "447400123456",
        "447400123457",
    ]
    page.get_by_role("link", name="Put the failed ones back").click()
    expect(page.get_by_label("Phone numbers")).to_have_value("4.47911E+11")
    page.get_by_role("link", name="support").click()
    _change_settings(page)
    _remove_and_undo(page)
    _delete(page)
    expect(page.get_by_text("This account has no pools yet.")).to_be_visible()


def _create(page: Page, pools: str) -> None:
    page.goto(pools)
    page.get_by_role("link", name="Create the first one").click()
    page.get_by_label("Pool id").fill("support")
    page.get_by_role("button", name="Create pool").click()
    expect(page.get_by_role("heading", name="support", level=1)).to_be_visible()


def _paste(page: Page, scripts: bool) -> None:
    page.get_by_label("Phone numbers").fill(LIST)
    page.get_by_label("Numbers without + are from").select_option("GB")
    check = page.get_by_role("button", name="Check first")
    expect(check).to_be_visible(visible=not scripts)
    if not scripts:
        check.click()
    _expect_preview(page)


def _expect_preview(page: Page) -> None:
    expect(page.locator("#preview dl > div")).to_have_text([_reversed(each) for each in PREVIEW])
    expect(page.get_by_label("What line 5 should say")).to_have_value("4.47911E+11")


def _reversed(words: str) -> str:
    term, _, figure = words.rpartition(" ")
    return f"{term}{figure}"


def _read_report(page: Page, scripts: bool, folder: Path) -> None:
    expect(page.get_by_role("heading", name="Added 2 numbers to support")).to_be_visible()
    expect(page.locator("#items tbody tr")).to_have_count(4)
    search = page.get_by_role("searchbox")
    search.fill("4.47911E")
    if not scripts:
        search.press("Enter")
    expect(page.locator("#items tbody tr")).to_have_count(1)
    expect(page.locator("#items tbody tr")).to_contain_text("Invalid")
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    file = folder / "report.csv"
    download.value.save_as(file)
    assert file.read_text("utf-8").count("\n") == 5


def _change_settings(page: Page) -> None:
    page.get_by_label("Don't send").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved")).to_be_visible()
    page.reload()
    expect(page.get_by_label("Don't send")).to_be_checked()


def _remove_and_undo(page: Page) -> None:
    page.get_by_role("button", name="Remove +44 7400 123456").click()
    expect(page.locator("#number-count")).to_have_text("1 number")
    wait_until_settled(page)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#number-count")).to_have_text("2 numbers")


def _delete(page: Page) -> None:
    page.get_by_role("link", name="Delete").click()
    expect(page.get_by_text("2 numbers go with it.")).to_be_visible()
    page.get_by_label("Type support to confirm").fill("support")
    page.get_by_role("button", name="Delete the pool").click()


def test_by_keyboard_alone(page: Page, pools: str, store: PoolStore) -> None:
    page.goto(pools)
    _press(page, page.get_by_role("link", name="Create the first one"))
    expect(page.get_by_label("Pool id")).to_be_focused()
    page.keyboard.type("support")
    page.keyboard.press("Enter")
    _tab_to(page, page.get_by_label("Phone numbers"))
    page.keyboard.insert_text(LIST)
    _choose_the_united_kingdom(page)
    _expect_preview(page)
    _press(page, page.get_by_role("button", name="Add"))
    expect(page.get_by_role("heading", name="Added 2 numbers to support")).to_be_visible()
    _tab_to(page, page.get_by_role("searchbox"))
    page.keyboard.type("4.47911E")
    expect(page.locator("#items tbody tr")).to_have_count(1)
    wait_until_settled(page)
    _press(page, page.get_by_role("link", name="To the pool"))
    _tab_to(page, page.get_by_label("Any number of the pool"))
    page.keyboard.press("ArrowUp")
    expect(page.get_by_label("Don't send")).to_be_checked()
    _press(page, page.get_by_role("button", name="Save"))
    expect(page.get_by_text("Saved")).to_be_visible()
    wait_until_settled(page)
    _press(page, page.get_by_role("button", name="Remove +44 7400 123456"))
    expect(page.locator("#number-count")).to_have_text("1 number")
    wait_until_settled(page)
    _press(page, page.get_by_role("button", name="Undo"))
    expect(page.locator("#number-count")).to_have_text("2 numbers")
    wait_until_settled(page)
    _tab_to(page, page.get_by_role("checkbox", name="+44 7400 123457"))
    page.keyboard.press("Space")
    _press(page, page.get_by_role("button", name="Remove ticked numbers"))
    expect(page.get_by_role("heading", name="Removed 1 number from support")).to_be_visible()
    assert list(store.list_numbers("support", PageRequest()).items) == ["447400123456"]


def _choose_the_united_kingdom(page: Page) -> None:
    """By arrows: who types its name must not be slow."""
    countries = page.get_by_label("Numbers without + are from")
    _tab_to(page, countries)
    page.keyboard.press("End")
    for _ in range(countries.locator("option").count()):
        if countries.input_value() == "GB":
            return
        page.keyboard.press("ArrowUp")
    raise AssertionError("The arrows do not lead there.")


def _press(page: Page, target: Locator) -> None:
    _tab_to(page, target)
    page.keyboard.press("Enter")


def _tab_to(page: Page, target: Locator) -> None:
    """Press Tab until the target has the focus, which has to be seen wherever it is."""
    expect(target).to_be_visible()
    for _ in range(80):
        page.keyboard.press("Tab")
        assert page.evaluate(_FOCUS_IS_SEEN), page.evaluate("document.activeElement.outerHTML")
        if target.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"the keyboard does not reach {target}")


_FOCUS_IS_SEEN = """() => {
  const style = getComputedStyle(document.activeElement);
  const box = document.activeElement.getBoundingClientRect();
  const isMarked = style.outlineStyle !== "none" || style.boxShadow !== "none";
  return document.activeElement === document.body || isMarked && box.width > 0;
}"""
