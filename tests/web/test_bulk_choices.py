"""What a person decides while a pasted list is checked: columns, doubts, and entries typed anew."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4
from xml.etree.ElementTree import Element

import pytest
from flask.testing import FlaskClient

from numberpools.domain.pools import Pool
from numberpools.stores import PoolStore
from tests.web import FRAGMENT, POOLS
from tests.web.brought import numbers_of
from tests.web.conftest import Paste
from tests.web.markup import alerts, read, rows, totals, words

SUPPORT = f"{POOLS}/support"
TABLE = (
    "Name\tOffice\tMobile\nAnn\t+442079460958\t+447400123499\nBob\t+442079460959\t+447400123456\n"
)


@pytest.fixture
def check(editor: FlaskClient, support: Pool) -> Callable[..., Element]:
    """Check a pasted list; gives what is said of it."""

    def send(text: str, **fields: Any) -> Element:
        sent = {"numbers": text, "country": "", **fields}
        answer = editor.post(f"{SUPPORT}/preview", data=sent, headers=FRAGMENT)
        assert answer.status_code == 200
        return read(answer)

    return send


Check = Callable[..., Element]


def sent(page: Element) -> dict[str, list[str]]:
    """What a browser would send of what the fragment has, boxes only if ticked."""
    found: dict[str, list[str]] = {}
    for field in page.iter("input"):
        if field.get("type") != "checkbox" or "checked" in field.attrib:
            found.setdefault(field.get("name", ""), []).append(field.get("value", ""))
    return found


def test_the_columns_of_a_pasted_table_are_offered_and_one_is_read(check: Check) -> None:
    page = check(TABLE)
    assert totals(page)["New"] == 1
    assert sent(page)["columns"] == ["0.2"]
    labels = [words(label) for label in page.findall(".//fieldset//label")]
    assert labels[0].startswith("Office: +442079460958")


def test_other_columns_are_read_once_they_are_ticked(check: Check) -> None:
    fields = sent(check(TABLE)) | {"columns": ["0.1", "0.2"]}
    page = check(TABLE, **fields)
    assert totals(page)["New"] == 3
    assert sent(page)["columns"] == ["0.1", "0.2"]
    longer = check(f"{TABLE}Cid\t+442079460960\t+447400123457\n", **sent(page))
    assert totals(longer)["New"] == 4


def test_what_nobody_has_ticked_is_no_choice(check: Check) -> None:
    fields = sent(check(TABLE))
    other = TABLE.replace("Office", "Mobile").replace("Mobile\n", "Office\n", 1)
    assert sent(check(other, **fields))["columns"] == ["0.1"]


def test_columns_of_another_table_say_nothing(check: Check) -> None:
    fields = sent(check(TABLE)) | {"columns": ["0.0"]}
    assert totals(check(TABLE.replace("Name", "Nom"), **fields))["New"] == 1


def test_a_table_whose_columns_nobody_has_seen_is_looked_at_first(
    editor: FlaskClient, check: Check, paste: Paste, store: PoolStore
) -> None:
    there = paste(TABLE).location or ""
    assert "Nothing has been changed." in editor.get(there).text
    assert store.count_numbers("support") == 3
    paste(TABLE, **sent(check(TABLE)))
    assert store.count_numbers("support") == 4


def test_a_range_stands_for_its_numbers_once_that_is_chosen(
    check: Check, paste: Paste, store: PoolStore
) -> None:
    text = "+447400200000 - +447400200099"
    page = check(text)
    assert (totals(page)["New"], totals(page)["Invalid"]) == (0, 1)
    assert "Expand ranges: put in every number of them (1 entry)" in words(page)
    page = check(text, settled="range")
    assert (totals(page)["New"], totals(page)["Invalid"]) == (100, 0)
    paste(text, settled="range")
    assert len(numbers_of(store)) == 100
    assert store.count_numbers("support") == 103


def test_extensions_are_left_out_once_that_is_chosen(check: Check) -> None:
    text = "+44 7400 123499 ext. 5"
    assert totals(check(text))["Invalid"] == 1
    assert totals(check(text, settled="extension"))["New"] == 1


def test_numbers_that_nobody_knows_are_taken_on_request_and_the_trail_tells(
    editor: FlaskClient, check: Check, paste: Paste, store: PoolStore
) -> None:
    text = "+44 7700 900123\n+44 7400 123499"
    page = check(text)
    assert totals(page)["Invalid"] == 1
    assert "example" in rows(page)[0][2]
    answer = paste(text, settled="example")
    assert "447700900123" in numbers_of(store)
    report = words(read(editor.get(answer.location or "")))
    assert "libphonenumber" in report
    trail = words(read(editor.get(f"{SUPPORT}/history")))
    assert "Started adding 2 numbers, 1 of which libphonenumber does not know" in trail


@pytest.mark.parametrize(
    ("meaning", "number"), [("national", "13212345678"), ("international", "3212345678")]
)
def test_digits_that_can_be_two_numbers_are_read_as_chosen(
    check: Check, paste: Paste, store: PoolStore, meaning: str, number: str
) -> None:
    page = check("3212345678", country="US")
    assert totals(page)["Invalid"] == 1
    paste("3212345678", country="US", meaning=meaning)
    assert number in numbers_of(store)


def test_a_refused_entry_is_typed_anew_where_it_stands(
    check: Check, paste: Paste, store: PoolStore
) -> None:
    text = "O7400 123499\n+44 7400 123498"
    fields = sent(check(text)) | {"instead": ["+44 7400 123499"]}
    page = check(text, **fields)
    assert (totals(page)["New"], totals(page)["Invalid"]) == (2, 0)
    paste(text, **sent(page))
    assert {"447400123498", "447400123499"} <= set(numbers_of(store))


def test_what_was_typed_anew_and_is_refused_too_can_be_typed_again(check: Check) -> None:
    fields = sent(check("O7400 123499")) | {"instead": ["+44 7400 12"]}
    page = check("O7400 123499", **fields)
    assert totals(page)["Invalid"] == 1
    assert (sent(page)["typed"], sent(page)["instead"]) == (["O7400 123499"], ["+44 7400 12"])


@pytest.mark.parametrize("text", ["%PDF-1.7 is no list", "1" * 150_000 + ","])
def test_a_text_that_is_none_is_told(check: Check, text: str) -> None:
    assert words(check(text)).strip()


def test_a_list_that_cant_be_read_is_not_begun(
    editor: FlaskClient, support: Pool, store: PoolStore
) -> None:
    fields = {"form_id": str(uuid4()), "numbers": "%PDF-1.7", "country": "", "action": "add"}
    answer = editor.post(f"{SUPPORT}/operations", data=fields)
    assert answer.status_code == 422
    assert "This is a PDF" in answer.text
    assert alerts(read(answer))


def test_a_column_that_is_not_there_is_told_in_a_sentence(check: Check) -> None:
    page = check(TABLE, columns=["0.7"])
    assert alerts(page) == ["Choose one of the 3 columns of this file."]


def test_columns_as_they_were_offered_are_no_choice_in_whatever_order(check: Check) -> None:
    ranges = (
        "Mobile\tStart\tEnd\n"
        "+447400123499\t+34910050000\t+34910050009\n"
        "+447400123498\t+34910050020\t+34910050029\n"
    )
    fields = sent(check(ranges))
    assert fields["columns"] == ["0.0", "0.1"]
    assert fields["offered"] == ["0.0 0.1"]
