"""What of a list is read: its sheets and columns, doubts that are settled, mended entries."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any
from xml.etree.ElementTree import Element

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from numberpools.domain.pools import Pool
from numberpools.stores import PoolStore
from tests.databases import on_both_databases
from tests.domain.lists.workbooks import xlsx
from tests.web import POOLS
from tests.web.brought import begin
from tests.web.conftest import Paste
from tests.web.markup import alerts, find, form, read, rows, totals, words

SUPPORT = f"{POOLS}/support"
TWO_COLUMNS = b"""\
Name;Office;Mobile
Ann;02079460958;+44 7400 123499
Bob;02079460959;+44 7400 123456
"""


@pytest.fixture
def bring(editor: FlaskClient, paste: Paste, support: Pool) -> Callable[..., str]:
    """Bring a file; gives the address of its list."""

    def send(name: str, content: bytes, **fields: str) -> str:
        return paste("", file=(BytesIO(content), name), **fields).location or ""

    return send


Bring = Callable[..., str]


@pytest.fixture
def press(editor: FlaskClient, work_off: Callable[[], None]) -> Callable[..., TestResponse]:
    """Send a form of a list's page; gives the page as it is after that."""

    def send(there: str, name: str, **fields: Any) -> TestResponse:
        answer = editor.post(f"{there}/{name}", data=fields)
        assert (answer.status_code, (answer.location or "").partition("?")[0]) == (303, there)
        work_off()
        return editor.get(there)

    return send


Press = Callable[..., TestResponse]


def ticked(page: Element) -> list[str]:
    boxes = page.findall(".//input[@name='columns'][@checked]")
    return [box.get("value", "") for box in boxes]


def test_columns_are_offered_with_samples(editor: FlaskClient, bring: Bring) -> None:
    there = bring("staff.csv", TWO_COLUMNS)
    page = read(editor.get(f"{there}/columns"))
    labels = [words(label) for label in page.findall(".//fieldset//label")]
    assert labels[:2] == [
        "Office: 02079460958, 02079460959",
        "Mobile: +44 7400 123499, +44 7400 123456",
    ]
    assert labels[2].startswith("Name: Ann, Bob")
    assert ticked(page) == ["0.2"]


@on_both_databases
def test_other_columns_and_another_country_are_read(
    editor: FlaskClient, bring: Bring, press: Press
) -> None:
    there = bring("staff.csv", TWO_COLUMNS)
    page = read(press(there, "columns", columns=["0.1", "0.2"], country="GB"))
    assert totals(page)["New"] == 3
    assert rows(page)[0][1:3] == ["02079460958", "+44 20 7946 0958 🇬🇧 United Kingdom"]
    assert "All 4 entries of the columns Office and Mobile." in words(page)


@pytest.mark.parametrize(
    ("fields", "words_of_refusal"),
    [
        ({"offered": "0.2", "country": ""}, "Choose at least one column of numbers."),
        ({"offered": "0.2", "columns": "x", "country": ""}, "Choose at least one column"),
        ({"columns": "0.1", "country": "XX"}, "Not a valid choice."),
        ({}, "Not a valid choice."),
    ],
)
def test_a_choice_that_is_none_is_refused(
    editor: FlaskClient, brought: str, fields: dict[str, str], words_of_refusal: str
) -> None:
    answer = editor.post(f"{brought}/columns", data=fields)
    assert answer.status_code == 422
    assert words_of_refusal in alerts(read(answer))[0]


@pytest.mark.parametrize("column", ["0.7", "3.0"])
def test_a_column_that_is_not_there_is_told(bring: Bring, press: Press, column: str) -> None:
    there = bring("staff.csv", TWO_COLUMNS)
    page = read(press(there, "columns", columns=column, country=""))
    assert alerts(page)[0].startswith("Choose ")


def test_a_text_has_a_country_and_no_columns(
    editor: FlaskClient, paste: Paste, support: Pool
) -> None:
    there = paste("07400 123456", action="look").location or ""
    page = read(editor.get(f"{there}/columns"))
    assert page.find(".//input[@name='columns']") is None
    assert form(page, f"{there}/columns")["country"] == ""


def test_numbers_that_are_left_out_are_decided_before_the_pool_is_made_equal(
    editor: FlaskClient, bring: Bring, press: Press, store: PoolStore
) -> None:
    there = bring("staff.csv", TWO_COLUMNS)
    page = read(editor.get(there))
    assert "Not read: column Office, 2 rows: 02079460958, 02079460959" in words(page)
    answer = editor.post(f"{there}/compare")
    assert answer.status_code == 422
    assert "say first whether to read them" in alerts(read(answer))[0]
    left_out = form(page, f"{there}/columns")
    page = read(press(there, "columns", **left_out))
    assert "Not read" in words(page)
    assert "Make equal: add 1, remove 2" in press(there, "compare").text


def test_numbers_among_remarks_are_counted_and_decided_too(
    editor: FlaskClient, bring: Bring
) -> None:
    cells = ["no answer"] * 30 + ["call +44 20 7183 8750"]
    lines = "\n".join(f"+4474001234{place:02};{cell}" for place, cell in enumerate(cells))
    there = bring("staff.csv", f"Mobile;Remarks\n{lines}\n".encode())
    said = words(read(editor.get(there)))
    assert "Not read: column Remarks, 1 cell with numbers: call +44 20 7183 8750" in said
    assert editor.post(f"{there}/compare").status_code == 422


def test_ranges_are_decided_before_the_pool_is_made_equal(
    editor: FlaskClient, bring: Bring, press: Press
) -> None:
    there = bring("list.txt", b"+447400123450 - +447400123459\n+12015550123\n")
    answer = editor.post(f"{there}/compare")
    assert answer.status_code == 422
    assert "put in every number of these ranges" in alerts(read(answer))[0]
    press(there, "columns", settled="range", country="")
    assert "Make equal: add 8, remove 0" in press(there, "compare").text


def test_all_visible_sheets_are_read_and_named(
    editor: FlaskClient, bring: Bring, press: Press
) -> None:
    one = [["Name", "Mobile"], ["Ann", "+447400123456"]]
    two = [["+447400123457"], ["+447400123456"]]
    cover = [["How to use this"], ["See below"]]
    there = bring("book.xlsx", xlsx(cover, one, two, [["+12015550123"]], hidden=[3]))
    page = read(editor.get(there))
    said = words(page)
    assert "All 3 entries of the sheets Sheet1 (column Mobile) and Sheet2 (column A)." in said
    assert "Not read: Sheet3 (hidden), column A, 1 row: +12015550123" in said
    assert "No numbers: Sheet, 1 row" in said
    assert [row[0] for row in rows(page)] == ["2 Sheet1", "1 Sheet2", "2 Sheet2"]
    assert rows(page)[2][-1] == "Duplicate The same number stands on line 2 of Sheet1."
    assert editor.post(f"{there}/compare").status_code == 422
    press(there, "columns", columns=["1.1", "2.0", "3.0"], country="")
    assert "Make equal: add 0, remove 0" not in press(there, "compare").text
    assert "The pool has exactly these numbers already." in editor.get(there).text


def test_an_entry_is_mended_where_it_stands(
    editor: FlaskClient, bring: Bring, press: Press, store: PoolStore
) -> None:
    there = bring("list.txt", b"+44 7400 123499\nO7400 123498\n+44 7400 12\n")
    before = form(read(editor.get(there)), f"{there}/begin")
    page = read(press(there, "items/1", text="+44 7400 123498"))
    assert totals(page)["New"] == 2
    assert rows(page)[1][1:] == [
        "+44 7400 123498",
        "+44 7400 123498 🇬🇧 United Kingdom",
        "New Typed in the place of O7400 123498.",
    ]
    assert editor.post(f"{there}/begin", data=before | {"action": "add"}).status_code == 409
    assert totals(read(press(there, "columns", country="GB")))["New"] == 2
    assert begin(editor, there, action="add").status_code == 303


def test_all_that_is_written_alike_is_mended_at_once(bring: Bring, press: Press) -> None:
    there = bring("list.txt", b"O7400 123498\nx 1\nO7400 123498\n")
    page = read(press(there, "items/2", text="+44 7400 123498"))
    assert [row[-1].partition(" ")[0] for row in rows(page)] == ["New", "Invalid", "Duplicate"]


def test_what_was_mended_wrongly_is_told_and_can_be_mended_again(
    bring: Bring, press: Press
) -> None:
    there = bring("list.txt", b"O7400 123498\n")
    page = read(press(there, "items/0", text="+44 7400 12"))
    assert rows(page)[0][-1].startswith("Invalid ")
    page = read(press(there, "items/0", text="+44 7400 123456"))
    assert totals(page)["Already in the pool"] == 1


@pytest.mark.parametrize("text", ["", "+447400123498, +447400123499"])
def test_one_entry_is_typed_in_the_place_of_one(bring: Bring, press: Press, text: str) -> None:
    there = bring("list.txt", b"O7400 123498\n")
    page = read(press(there, "items/0", text=text))
    assert "Type one phone number." in alerts(page)
    assert find(page, ".//input[@name='text']").get("value", "") == text


def test_after_mending_the_next_refused_entry_has_the_focus(bring: Bring, press: Press) -> None:
    there = bring("list.txt", b"x 1\nO7400 123498\n+44 7400 123497\nx 2\n")

    def focused(position: int, text: str) -> str | None:
        page = read(press(there, f"items/{position}", text=text))
        return find(page, ".//*[@autofocus]").get("id")

    assert focused(1, "+44 7400 12") == "mend-1"
    assert focused(1, "+44 7400 123498") == "mend-3"
    assert focused(3, "+44 7400 123499") == "items-title"


def test_what_was_read_in_the_place_of_an_entry_is_told(
    editor: FlaskClient, bring: Bring, press: Press
) -> None:
    there = bring("list.txt", b"x 1\nO7400 123498\n")
    page = read(press(there, "items/1", text="+44 7400 123498"))
    assert "Line 2 is read as +44 7400 123498." in alerts(page)
    assert alerts(read(editor.get(there))) == []


@pytest.mark.parametrize("position", [0, 7])
def test_only_what_was_refused_can_be_mended(
    editor: FlaskClient, bring: Bring, position: int
) -> None:
    there = bring("list.txt", b"+44 7400 123498\n")
    answer = editor.post(f"{there}/items/{position}", data={"text": "+44 7400 123499"})
    assert answer.status_code == 409
    page = read(answer)
    assert "Nothing was read again. This list has changed" in alerts(page)[0]
    assert find(page, f".//a[@href='{there}']") is not None
