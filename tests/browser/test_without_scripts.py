"""Everything once more with JavaScript off (the main job is in test_main_job.py)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from numberpools.domain.pools import Fallback, Pool, PoolChanges
from numberpools.stores import PoolStore
from tests.browser.conftest import OpenPage

IDS = [f"pool-{number:02}" for number in range(30)]


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    return open_page(java_script_enabled=False)


@pytest.fixture
def support(page: Page, pools: str, make_pool: Callable[..., Pool]) -> Page:
    """The page of a pool with thirty numbers."""
    make_pool("support", [f"4474001{number:05}" for number in range(30)])
    page.goto(f"{pools}/support?page_size=10")
    return page


def test_a_list_is_sorted_filtered_and_turned_over(
    page: Page, pools: str, make_pool: Callable[..., Pool]
) -> None:
    for index, pool_id in enumerate(IDS):
        make_pool(pool_id, [f"4474001{number:05}" for number in range(index)])
    page.goto(f"{pools}?page_size=10")
    rows = page.locator("tbody th")
    page.get_by_role("link", name="Numbers").click()
    heading = page.get_by_role("columnheader", name="Numbers")
    expect(heading).to_have_attribute("aria-sort", "ascending")
    page.get_by_role("link", name="Numbers").click()
    expect(rows).to_have_text(IDS[:19:-1])
    page.get_by_role("link", name="Next page").click()
    expect(rows).to_have_text(IDS[19:9:-1])
    page.get_by_role("spinbutton", name="Page").fill("3")
    page.get_by_role("button", name="Go").click()
    expect(rows).to_have_text(IDS[9::-1])
    page.get_by_role("searchbox").fill("pool-1")
    page.get_by_role("button", name="Filter pools by id").click()
    expect(rows).to_have_text(IDS[19:9:-1])
    page.go_back()
    expect(rows).to_have_text(IDS[9::-1])


def test_all_on_a_page_are_ticked_and_removed(support: Page, store: PoolStore) -> None:
    support.locator("#numbers-tick").click()
    support.get_by_role("button", name="Remove ticked numbers").click()
    expect(support.get_by_role("heading", name="Removed 10 numbers from support")).to_be_visible()
    assert store.count_numbers("support") == 20


def test_a_removal_keeps_the_place_in_the_list(support: Page) -> None:
    support.get_by_role("link", name="Next page").click()
    support.get_by_role("button", name="Remove +44 7400 100012").click()
    expect(support.get_by_text("Removed +44 7400 100012.")).to_be_visible()
    expect(support.get_by_role("spinbutton", name="Page")).to_have_value("2")


def test_a_conflict_is_shown_and_saving_again_saves_what_was_chosen(
    support: Page, store: PoolStore
) -> None:
    support.get_by_label("Keep the same sender").check()
    store.update_pool("support", PoolChanges(fallback=Fallback.REJECT))
    support.get_by_role("button", name="Save").click()
    expect(support.get_by_role("alert")).to_contain_text("Not saved: somebody changed this pool")
    support.get_by_role("button", name="Save").click()
    expect(support.get_by_text("Saved.")).to_be_visible()
    saved = store.get_pool("support")
    assert (saved.fallback, saved.predictable_sender_preferred) == (Fallback.REJECT, True)


def test_a_pool_is_renamed(support: Page) -> None:
    support.get_by_role("link", name="Rename").click()
    support.get_by_label("New id").fill("help")
    support.get_by_role("button", name="Rename").click()
    expect(support.get_by_role("heading", name="help", level=1)).to_be_visible()
    expect(support.get_by_text("The pool support is now called help.")).to_be_visible()


def test_it_follows_the_systems_dark_mode(open_page: OpenPage, pools: str) -> None:
    colours = set()
    for scheme in ("light", "dark"):
        page = open_page(java_script_enabled=False, color_scheme=scheme)
        page.goto(pools)
        expect(page.get_by_role("heading", name="Pools")).to_be_visible()
        colours.add(page.locator("body").evaluate("body => getComputedStyle(body).backgroundColor"))
    assert len(colours) == 2
