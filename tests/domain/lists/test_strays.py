"""Numbers that stand here and there in a column of something else are named, and ids are not."""

from __future__ import annotations

import pytest

from numberpools.domain.lists import Sheet, read
from numberpools.domain.phone import parse_lines
from tests.domain.lists.workbooks import sheet, xlsx

ROWS = 60


def with_remarks(*remarks: str, country: str = "GB", heading: str = "Remarks") -> Sheet:
    """A table of numbers with these remarks, far from one another, among many others."""
    cells = ["called", *["no answer"] * ROWS]
    for place, remark in enumerate(remarks):
        cells[ROWS - 3 * place] = remark
    numbers = [f"+4474001234{place:02}\t{cell}" for place, cell in enumerate(cells)]
    return sheet("", f"Phone\t{heading}\n".encode() + "\n".join(numbers).encode(), country)


@pytest.mark.parametrize(
    ("remark", "country"),
    [
        ("call her at 020 7183 8750", "GB"),
        ("or 02071838750", "GB"),
        ("(020) 7183 8750 after five", "GB"),
        ("her office: 646-300-0001", "US"),
        ("móvil 612345678", "ES"),
        ("+33 6 12 34 56 78", "US"),
        ("tel. 020 7183 8750 ext. 12", "GB"),
    ],
)
def test_a_number_among_remarks_is_named(remark: str, country: str) -> None:
    found = with_remarks(remark, country=country)
    assert found.guessed == [0]
    assert found.columns[1].has_numbers
    assert (found.columns[1].samples, found.columns[1].stray_count) == ([remark], 1)


def test_cells_with_numbers_are_counted_to_the_last_row() -> None:
    numbers = [f"+4474001234{place:02}\tcall" for place in range(60)] * 10
    remarks = [f"+4474001235{place:02}\tor 020 7183 875{place}" for place in range(5)]
    found = sheet("", "\n".join([*numbers, *remarks]).encode(), "GB")
    assert (found.columns[1].stray_count, len(found.columns[1].samples)) == (5, 3)


@pytest.mark.parametrize(
    ("remark", "country", "heading"),
    [
        ("order 6463000001", "US", "Remarks"),
        ("2024-05-01 10:30:00", "US", "Remarks"),
        ("1 234 567,00 EUR", "DE", "Remarks"),
        ("DE89 3704 0044 0532 0130 00", "DE", "Remarks"),
        ("020 7183 8750", "GB", "Customer number"),
    ],
)
def test_what_only_looks_like_a_number_is_not_asked_about(
    remark: str, country: str, heading: str
) -> None:
    assert not with_remarks(remark, country=country, heading=heading).columns[1].has_numbers


def test_ids_of_which_a_few_pass_for_numbers_are_not_asked_about() -> None:
    ids = ["097/134/83596", "897/134/83596", "797/134/83596", "697/134/83596"]
    assert with_remarks("019/832/25104").columns[1].has_numbers
    assert not with_remarks("019/832/25104", *ids).columns[1].has_numbers


def test_a_sheet_with_nothing_but_a_misspelled_number_is_read() -> None:
    content = xlsx([["+447400123456"]], [["O7400 123498"]])
    second = read("book.xlsx", content, "GB").sheets[1]
    [entry] = parse_lines(second.lines(), "GB")
    assert second.guessed == [0]
    assert "has the letter O in it" in (entry.problem or "")


def test_where_nothing_else_is_a_number_the_column_with_strays_is_read() -> None:
    cells = ["called", *["no answer"] * ROWS, "020 7183 8750"]
    text = "Name,Remarks\n" + "\n".join(f"Ann,{cell}" for cell in cells)
    assert read("list.csv", text.encode(), "GB").guessed == {0: (1,)}


def test_remarks_are_read_by_themselves_only_where_nothing_else_is() -> None:
    rows = ["+447400123456\tor +447400123457", "+447400123458\tor +447400123459"]
    assert sheet("", "\n".join(["Line\tNotes", *rows]).encode()).guessed == [0]
    rows = [f"Ann\t{row}" for row in rows]
    assert sheet("", "\n".join(["Name\tRemarks\tNotes", *rows]).encode()).guessed == [1, 2]
