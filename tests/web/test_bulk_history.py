"""``/operations`` of an account and of a pool: who did what and when, and how it ended."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from xml.etree.ElementTree import Element

import pytest
from flask.testing import FlaskClient

from numberpools.domain.pools import Pool
from tests.databases import on_both_databases
from tests.web import FRAGMENT, POOLS
from tests.web.conftest import NUMBERS, Paste
from tests.web.markup import find, form, read, rows, words

OPERATIONS = "/accounts/abcd1234/operations"
OF_SUPPORT = f"{POOLS}/support/operations"


@pytest.fixture
def history(paste: Paste, submit: Paste, support: Pool, empty_pool: Pool) -> list[str]:
    """Addresses of operations, oldest first: one that has ended in each pool, one that waits."""
    sent = [
        paste("+44 7400 123499\nnothing"),
        paste("\n".join(NUMBERS), pool_id="empty"),
        submit("+44 7400 123456", action="remove"),
    ]
    return [answer.location or "" for answer in sent]


@on_both_databases
def test_it_works(viewer: FlaskClient, history: list[str]) -> None:
    page = read(viewer.get(OPERATIONS))
    assert [row[:5] for row in rows(page)] == [
        ["Removing 1 number from support", "Waiting", "0 of 1", "0", "Development editor"],
        ["Added 30 numbers to empty", "Finished", "30 of 30", "0", "Development editor"],
        ["Added 1 number to support", "Finished", "1 of 2", "1", "Development editor"],
    ]
    links = [link.get("href") for link in page.findall(".//tbody//a")]
    assert links == history[::-1]


def test_a_pool_has_its_own(viewer: FlaskClient, history: list[str]) -> None:
    page = read(viewer.get(OF_SUPPORT))
    assert words(page.find(".//h1")) == "Operations on support"
    assert [row[0] for row in rows(page)] == [
        "Removing 1 number from support",
        "Added 1 number to support",
    ]


def test_lists_that_were_not_started_are_none(
    viewer: FlaskClient, paste: Paste, support: Pool
) -> None:
    paste("+44 7400 123499", action="look")
    page = read(viewer.get(OPERATIONS))
    assert rows(page) == []
    assert words(find(page, ".//div[@class='empty']")) == (
        "Nobody has added, removed or moved a list of numbers here yet."
    )


@pytest.fixture
def lists(submit: Paste, paste: Paste, support: Pool, empty_pool: Pool) -> list[str]:
    """Addresses of lists that were not started: for each pool one that was read, and one to be."""
    sent = [
        paste("", file=(BytesIO(b"+44 7400 123499"), "people.csv")),
        paste("nothing here;", action="look", pool_id="empty"),
        paste("", file=(BytesIO(b"%PDF-1.7"), "numbers.pdf")),
        submit("+44 7400 123499", action="look"),
    ]
    return [answer.location or "" for answer in sent]


WAITING = ".//ul[@aria-label='Lists that were not started']"


def _waiting(page: Element) -> list[tuple[str, str]]:
    """The words up to the time, and where they lead, of each list."""
    return [
        (words(each).rpartition(", ")[0], find(each, "a").get("href", ""))
        for each in find(page, WAITING)
    ]


@on_both_databases
def test_lists_that_were_not_started_can_be_found_again(
    viewer: FlaskClient, lists: list[str]
) -> None:
    by = "brought by Development editor"
    expected = [
        (f"Being read: a pasted list for support, {by}", lists[3]),
        (f"Can't be read: numbers.pdf for support, {by}", lists[2]),
        (f"To be looked at: a pasted list for empty, {by}", lists[1]),
        (f"To be looked at: people.csv for support, {by}", lists[0]),
    ]
    assert _waiting(read(viewer.get(OPERATIONS))) == expected
    of_support = [
        (text.replace(" for support", ""), there) for text, there in expected if there != lists[1]
    ]
    for page in (OF_SUPPORT, f"{POOLS}/support"):
        assert _waiting(read(viewer.get(page))) == of_support


def test_of_many_lists_the_pools_page_shows_three(
    viewer: FlaskClient, submit: Paste, support: Pool
) -> None:
    for last in range(5):
        submit(f"+44 7400 12349{last}", action="look")
    shown = read(viewer.get(f"{POOLS}/support")).findall(f"{WAITING}/li")
    assert len(shown) == 4
    assert words(shown[3]) == "And 2 more lists"
    there = find(shown[3], "a").get("href", "")
    assert len(read(viewer.get(there)).findall(f"{WAITING}/li")) == 5


def test_lists_that_were_started_or_discarded_are_not_named(
    editor: FlaskClient, lists: list[str]
) -> None:
    sent = form(read(editor.get(lists[0])), f"{lists[0]}/begin") | {"action": "add"}
    editor.post(f"{lists[0]}/begin", data=sent)
    for each in lists[1:]:
        editor.post(f"{each}/discard")
    for page in (OPERATIONS, f"{POOLS}/support"):
        assert read(editor.get(page)).find(WAITING) is None


@on_both_databases
def test_many_come_in_pages(viewer: FlaskClient, submit: Paste, support: Pool) -> None:
    for last in range(12):
        submit(f"+44 7400 1234{last:02}")
    page = read(viewer.get(f"{OPERATIONS}?page_size=10"))
    bar = find(page, ".//nav[@aria-label='Pages of operations']")
    assert words(bar).startswith("1–10 of 12 operations")
    following = find(bar, ".//a[@aria-label='Next page']").get("href", "")
    assert len(rows(read(viewer.get(following)))) == 2
    assert "There is no page 9." in viewer.get(f"{OPERATIONS}?page=9").text


def test_a_fragment_is_the_table_of_the_page(viewer: FlaskClient, history: list[str]) -> None:
    fragment = viewer.get(OPERATIONS, headers=FRAGMENT).text.strip()
    assert fragment.startswith('<div id="operations">')
    assert fragment in viewer.get(OPERATIONS).text


@pytest.mark.parametrize(("page", "there"), [(POOLS, OPERATIONS), (f"{POOLS}/support", OF_SUPPORT)])
def test_the_pages_lead_there(viewer: FlaskClient, support: Pool, page: str, there: str) -> None:
    links = read(viewer.get(page)).findall(".//main//a")
    assert [words(link) for link in links if link.get("href") == there] == ["Operations"]


def test_a_pools_page_shows_what_is_under_way(
    viewer: FlaskClient, history: list[str], work_off: Callable[[], None]
) -> None:
    page = read(viewer.get(f"{POOLS}/support"))
    [link] = [each for each in page.findall(".//main//a") if each.get("href") == history[2]]
    assert words(link) == "Removing 1 number from support"
    work_off()
    assert history[2] not in viewer.get(f"{POOLS}/support").text


def test_those_of_another_account_are_not_shown(
    viewer: FlaskClient, account_id: str, other_operation: str
) -> None:
    assert "secret" not in viewer.get(OPERATIONS).text


def test_an_unknown_pool_is_not_found(viewer: FlaskClient, account_id: str) -> None:
    assert viewer.get(f"{POOLS}/nowhere/operations").status_code == 404
