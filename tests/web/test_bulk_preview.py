"""``/pools/<pool_id>/preview``: what a list would do, before anything is done."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Callable
from io import StringIO
from xml.etree.ElementTree import Element

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from numberpools.domain.pools import Pool
from numberpools.stores import PoolStore
from tests.databases import on_both_databases
from tests.web import FRAGMENT, POOLS
from tests.web.markup import find, form, read, rows, totals, words

SUPPORT = f"{POOLS}/support"
PREVIEW = f"{SUPPORT}/preview"
LIST = """\
name;number
Ann;+44 7400 123499
Bob;+44 7400 123456
Ann again;0044 (0)7400-123499
Cid;4.47911E+11
"""


def _preview(
    client: FlaskClient, text: str, country: str = "", headers: dict[str, str] = FRAGMENT
) -> TestResponse:
    answer = client.post(PREVIEW, data={"numbers": text, "country": country}, headers=headers)
    assert answer.status_code == 200
    return answer


def typed(page: Element) -> dict[str, str]:
    """What stands in the fields of the refused entries, by line."""
    return {
        words(find(row, "td")): find(row, ".//input[@name='instead']").get("value", "")
        for row in page.findall(".//tbody/tr")
    }


def test_it_works(editor: FlaskClient, store: PoolStore, support: Pool) -> None:
    page = read(_preview(editor, LIST))
    assert totals(page) == {
        "New": 1,
        "Already in the pool": 1,
        "Duplicates in the list": 1,
        "Invalid": 1,
    }
    assert typed(page) == {"5": "4.47911E+11"}
    assert all(len(row[2]) > 20 for row in rows(page))
    assert store.count_numbers("support") == 3


def test_the_page_says_the_same_and_keeps_the_list(editor: FlaskClient, support: Pool) -> None:
    fragment = read(_preview(editor, LIST, "GB"))
    page = read(_preview(editor, LIST, "GB", headers={}))
    assert words(page.find(".//*[@id='preview']")) == words(fragment.find("*[@id='preview']"))
    served = form(page, f"{SUPPORT}/operations")
    assert (served["numbers"], served["country"]) == (LIST, "GB")


def test_the_page_keeps_empty_lines_so_that_lines_keep_their_numbers(
    editor: FlaskClient, support: Pool
) -> None:
    page = read(_preview(editor, "\n\nnothing", headers={}))
    assert form(page, f"{SUPPORT}/operations")["numbers"] == "\n\nnothing"


def test_national_numbers_take_the_chosen_country(editor: FlaskClient, support: Pool) -> None:
    assert totals(read(_preview(editor, "07400 123456")))["Invalid"] == 1
    assert totals(read(_preview(editor, "07400 123456", "GB")))["Already in the pool"] == 1
    assert totals(read(_preview(editor, "07400 123456", "XX")))["Invalid"] == 1


@pytest.mark.parametrize("text", ["", "  \n\t\n"])
def test_without_a_list_it_says_so(editor: FlaskClient, support: Pool, text: str) -> None:
    page = read(_preview(editor, text))
    assert words(page.find("*[@id='preview']")) == "Nothing to check yet."


def test_of_many_invalid_entries_it_shows_a_hundred(editor: FlaskClient, support: Pool) -> None:
    page = read(_preview(editor, "nothing\n" * 1234))
    assert len(rows(page)) == 100
    assert totals(page)["Invalid"] == 1234
    assert words(page).endswith("And 1,134 more. The file has all of them. All entries as CSV")


def _first_rows(page: Element) -> dict[str, list[str]]:
    """The rows that are folded away, by what they are called."""
    return {
        words(find(each, "summary")): [words(row) for row in each.findall(".//li")]
        for each in page.findall(".//details[@class='first-rows']")
    }


def test_it_has_the_first_rows_of_each_kind(editor: FlaskClient, support: Pool) -> None:
    page = read(_preview(editor, f"{LIST}\nDan;07400 123498", "GB"))
    assert _first_rows(page) == {
        "New ones": [
            "Line 2 +44 7400 123499",
            "Line 7 +44 7400 123498 “07400 123498”",
        ],
        "Those already in the pool": ["Line 3 +44 7400 123456"],
        "Duplicates": [
            "Line 4 +44 7400 123499 “0044 (0)7400-123499” The same number stands on line 2."
        ],
    }
    assert page.findall(".//details[@open]") == []


def test_of_many_rows_of_a_kind_it_has_ten_and_stays_small(
    editor: FlaskClient, support: Pool
) -> None:
    text = "\n".join(f"+44 7400 {number:06}" for number in range(200_000, 201_000))
    answer = _preview(editor, f"{text}\n{text}")
    for rows_of_kind in _first_rows(read(answer)).values():
        assert len(rows_of_kind) == 11
        assert rows_of_kind[-1] == "and 990 more"
    assert len(gzip.compress(answer.data)) < 2_000


def _download(client: FlaskClient, text: str) -> TestResponse:
    """Press the button that a preview has for it."""
    page = read(_preview(client, text))
    [button] = [each for each in page.findall(".//button") if words(each) == "All entries as CSV"]
    return client.post(button.get("formaction", ""), data={"numbers": text, "country": ""})


def test_all_of_it_can_be_downloaded(
    editor: FlaskClient, store: PoolStore, make_pool: Callable[..., Pool], support: Pool
) -> None:
    make_pool("marketing", ["447400123498"])
    answer = _download(editor, f"{LIST}=1+1; +44 7400 123498")
    assert answer.content_type == "text/csv; charset=utf-8"
    assert 'filename="support-preview.csv"' in answer.headers["Content-Disposition"]
    assert answer.text.splitlines()[0] == "line,text,number,outcome,reason,note,sheet"
    found = list(csv.DictReader(StringIO(answer.text, newline="")))
    assert [(row["line"], row["number"], row["outcome"]) for row in found] == [
        ("2", "447400123499", "New"),
        ("3", "447400123456", "Already in the pool"),
        ("4", "447400123499", "Duplicate"),
        ("5", "", "Invalid"),
        ("6", "447400123498", "New, and in marketing"),
    ]
    assert found[2]["reason"] == "The same number stands on line 2."
    assert store.count_numbers("support") == 3


def test_no_cell_of_it_is_a_formula(editor: FlaskClient, support: Pool) -> None:
    assert "\n1,'=1+1," in _download(editor, "=1+1").text.replace("\r\n", "\n")


def test_a_very_long_list_is_not_downloaded_here(editor: FlaskClient, support: Pool) -> None:
    answer = editor.post(f"{PREVIEW}.csv", data={"numbers": "+44 7400 123456\n" * 200_000})
    assert answer.content_type == "text/html; charset=utf-8"
    assert LONG in answer.text


LONG = "This is a long list: it will be read in the background"


def test_it_says_that_a_long_list_is_looked_at_first(editor: FlaskClient, support: Pool) -> None:
    assert LONG not in _preview(editor, "+44 7400 123456\n" * 1000).text
    answer = _preview(editor, "+44 7400 123456\n" * 1001)
    assert LONG in answer.text
    assert totals(read(answer))["Duplicates in the list"] == 1000


def test_a_very_long_list_is_not_looked_at_here(editor: FlaskClient, support: Pool) -> None:
    answer = _preview(editor, "+44 7400 123456\n" * 200_000)  # more than other requests may have
    assert LONG in answer.text
    assert totals(read(answer)) == {}


@on_both_databases
def test_it_names_the_other_pools_in_which_new_ones_stand(
    editor: FlaskClient, make_pool: Callable[..., Pool], support: Pool
) -> None:
    make_pool("marketing", ["447400123499", "447400123456"])
    page = read(_preview(editor, "+44 7400 123499\n+44 7400 123498\n+44 7400 123456"))
    named = page.findall(".//div[@class='form-text']//li")
    assert [words(each) for each in named] == ["+44 7400 123499 in marketing"]


@pytest.mark.parametrize(
    ("typed", "is_warned"),
    [("+1 201 555 0199", True), ("+1 416 555 0199", True), ("+44 7400 123499", False)],
)
def test_american_numbers_bring_a_word_about_campaigns(
    editor: FlaskClient, support: Pool, typed: str, is_warned: bool
) -> None:
    assert ("10DLC" in _preview(editor, typed).text) is is_warned


def test_american_numbers_that_are_there_already_bring_none(
    editor: FlaskClient, support: Pool
) -> None:
    assert "10DLC" not in _preview(editor, "+1 201 555 0123").text


def test_what_was_typed_is_shown_as_text(editor: FlaskClient, support: Pool) -> None:
    answer = _preview(editor, "<script>alert(1)</script>")
    assert "<script" not in answer.text
    assert typed(read(answer)) == {"1": "<script>alert(1)</script>"}


@pytest.mark.parametrize("text", ["\x00", "+44 7400 123499\x00", "\ufeff+44\u00a07400 123499\r\n"])
@on_both_databases
def test_invisible_characters_do_no_harm(editor: FlaskClient, support: Pool, text: str) -> None:
    _preview(editor, text)


def test_a_number_that_nobody_has_can_be_removed_where_it_is_in_the_pool(
    editor: FlaskClient, store: PoolStore, support: Pool
) -> None:
    assert totals(read(_preview(editor, "+44 7400 900123")))["Invalid"] == 0
    unknown = "+44 7700 900123"
    assert totals(read(_preview(editor, unknown)))["Invalid"] == 1
    store.add_numbers("support", ["447700900123"])
    assert totals(read(_preview(editor, unknown)))["Already in the pool"] == 1
