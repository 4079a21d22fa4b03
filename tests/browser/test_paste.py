"""The box for lists of numbers."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect
from sqlalchemy import func, select

from numberpools.db.tables import operations
from numberpools.domain.pools import Pool
from numberpools.stores import PoolStore, Stores


@pytest.fixture
def support(page: Page, pools: str, make_pool: Callable[..., Pool]) -> Page:
    """The page of a pool with one number."""
    make_pool("support", ["447400123456"])
    page.goto(f"{pools}/support")
    return page


def test_a_preview_follows_what_is_typed(support: Page, store: PoolStore) -> None:
    box = support.get_by_label("Phone numbers")
    box.fill("+44 7400 123456\n+44 7400 123499\nnothing here\n07400 123498")
    expect(support.locator("#preview dd")).to_have_text(["1", "1", "0", "2"])
    support.get_by_label("Numbers without + are from").select_option("GB")
    expect(support.locator("#preview dd")).to_have_text(["2", "1", "0", "1"])
    expect(support.get_by_label("What line 3 should say")).to_have_value("nothing here")
    box.fill("")
    expect(support.get_by_text("Nothing to check yet.")).to_be_visible()
    assert store.count_numbers("support") == 1


def test_a_double_click_on_add_makes_one_operation(
    support: Page, stores: Stores, store: PoolStore, account_id: str
) -> None:
    support.get_by_label("Phone numbers").fill("+44 7400 123499")
    expect(support.locator("#preview dd").first).to_have_text("1")
    support.get_by_role("button", name="Add").dblclick()
    expect(support.get_by_role("heading", name="Added 1 number to support")).to_be_visible()
    expect(support.locator("#items tbody tr")).to_contain_text(["Added"])
    query = select(func.count()).where(operations.c.account_id == account_id)
    with stores.database.read() as connection:
        assert connection.scalar(query) == 1
    assert store.count_numbers("support") == 2


def test_after_going_back_another_list_can_be_added(support: Page, store: PoolStore) -> None:
    for number in ("+44 7400 123498", "+44 7400 123499"):
        support.get_by_label("Phone numbers").fill(number)
        support.get_by_role("button", name="Add").click()
        expect(support.get_by_role("row", name=number)).to_contain_text("Added")
        support.go_back()
        expect(support.get_by_role("heading", name="support", level=1)).to_be_visible()
    assert store.count_numbers("support") == 3


def test_a_list_that_was_put_back_is_previewed_at_once(support: Page) -> None:
    support.get_by_label("Phone numbers").fill("+44 7400 123499\nnothing here")
    support.get_by_role("button", name="Add").click()
    support.get_by_role("link", name="Put the failed ones back").click()
    expect(support.get_by_label("Phone numbers")).to_have_value("nothing here")
    expect(support.locator("#preview dd")).to_have_text(["0", "0", "0", "1"])


def test_a_long_list_is_looked_at_first(support: Page, store: PoolStore) -> None:
    numbers = "\n".join(f"447400{number:06}{' ' * 100}" for number in range(2_000))
    support.get_by_label("Phone numbers").evaluate(_FILL, numbers)  # typing it takes a minute
    expect(support.get_by_text("This is a long list")).to_be_visible()
    support.get_by_role("button", name="Add").click()
    expect(support.get_by_role("button", name="Add 2,000")).to_be_visible()
    assert store.count_numbers("support") == 1


_FILL = """(box, text) => {
  box.value = text;
  box.dispatchEvent(new Event("input", { bubbles: true }));
}"""


def test_a_file_that_is_too_large_is_not_sent(support: Page, tmp_path: Path) -> None:
    for name, size in (("large.csv", 20_000_001), ("small.csv", 20_000_000)):
        with (tmp_path / name).open("wb") as file:
            file.truncate(size)
    field = support.get_by_label("Or a file")
    field.set_input_files(tmp_path / "large.csv")
    support.get_by_role("button", name="Add").click()
    assert "more than 20 MB" in field.evaluate("field => field.validationMessage")
    expect(field).to_be_focused()
    field.set_input_files(tmp_path / "small.csv")
    assert field.evaluate("field => field.validationMessage") == ""


def test_an_error_does_not_end_the_preview(support: Page) -> None:
    def fail(route: Route) -> None:
        route.fulfill(
            status=413,
            headers={"HX-Retarget": "#messages", "HX-Reswap": "innerHTML"},
            content_type="text/html",
            body='<div role="alert">This is too much at once.</div>',
        )

    box = support.get_by_label("Phone numbers")
    support.route("**/preview", fail, times=1)
    box.fill("too much")
    expect(support.get_by_role("alert")).to_have_text("This is too much at once.")
    box.fill("+44 7400 123499")
    expect(support.locator("#preview dd").first).to_have_text("1")


def test_all_entries_of_a_preview_can_be_saved(support: Page, store: PoolStore) -> None:
    support.get_by_label("Phone numbers").fill("+44 7400 123456\n+44 7400 123499")
    support.get_by_text("New ones", exact=True).click()
    expect(support.get_by_text("Line 2 +44 7400 123499")).to_be_visible()
    with support.expect_download() as download:
        support.get_by_role("button", name="All entries as CSV").click()
    saved = download.value.path().read_text()
    assert "2,+44 7400 123499,447400123499,New," in saved
    expect(support.get_by_label("Phone numbers")).to_have_value(re.compile("123499"))
    assert store.count_numbers("support") == 1
