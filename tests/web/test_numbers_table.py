"""The numbers on a pool's page: pages, jumping, filter, ticks."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient

from numberpools.domain.pools import Pool
from numberpools.stores import PoolStore
from tests.databases import on_both_databases
from tests.web import POOLS
from tests.web.conftest import NUMBERS
from tests.web.markup import find, read, rows, words

SUPPORT = f"{POOLS}/support"


def _shown(client: FlaskClient, **query: object) -> list[str]:
    answer = client.get(f"{SUPPORT}?{urlencode(query)}")
    assert answer.status_code == 200
    return [
        "".join(filter(str.isdigit, cell))
        for cell, *_ in rows(find(read(answer), ".//*[@id='numbers']"))
    ]


def test_it_works(viewer: FlaskClient, support: Pool) -> None:
    assert rows(read(viewer.get(SUPPORT))) == [
        ["+1 201-555-0123", "🇺🇸 United States"],
        ["+44 7400 123456", "🇬🇧 United Kingdom"],
        ["+44 7400 123457", "🇬🇧 United Kingdom"],
    ]


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("80012345678", ["+800 1234 5678", "–"]),
        ("9990000000", ["+9990000000", "–"]),
        ("0000000", ["+0000000", "–"]),
        ("38343201234", ["+383 43 201 234", "🇽🇰 Kosovo"]),
    ],
)
def test_odd_numbers_are_shown_too(
    viewer: FlaskClient, empty_pool: Pool, store: PoolStore, number: str, shown: list[str]
) -> None:
    store.add_numbers("empty", [number])
    assert rows(read(viewer.get(f"{POOLS}/empty"))) == [shown]


def test_a_pool_without_numbers_says_so(
    editor: FlaskClient, viewer: FlaskClient, empty_pool: Pool
) -> None:
    said = [
        words(read(client.get(f"{POOLS}/empty")).find(".//div[@class='empty']"))
        for client in (editor, viewer)
    ]
    assert said == [
        "This pool has no numbers yet. Paste some into the box above.",
        "This pool has no numbers yet.",
    ]


def test_numbers_come_in_pages(viewer: FlaskClient, pool_with_thirty_numbers: Pool) -> None:
    assert _shown(viewer) == NUMBERS[:25]
    assert _shown(viewer, page=2) == NUMBERS[25:]
    assert _shown(viewer, page=3, page_size=10) == NUMBERS[20:]
    assert _shown(viewer) == NUMBERS[:10]


@on_both_databases
def test_one_can_jump_to_a_page(viewer: FlaskClient, pool_with_thirty_numbers: Pool) -> None:
    page = read(viewer.get(f"{SUPPORT}?page_size=10&containing=447400"))
    jump = find(page, ".//nav[@aria-label='Pages of numbers']//form")
    field = find(jump, ".//input[@name='page']")
    assert (field.get("min"), field.get("max"), field.get("value")) == ("1", "3", "1")
    sent = {each.get("name", ""): each.get("value") for each in jump.findall(".//input")}
    assert _shown(viewer, **sent | {"page": 3}) == NUMBERS[20:]


@pytest.mark.parametrize("page", [4, 10**30])
def test_beyond_the_last_page_there_is_a_way_back(
    viewer: FlaskClient, pool_with_thirty_numbers: Pool, page: int
) -> None:
    empty = find(read(viewer.get(f"{SUPPORT}?page_size=10&page={page}")), ".//div[@class='empty']")
    assert words(empty).endswith("To the last page")
    assert find(empty, ".//a").get("href") == f"{SUPPORT}?page_size=10&page=3"


def test_it_filters_by_the_digits_of_whatever_is_typed(viewer: FlaskClient, support: Pool) -> None:
    for typed in (
        "447400123456",
        "+44 7400 123456",
        "7400-123456",
        "(0)123456",
        "07400 123456",
        "0044 7400 123456",
        "123456",
        "٧٤٠٠١٢٣٤٥٦",  # Arabic-Indic
        "۷۴۰۰۱۲۳۴۵۶",  # Persian
        "７４００１２３４５６",  # full-width
        "\u00a07400\u202f123456 ",
    ):
        assert _shown(viewer, containing=typed) == ["447400123456"], typed


@on_both_databases
def test_it_filters_by_any_part(viewer: FlaskClient, support: Pool) -> None:
    for typed in (
        "+44 7400",
        "447400",
        "12345",
        "+",
    ):
        assert {"447400123456", "447400123457"} <= set(_shown(viewer, containing=typed)), typed


@on_both_databases
def test_a_zero_that_was_typed_counts_where_it_stands_in_a_number(
    viewer: FlaskClient, support: Pool
) -> None:
    assert _shown(viewer, containing="0012") == ["447400123456", "447400123457"]
    assert _shown(viewer, containing="0") == ["12015550123", "447400123456", "447400123457"]


def test_a_filter_stays_as_it_was_typed(viewer: FlaskClient, support: Pool) -> None:
    page = read(viewer.get(f"{SUPPORT}?containing=%2B44+7400"))
    assert find(page, ".//input[@type='search']").get("value") == "+44 7400"


def test_a_filter_that_finds_nothing_says_so(viewer: FlaskClient, support: Pool) -> None:
    empty = find(read(viewer.get(f"{SUPPORT}?containing=999")), ".//div[@class='empty']")
    assert words(empty) == "No number of this pool contains “999”. Show all numbers"
    assert find(empty, ".//a").get("href") == SUPPORT


def test_words_are_no_part_of_a_number(viewer: FlaskClient, support: Pool) -> None:
    empty = find(read(viewer.get(f"{SUPPORT}?containing=sales")), ".//div[@class='empty']")
    assert words(empty).startswith("No number of this pool contains “sales”.")


def test_the_filter_works_across_pages(viewer: FlaskClient, pool_with_thirty_numbers: Pool) -> None:
    shown = [
        number
        for page in (1, 2, 3)
        for number in _shown(viewer, containing="1234", page=page, page_size=10)
    ]
    assert shown == NUMBERS


def test_all_on_the_page_can_be_ticked_and_unticked(editor: FlaskClient, support: Pool) -> None:
    def ticks(address: str) -> tuple[list[bool], str, str]:
        page = read(editor.get(address))
        boxes = page.findall(".//input[@name='number']")
        switch = find(page, ".//th[@class='tick']/a")
        return ["checked" in box.attrib for box in boxes], words(switch), switch.get("href", "")

    before, word, there = ticks(SUPPORT)
    assert (before, word) == ([False] * 3, "All on this page")
    after, word, back = ticks(there)
    assert (after, word) == ([True] * 3, "None on this page")
    assert ticks(back)[0] == [False] * 3


def test_ticks_do_not_travel_to_another_page(
    editor: FlaskClient, pool_with_thirty_numbers: Pool
) -> None:
    page = read(editor.get(f"{SUPPORT}?selected=all&page_size=10"))
    for name in ("Next page", "25 a page"):
        assert "selected" not in find(page, f".//a[@aria-label='{name}']").get("href", "")
