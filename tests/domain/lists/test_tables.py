"""What belongs to the numbers of a table, and what stands where it does not belong."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from numberpools.domain.lists import Sheet, read
from numberpools.domain.lists.beside import Beside
from numberpools.domain.lists.headings import ColumnMeaning, meaning_of
from numberpools.domain.phone import Doubt, Line, parse_lines
from numberpools.errors import UnreadableFile
from tests.domain.hangs import no_hang
from tests.domain.lists.exports import NAMES, ROWS, counted, phones
from tests.domain.lists.workbooks import sheet, xlsx
from tests.domain.memory import memory_below
from tests.examples import examples


def pasted(*rows: Sequence[str], country: str | None = None) -> Sheet:
    return sheet("", "\n".join(map("\t".join, rows)).encode(), country)


def numbers_of(found: Sheet, country: str | None = None) -> list[str | None]:
    return [entry.number for entry in parse_lines(found.lines(), country) if not entry.problem]


JANE = ["6463000001", "Jane", "+44 7400 123456"]
JOE = ["6463000009", "Joe", "+44 7400 123457"]


def test_it_works() -> None:
    found = pasted(JANE, JOE, country="US")
    assert found.guessed == [2]
    assert [column.has_numbers for column in found.columns] == [True, False, True]
    assert list(found.lines()) == [Line(1, JANE[2]), Line(2, JOE[2])]
    assert list(found.lines([0])) == [Line(1, JANE[0]), Line(2, JOE[0])]


def test_a_number_above_the_headings_is_a_line() -> None:
    found = pasted(["Ask +44 7400 123458"], ["of 2024-05-01"], ["Id", "Name", "Phone"], JANE, JOE)
    assert [column.name for column in found.columns] == ["Id", "Name", "Phone"]
    assert found.row_count == 2
    assert [line.line for line in found.lines()] == [1, 4, 5]
    assert numbers_of(found) == ["447400123458", "447400123456", "447400123457"]


def test_a_number_that_strays_into_a_column_of_words_is_a_line() -> None:
    stray = ["", "+44 7400 123458"]
    invalid = ["", "+44 7400 12345"]
    found = pasted(*[JANE, JOE] * 10, stray, invalid, country="US")
    assert list(found.lines())[20:] == [Line(21, stray[1]), Line(22, invalid[1])]
    assert list(found.lines([1]))[20:] == [Line(21, stray[1]), Line(22, invalid[1])]


@pytest.mark.parametrize("number", ["06 12 34 56 7{}", "+34 910 05{} 000 - 099", "52 13{}"])
def test_a_row_with_a_number_is_no_row_of_headings(number: str) -> None:
    found = pasted(*(["Jane", number.format(i)] for i in range(4)), country="FK")
    assert found.row_count == 4
    assert [column.name for column in found.columns] in ([], ["Column A", "Column B"])


@pytest.mark.parametrize("number", ["+34 910 05{} 000 - +34 910 05{} 099", "+34 910 05{} 000 x12"])
def test_a_column_of_ranges_or_extensions_is_one_of_numbers(number: str) -> None:
    rows = [["Madrid", f"+34 612 345 00{i}", number.format(i, i)] for i in range(5)]
    found = pasted(["Site", "Mobile", "DDI"], *rows)
    assert [column.has_numbers for column in found.columns] == [False, True, True]
    found = sheet("list.csv", "\n".join(f"{site},{numbers}" for site, _, numbers in rows).encode())
    assert (found.guessed, found.row_count) == ([1], 5)


def test_a_column_with_one_number_far_down_is_named() -> None:
    rows = [["Jane", f"+34612{i:06d}", "none"] for i in range(400)]
    rows[390][2] = "or +34 910 050 000"
    found = pasted(["Name", "Mobile", "Notes"], *rows)
    assert [column.has_numbers for column in found.columns] == [False, True, True]
    assert found.columns[2].samples == ["or +34 910 050 000"]


def test_an_id_without_a_number_is_no_line_of_its_own() -> None:
    found = pasted(JANE, JOE, ["6463000017", "Kim", ""], country="US")
    assert list(found.lines())[2] == Line(3, "")


@pytest.mark.parametrize(
    ("code", "number", "wanted"),
    [
        ("+49", "1512 3456789", "4915123456789"),
        ("49", "0151 23456789", "4915123456789"),
        ("0049", "(0)1512 3456789", "4915123456789"),
        ("+49", "4915123456789", "4915123456789"),
        ("+49", "+44 7400 123456", "447400123456"),
        ("49", "0044 7400 123456", "447400123456"),
        ("Germany (+49)", "1512 3456789", "4915123456789"),
        ("Deutschland", "0151 23456789", "4915123456789"),
        ("DEU", "0151 23456789", "4915123456789"),
        ("GB", "+49 151 23456789", "4915123456789"),
        ("1", "6463000001", "16463000001"),
        ("+800", "12345678", "80012345678"),
    ],
)
def test_a_number_is_read_with_the_code_beside_it(code: str, number: str, wanted: str) -> None:
    found = pasted(["Country code", "Phone"], [code, number], [code, number], country="FR")
    assert numbers_of(found, "FR") == [wanted, wanted]


def test_a_count_without_a_heading_is_no_calling_code() -> None:
    rows = [[str(place), f"201555{place}000"] for place in range(1, 8)]
    assert next(pasted(*rows).lines()) == Line(1, "2015551000")


def test_digits_before_a_number_that_may_be_its_code_come_with_it() -> None:
    """With a 1 that is its calling code, 2015550123 is no number of Egypt."""
    rows = [["1", f"201555{place}000"] for place in range(2, 8)]
    found = pasted(*rows)
    assert next(found.lines()) == Line(1, "1\t2015552000")
    assert numbers_of(found) == []


def test_countries_count_for_the_numbers_that_have_their_name() -> None:
    headings = ["Billing country", "Billing phone", "Shipping country", "Shipping phone"]
    row = ["DE", "0151 23456789", "FR", "06 12 34 56 78"]
    found = pasted(headings, row, row)
    assert found.beside([1, 3]) == [Beside(country=0), Beside(country=2)]
    lines = list(found.lines([1, 3]))[:2]
    assert lines == [Line(2, row[1], "DE"), Line(2, row[3], "FR")]


@pytest.mark.parametrize(
    ("heading", "meaning"),
    [
        ("Phone 1 - Value", ColumnMeaning.PHONE),
        ("Phone 1 - Type", ColumnMeaning.OTHER),
        ("customerId", ColumnMeaning.OTHER),
        ("billing_phone", ColumnMeaning.PHONE),
        ("homePhone", ColumnMeaning.LANDLINE),
        ("Fax number", ColumnMeaning.FAX),
        ("Order phone", ColumnMeaning.PHONE),
        ("Customer notes", ColumnMeaning.NOTES),
        ("WhatsApp", ColumnMeaning.MOBILE),
        ("Hotel", ColumnMeaning.UNKNOWN),
        ("TÉLÉPHONE", ColumnMeaning.PHONE),
        ("Land", ColumnMeaning.COUNTRY),
        ("Landline", ColumnMeaning.LANDLINE),
        ("CEP", ColumnMeaning.UNKNOWN),  # a postcode in Brazil, a mobile phone in Turkey
        ("", ColumnMeaning.UNKNOWN),
    ],
)
def test_headings_say_what_a_column_holds(heading: str, meaning: ColumnMeaning) -> None:
    assert meaning_of(heading) is meaning


def test_cells_of_a_workbook_need_no_text() -> None:
    headings, *rows = ["Order", "Country code", "Phone"], [6463000001, 49, 15123456789]
    content = xlsx([headings, *rows, [6463000009, 49, 15123456780]])
    found = sheet("list.xlsx", content, "US")
    assert (found.guessed, found.beside([2])) == ([2], [Beside(code=1)])
    assert numbers_of(found, "US") == ["4915123456789", "4915123456780"]


PLUS = phones("GB")
OTHERS = st.sampled_from(
    [NAMES, counted(6463000001), counted(2015550001, 9_999), counted(1714564800, 60), [""] * ROWS]
)


@examples(300)
@given(
    st.lists(OTHERS, max_size=4),
    st.integers(0, 4),
    st.sampled_from([None, "US", "DE", "EG"]),
    st.sampled_from("\t;,|"),
    st.sampled_from(["", "list.csv"]),
)
@example([counted(6463000001)], 1, "US", ",", "")
def test_numbers_with_a_plus_are_always_found_beside_ids(
    others: list[list[str]], place: int, country: str | None, delimiter: str, name: str
) -> None:
    columns = [
        [f'"{cell}"' for cell in cells] for cells in [*others[:place], PLUS, *others[place:]]
    ]
    rows = "\n".join(map(delimiter.join, zip(*columns, strict=True)))
    found = sheet(name, rows.encode(), country)
    assert numbers_of(found, country) == [number.replace(" ", "")[1:] for number in PLUS]


@pytest.mark.parametrize("name", ["", "list.csv"])
@pytest.mark.parametrize(
    ("piece", "times"),
    [*((piece, 1_000_000) for piece in '(;"\t- '), ("\n", 300_000), ("a  ", 300_000)]
    + [(piece, 20_000) for piece in ("(\n", ";\n", '"\n', '";"\n', "|-\n", "a  b\n")],
)
def test_much_of_anything_is_read_or_refused_in_little_memory(
    name: str, piece: str, times: int
) -> None:
    content = b"a  b;c\n" + (piece * times).encode()
    with memory_below(1_000_000 + 9 * len(content)), no_hang(), suppress(UnreadableFile):
        read(name, content, "GB")


def test_a_column_with_extensions_is_not_left_out_without_a_word() -> None:
    text = "Main\tExt\n+44 20 7183 8750\t17\n+44 20 7183 8751\t\n+44 20 7183 8752\tExt. 18\n"
    found = sheet("", text.encode())
    entries = list(parse_lines(found.lines()))
    assert found.beside([0]) == [Beside(extension=1)]
    assert [entry.doubt for entry in entries] == [Doubt.EXTENSION, None, Doubt.EXTENSION]
    assert [entry.number for entry in entries] == ["442071838750", "442071838751", "442071838752"]


@pytest.mark.parametrize(
    ("text", "country", "numbers"),
    [
        (
            "Code\tPhone\n49\t30 12345670\n49\t1512 3456789\n",
            "US",
            ["493012345670", "4915123456789"],
        ),
        ("Area\tPhone\n212\t456-1000\n646\t456-1002\n", "US", ["12124561000", "16464561002"]),
        (
            "Area\tPhone\nNorth\t212-456-1000\nSouth\t212-456-1001\n",
            "US",
            ["12124561000", "12124561001"],
        ),
        ("Code\tPhone\n17\t212-456-1000\n18\t212-456-1001\n", "US", ["12124561000", "12124561001"]),
    ],
)
def test_columns_that_are_called_code_or_area_are_used_if_they_hold_such(
    text: str, country: str, numbers: list[str]
) -> None:
    found = sheet("", text.encode(), country)
    assert [entry.number for entry in parse_lines(found.lines(), country)] == numbers


@pytest.mark.parametrize("code", ["+49", "49", "+\t49"])
def test_a_number_that_was_split_into_columns_is_no_other_number(code: str) -> None:
    """By itself 23456789 could be a landline number of Germany."""
    found = sheet("", f"{code}\t151\t23456789\n{code}\t151\t23456780\n".encode(), "DE")
    numbers = [entry.number for entry in parse_lines(found.lines(), "DE")]
    assert numbers == ["4915123456789", "4915123456780"]


@pytest.mark.parametrize(
    ("rows", "country", "numbers"),
    [
        ([("176", "13456789"), ("176", "1234567")], "DE", ["4917613456789", "491761234567"]),
        ([("646", "300-0001"), ("917", "300-0002")], "US", ["16463000001", "19173000002"]),
        ([("203", "30123456"), ("204", "30123457")], "DE", ["4930123456", "4930123457"]),
        ([("17", "9175551000"), ("18", "9175551001")], "US", ["19175551000", "19175551001"]),
    ],
    ids=["mobile", "area", "rooms", "counted"],
)
def test_bare_codes_before_numbers_are_joined_where_that_makes_more_of_them_valid(
    rows: list[tuple[str, str]], country: str, numbers: list[str]
) -> None:
    found = sheet("", "\n".join(map("\t".join, rows)).encode(), country)
    assert [entry.number for entry in parse_lines(found.lines(), country)] == numbers


def test_a_column_of_hidden_digits_is_read_so_that_the_reason_is_told() -> None:
    found = sheet("", "Name\tPhone\nJane\t+44 7400 ****56\nJoe\t+44740•••001\n".encode())
    assert found.guessed == [1]
    entries = list(parse_lines(found.lines()))
    assert all("hidden" in (entry.problem or "") for entry in entries)
