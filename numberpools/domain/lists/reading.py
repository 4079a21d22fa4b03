"""A list that somebody brings, as a file or pasted: its sheets, their columns and their lines.

`read` looks at all of it once and remembers how it is read; `Sheet.lines` then reads it again,
line by line, so that half a million lines take little more memory than the file itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from numberpools.domain.lists.columns import (
    FEWEST_CELLS_LOOKED_AT,
    LONGEST_CELL_LOOKED_AT,
    Column,
    are_headings,
    cell_of,
    columns_of,
)
from numberpools.domain.lists.kinds import Kind, kind_of
from numberpools.domain.lists.rows import Table
from numberpools.domain.lists.text import is_single_line, text_rows
from numberpools.domain.lists.workbooks import workbook_tables
from numberpools.domain.phone import Line
from numberpools.errors import InvalidInput, InvalidParameter, UnreadableFile

MAXIMUM_BYTES = 20_000_000
MAXIMUM_LINES = 500_000
MAXIMUM_COLUMNS = 1_000

_EMPTY = "This file is empty: choose one with a phone number on each line."
_TOO_LARGE = "This file is larger than 20 MB: split it, or save the numbers alone as .csv."
_TOO_MANY_LINES = "This file has more than 500,000 lines: split it into several files."
_TOO_MANY_COLUMNS = "This file has more than 1,000 columns: save the column of numbers alone."

_MOST_ROWS_LOOKED_AT = 200
_MOST_ROWS_FURTHER_DOWN = 100

Columns = Mapping[int, Sequence[int]]
"""The columns to be read of each sheet to be read: their places, from 0, by the sheet's."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of a workbook, or the whole of any other list.

    `name` is "" where there are no sheets. `columns` is empty where there are none to choose from:
    a text that is no table, or a table of a single line. `guessed` are the columns that are read
    unless somebody chooses others; none where nothing in the sheet looks like a phone number.
    `row_count` is how many rows have text, without headings; `line_count` the number of the last of
    them. `remarks` are sentences about what is in it and can't be read.
    """

    name: str
    is_hidden: bool
    columns: Sequence[Column]
    guessed: Sequence[int]
    row_count: int
    line_count: int
    remarks: Sequence[str]
    _table: Table = field(repr=False, compare=False)
    _first_line: int = field(repr=False)  # of the list: the one after the headings, if any

    def lines(self, columns: Sequence[int] | None = None) -> Iterator[Line]:
        """Yield every line with text, with the text of its cell in each of these columns.

        None stands for the guessed ones, or the first. Where there are no columns the text is the
        whole line. A calling code that has a cell of its own before the number's comes with it.
        Raises `InvalidInput` where there is no such column.
        """
        columns = columns or self.guessed or (0,)
        if not all(0 <= column < max(1, len(self.columns)) for column in columns):
            reason = f"Choose one of the {len(self.columns)} columns of this file."
            raise InvalidInput([InvalidParameter("column", reason)])
        return (
            Line(line, cell_of(row, column))
            for line, row in self._table.rows()
            if line >= self._first_line
            for column in columns
        )


@dataclass(frozen=True, slots=True)
class ListFile:
    """A list of phone numbers: its sheets, the hidden ones too, in their order."""

    sheets: Sequence[Sheet]

    @property
    def guessed(self) -> Columns:
        """What is read unless somebody chooses: all visible sheets that hold numbers.

        Of a list in which nothing looks like a number, the first column, so that each of its lines
        is named with the reason.
        """
        visible = {
            place: sheet.guessed
            for place, sheet in enumerate(self.sheets)
            if sheet.guessed and not sheet.is_hidden
        }
        shown = (
            place
            for place, sheet in enumerate(self.sheets)
            if sheet.row_count and not sheet.is_hidden
        )
        return visible or {next(shown, 0): (0,)}


def read(name: str, content: bytes, country: str | None = None) -> ListFile:
    """Find out what a file is, whether it can be read to its end, and where its numbers are.

    `name` is the file's name, of which only the ending counts, and less than the content.
    `country` (ISO 3166-1 alpha-2) is where national numbers belong, as for `phone.parse`. Raises
    `UnreadableFile` with a sentence for the person who brought the file.
    """
    if len(content) > MAXIMUM_BYTES:
        raise UnreadableFile(_TOO_LARGE)
    if not content or content.isspace():
        raise UnreadableFile(_EMPTY)
    sheets = [_sheet(table, country) for table in _tables(name, content)]
    found = [sheet for sheet in sheets if sheet.row_count or sheet.remarks]
    if not any(sheet.row_count for sheet in found):
        raise UnreadableFile(found[0].remarks[0] if found else _EMPTY)
    return ListFile(found)


def _tables(name: str, content: bytes) -> Sequence[Table]:
    kind = kind_of(name, content)
    if kind not in {Kind.TABLE, Kind.TEXT}:
        return workbook_tables(kind.name.lower(), content)
    is_table = kind is Kind.TABLE and not is_single_line(content)
    return [Table(text_rows(content, is_table), has_columns=is_table)]


def _sheet(table: Table, country: str | None) -> Sheet:
    seen, width, row_count, line_count = _survey(table)
    columns: list[Column] = []
    guessed = [0] if seen else []
    if table.has_columns and seen:
        headings: list[str] = []
        if are_headings([row for _, row in seen]):
            headings = seen.pop(0)[1]
            row_count -= 1
        columns, best = columns_of(headings, [row for _, row in seen], width, country)
        guessed = [best] if columns[best].has_numbers else []
    about = table.name, table.is_hidden, columns, guessed, row_count, line_count, table.remarks
    return Sheet(*about, table, seen[0][0] if seen else 1)


def _survey(table: Table) -> tuple[list[tuple[int, list[str]]], int, int, int]:
    """Read to the end; return rows to look at, how many columns and rows there are, the last line.

    The rows are the first ones, and some further down that have text where these have little.
    """
    seen: list[tuple[int, list[str]]] = []
    cells: Counter[int] = Counter()  # with text, by column
    sparse: set[int] = set()
    width = line = count = 0
    for line, row in table.rows():
        count += 1
        if line > MAXIMUM_LINES:
            raise UnreadableFile(_TOO_MANY_LINES)
        if len(row) > MAXIMUM_COLUMNS:
            raise UnreadableFile(_TOO_MANY_COLUMNS)
        if len(row) > width:
            sparse.update(range(width, len(row)))
            width = len(row)
        if len(seen) > _MOST_ROWS_LOOKED_AT + _MOST_ROWS_FURTHER_DOWN:
            continue
        wanted = [column for column in sparse if column < len(row) and row[column].strip()]
        if wanted or len(seen) <= _MOST_ROWS_LOOKED_AT:
            seen.append((line, [cell[:LONGEST_CELL_LOOKED_AT] for cell in row]))
            cells.update(wanted)
            sparse -= {column for column in wanted if cells[column] > FEWEST_CELLS_LOOKED_AT}
    return seen, width, count, line
