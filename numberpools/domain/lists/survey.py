"""What is to be known of a sheet as a whole before its lines are read."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from numberpools.domain.lists.columns import (
    FEWEST_CELLS_LOOKED_AT,
    LONGEST_CELL_LOOKED_AT,
)
from numberpools.domain.lists.rows import (
    MAXIMUM_COLUMNS,
    MAXIMUM_LINES,
    TOO_MANY_COLUMNS,
    TOO_MANY_LINES,
    Table,
)
from numberpools.domain.phone import MOST_LINES
from numberpools.errors import UnreadableFile

_MOST_ROWS_LOOKED_AT = 200
_MOST_ROWS_FURTHER_DOWN = 100

Numbered = list[tuple[int, list[str]]]
"""Rows, each with its line."""


class _Sample:
    """Rows from all through a sheet: every one, every other, every fourth ..., as it is long."""

    def __init__(self) -> None:
        self.rows: Numbered = []
        self._step = 1

    def offer(self, place: int, line: int, row: list[str]) -> None:
        """Take a row or not; `place` counts all of them from 1."""
        if place % self._step:
            return
        self.rows.append((line, row))
        if len(self.rows) > MOST_LINES:
            self.rows = self.rows[1::2]
            self._step *= 2


class Survey(NamedTuple):
    """What is to be known of a sheet before its lines are read.

    `seen` are rows to look at: the first ones, and some further down that have text where these
    have little. `sample` are rows from all through the sheet.
    """

    seen: Numbered
    sample: Numbered
    width: int
    row_count: int
    line_count: int


def survey(table: Table) -> Survey:
    """Read to the end. Raises `UnreadableFile` where there is too much of it."""
    seen: Numbered = []
    sample = _Sample()
    cells: Counter[int] = Counter()  # with text, by column
    sparse: set[int] = set()
    width = line = count = 0
    for line, row in table.rows():
        count += 1
        if line > MAXIMUM_LINES:
            raise UnreadableFile(TOO_MANY_LINES)
        if len(row) > MAXIMUM_COLUMNS:
            raise UnreadableFile(TOO_MANY_COLUMNS)
        if len(row) > width:
            sparse.update(range(width, len(row)))
            width = len(row)
        sample.offer(count, line, row)
        if len(seen) > _MOST_ROWS_LOOKED_AT + _MOST_ROWS_FURTHER_DOWN:
            continue
        wanted = [column for column in sparse if column < len(row) and row[column].strip()]
        if wanted or len(seen) <= _MOST_ROWS_LOOKED_AT:
            seen.append((line, [cell[:LONGEST_CELL_LOOKED_AT] for cell in row]))
            cells.update(wanted)
            sparse -= {column for column in wanted if cells[column] > FEWEST_CELLS_LOOKED_AT}
    return Survey(seen, sample.rows, width, count, line)
