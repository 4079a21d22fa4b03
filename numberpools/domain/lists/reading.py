"""A list that somebody brings, as a file or pasted: its sheets, their columns and their lines.

`read` looks at all of it once and remembers how it is read; `Sheet.lines` then reads it again,
line by line, so that half a million lines take little more memory than the file itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice, takewhile

from numberpools.domain.lists.archive import NESTED, unpacked
from numberpools.domain.lists.beside import NOTHING, Beside, line_of
from numberpools.domain.lists.columns import (
    Column,
    find_columns,
)
from numberpools.domain.lists.formats import tables_of
from numberpools.domain.lists.headings import heading_row
from numberpools.domain.lists.kinds import Kind, kind_of, plain_kind_of
from numberpools.domain.lists.prose import is_prose, may_hold_number
from numberpools.domain.lists.rows import (
    Rows,
    Table,
)
from numberpools.domain.lists.strays import holds_number, with_strays
from numberpools.domain.lists.survey import Survey, survey
from numberpools.domain.lists.text import text_lines, text_table
from numberpools.domain.phone import Line, joined, parse_lines
from numberpools.errors import InvalidInput, InvalidParameter, UnreadableFile

MAXIMUM_BYTES = 20_000_000

_EMPTY = "This file is empty: choose one with a phone number on each line."
_TOO_LARGE = "This file is larger than 20 MB: split it, or save the numbers alone as .csv."

_MOST_ROWS_LOOKED_AT = 200
_BORNE_OUT = 0.8  # share of the lines

Columns = Mapping[int, Sequence[int]]
"""The columns to be read of each sheet to be read: their places, from 0, by the sheet's."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of a workbook, or the whole of any other list.

    `name` is "" where there are no sheets. `columns` is empty where there are none to choose from:
    a text that is no table, or a table of a single line. `guessed` are the columns that are read
    unless somebody chooses others; none where nothing in the sheet looks like a phone number.
    `row_count` is how many rows have text, without headings; `line_count` the number of the last of
    them. `remarks` are sentences about what is in it and can't be read. `without_number_count` is
    how many lines of an e-mail or chat are left out because no number can be on them.
    """

    name: str
    is_hidden: bool
    columns: Sequence[Column]
    guessed: Sequence[int]
    row_count: int
    line_count: int
    remarks: Sequence[str]
    _table: Table = field(repr=False, compare=False)
    _sample: Sequence[tuple[int, list[str]]] = field(repr=False, compare=False)
    _first_line: int = field(repr=False)  # of the list: the one after the headings, if any
    without_number_count: int = 0
    _beside: Mapping[int, Beside] = field(default_factory=dict, repr=False)
    _wordy: frozenset[int] = frozenset()
    _country: str | None = None

    def lines(self, columns: Sequence[int] | None = None) -> Iterator[Line]:
        """Yield every line with text, with the text of its cell in each of these columns.

        None stands for the guessed ones, or the first. Where there are no columns the text is the
        whole line. What belongs to a number and stands beside it comes with it: its country, its
        calling code, its area code. A number that stands above the headings, or in a column of
        words where the row has nothing in these columns, is a line too. Raises `InvalidInput` where
        there is no such column.
        """
        with_beside = self._with_beside(columns)
        lines = self._lines(self._table.rows(), with_beside)
        if len(with_beside) > 1:
            return lines
        if not self.without_number_count:
            return joined(lines)
        return (line for line in joined(lines) if may_hold_number(line.text))

    def sampled_lines(self, columns: Sequence[int] | None = None) -> Iterator[Line]:
        """Yield the lines of at most `phone.MOST_LINES` rows, taken evenly from all through it."""
        return self._lines(self._sample, self._with_beside(columns))

    def _with_beside(self, columns: Sequence[int] | None) -> list[tuple[int, Beside]]:
        columns = columns or self.guessed or (0,)
        if not all(0 <= column < max(1, len(self.columns)) for column in columns):
            reason = f"Choose one of the {len(self.columns)} columns of this file."
            raise InvalidInput([InvalidParameter("column", reason)])
        return [*zip(columns, self.beside(columns), strict=True)]

    def beside(self, columns: Sequence[int]) -> list[Beside]:
        """Return what comes with each of these columns, if they are those that are read.

        That is no range where its last number is read by itself.
        """
        found = (self._beside.get(column, NOTHING) for column in columns)
        return [
            replace(each, end=None, quantity=None) if each.end in columns else each
            for each in found
        ]

    def _lines(
        self, rows: Iterable[tuple[int, list[str]]], columns: Sequence[tuple[int, Beside]]
    ) -> Iterator[Line]:
        wordy = self._wordy.difference(column for column, _ in columns)
        for place, row in rows:
            if place < self._first_line:
                yield from self._strayed(place, row, range(len(row)))
                continue
            lines = [line_of(place, row, *column) for column in columns]
            if wordy and not any(line.text for line in lines):
                lines = [*self._strayed(place, row, wordy)] or lines
            yield from lines

    def _strayed(self, place: int, row: list[str], columns: Iterable[int]) -> Iterator[Line]:
        """Yield the cells that hold a number, as one line."""
        cells = [row[column] for column in sorted(columns) if column < len(row)]
        if cells := [cell for cell in cells if holds_number(cell, self._country)]:
            yield Line(place, "\t".join(cells))


@dataclass(frozen=True, slots=True)
class ListFile:
    """A list of phone numbers: its sheets with text, the hidden ones too, in their order."""

    sheets: Sequence[Sheet]

    @property
    def guessed(self) -> Columns:
        """What is read unless somebody chooses: all visible sheets that hold numbers.

        Of a list in which nothing is clearly a number, the column in which most numbers have
        strayed, or else the first that holds none, so that each of its lines is named with the
        reason.
        """
        visible = {
            place: sheet.guessed
            for place, sheet in enumerate(self.sheets)
            if sheet.guessed and not sheet.is_hidden
        }
        if visible:
            return visible
        filled = (place for place, sheet in enumerate(self.sheets) if sheet.row_count)
        place = min(filled, key=lambda place: self.sheets[place].is_hidden)
        columns = self.sheets[place].columns
        strays = max(columns, key=lambda column: column.stray_count, default=None)
        if strays and strays.stray_count:
            return {place: (strays.index,)}
        wordy = (each.index for each in columns if not each.has_numbers)
        return {place: (next(wordy, 0),)}


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
    sheets = _sheets(name, content, country)
    if not any(sheet.row_count for sheet in sheets):
        remarks = [remark for sheet in sheets for remark in sheet.remarks]
        raise UnreadableFile(remarks[-1] if remarks else _EMPTY)
    return ListFile(sheets)


def _sheets(name: str, content: bytes, country: str | None) -> list[Sheet]:
    kind = kind_of(name, content)
    if kind is Kind.ZIP:
        return _sheets_in_zip(content, country)
    tables = tables_of(kind, name, content)
    if tables is None:
        found = _text(content, country, plain_kind_of(name) is Kind.TABLE)
        return [found] if found else []
    return [sheet for table in tables if (sheet := _sheet(table, country))]


def _sheets_in_zip(content: bytes, country: str | None) -> list[Sheet]:
    name, inner = unpacked(content, MAXIMUM_BYTES)
    if kind_of(name, inner) is Kind.ZIP:
        raise UnreadableFile(NESTED)
    sheets = _sheets(name, inner, country)
    remark = f"Read from {name} in the zip file."
    return [replace(each, remarks=(remark, *each.remarks)) for each in sheets[:1]] + sheets[1:]


def _text(content: bytes, country: str | None, is_table: bool) -> Sheet | None:
    """Return a text as a table, if it is called one or its cells bear it out; else as lines."""
    if layout := text_table(content, is_table):
        rows, between = layout
        found = _sheet(Table(rows), country)
        if is_table or (found and _is_borne_out(found, rows, between, country)):
            return found
    return _sheet(Table(text_lines(content), has_columns=False), country)


def _is_borne_out(
    sheet: Sheet, rows: Callable[[], Rows], between: str, country: str | None
) -> bool:
    """Whether the cells of a text show that it is a table, and no line is better read as a whole.

    Nothing speaks for a table in which every column is read but not every row is full. Where a text
    that is no table may look the same, its columns must give all numbers that its lines give, and
    no others: 030 is no column of its own in "030, 12345678".
    """
    first = list(islice(rows(), _MOST_ROWS_LOOKED_AT))
    read = [sheet.columns[column] for column in sheet.guessed]
    is_full = all(len(row) == len(sheet.columns) for _, row in first)
    if len(read) == len(sheet.columns) and not is_full:
        return False
    has_codes = any(each.has_codes for each in sheet.beside(sheet.guessed[:1]))
    has_headings = heading_row([row for _, row in first]) is not None
    if not between or has_headings:
        return any(column.has_numbers and not column.stray_count for column in sheet.columns)
    of_cells = _numbers(takewhile(lambda line: line.line <= first[-1][0], sheet.lines()), country)
    of_lines = _numbers((Line(place, between.join(row)) for place, row in first), country)
    if has_codes:
        return of_cells != of_lines
    return (
        any(column.number_share >= _BORNE_OUT for column in read)
        and all(of_cells[place] <= of_lines[place] for place in of_cells)
        and len(of_cells) >= _BORNE_OUT * len(of_lines)
    )


def _numbers(lines: Iterable[Line], country: str | None) -> dict[int, set[str]]:
    """Return the numbers of each line."""
    numbers: dict[int, set[str]] = defaultdict(set)
    for entry in parse_lines(lines, country):
        if entry.problem is None and entry.number:
            numbers[entry.line].add(entry.number)
    return numbers


def _sheet(table: Table, country: str | None) -> Sheet | None:
    """None where there is nothing in it, and nothing to be said of it."""
    known = survey(table)
    if known.seen and table.has_columns:
        return _sheet_of_columns(table, known, country)
    return _sheet_of_lines(table, known) if known.seen or table.remarks else None


def _sheet_of_lines(table: Table, known: Survey) -> Sheet:
    return Sheet(
        table.name,
        table.is_hidden,
        columns=[],
        guessed=[0] if known.seen else [],
        row_count=known.row_count,
        line_count=known.line_count,
        remarks=table.remarks,
        _table=table,
        _sample=known.sample,
        _first_line=known.seen[0][0] if known.seen else 1,
        without_number_count=_count_without_number(table, known),
    )


def _sheet_of_columns(table: Table, known: Survey, country: str | None) -> Sheet:
    seen, row_count = known.seen, known.row_count
    rows = [row for _, row in seen]
    headings = [*table.headings]
    place = None if headings else heading_row(rows)
    if place is not None:
        headings = rows[place]
        seen, rows = seen[place + 1 :], rows[place + 1 :]
        row_count -= place + 1
    found = find_columns(headings, rows, known.width, country)
    first_line = seen[0][0]
    return Sheet(
        table.name,
        table.is_hidden,
        with_strays(found, table.rows(), first_line, country),
        found.guessed,
        row_count,
        known.line_count,
        table.remarks,
        table,
        known.sample,
        first_line,
        _beside=found.beside,
        _wordy=found.wordy,
        _country=country,
    )


def _count_without_number(table: Table, known: Survey) -> int:
    """Return how many lines of an e-mail or a chat are left out; none of any other text."""
    if not is_prose([row[0] for _, row in known.seen]):
        return 0
    return sum(not may_hold_number(row[0]) for _, row in table.rows())
