"""A program that reads a workbook and writes its rows: `python -I workbook_reader.py KIND SPOOL`.

`workbooks` starts it, in a process of its own, because a bad file can take all memory or abort the
process. It imports nothing of ours, so that it starts at once. Standard input is the workbook.
SPOOL is the descriptor of an open file, to which the rows of all sheets go as CSV: the line, from
1, then the texts of the cells. Standard output is JSON: `{"refusal": sentence}` or `{"sheets":
[...]}`, each with `name`, `is_hidden`, the bytes of the spool that are its rows (`start`, `end`),
how many formulas have no stored value (`without_value`) and where the first of them are (`places`).

Excel's formats are read by calamine, OpenDocument is read here: calamine leaves out the breaks
between the lines of a cell, so that two numbers become one, and takes the text of drawings for that
of cells.
"""

from __future__ import annotations

import csv
import errno
import json
import posixpath
import resource
import sys
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from itertools import groupby
from operator import itemgetter
from typing import Any, ClassVar, NoReturn
from xml.parsers import expat
from zipfile import ZipFile

DAMAGED = "This file is damaged or not complete: open it in its program and save it again."
TOO_LARGE = (
    "This workbook is too large when unpacked: save the sheet with the numbers alone as .csv."
)
_TOO_MUCH_TEXT = "This workbook holds too much text: save the sheet with the numbers alone as .csv."
_MANY_SHEETS = "This workbook has more than 200 sheets: save those with numbers on their own."
_LONG_CELL = "A cell of this sheet has over 32,767 characters: put each number into its own cell."
_LONG_ROW = "A row of this sheet has too much text: save the column of numbers alone."

_MEMORY = 320_000_000  # bytes of address space; Python and calamine take 40 million of them
_SPOOL = 100_000_000  # bytes
_SECONDS = 30  # of processor time
_MOST_SHEETS = 200
_LONGEST_CELL = 32_767  # characters, as in Excel
_LONGEST_ROW = 1_000_000
_LONGEST_NAME = 200
_MOST_ROWS, _MOST_COLUMNS = 1_048_576, 16_384  # a spreadsheet has no more
_PLACES_NAMED = 3
_PIECE = 1 << 16  # bytes read at a time
_EXACT_DIGITS = 15  # of a number in a spreadsheet

Rows = Iterator[tuple[int, list[str]]]
Place = tuple[int, int]
"""Line, from 1, and column, from 0."""


class Refused(Exception):
    """The workbook is refused with this sentence."""


@dataclass(slots=True, eq=False)
class Sheet:
    """A sheet to be written; `without_value` is complete once the rows are read."""

    name: str
    is_hidden: bool
    rows: Rows
    without_value: list[Place]


def main() -> None:
    """Read the workbook on standard input, within limits on memory, time and what is written."""
    for limit, most in (
        (resource.RLIMIT_AS, _MEMORY),
        (resource.RLIMIT_CPU, _SECONDS),
        (resource.RLIMIT_FSIZE, _SPOOL),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (most, most))
    answer: dict[str, Any]
    try:
        answer = {"sheets": write(sys.argv[1], sys.stdin.buffer.read(), int(sys.argv[2]))}
    except Refused as refusal:
        answer = {"refusal": str(refusal)}
    except MemoryError:
        answer = {"refusal": TOO_LARGE}
    json.dump(answer, sys.stdout)


def write(kind: str, content: bytes, spool: int) -> list[dict[str, Any]]:
    """Write the rows of all sheets; return what is to be said of each."""
    written = []
    try:
        with open(spool, "w", encoding="utf-8", newline="", closefd=False) as file:
            writer = csv.writer(file)
            for sheet in _opendocument(content) if kind == "ods" else _excel(kind, content):
                if len(written) == _MOST_SHEETS:
                    raise Refused(_MANY_SHEETS)
                start = file.tell()
                for line, row in _bounded(sheet.rows):
                    writer.writerow((line, *row))
                written.append(
                    {
                        "name": sheet.name[:_LONGEST_NAME],
                        "is_hidden": sheet.is_hidden,
                        "start": start,
                        "end": file.tell(),
                        "without_value": len(sheet.without_value),
                        "places": sheet.without_value[:_PLACES_NAMED],
                    }
                )
    except OSError as error:
        is_full = error.errno in {errno.EFBIG, errno.ENOSPC}
        raise Refused(_TOO_MUCH_TEXT if is_full else DAMAGED) from error
    return written


def _bounded(rows: Rows) -> Rows:
    """Leave out rows without text, and cells without at their end; refuse what is too long."""
    for line, row in rows:
        while row and not row[-1].strip():
            row.pop()
        length = sum(map(len, row))
        if length > _LONGEST_CELL and max(map(len, row)) > _LONGEST_CELL:
            raise Refused(_LONG_CELL)
        if length > _LONGEST_ROW:
            raise Refused(_LONG_ROW)
        if row:
            yield line, row


def _number_as_shown(number: float) -> str:
    """Return digits, or with the power of ten that shows that digits are lost."""
    if number.is_integer() and abs(number) < 10**_EXACT_DIGITS:
        return f"{number:.0f}"
    return f"{number:.15G}"


def _local(name: str) -> str:
    return name.rpartition(":")[2]


class _Elements:
    """What to do with the elements of an XML part: by default nothing."""

    def start(self, name: str, attributes: dict[str, str]) -> None: ...

    def end(self, name: str) -> None: ...

    def hear(self, text: str) -> None: ...


def _parse(archive: ZipFile, part: str, elements: _Elements | None = None) -> Iterator[bytes]:
    """Yield the pieces of a part, each once it is parsed; refuse what is no sound XML.

    The archive checks that the bytes are those that were written. No document type is let in, so
    that no entity can grow.
    """
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse
    if elements:
        parser.StartElementHandler = elements.start
        parser.EndElementHandler = elements.end
        parser.CharacterDataHandler = elements.hear
    with archive.open(part) as stream:
        while piece := stream.read(_PIECE):
            parser.Parse(piece)
            yield piece
    parser.Parse(b"", True)
    yield b""


def _parse_all(archive: ZipFile, part: str, elements: _Elements | None = None) -> None:
    deque(_parse(archive, part, elements), maxlen=0)


def _refuse(*_: object) -> NoReturn:
    raise Refused(DAMAGED)


# Excel: ECMA-376 part 1, 12.3 (the parts) and 18.3 (sheets)


def _excel(kind: str, content: bytes) -> Iterator[Sheet]:
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum  # noqa: PLC0415

    untold = _untold(content) if kind == "xlsx" else []
    book = CalamineWorkbook.from_filelike(BytesIO(content))
    if not book.sheets_metadata:
        raise Refused(DAMAGED)
    for place, about in enumerate(book.sheets_metadata):
        if about.typ in (SheetTypeEnum.WorkSheet, SheetTypeEnum.MacroSheet):
            cells = untold[place] if untold else _UntoldCells()
            rows = _excel_rows(book.get_sheet_by_index(place), cells.errors)
            is_hidden = about.visible != SheetVisibleEnum.Visible
            yield Sheet(about.name, is_hidden, rows, cells.without_value)


def _excel_rows(sheet: Any, errors: dict[int, dict[int, str]]) -> Rows:
    if sheet.start is None:
        return
    if sheet.end[1] >= _MOST_COLUMNS:
        raise Refused(DAMAGED)
    before = [""] * sheet.start[1]
    for line, cells in enumerate(sheet.iter_rows(), start=1):
        row = before + [cell if type(cell) is str else _text(cell) for cell in cells]
        for column, text in errors.get(line, {}).items():
            row[column] = text
        yield line, row


def _text(value: object) -> str:
    if isinstance(value, float):
        return _number_as_shown(value)
    return str(value).upper() if isinstance(value, bool) else str(value)


class _Attributes(_Elements):
    """The attributes of all elements of a name."""

    def __init__(self, name: str) -> None:
        self.found: list[dict[str, str]] = []
        self._name = name

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if _local(name) == self._name:
            self.found.append({_local(key): value for key, value in attributes.items()})


class _UntoldCells(_Elements):
    """The cells of a sheet that calamine takes for empty: errors, and formulas without a value."""

    MARKS = (b"<f", b":f", b'"e"', b"'e'")
    """A sheet without any of them has no such cells."""

    def __init__(self) -> None:
        self.without_value: list[Place] = []
        self.errors: dict[int, dict[int, str]] = {}
        self._line, self._column, self._kind = 0, -1, ""
        self._is_formula = self._is_value = False
        self._value: str | None = None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        name = _local(name)
        if name == "row":
            self._line, self._column = int(attributes.get("r", self._line + 1)), -1
        elif name == "c":
            self._column += 1
            if place := attributes.get("r"):
                self._line, self._column = _place(place)
            self._kind = attributes.get("t", "n")
            self._is_formula, self._value = False, None
        elif name == "f":
            self._is_formula = True
        elif name == "v":
            self._is_value, self._value = True, ""

    def hear(self, text: str) -> None:
        if self._is_value and self._value is not None:
            self._value += text

    def end(self, name: str) -> None:
        name = _local(name)
        if name == "v":
            self._is_value = False
        elif name == "c" and self._kind == "e" and self._value:
            self.errors.setdefault(self._line, {})[self._column] = self._value
        elif name == "c" and self._is_formula and not self._value:
            is_empty_text = self._value is not None and self._kind == "str"
            if not is_empty_text:
                self.without_value.append((self._line, self._column))


def _place(name: str) -> Place:
    """Return the place of a cell: (2, 27) for AB2."""
    letters = name.rstrip("0123456789")
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(name[len(letters) :]), column - 1


def _untold(content: bytes) -> list[_UntoldCells]:
    """Check the XML that calamine reads, which passes over faults; return what it does not tell.

    One for each sheet of the workbook.
    """
    archive = ZipFile(BytesIO(content))
    relations, book = _Attributes("Relationship"), _Attributes("sheet")
    _parse_all(archive, "xl/_rels/workbook.xml.rels", relations)
    _parse_all(archive, "xl/workbook.xml", book)
    for part in {"xl/sharedStrings.xml", "xl/styles.xml"}.intersection(archive.namelist()):
        _parse_all(archive, part)
    parts = {about["Id"]: about["Target"] for about in relations.found}
    return [
        _untold_cells(archive, posixpath.normpath(posixpath.join("/xl", parts[about["id"]]))[1:])
        for about in book.found
    ]


def _untold_cells(archive: ZipFile, part: str) -> _UntoldCells:
    cells = _UntoldCells()
    end = b""
    has_any = False
    for piece in _parse(archive, part):
        has_any = has_any or any(mark in end + piece for mark in cells.MARKS)
        end = piece[-2:]
    if has_any:
        _parse_all(archive, part, cells)
    return cells


# OpenDocument 1.3 part 3: 9 (tables), 19.643 on (repeated cells and rows)


@dataclass(slots=True)
class _Row:
    """A row, which stands for as many equal ones as `times` says."""

    line: int = 0
    times: int = 1
    cells: list[str] = field(default_factory=list)


def _opendocument(content: bytes) -> Iterator[Sheet]:
    tables = _Tables()
    pieces = _parse(ZipFile(BytesIO(content)), "content.xml", tables)
    found = (row for _ in pieces for row in tables.taken())
    for sheet, rows in groupby(found, key=itemgetter(0)):
        sheet.rows = (
            (line, row.cells)
            for _, row in rows
            for line in range(row.line, min(row.line + row.times, _MOST_ROWS + 1))
        )
        yield sheet


class _Tables(_Elements):
    """The rows of all tables, each with its sheet; the first one of each table is empty."""

    def __init__(self) -> None:
        self._found: list[tuple[Sheet, _Row]] = []
        self._style = ""
        self._hidden_styles: set[str] = set()
        self._sheet: Sheet | None = None
        self._row = _Row()
        self._column = 0
        self._cell: dict[str, str] = {}
        self._heard: list[str] = []
        self._paragraphs = 0  # that are open
        self._asides = 0

    def taken(self) -> list[tuple[Sheet, _Row]]:
        """Return what was found since the last call."""
        found, self._found = self._found, []
        return found

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._asides += _is_aside(name)
        if not self._asides and (action := self._STARTS.get(_local(name))):
            action(self, attributes)

    def end(self, name: str) -> None:
        if not self._asides and (action := self._ENDS.get(_local(name))):
            action(self)
        self._asides -= _is_aside(name)

    def hear(self, text: str) -> None:
        if self._paragraphs and not self._asides:
            self._heard.append(text)

    def _start_style(self, attributes: dict[str, str]) -> None:
        self._style = attributes.get("style:name", "")

    def _start_properties(self, attributes: dict[str, str]) -> None:
        if attributes.get("table:display") == "false":
            self._hidden_styles.add(self._style)

    def _start_table(self, attributes: dict[str, str]) -> None:
        if self._sheet:
            raise Refused(DAMAGED)  # a table within a cell, which no program writes
        is_hidden = attributes.get("table:style-name") in self._hidden_styles
        self._sheet = Sheet(attributes.get("table:name", ""), is_hidden, iter(()), [])
        self._row = _Row()
        self._found.append((self._sheet, self._row))

    def _end_table(self) -> None:
        self._sheet = None

    def _start_row(self, attributes: dict[str, str]) -> None:
        times = max(1, int(attributes.get("table:number-rows-repeated", 1)))
        self._row = _Row(self._row.line + self._row.times, times)
        self._column = 0

    def _end_row(self) -> None:
        if self._row.cells and self._sheet:
            self._found.append((self._sheet, self._row))

    def _start_cell(self, attributes: dict[str, str]) -> None:
        self._cell = attributes
        self._heard.clear()

    def _end_cell(self) -> None:
        cell, row = self._cell, self._row
        text = "".join(self._heard).strip("\n") or cell.get("office:string-value", "")
        if "office:date-value" in cell:
            text = cell["office:date-value"]
        elif "office:value" in cell:
            text = _number_as_shown(float(cell["office:value"]))
        elif "table:formula" in cell and "office:value-type" not in cell and self._sheet:
            self._sheet.without_value.append((row.line, self._column))
        times = max(1, int(cell.get("table:number-columns-repeated", 1)))
        if text.strip():
            if self._column + times > _MOST_COLUMNS:
                raise Refused(DAMAGED)
            row.cells += [""] * (self._column - len(row.cells)) + [text] * times
        self._column += times

    def _start_paragraph(self, attributes: dict[str, str]) -> None:
        self._paragraphs += 1
        self._heard.append("\n")

    def _end_paragraph(self) -> None:
        self._paragraphs -= 1

    def _space(self, attributes: dict[str, str]) -> None:
        self._heard.append(" " * min(int(attributes.get("text:c", 1)), _LONGEST_CELL))

    def _tab(self, attributes: dict[str, str]) -> None:
        self._heard.append("\t")

    def _line_break(self, attributes: dict[str, str]) -> None:
        self._heard.append("\n")

    _STARTS: ClassVar = {
        "style": _start_style,
        "table-properties": _start_properties,
        "table": _start_table,
        "table-row": _start_row,
        "table-cell": _start_cell,
        "covered-table-cell": _start_cell,
        "p": _start_paragraph,
        "s": _space,
        "tab": _tab,
        "line-break": _line_break,
    }
    _ENDS: ClassVar = {
        "table": _end_table,
        "table-row": _end_row,
        "table-cell": _end_cell,
        "covered-table-cell": _end_cell,
        "p": _end_paragraph,
    }


def _is_aside(name: str) -> bool:
    """Whether an element is a comment or a drawing: they lie in cells, and have paragraphs too."""
    return name.startswith("draw:") or name in {"office:annotation", "table:shapes"}


if __name__ == "__main__":
    main()
