"""Columns that hold the first and the last number of ranges, or how many numbers there are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, product

from numberpools.domain.lists.headings import ColumnMeaning, meaning_of, said_in
from numberpools.domain.numbers import MINIMUM_DIGITS
from numberpools.domain.phone import begins_range, ends_range, normalise_digits
from numberpools.domain.phone.text import digits_of

_LARGEST = 10_000
_FEWEST_ROWS = 2
_MOST_LABELS = 10  # columns that are looked at
_ROUND = re.compile(r"[1-9][\d.,]{0,6}0")
_ROUNDISH = re.compile(r"[1-9][\d.,]{0,6}[05]|5")
_FIRST_ENDING = re.compile(r"\d{0,4}0")
_ENDING = re.compile(r"\d{0,4}9")

# In English, German, Dutch, French, Spanish, Portuguese, Italian, Polish, Czech, Nordic, Russian.
_START = (
    "start first begin from low lower min minimum von ab anfang beginn erste van vanaf eerste"
    " début premier desde início primero primeiro inizio dal primo od początek začátek"
    " från fra første första"
    " начало от первый"
    " kopfnummer kopfrufnummer stammnummer pilot base"
)
_END = (
    "end last to until high upper max maximum bis ende letzte tot eind laatste fin dernier hasta"
    " final último até fim fine al do koniec konec till til slut siste sista"
    " конец до последний"
)
_QUANTITY = (
    "quantity qty count amount total numbers size length anzahl menge aantal quantité nombre"
    " cantidad quantidade quantità ilość liczba počet antal количество"
    " pieces pcs units capacity stück stückzahl größe blockgröße blocklänge"
    " rufnummernanzahl grootte taille tamaño tamanho dimensione rozmiar velikost размер"
)


@dataclass(frozen=True, slots=True)
class Span:
    """The places of the columns; of `end` and `quantity` one may be missing.

    `first` are the first endings of blocks, where the last ones stand in `end`: 00 and 99.
    """

    start: int
    end: int | None
    quantity: int | None
    first: int | None = None


def find_span(
    headings: Sequence[str], rows: Sequence[Sequence[str]], numbers: Sequence[int]
) -> Span | None:
    """Find the columns of ranges in a table; `numbers` are the columns that may hold numbers.

    Their headings say it, or else the cells: the quantity is what lies between the two numbers of
    each row, or these are in order everywhere and never far apart, or all numbers and all their
    quantities are round.
    """
    starts, ends, quantities = (
        [place for place, heading in enumerate(headings) if said_in(heading, words)]
        for words in (_START, _END, _QUANTITY)
    )
    if span := _stems(rows, starts, ends, numbers):
        return span
    quantity = next((place for place in quantities if place not in numbers), None)
    start = next((place for place in starts if place in numbers), None)
    if start is not None:
        may_end = (place for place in ends if place != start)
        end = next((i for i in may_end if i in numbers or _are_endings(rows, i)), None)
        if end is not None or quantity is not None:
            return Span(start, end, quantity)
    for first, last in pairwise(numbers):
        says_nothing = all(meaning_of(headings[i]) is ColumnMeaning.UNKNOWN for i in (first, last))
        may_be_range = last in ends or (len(numbers) == 2 and says_nothing)
        if may_be_range and (span := _by_cells(rows, first, last)):
            return span
    if len(numbers) != 1:
        return None
    unsaid = [] if any(headings) else [i for i in range(len(headings)) if i not in numbers]
    for place in [*quantities, *unsaid]:
        if _are_sizes(rows, numbers[0], place):
            return Span(numbers[0], None, place)
    ends = [place for place in unsaid if _end_blocks(rows, numbers[0], place)]
    return Span(numbers[0], ends[0], None) if ends else None


def _stems(
    rows: Sequence[Sequence[str]],
    starts: Sequence[int],
    ends: Sequence[int],
    numbers: Sequence[int],
) -> Span | None:
    """Return the columns of blocks as stem, first and last ending: 030 1234, 00, 99."""
    for first, last in product(starts, ends):
        stems = [place for place in numbers if place < min(first, last)]
        pairs = [(_cell(row, first), _cell(row, last)) for row in rows]
        if stems and all(
            len(a) == len(b) and _FIRST_ENDING.fullmatch(a) and _ENDING.fullmatch(b)
            for a, b in pairs
            if a or b
        ):
            return Span(stems[-1], last, None, first)
    return None


def find_labels(rows: Sequence[Sequence[str]], column: int) -> int | None:
    """Find the column with labels of rows that say where ranges of a column begin and end."""
    for place in range(min(column, _MOST_LABELS)):
        labels = [_cell(row, place) for row in rows]
        if any(begins_range(a) and ends_range(b) for a, b in pairwise(labels)):
            return place
    return None


def _are_endings(rows: Sequence[Sequence[str]], place: int) -> bool:
    """Whether all cells are digits, too few for a number: the last ones of some."""
    cells = [cell for row in rows if (cell := _cell(row, place))]
    return bool(cells) and all(cell.isdecimal() and len(cell) < MINIMUM_DIGITS for cell in cells)


def _are_sizes(rows: Sequence[Sequence[str]], first: int, place: int) -> bool:
    """Whether a column has the sizes of blocks: round where not 1, and so are their first numbers.

    Two of a thing that somebody has ordered are no two numbers.
    """
    sizes = [(number, size) for number, size in _pairs(rows, first, place) if size not in ("", "1")]
    return len(sizes) >= min(_FEWEST_ROWS, len(rows)) and all(
        number.endswith("0" if _ROUND.fullmatch(size) else "00") and _ROUNDISH.fullmatch(size)
        for number, size in sizes
    )


def _end_blocks(rows: Sequence[Sequence[str]], first: int, place: int) -> bool:
    """Whether a column has the last digits of blocks: 99 or 049 beside …000, and nothing else."""
    blocks = [(number, last) for number, last in _pairs(rows, first, place) if last]
    return len(blocks) >= _FEWEST_ROWS and all(_ends_block(*block) for block in blocks)


def _ends_block(number: str, last: str) -> bool:
    if not _ENDING.fullmatch(last):
        return False
    zeros = len(number) - len(number.rstrip("0"))
    alike = max(0, len(last) - zeros)
    return zeros > 0 and number[-len(last) :][:alike] == last[:alike]


def _pairs(rows: Sequence[Sequence[str]], first: int, place: int) -> Iterator[tuple[str, str]]:
    return ((digits_of(_cell(row, first)), _cell(row, place)) for row in rows)


def _by_cells(rows: Sequence[Sequence[str]], first: int, last: int) -> Span | None:
    pairs = [(_number(row, first), _number(row, last), row) for row in rows]
    filled = [(a, b, row) for a, b, row in pairs if a and b]
    if len(filled) < max(_FEWEST_ROWS, len(rows) / 2):
        return None
    if not all(len(a) == len(b) and 0 < int(b) - int(a) < _LARGEST for a, b, _ in filled):
        return None
    width = max(len(row) for _, _, row in filled)
    for place in set(range(width)) - {first, last}:
        if all(_cell(row, place) == str(int(b) - int(a) + 1) for a, b, row in filled):
            return Span(first, last, place)
    return Span(first, last, None)


def _number(row: Sequence[str], place: int) -> str:
    """Return the digits of a cell, "" where they are too few for a number."""
    digits = digits_of(normalise_digits(_cell(row, place)))
    return digits if digits.isascii() and MINIMUM_DIGITS <= len(digits) <= 20 else ""


def _cell(row: Sequence[str], place: int) -> str:
    return row[place].strip() if place < len(row) else ""
