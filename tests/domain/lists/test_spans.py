"""Tables with a column for the first and the last number of ranges, or for how many there are."""

from __future__ import annotations

import pytest

from numberpools.domain.lists import read
from numberpools.domain.lists.beside import Beside
from numberpools.domain.phone import Choices, Doubt, Entry, parse_lines

EXPANDED = Choices(expands_ranges=True)


def entries(text: str, choices: Choices = Choices(), name: str = "") -> list[Entry]:  # noqa: B008
    [sheet] = read(name, text.encode()).sheets
    return list(parse_lines(sheet.lines(), None, choices))


TABLES = {
    "start and end": "Start\tEnd\n+34910050000\t+34910050009\n+34910050020\t+34910050029\n",
    "start, end and quantity": (
        "Start;End;Quantity\n+34910050000;+34910050009;10\n+34910050020;+34910050029;10\n"
    ),
    "start and quantity": "First number,Qty\n+34910050000,10\n+34910050020,10\n",
    "other columns": (
        "Customer\tVon\tBis\tCity\nJane\t+34910050000\t+34910050009\tMadrid\n"
        "Joe\t+34910050020\t+34910050029\tMadrid\n"
    ),
    "low and high": "Low\tHigh\n+34910050000\t+34910050009\n+34910050020\t+34910050029\n",
    "only the end is said": "DDI\tTo\n+34910050000\t+34910050009\n+34910050020\t+34910050029\n",
    "an end of few digits": "Start\tEnd\n+34910050000\t09\n+34910050020\t29\n",
    "only the size is said": "Phone,Block size\n+34910050000,10\n+34910050020,10\n",
    "the size in German": "Kopfnummer;Blockgröße\n+34910050000;10\n+34910050020;10\n",
    "a stem and endings": "Stem,From,To\n+3491005000,0,9\n+3491005002,0,9\n",
    "endings beside": "Nummer;Durchwahl\n+3491005000;0-9\n+3491005002;0-9\n",
    "no headings, a size": "+34910050000\t10\n+34910050020\t10\n",
    "no headings, the last digits": "+34910050000 | 09\n+34910050020 | 29\n",
    "no headings, the last digit": "Jane;+34910050000;9\nJoe;+34910050020;9\n",
    "no headings": "+34910050000\t+34910050009\n+34910050020\t+34910050029\n",
    "no headings, a quantity": "+34910050000\t+34910050009\t10\n+34910050020\t+34910050029\t10\n",
}


@pytest.mark.parametrize("name", ["", "list.csv"])
@pytest.mark.parametrize("text", TABLES.values(), ids=TABLES.keys())
def test_end_points_are_never_taken_for_their_range(text: str, name: str) -> None:
    assert [(entry.number, entry.doubt) for entry in entries(text, name=name)] == [
        (None, Doubt.RANGE)
    ] * 2
    assert [entry.number for entry in entries(text, EXPANDED, name)] == [
        f"3491005000{last}" for last in range(10)
    ] + [f"3491005002{last}" for last in range(10)]


@pytest.mark.parametrize(
    "text",
    [
        "Start\t+34910050000\nEnd\t+34910050099\n",
        "Von:;Madrid;+34910050000\nBis:;Madrid;+34910050099\nBüro:;Madrid;+34910060000\n",
        "Thank you\nfor your order\nStart\n+34910050000\nEnd\n+34910050099\nRegards\nJane\n",
    ],
)
def test_rows_that_begin_and_end_a_range_are_read_together(text: str) -> None:
    first, *others = entries(text)
    assert (first.number, first.doubt) == (None, Doubt.RANGE)
    assert all(entry.number == "34910060000" for entry in others)


def test_a_row_without_an_end_is_one_number() -> None:
    text = "Start\tEnd\n+34910050000\t+34910050009\n+34910050020\t\n+34910050021\t+34910050021\n"
    found = entries(text, EXPANDED)
    assert [entry.number for entry in found][10:] == ["34910050020", "34910050021"]


def test_a_quantity_that_does_not_fit_is_refused() -> None:
    text = "Start;End;Quantity\n+34910050000;+34910050009;11\n+34910050020;+34910050029;10\n"
    first, *others = entries(text, EXPANDED)
    assert first.problem
    assert len(others) == 10


def test_the_columns_are_named_and_the_end_is_no_column_to_be_decided() -> None:
    [sheet] = read("", TABLES["other columns"].encode()).sheets
    assert (sheet.guessed, sheet.beside([1])) == ([1], [Beside(end=2)])
    assert [column.has_numbers for column in sheet.columns] == [False, True, False, False]


def test_both_columns_can_be_read_as_numbers_by_choice() -> None:
    [sheet] = read("", TABLES["start and end"].encode()).sheets
    read_both = parse_lines(sheet.lines([0, 1]))
    assert [entry.number for entry in read_both][:2] == ["34910050000", "34910050009"]


@pytest.mark.parametrize(
    "text",
    [
        "+34910050000 | 34\n+34910050137 | 52\n+34910050200 | 19\n",  # ages
        "+34910050000 | 1\n+34910050100 | 2\n+34910050200 | 3\n",
        "+34910050001 | 25\n+34910050100 | 10\n",
        "+34910050010 | 99\n+34910050100 | 99\n",
    ],
)
def test_a_few_digits_beside_a_number_are_no_range(text: str) -> None:
    assert all(entry.number for entry in entries(text))


def test_sizes_that_are_not_all_multiples_of_ten_are_sizes_beside_round_numbers() -> None:
    found = entries("+34910050000 | 50\n+34910050100 | 25\n+34910050200 | 1\n")
    assert [entry.doubt for entry in found] == [Doubt.RANGE, Doubt.RANGE, None]


def test_a_quantity_of_something_else_is_no_size() -> None:
    found = entries("Phone\tQty\n+34910050000\t10\n+34910050020\t2\n+34910050021\t1\n")
    assert [entry.number for entry in found] == ["34910050000", "34910050020", "34910050021"]


@pytest.mark.parametrize(
    "text",
    [
        "Mobile\tOffice\n+34610050000\t+34910050009\n+34610050020\t+34910050029\n",
        "+34610050000\t+34910050009\n+34610050020\t+34910050029\n",
        "+34910050009\t+34910050000\n+34910050020\t+34910050029\n",
        "Phone\tFrom\tTo\n+34910050009\t09\t17\n+34910050029\t10\t18\n",  # opening hours
    ],
)
def test_two_numbers_of_a_person_are_no_range(text: str) -> None:
    assert all(entry.doubt is not Doubt.RANGE for entry in entries(text))
