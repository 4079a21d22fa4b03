"""Numbers that stand in columns of something else: in remarks, in addresses, behind a name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import astuple, replace

from numberpools.domain.lists.columns import Column, Found, is_number, looks_like_number, sample
from numberpools.domain.lists.headings import ColumnMeaning, meaning_of
from numberpools.domain.lists.rows import Rows
from numberpools.domain.numbers import MINIMUM_DIGITS
from numberpools.domain.phone import Doubt, Entry, Line, parse_lines
from numberpools.domain.phone.readings import is_written_so
from numberpools.domain.phone.text import simplify

MOST_COUNTED = 1_000
"""Cells with numbers of a column; so many are "1,000 or more"."""
_MOST_TRIED = 1_000  # cells of a column that hold none, though they seem to
_MOST_OTHERS = 3
"""Cells that only seem to hold a number, for each that does: some ids look like numbers."""
_MOST_SAMPLES = 3
_LONGEST_CELL = 1_000  # characters that are looked at
_MOSTLY_NUMBERS = 0.5

_WITH_PLUS = re.compile(r"\+[1-9](?:[ ().\-/]{0,3}\d){7}")
_SEVERAL_DIGITS = re.compile(r"(?<![\d.,/\-])\d(?:[ ().\-/]{0,3}\d){6}")
_PHONES = frozenset((ColumnMeaning.PHONE, ColumnMeaning.MOBILE))


def holds_number(cell: str, country: str | None) -> bool:
    """Whether a cell of words holds what may be a phone number."""
    if sum(map(str.isdigit, cell)) < MINIMUM_DIGITS:
        return False
    entries = parse_lines([Line(1, cell)], country)
    return looks_like_number(cell) or any(map(is_number, entries))


def with_strays(found: Found, rows: Rows, first_line: int, country: str | None) -> Sequence[Column]:
    """Return the columns, those to be decided in which numbers stand here and there.

    Only what is written as a number counts, for ids and amounts must not. One that stands alone in
    its row is read anyway. `first_line` is that of the first row below the headings.
    """
    used = {place for beside in found.beside.values() for place in astuple(beside)}
    columns = {
        column.index: _Strays(column, country)
        for column in found.columns
        if column.index not in used.union(found.guessed) and column.number_share < _MOSTLY_NUMBERS
    }
    for line, row in rows if columns else ():
        if line < first_line:
            continue
        for place, strays in columns.items():
            if place >= len(row):
                break
            if _SEVERAL_DIGITS.search(row[place]) and _is_read(row, found.guessed):
                strays.look_at(row[place])
    return [columns[i].told if i in columns else column for i, column in enumerate(found.columns)]


def _is_read(row: Sequence[str], guessed: Sequence[int]) -> bool:
    """Whether something of the row is read; always where nothing of the table is."""
    return not guessed or any(row[place].strip() for place in guessed if place < len(row))


class _Strays:
    """The numbers that are found in a column."""

    def __init__(self, column: Column, country: str | None) -> None:
        self.index = column.index
        self._column = column
        self._country = country
        self._is_something_else = meaning_of(column.name) is ColumnMeaning.OTHER
        self._samples: list[str] = []
        self._count = self._tried = 0
        self._has_plus = False

    @property
    def told(self) -> Column:
        is_clear = self._has_plus or self._tried <= _MOST_OTHERS * self._count
        if not self._count or not is_clear:
            return self._column
        return replace(
            self._column, samples=self._samples, has_numbers=True, stray_count=self._count
        )

    def look_at(self, cell: str) -> None:
        if self._count >= MOST_COUNTED or self._tried >= _MOST_TRIED:
            return
        cell = cell[:_LONGEST_CELL]
        if "+" in cell and _WITH_PLUS.search(cell):
            is_found = self._has_plus = True
        elif self._country:
            entries = parse_lines([Line(1, cell)], self._country)
            is_found = any(self._is_written(entry, cell) for entry in entries)
            self._tried += not is_found
        else:
            return
        self._count += is_found
        if is_found and len(self._samples) < _MOST_SAMPLES:
            self._samples.append(sample(cell))

    def _is_written(self, entry: Entry, cell: str) -> bool:
        """Whether a number is written as people of the country write them, or called a number."""
        if not is_number(entry):
            return False
        text = simplify(entry.text)
        is_written = text.startswith(("0", "(")) or is_written_so(text, self._country)
        if is_written and not self._is_something_else:
            return True
        return (
            entry.doubt is Doubt.EXTENSION or meaning_of(cell.partition(entry.text)[0]) in _PHONES
        )
