"""``/accounts/<account_id>/pools``: the list of pools."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient

from numberpools.domain.pools import Pool, PoolOrder
from tests.databases import on_both_databases
from tests.web import FRAGMENT, NEW_POOL, POOLS
from tests.web.markup import find, read, rows, words


def _ids(client: FlaskClient, address: str) -> list[str]:
    return [row[0] for row in rows(read(client.get(address)))]


def test_it_works(viewer: FlaskClient, support: Pool) -> None:
    answer = viewer.get(POOLS)
    assert answer.status_code == 200
    assert rows(read(answer)) == [["support", "Any number of the pool", "Preferred", "–", "3", "2"]]


def test_each_pool_leads_to_its_page(viewer: FlaskClient, support: Pool) -> None:
    link = find(read(viewer.get(POOLS)), ".//tbody//a")
    assert link.get("href") == f"{POOLS}/support"


def test_an_account_without_pools_says_so(editor: FlaskClient, account_id: str) -> None:
    empty = find(read(editor.get(POOLS)), ".//div[@class='empty']")
    assert words(empty) == "This account has no pools yet. Create the first one"
    assert find(empty, ".//a").get("href") == NEW_POOL


def test_a_viewer_is_offered_no_new_pool(viewer: FlaskClient, account_id: str) -> None:
    page = read(viewer.get(POOLS))
    assert words(page.find(".//div[@class='empty']")) == "This account has no pools yet."
    assert page.find(f".//a[@href='{NEW_POOL}']") is None


def test_an_unknown_account_is_not_found(viewer: FlaskClient) -> None:
    answer = viewer.get("/accounts/zzzz9999/pools")
    assert answer.status_code == 404
    assert "There is no account zzzz9999." in answer.text


def test_pools_come_in_pages(viewer: FlaskClient, twelve_pools: list[str]) -> None:
    assert _ids(viewer, f"{POOLS}?page_size=10") == twelve_pools[:10]
    assert _ids(viewer, f"{POOLS}?page_size=10&page=2") == twelve_pools[10:]


def test_the_pages_are_linked(viewer: FlaskClient, twelve_pools: list[str]) -> None:
    page = read(viewer.get(f"{POOLS}?page_size=10"))
    bar = find(page, ".//nav[@aria-label='Pages of pools']")
    assert words(bar).startswith("1–10 of 12 pools")
    following = find(bar, ".//a[@aria-label='Next page']").get("href", "")
    assert _ids(viewer, following) == twelve_pools[10:]
    assert find(bar, ".//a[@aria-label='Previous page']").get("href") is None


def test_every_page_size_is_offered(viewer: FlaskClient, twelve_pools: list[str]) -> None:
    for size in (10, 25, 50, 100):
        page = read(viewer.get(f"{POOLS}?page_size={size}"))
        assert find(page, f".//a[@aria-label='{size} a page']").get("aria-current") == "true"


def test_the_page_size_is_remembered(viewer: FlaskClient, twelve_pools: list[str]) -> None:
    assert len(_ids(viewer, POOLS)) == 12
    viewer.get(f"{POOLS}?page_size=10")
    assert len(_ids(viewer, POOLS)) == 10


def test_a_page_size_that_is_not_offered_changes_nothing(
    viewer: FlaskClient, twelve_pools: list[str]
) -> None:
    for size in ("11", "0", "-10", "ten", "", "1000000"):
        assert len(_ids(viewer, f"{POOLS}?page_size={size}")) == 12, size


def test_a_page_that_is_none_is_the_first(viewer: FlaskClient, twelve_pools: list[str]) -> None:
    for page in ("0", "-3", "", "two", "1.5"):
        assert _ids(viewer, f"{POOLS}?page_size=10&page={page}") == twelve_pools[:10], page


@pytest.mark.parametrize("page", ["3", "99999999999999999999999"])
def test_beyond_the_last_page_there_is_a_way_back(
    viewer: FlaskClient, twelve_pools: list[str], page: str
) -> None:
    answer = viewer.get(f"{POOLS}?page_size=10&page={page}")
    assert answer.status_code == 200
    empty = find(read(answer), ".//div[@class='empty']")
    assert words(empty).startswith("There is no page")
    assert _ids(viewer, find(empty, ".//a").get("href", "")) == twelve_pools[10:]


@on_both_databases
def test_it_filters_by_id_whatever_the_case(
    viewer: FlaskClient, make_pool: Callable[..., Pool]
) -> None:
    for pool_id in ("Sales-EU", "sales_us", "support"):
        make_pool(pool_id)
    assert _ids(viewer, f"{POOLS}?containing=SALES") == ["Sales-EU", "sales_us"]
    assert _ids(viewer, f"{POOLS}?containing=+sales-eu+") == ["Sales-EU"]


@pytest.mark.parametrize("pattern", ["%25", "s_l", "\\"])
@on_both_databases
def test_the_filter_knows_no_wildcards(
    viewer: FlaskClient, make_pool: Callable[..., Pool], pattern: str
) -> None:
    make_pool("sales")
    assert _ids(viewer, f"{POOLS}?containing={pattern}") == []


def test_a_filter_that_finds_nothing_says_so(viewer: FlaskClient, support: Pool) -> None:
    empty = find(read(viewer.get(f"{POOLS}?containing=%3Cb%3E")), ".//div[@class='empty']")
    assert words(empty) == "No pool's id contains “<b>”. Show all pools"
    assert _ids(viewer, find(empty, ".//a").get("href", "")) == ["support"]


_COLUMNS: dict[PoolOrder, Callable[[list[str]], object]] = {
    PoolOrder.POOL_ID: lambda row: row[0],
    PoolOrder.FALLBACK: lambda row: {
        "The message's own sender": "CustomFrom",
        "Any number of the pool": "Pool",
        "Don't send": "Reject",
    }[row[1]],
    PoolOrder.LOCALIZED: lambda row: row[2] == "Preferred",
    PoolOrder.PREDICTABLE: lambda row: row[3] == "Preferred",
    PoolOrder.NUMBERS: lambda row: int(row[4]),
    PoolOrder.COUNTRIES: lambda row: int(row[5]),
}


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("order", PoolOrder)
@on_both_databases
def test_it_sorts_by_every_column_in_both_directions(
    viewer: FlaskClient, twelve_pools: list[str], order: PoolOrder, descending: bool
) -> None:
    direction = "&direction=descending" if descending else ""
    page = read(viewer.get(f"{POOLS}?sort={order}{direction}"))
    shown = rows(page)
    expected = sorted(shown, key=lambda row: row[0])
    expected.sort(key=_COLUMNS[order], reverse=descending)  # type: ignore[arg-type]
    assert [row[0] for row in shown] == [row[0] for row in expected]
    sorted_headings = page.findall(".//th[@aria-sort]")
    assert [each.get("aria-sort") for each in sorted_headings] == [
        "descending" if descending else "ascending"
    ]


def test_a_heading_that_is_sorted_by_turns_the_order_round(
    viewer: FlaskClient, twelve_pools: list[str]
) -> None:
    ascending = read(viewer.get(f"{POOLS}?sort=numbers"))
    turned = find(ascending, ".//th[@aria-sort]/a").get("href", "")
    assert _ids(viewer, turned) == twelve_pools[::-1]
    back = find(read(viewer.get(turned)), ".//th[@aria-sort]/a").get("href", "")
    assert _ids(viewer, back) == twelve_pools


def test_an_unknown_order_is_that_of_the_ids(viewer: FlaskClient, twelve_pools: list[str]) -> None:
    assert _ids(viewer, f"{POOLS}?sort=colour&direction=sideways") == twelve_pools


@on_both_databases
def test_links_keep_everything_else_that_the_address_says(
    viewer: FlaskClient, twelve_pools: list[str]
) -> None:
    there = f"{POOLS}?containing=pool&sort=numbers&direction=descending&page_size=10"
    following = find(read(viewer.get(there)), ".//a[@aria-label='Next page']").get("href", "")
    assert parse_qs(urlsplit(following).query) == {
        "containing": ["pool"],
        "sort": ["numbers"],
        "direction": ["descending"],
        "page_size": ["10"],
        "page": ["2"],
    }
    assert _ids(viewer, following) == ["pool-01", "pool-00"]


def test_no_query_leads_its_links_elsewhere(viewer: FlaskClient, twelve_pools: list[str]) -> None:
    for query in (
        "account_id=efgh5678",
        "endpoint=x",
        "_external=1",
        "_scheme=javascript",
        "_external=1&_scheme=javascript",
        "_anchor=x",
        "_method=POST",
        "values=x&self=x",
    ):
        answer = viewer.get(f"{POOLS}?page_size=10&{query}")
        assert answer.status_code == 200
        following = find(read(answer), ".//a[@aria-label='Next page']").get("href", "")
        assert following.startswith(f"{POOLS}?"), query


@on_both_databases
def test_jumping_to_a_page_without_a_script_keeps_order_and_filter(
    viewer: FlaskClient, twelve_pools: list[str]
) -> None:
    page = read(viewer.get(f"{POOLS}?containing=pool&sort=numbers&page_size=10"))
    jump = find(page, ".//nav[@aria-label='Pages of pools']//form")
    sent = {field.get("name"): field.get("value") for field in jump.findall(".//input")}
    assert sent == {"containing": "pool", "sort": "numbers", "page_size": "10", "page": "1"}
    assert jump.get("method") == "get"


def test_filtering_without_a_script_keeps_the_order(
    viewer: FlaskClient, twelve_pools: list[str]
) -> None:
    page = read(viewer.get(f"{POOLS}?sort=numbers&direction=descending&page=2&page_size=10"))
    search = find(page, ".//form[@role='search']")
    fields = [*search.findall(".//input"), *page.findall(f".//input[@form='{search.get('id')}']")]
    sent = {field.get("name"): field.get("value") for field in fields}
    assert sent == {
        "sort": "numbers",
        "direction": "descending",
        "page_size": "10",
        "containing": "",
    }


def test_a_fragment_is_the_table_of_the_page(viewer: FlaskClient, twelve_pools: list[str]) -> None:
    there = f"{POOLS}?sort=numbers&page_size=10"
    fragment = viewer.get(there, headers=FRAGMENT).text
    assert fragment.lstrip().startswith('<div id="pools">')
    assert fragment.strip() in viewer.get(there).text


def test_accounts_do_not_see_each_others_pools(
    viewer: FlaskClient, support: Pool, other_account: str
) -> None:
    assert _ids(viewer, f"/accounts/{other_account}/pools") == []
    assert viewer.get(f"/accounts/{other_account}/pools/support").status_code == 404
