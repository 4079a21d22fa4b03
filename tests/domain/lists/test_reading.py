"""Lists in text files, and the column of numbers in tables of every kind."""

from __future__ import annotations

import csv
from io import StringIO

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from numberpools.domain import lists
from numberpools.domain.lists import Column, Sheet, read
from numberpools.domain.lists.beside import Beside
from numberpools.domain.phone import Line, parse_lines
from numberpools.errors import InvalidInput, UnreadableFile
from tests.domain.lists.workbooks import lines_of, sheet
from tests.domain.memory import memory_below
from tests.examples import examples

TABLE = "Name;Téléphone\r\nZoë;+44 7911 123456\r\nJoe;0044 7911 123457\r\n"
ENCODINGS = [
    "utf-8",
    "utf-8-sig",
    "utf-16",
    "utf-16-le",
    "utf-16-be",
    "cp1252",
    "iso-8859-1",
]


def read_text(text: str, name: str = "list.csv", country: str | None = None) -> Sheet:
    return sheet(name, text.encode(), country)


def names(found: Sheet) -> list[str]:
    return [column.name for column in found.columns]


def test_it_works() -> None:
    found = read_text(TABLE)
    assert found.columns == [
        Column(0, "Name", ["Zoë", "Joe"], 0.0, has_numbers=False),
        Column(1, "Téléphone", ["+44 7911 123456", "0044 7911 123457"], 1.0, has_numbers=True),
    ]
    assert found.guessed == [1]
    assert found.line_count == 3
    assert lines_of(found) == [(2, "+44 7911 123456"), (3, "0044 7911 123457")]
    assert lines_of(found, 0) == [(2, "Zoë"), (3, "Joe")]
    assert lines_of(found) == lines_of(found)


def test_plain_text_has_whole_lines_and_no_columns() -> None:
    found = read_text("Numbers\r\rJane, +447911123456;x\r\n\n447911123457", "list.txt")
    assert (found.columns, found.guessed, found.line_count) == ([], [0], 5)
    wanted = [(1, "Numbers"), (3, "Jane, +447911123456;x"), (5, "447911123457")]
    assert lines_of(found) == wanted


@pytest.mark.parametrize("name", ["list", "list.TXT", "", "a/b\\c.", "list.pdf"])
def test_text_of_any_other_name_is_plain(name: str) -> None:
    assert read_text("447911123456\n", name).columns == []


@pytest.mark.parametrize("name", ["list.csv", "LIST.CSV", "list.tsv", "list.tab", "list.xls"])
def test_text_named_as_a_table_is_one(name: str) -> None:
    assert names(read_text("Name\tPhone\nJane\t+447911123456\n", name)) == ["Name", "Phone"]


def test_a_table_of_one_line_is_a_list() -> None:
    found = read_text("447911123456,447911123457\n\n")
    assert lines_of(found) == [(1, "447911123456,447911123457")]
    assert found.columns == []


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_every_encoding_and_line_end(encoding: str, end: str) -> None:
    found = sheet("list.csv", TABLE.replace("\r\n", end).encode(encoding))
    assert names(found) == ["Name", "Téléphone"]
    assert found.columns[0].samples == ["Zoë", "Joe"]
    assert lines_of(found) == [(2, "+44 7911 123456"), (3, "0044 7911 123457")]
    text = TABLE.replace(";", " ").replace("\r\n", end)
    assert lines_of(sheet("list.txt", text.encode(encoding)))[1] == (2, "Zoë +44 7911 123456")


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_bytes_of_older_programs_spoil_nothing_else(mark: str) -> None:
    """With all of it read as they write, 49 1511 would get lost, and 2345678 be a German number."""
    text = f"{mark}Name;Téléphone\nZoë;0049\u00a01511\u00a02345678\n"
    found = sheet("list.csv", text.encode() + "Müller;+447911123456\n".encode("cp1252"), "DE")
    assert names(found) == ["Name", "Téléphone"]
    assert found.columns[0].samples == ["Zoë", "Müller"]
    numbers = [entry.number for entry in parse_lines(found.lines(), "DE")]
    assert numbers == ["4915112345678", "447911123456"]


def test_a_byte_that_no_program_writes_spoils_its_place_alone() -> None:
    found = sheet("list.csv", b"Name;Phone\nM\x81ller;+447911123456\n")
    assert found.columns[0].samples == ["M\ufffdller"]
    assert lines_of(found) == [(2, "+447911123456")]


def test_neighbours_of_a_byte_of_older_programs_are_read_with_it() -> None:
    found = sheet("list.csv", b"Name;Phone\nZo\xe9\xc3\xa9;+447911123456\n")
    assert found.columns[0].samples == ["ZoéÃ©"]


def test_a_file_cut_within_a_character_is_read() -> None:
    cut = "\ufeffPhone;Name\n+447911123456;Zoë".encode()[:-1]
    assert lines_of(sheet("list.csv", cut)) == [(2, "+447911123456")]


@pytest.mark.parametrize("delimiter", ["\t", ";", "|", ",", "^", "\x1f"])
def test_every_delimiter(delimiter: str) -> None:
    file = StringIO()
    rows = [["Name", "Phone", "Note"], ["Doe, Jane; Dr", "+44 7911 123456", "1,5 | 2\t^ x"]]
    csv.writer(file, delimiter=delimiter).writerows([*rows, ["Joe", "+447911123457", "a\x1fb"]])
    found = read_text(file.getvalue())
    assert names(found) == rows[0]
    assert found.columns[0].samples == ["Doe, Jane; Dr", "Joe"]
    assert lines_of(found) == [(2, "+44 7911 123456"), (3, "+447911123457")]


def test_commas_in_text_and_amounts_part_nothing() -> None:
    text = "Doe, Jane;+44 7911 123456;12,50\nRoe, Joe;+44 7911 123457;3,20\n"
    assert lines_of(read_text(text)) == [(1, "+44 7911 123456"), (2, "+44 7911 123457")]


def test_letters_part_nothing() -> None:
    found = read_text("+447911123456 (MAX)\n+447911123457 (MAX)\n")
    assert names(found) == ["Column A"]


def test_the_delimiter_that_excel_names_is_taken() -> None:
    found = read_text("sep=:\nName:Phone\nJane:+447911123456\n")
    assert names(found) == ["Name", "Phone"]
    assert lines_of(found) == [(3, "+447911123456")]


def test_one_column() -> None:
    found = read_text("+447911123456\n+447911123457\n")
    samples = ["+447911123456", "+447911123457"]
    assert found.columns == [Column(0, "Column A", samples, 1.0, has_numbers=True)]
    assert lines_of(found) == [(1, "+447911123456"), (2, "+447911123457")]


def test_quoted_line_breaks_end_no_line() -> None:
    found = read_text('Name,Phone\n"Jane\r\nDoe","+447911123456\n+447911123457"\nJoe,+447911123458')
    lines = lines_of(found)
    assert lines == [(2, "+447911123456\n+447911123457"), (3, "+447911123458")]
    assert found.line_count == 3
    numbers = [(entry.line, entry.number) for entry in parse_lines(found.lines())]
    assert numbers == [(2, "447911123456"), (2, "447911123457"), (3, "447911123458")]


def test_a_quote_without_its_twin_swallows_no_line() -> None:
    text = 'Name,Phone\n"Jane,+447911123456\nJoe "x",+447911123457\nJo,"+447911123458"\n'
    assert [text for _, text in lines_of(read_text(text))] == [
        "+447911123456",
        "+447911123457",
        '"+447911123458"',
    ]


def test_texts_come_as_written() -> None:
    found = read_text('Name,Phone\nJane,07911 123456\nJoe,"+44 (0)7911 123457"\nJo,="0044791"\n')
    assert [text for _, text in lines_of(found, 1)] == [
        "07911 123456",
        "+44 (0)7911 123457",
        '="0044791"',
    ]


def test_lines_without_the_column_stay_in_the_count() -> None:
    found = read_text("Name;Phone\nJane;+447911123456\nJoe\n;\n;;+447911123457\n")
    assert lines_of(found) == [(2, "+447911123456"), (3, ""), (5, "")]
    assert names(found) == ["Name", "Phone", "Column C"]


@pytest.mark.parametrize("name", ["Riffat", "Gif8", "BZ", "II*", "sep=x", 'sep="', "<John>"])
def test_names_are_not_taken_for_other_kinds(name: str) -> None:
    found = read_text(f"{name};+447911123456\nJoe;+447911123457\n")
    assert lines_of(found, 1) == [(1, "+447911123456"), (2, "+447911123457")]


def test_a_calling_code_in_the_cell_before_comes_with_the_number() -> None:
    found = read_text("Name;Code;Phone\nJane;+44;7911 123456\nJoe;44;7911 123457\nJo;+44;-\n")
    assert (found.guessed, found.beside([2])) == ([2], [Beside(code=1)])
    assert list(found.lines()) == [
        Line(2, "+44 7911 123456", "GB"),
        Line(3, "+44 7911 123457", "GB"),
        Line(4, "-", "GB"),
    ]


@pytest.mark.parametrize("column", [-1, 2, 10**9])
def test_it_refuses_a_column_that_is_not_there(column: int) -> None:
    with pytest.raises(InvalidInput, match="Choose one of the 2 columns of this file"):
        read_text(TABLE).lines([column])


def test_it_refuses_a_second_column_where_there_is_one() -> None:
    with pytest.raises(InvalidInput, match="Choose one of the 1 columns"):
        read_text("+447911123456\n+447911123457\n").lines([1])


def test_three_cells_of_a_column_are_shown() -> None:
    found = read_text("".join(f"+44791112345{place}\n" for place in range(5)))
    assert found.columns[0].samples == ["+447911123450", "+447911123451", "+447911123452"]


@pytest.mark.parametrize(
    ("first_line", "country", "guessed"),
    [
        ("1;2024-05-01;19.99;90210;51.5074456;+12015550123", None, 5),
        ("20155501;20240501 1200;1,999.00;SW1A 1AA;07911 123456;-0.1276474", "GB", 4),
        ("447911123456;x", None, 0),
        ("Jane;jane@example.com;1234567;(201) 555-0123", "US", 3),
        ("1714564800;+447911123456", None, 1),
        ("12345;07911 123456", None, 1),
    ],
)
def test_the_column_of_numbers_is_found(first_line: str, country: str | None, guessed: int) -> None:
    assert read_text(f"{first_line}\n" * 5, country=country).guessed == [guessed]


@pytest.mark.parametrize(
    ("headings", "guessed"),
    [
        ("Order;Fax;Phone;Mobile", [3]),
        ("Bestellung;Telefax;Handy;Privat", [2]),
        ("a;b;c;MSISDN", [3]),
        ("订单;传真;名;手机", [3]),
        ("Order;Landline;Other;Number", [3]),
        ("a;b;c;d", [1, 2, 3]),
    ],
)
def test_headings_settle_what_the_cells_leave_open(headings: str, guessed: list[int]) -> None:
    row = "x;+447911123456;+447911123457;+447911123458\n"
    assert read_text(f"{headings}\n{row}{row}").guessed == guessed


@pytest.mark.parametrize("headings", ["Name;Phone", "Id;Phone", ""])
def test_numbers_with_the_decimals_of_a_spreadsheet_are_found(headings: str) -> None:
    rows = "".join(f"{10000000 + n};{447911123400 + n}.0\n" for n in range(9))
    assert read_text(f"{headings}\n{rows}").guessed == [1]


@pytest.mark.parametrize("headings", ["Name;Phone\n", "Name;Contact\n", ""])
def test_the_column_is_found_where_its_first_rows_are_empty(headings: str) -> None:
    empty = "".join(f"Person {n};\n" for n in range(300))
    found = read_text(f"{headings}{empty}Jane;+447911123456\nJoe;+447911123457\n")
    assert found.guessed == [1]
    assert found.columns[1].samples == ["+447911123456", "+447911123457"]


def test_rows_that_are_not_looked_at_are_counted() -> None:
    first = ["x;;;;;;"] * 210
    further_down = [f"x{';' * column}y" for column in range(1, 7) for _ in range(25)]
    lines = [*first, *further_down, "x;z"]
    assert read_text("\n".join(lines)).line_count == len(lines)


def test_numbers_go_before_a_heading_of_numbers_of_any_kind() -> None:
    rows = "".join(f"{1234560 + n};07911 12345{n}\n" for n in range(5))
    assert read_text(f"Account number;Contact\n{rows}", country="GB").guessed == [1]


def test_numbers_of_no_chosen_country_go_before_ids_that_could_be_numbers() -> None:
    rows = "".join(f"{2015550000 + n};07911 12345{n}\n" for n in range(9))
    assert read_text(f"Order;Phone\n{rows}").guessed == [1]


def test_the_greatest_share_is_taken_of_several_phone_columns() -> None:
    text = "Phone;Mobile\n+447911123456;+447911123456\nn/a;+447911123457\n"
    found = read_text(text)
    assert [column.number_share for column in found.columns] == [0.5, 1.0]
    assert found.guessed == [1]


def test_a_first_line_with_a_number_is_no_heading() -> None:
    lines = read_text("Jane;+447911123456\nJoe;+447911123457\n").lines()
    assert next(lines)[:2] == (1, "+447911123456")


@pytest.mark.parametrize("content", [b"", b" \r\n\t", b"\xef\xbb\xbf", " \n".encode("utf-16")])
def test_it_refuses_an_empty_file(content: bytes) -> None:
    with pytest.raises(UnreadableFile, match="This file is empty"):
        read("list.csv", content)


@pytest.mark.parametrize(
    "content",
    [bytes(1000), bytes(range(256)) * 10, b"\xff\xfe\x00", b"\x7fELF\2\1\1" + bytes(100)],
)
def test_it_refuses_what_is_no_text(content: bytes) -> None:
    with pytest.raises(UnreadableFile, match="neither text nor a spreadsheet"):
        read("list.csv", content)


def test_it_refuses_too_much() -> None:
    for content, words in (
        (b"1" * (lists.MAXIMUM_BYTES + 1), "larger than 20 MB"),
        (b"1\n" * (lists.MAXIMUM_LINES + 1), "more than 500,000 lines"),
        (b"1,2\n" + b"1," * lists.MAXIMUM_COLUMNS + b"1\n", "more than 1,000 columns"),
        (b"1,2\n" + b"1" * 200_000, "no end within 100,000 characters"),
        (b"1," * 500_001, "more than 1,000,000 characters"),
    ):
        with pytest.raises(UnreadableFile, match=words):
            read("list.csv", content)


@pytest.mark.parametrize("name", ["list.txt", "list.csv"])
def test_a_line_may_be_as_long_as_the_refusal_says(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = "+447911123456;Jane\n"
    for module in ("text", "layouts"):
        monkeypatch.setattr(f"numberpools.domain.lists.{module}.LONGEST_LINE", len(line))
    assert len(lines_of(read_text(line * 3, name))) == 3
    with pytest.raises(UnreadableFile, match="characters: put each"):
        read_text(f"{line * 3}x{line}", name)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("list.txt", b"447911123456," * 1_500_000),
        ("list.csv", b"1,2\n1,2\n" + b"11,12," * 3_000_000),
        ("list.csv", b"1,2\n1,2\n" + (b'"' + b"1" * 1_000 + b'\n",') * 12_000 + b"1," * 500_001),
    ],
    ids=["a line", "a row", "a row of many lines"],
)
def test_what_is_too_long_is_refused_in_little_memory(name: str, content: bytes) -> None:
    with memory_below(10_000_000), pytest.raises(UnreadableFile, match=r"characters.* put each"):
        read(name, content)


@pytest.mark.parametrize("name", ["list.txt", "list.csv"])
def test_many_lines_are_read_in_little_memory(name: str) -> None:
    """Of which a tenth as many as there may be show as much, and all of them together 8 MB."""
    content = "\n".join(f"Jane {n};+{447911000000 + n}" for n in range(50_000)).encode()
    with memory_below(4_000_000):
        found = sheet(name, content)
        assert sum(1 for _ in found.lines()) == found.line_count == 50_000


@pytest.mark.parametrize("name", ["list.txt", "list.csv"])
def test_it_takes_as_many_lines_as_there_may_be(name: str) -> None:
    assert sheet(name, b"1\n" * lists.MAXIMUM_LINES).line_count == lists.MAXIMUM_LINES


@pytest.mark.parametrize(("rows", "step"), [(2_000, 1), (2_001, 2), (9_000, 8)])
def test_a_sample_is_taken_evenly_from_all_through_a_sheet(rows: int, step: int) -> None:
    text = "\n".join(f"Jane;+4474{place:08}" for place in range(1, rows + 1))
    sampled = [line.line for line in read_text(text).sampled_lines()]
    assert sampled == [*range(step, rows + 1, step)]


NAMES = st.sampled_from(["list.csv", "list.txt", "list.xlsx", ""])


@examples(500)
@given(NAMES, st.one_of(st.binary(max_size=400), st.text(max_size=200).map(lambda t: t.encode())))
def test_any_bytes_are_read_or_refused(name: str, content: bytes) -> None:
    try:
        found = sheet(name, content, "GB")
    except UnreadableFile:
        return
    for chosen in [None, *([column.index] for column in found.columns)]:
        lines = [line for line, *_ in found.lines(chosen)]
        assert lines == sorted(lines)
        assert lines[-1] == found.line_count


CELLS = st.text(
    st.characters(exclude_characters="\0\ufeff", exclude_categories=["Cs", "Cc"]), max_size=9
)


@examples(300)
@given(st.lists(st.tuples(CELLS, CELLS), min_size=2, max_size=9), st.sampled_from(";\t|,"))
@example([(";", ";")] * 2, "|")
def test_what_a_program_writes_comes_back(rows: list[tuple[str, str]], delimiter: str) -> None:
    file = StringIO()
    numbered = [(*row, f"+44791112345{place}") for place, row in enumerate(rows)]
    csv.writer(file, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows(numbered)
    lines = lines_of(read_text(file.getvalue()), 2)
    assert [text for _, text in lines] == [row[2] for row in numbered]
