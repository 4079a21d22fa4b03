"""The sheets of Excel's workbooks, by calamine.

What calamine does not tell is found here (ECMA-376 part 1: 12.3, the parts; 18.3, sheets).
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from io import BytesIO
from typing import Any
from zipfile import ZipFile

from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from .parts import PIECE, Elements, local, parse_all
from .sheets import DAMAGED, MOST_COLUMNS, Place, Refused, Rows, Sheet, number_as_shown


def excel_sheets(kind: str, content: bytes) -> Iterator[Sheet]:
    """Yield the sheets of an xlsx, xls or xlsb (`kind`), without charts and dialogues.

    Raises `Refused` or any other error for what is no sound workbook.
    """
    untold = []
    if kind == "xlsx":
        untold = _untold(ZipFile(BytesIO(content)))
    elif kind == "xlsb":
        _check(ZipFile(BytesIO(content)))
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
    if sheet.end[1] >= MOST_COLUMNS:
        raise Refused(DAMAGED)
    before = [""] * sheet.start[1]
    for line, cells in enumerate(sheet.iter_rows(), start=1):
        row = before + [cell if type(cell) is str else _text(cell) for cell in cells]
        for column, text in errors.get(line, {}).items():
            row[column] = text
        yield line, row


def _text(value: object) -> str:
    if isinstance(value, float):
        return number_as_shown(value)
    return str(value).upper() if isinstance(value, bool) else str(value)


class _Attributes(Elements):
    """The attributes of all elements of a name."""

    def __init__(self, name: str) -> None:
        self.found: list[dict[str, str]] = []
        self._name = name

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if local(name) == self._name:
            self.found.append({local(key): value for key, value in attributes.items()})


class _UntoldCells(Elements):
    """The cells of a sheet that calamine takes for empty: errors, and formulas without a value."""

    MARKS = (b"<f", b":f", b'"e"', b"'e'", b"<!")
    """Bytes without any of which a sheet has no such cells, and no document type either."""

    def __init__(self) -> None:
        self.without_value: list[Place] = []
        self.errors: dict[int, dict[int, str]] = {}
        self._line, self._column, self._kind = 0, -1, ""
        self._is_formula = self._is_value = False
        self._value: str | None = None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        name = local(name)
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
        name = local(name)
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


def _check(archive: ZipFile) -> None:
    """Read all parts to their end, where the archive checks that nothing in them has changed."""
    if archive.testzip():
        raise Refused(DAMAGED)


def _untold(archive: ZipFile) -> list[_UntoldCells]:
    """Return what calamine does not tell of each sheet of the workbook.

    Each part is read to its end, where the archive checks that nothing in it has changed: calamine
    stops before.
    """
    relations, book = _Attributes("Relationship"), _Attributes("sheet")
    parse_all(archive, "xl/_rels/workbook.xml.rels", relations)
    parse_all(archive, "xl/workbook.xml", book)
    for part in {"xl/sharedStrings.xml", "xl/styles.xml"}.intersection(archive.namelist()):
        parse_all(archive, part)
    parts = {about["Id"]: about["Target"] for about in relations.found}
    return [
        _untold_cells(archive, posixpath.normpath(posixpath.join("/xl", parts[about["id"]]))[1:])
        for about in book.found
    ]


def _untold_cells(archive: ZipFile, part: str) -> _UntoldCells:
    cells = _UntoldCells()
    has_mark, end = False, b""
    with archive.open(part) as stream:
        while piece := stream.read(PIECE):
            has_mark = has_mark or any(mark in end + piece for mark in cells.MARKS)
            end = piece[-2:]
    if has_mark:
        parse_all(archive, part, cells)
    return cells
