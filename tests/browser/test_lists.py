"""Lists in the browser: filter, order, pages, and the address that says what is shown."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from numberpools.domain.pools import Pool
from tests.browser.conftest import SlowService, wait_until_settled

IDS = [f"pool-{number:02}" for number in range(30)]


@pytest.fixture
def thirty_pools(make_pool: Callable[..., Pool]) -> None:
    for index, pool_id in enumerate(IDS):
        make_pool(pool_id, [f"4474001{number:05}" for number in range(index)])


@pytest.fixture
def pool_list(page: Page, pools: str, thirty_pools: None) -> Page:
    """The list, ten pools a page."""
    page.goto(f"{pools}?page_size=10")
    return page


def _rows(page: Page) -> Locator:
    return page.locator("tbody tr th")


def _expect_ids(page: Page, ids: list[str]) -> None:
    """And then everything can be used."""
    expect(_rows(page)).to_have_text(ids)
    wait_until_settled(page)


def _expect_query(shown: Page, /, **query: str) -> None:
    """The address says this and no more, in whatever order."""
    shown.wait_for_url(lambda url: sorted(parse_qsl(urlsplit(url).query)) == sorted(query.items()))


def _order_by_numbers_descending(page: Page) -> None:
    for order in ("ascending", "descending"):
        page.get_by_role("link", name="Numbers").click()
        heading = page.get_by_role("columnheader", name="Numbers")
        expect(heading).to_have_attribute("aria-sort", order)
        wait_until_settled(page)


def test_it_filters_as_one_types(pool_list: Page) -> None:
    search = pool_list.get_by_role("searchbox")
    search.press_sequentially("l-07")
    _expect_ids(pool_list, ["pool-07"])
    _expect_query(pool_list, page_size="10", containing="l-07")
    expect(search).to_be_focused()
    expect(search).to_have_value("l-07")
    told = pool_list.locator("#pools-found")
    expect(told).to_have_text("1 pool")
    search.fill("zzz")
    expect(told).to_have_text("0 pools")
    expect(pool_list.get_by_text("No pool's id contains “zzz”.")).to_be_visible()
    search.fill("")
    _expect_ids(pool_list, IDS[:10])
    expect(told).to_be_empty()


def test_a_filtered_list_can_be_passed_on(pool_list: Page, pools: str) -> None:
    _order_by_numbers_descending(pool_list)
    pool_list.get_by_role("searchbox").fill("1")
    shown = ["pool-21", "pool-19", "pool-18", "pool-17", "pool-16", "pool-15", "pool-14"]
    expect(_rows(pool_list)).to_have_text([*shown, "pool-13", "pool-12", "pool-11"])
    pool_list.goto(pool_list.url)
    expect(_rows(pool_list)).to_have_text([*shown, "pool-13", "pool-12", "pool-11"])
    expect(pool_list.get_by_role("searchbox")).to_have_value("1")


def test_filtering_keeps_the_order_that_was_chosen(pool_list: Page) -> None:
    _order_by_numbers_descending(pool_list)
    _expect_ids(pool_list, IDS[:19:-1])
    pool_list.get_by_role("searchbox").fill("pool-0")
    _expect_ids(pool_list, IDS[9::-1])
    assert pool_list.url.count("sort=") == 1


def test_what_is_typed_while_another_order_is_on_its_way_is_shown(pool_list: Page) -> None:
    service = SlowService(pool_list)
    pool_list.get_by_role("link", name="Numbers").click()
    with pool_list.expect_request(re.compile("containing=pool-2")):
        pool_list.get_by_role("searchbox").fill("pool-2")
    service.answer()
    _expect_ids(pool_list, IDS[20:])
    _expect_query(pool_list, page_size="10", containing="pool-2")


def test_a_link_does_not_overtake_the_filter(pool_list: Page) -> None:
    service = SlowService(pool_list)
    asked: list[str] = []
    pool_list.on("request", lambda request: asked.append(request.url))
    with pool_list.expect_request(re.compile("containing=pool-2")):
        pool_list.get_by_role("searchbox").fill("pool-2")
    pool_list.get_by_role("link", name="Next page").click()
    service.answer()
    _expect_ids(pool_list, IDS[20:])
    _expect_query(pool_list, page_size="10", containing="pool-2")
    assert not any("page=2" in url for url in asked)


def test_back_and_forward_work_after_paging_order_and_filter(pool_list: Page) -> None:
    pool_list.get_by_role("link", name="Next page").click()
    _expect_ids(pool_list, IDS[10:20])
    _expect_query(pool_list, page_size="10", page="2")
    pool_list.get_by_role("link", name="Numbers").click()
    _expect_ids(pool_list, IDS[:10])
    pool_list.get_by_role("searchbox").fill("pool-2")
    _expect_ids(pool_list, IDS[20:])
    pool_list.go_back()
    _expect_ids(pool_list, IDS[10:20])
    expect(pool_list.get_by_role("searchbox")).to_have_value("")
    pool_list.go_back()
    _expect_ids(pool_list, IDS[:10])
    pool_list.go_forward()
    _expect_ids(pool_list, IDS[10:20])
    pool_list.go_forward()
    _expect_ids(pool_list, IDS[20:])
    expect(pool_list.get_by_role("searchbox")).to_have_value("pool-2")


def test_back_from_a_pool_shows_the_whole_list(pool_list: Page) -> None:
    pool_list.get_by_role("link", name="Next page").click()
    pool_list.get_by_role("link", name="pool-15").click()
    expect(pool_list.get_by_role("heading", name="pool-15")).to_be_visible()
    pool_list.go_back()
    _expect_ids(pool_list, IDS[10:20])
    expect(pool_list.get_by_role("banner")).to_be_visible()
    expect(pool_list.get_by_role("heading", name="Pools", level=1)).to_have_count(1)


def test_after_going_back_the_list_still_works(pool_list: Page) -> None:
    pool_list.get_by_role("link", name="Next page").click()
    _expect_ids(pool_list, IDS[10:20])
    pool_list.go_back()
    _expect_ids(pool_list, IDS[:10])
    pool_list.get_by_role("searchbox").fill("pool-29")
    _expect_ids(pool_list, ["pool-29"])


def test_one_can_jump_to_a_page(pool_list: Page) -> None:
    number = pool_list.get_by_role("spinbutton", name="Page")
    number.fill("3")
    number.press("Enter")
    _expect_ids(pool_list, IDS[20:])
    _expect_query(pool_list, page_size="10", page="3")
    expect(number).to_be_focused()


@pytest.mark.parametrize("name", ["Next page", "Numbers", "25 a page", "Go"])
def test_the_focus_stays_where_it_was(pool_list: Page, name: str) -> None:
    control = pool_list.get_by_role("link", name=name).or_(
        pool_list.get_by_role("button", name=name)
    )
    control.focus()
    with pool_list.expect_response(re.compile("/pools")):
        pool_list.keyboard.press("Enter")
    wait_until_settled(pool_list)
    expect(control).to_be_focused()


def test_the_focus_stays_at_the_end_of_the_list(pool_list: Page) -> None:
    following = pool_list.get_by_role("link", name="Next page")
    following.focus()
    for ids in (IDS[10:20], IDS[20:]):
        pool_list.keyboard.press("Enter")
        _expect_ids(pool_list, ids)
        wait_until_settled(pool_list)
    expect(following).to_be_disabled()
    expect(following).to_be_focused()


def test_numbers_are_found_by_what_people_type(
    page: Page, pools: str, make_pool: Callable[..., Pool]
) -> None:
    make_pool("support", ["12015550123", "447400123456", "447400123457"])
    page.goto(f"{pools}/support")
    page.get_by_role("searchbox").press_sequentially("+44 7400")
    expect(page.locator("#numbers tbody tr")).to_have_count(2)
    expect(page).to_have_url(re.compile(r"containing=%2B44(\+|%20)7400$"))
    page.reload()
    expect(page.get_by_role("searchbox")).to_have_value("+44 7400")
    expect(page.locator("#numbers tbody tr")).to_have_count(2)
