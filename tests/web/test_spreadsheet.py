"""CSV that people open in a spreadsheet, with whatever separator it counts on."""

from __future__ import annotations

import csv
from io import StringIO

import pytest

from numberpools.web.spreadsheet import download, harmless

SIGNS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\t", "\r", "\n")


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize(
    "text",
    [
        *(f"{sign}cmd|' /C calc'!A0" for sign in SIGNS),
        "12;=cmd|' /C calc'!A0;",
        "12; @SUM(1)",
        '12;"=1+1',
        '12";=1+1',
        '12;""\uff1d1+1"',
        "12\t-1+1",
        "12\n=1+1",
        "12\r=1+1",
        "12\r\n=1+1",
        "12;+44=1",
        "12;+",
        ";;=1+1",
    ],
)
def test_no_cell_becomes_a_formula(text: str, separator: str) -> None:
    content = download("list.csv", ["line", "text"], [[3, text]]).get_data(as_text=True)
    for row in csv.reader(StringIO(content, newline=""), delimiter=separator):
        assert not [cell for cell in row if cell.strip().startswith(SIGNS)]


@pytest.mark.parametrize("text", ["\t" * 100_000, f"+{'1' * 100_000}x"], ids=["tabs", "digits"])
def test_a_long_cell_takes_no_time(text: str) -> None:
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a; b -c",
        ' "=x',
        "+44 7400 123456",
        "447400123456;+447400123457; +1 201",
        "a-b",
        "1 + 1",
        "x;y = 2",
    ],
)
def test_what_is_none_stays_as_it_is(text: str) -> None:
    assert harmless(text) == text
