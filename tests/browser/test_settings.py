"""A pool's settings, edited in place."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from numberpools.domain.pools import Fallback, Pool, PoolChanges
from numberpools.stores import PoolStore
from tests.browser.conftest import wait_until_settled


@pytest.fixture
def support(page: Page, pools: str, make_pool: Callable[..., Pool]) -> Page:
    """The page of a pool."""
    make_pool("support")
    page.goto(f"{pools}/support")
    return page


def test_they_are_saved_in_place(support: Page, store: PoolStore) -> None:
    support.get_by_label("Phone numbers").fill("half a list")
    support.get_by_label("Keep the same sender").check()
    _save(support)
    assert store.get_pool("support").predictable_sender_preferred
    support.get_by_label("Don't send").check()
    _save(support)
    assert store.get_pool("support").fallback is Fallback.REJECT
    expect(support.get_by_label("Don't send")).to_be_checked()
    expect(support.get_by_label("Phone numbers")).to_have_value("half a list")


def _save(page: Page) -> None:
    with page.expect_response("**/settings"):
        page.get_by_role("button", name="Save").click()
    wait_until_settled(page)
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()


def test_saving_nothing_says_so(support: Page) -> None:
    support.get_by_role("button", name="Save").click()
    expect(support.get_by_text("Nothing was different")).to_be_visible()


def test_the_focus_stays_on_save(support: Page) -> None:
    save = support.get_by_role("button", name="Save")
    save.focus()
    support.keyboard.press("Enter")
    expect(support.get_by_text("Nothing was different")).to_be_visible()
    expect(save).to_be_focused()


def test_a_conflict_is_shown_and_can_be_overwritten(support: Page, store: PoolStore) -> None:
    support.get_by_label("Keep the same sender").check()
    support.get_by_label("The message's own sender").check()
    theirs = store.update_pool(
        "support", PoolChanges(fallback=Fallback.REJECT, localized_sender_preferred=False)
    )
    support.get_by_role("button", name="Save").click()
    alert = support.get_by_role("alert")
    expect(alert).to_contain_text("Not saved: somebody changed this pool in the meantime.")
    expect(alert).to_contain_text("now “Don't send”, you chose “The message's own sender”")
    expect(support.get_by_label("Prefer a sender")).not_to_be_checked()
    assert store.get_pool("support") == theirs
    expect(support.get_by_label("Keep the same sender")).to_be_checked()
    support.get_by_role("button", name="Save").click()
    expect(support.get_by_text("Saved", exact=True)).to_be_visible()
    expect(alert).to_have_count(0)
    saved = store.get_pool("support")
    assert saved.fallback is Fallback.CUSTOM_FROM
    assert (saved.localized_sender_preferred, saved.predictable_sender_preferred) == (False, True)


def test_after_a_conflict_one_can_keep_what_is_there(support: Page, store: PoolStore) -> None:
    support.get_by_label("Keep the same sender").check()
    store.update_pool("support", PoolChanges(fallback=Fallback.REJECT))
    support.get_by_role("button", name="Save").click()
    support.get_by_role("link", name="keep what is there").click()
    expect(support.get_by_label("Don't send")).to_be_checked()
    expect(support.get_by_label("Keep the same sender")).not_to_be_checked()


def test_an_error_stands_above_and_keeps_what_was_chosen(support: Page, store: PoolStore) -> None:
    support.get_by_label("Don't send").check()
    store.update_pool("support", PoolChanges(pool_id="renamed"))
    support.get_by_role("button", name="Save").click()
    expect(support.get_by_role("alert")).to_contain_text("There is no pool support")
    expect(support.get_by_label("Don't send")).to_be_checked()
