"""Excel's "XML Spreadsheet 2003", which some web systems export, often named .xls.

Described in Microsoft's "XML Spreadsheet Reference" (Office XP). expat reads it piece by piece; no
document type is let in, so that no entity can grow.
"""

from __future__ import annotations

from typing import NoReturn
from xml.parsers import expat

from numberpools.domain.lists.rows import KeptRows, Table
from numberpools.errors import UnreadableFile

_DAMAGED = "This XML file is damaged: open it in Excel and save it as .xlsx or .csv."
_LONG_CELL = "A cell of this file has over 32,767 characters: put each number into its own cell."

_LONGEST_CELL = 32_767  # characters, as in Excel
_LONGEST_TAG = 100_000  # bytes
_MOST_NAMES = 1_000  # of elements and attributes, and levels of elements, which expat keeps
_MOST_SHEETS = 255
_MOST_COLUMNS = 16_384
_MOST_ROWS = 1_048_576
_PIECE = 1 << 14


def spreadsheet_xml_tables(content: bytes) -> list[Table]:
    """Return the sheets of the workbook. Raises `UnreadableFile` for one that is damaged."""
    reader = _Reader()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.hear
    parser.StartDoctypeDeclHandler = _refuse
    try:
        for place in range(0, len(content), _PIECE):
            piece = content[place : place + _PIECE]
            parser.Parse(piece)
            unclosed = place + len(piece) - parser.CurrentByteIndex
            if unclosed > _LONGEST_TAG or max(reader.depth, len(parser.intern)) > _MOST_NAMES:
                _refuse()
        parser.Parse(b"", True)
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise UnreadableFile(_DAMAGED) from error
    return [Table(sheet.rows, sheet.name, sheet.is_hidden) for sheet in reader.sheets]


def _refuse(*_: object) -> NoReturn:
    raise UnreadableFile(_DAMAGED)


class _Sheet:
    def __init__(self, name: str) -> None:
        self.name = name
        self.is_hidden = False
        self.rows = KeptRows()


class _Reader:
    """Follows the elements; `Index` of a row or cell says its place, from 1, after empty ones."""

    def __init__(self) -> None:
        self.sheets: list[_Sheet] = []
        self.depth = 0
        self._line = 0
        self._column = 0
        self._across = 0
        self._row: list[str] = []
        self._heard: list[str] = []
        self._length = 0
        self._is_listening = False
        self._is_comment = False  # which has data of its own

    def start(self, element: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        name = _local(element)
        values = {_local(key): value for key, value in attributes.items()}
        if name == "Worksheet":
            self._begin_sheet(values.get("Name", ""))
        elif name == "Row":
            self._line = _place(values.get("Index"), self._line + 1, _MOST_ROWS)
            self._row, self._column = [], 0
        elif name == "Cell":
            self._column = _place(values.get("Index"), self._column + 1, _MOST_COLUMNS)
            self._across = _place(values.get("MergeAcross"), 0, _MOST_COLUMNS)
        elif name == "Comment":
            self._is_comment = True
        elif name == "Visible" or (name == "Data" and not self._is_comment):
            self._is_listening, self._heard, self._length = True, [], 0

    def end(self, element: str) -> None:
        self.depth -= 1
        name = _local(element)
        if name == "Row" and self.sheets:
            self.sheets[-1].rows.add(self._line, self._row)
            self._row = []
        elif name == "Cell":
            self._column += self._across
        elif name == "Comment":
            self._is_comment = False
        elif name == "Data" and self._is_listening:
            self._is_listening = False
            self._row += [""] * (self._column - len(self._row))
            if self._column:
                self._row[self._column - 1] = "".join(self._heard)
        elif name == "Visible":
            self._is_listening = False
            if self.sheets:
                self.sheets[-1].is_hidden = "".join(self._heard) != "SheetVisible"

    def hear(self, text: str) -> None:
        if self._is_listening:
            self._heard.append(text)
            self._length += len(text)
            if self._length > _LONGEST_CELL:
                raise UnreadableFile(_LONG_CELL)

    def _begin_sheet(self, name: str) -> None:
        if len(self.sheets) == _MOST_SHEETS:
            _refuse()
        self.sheets.append(_Sheet(name))
        self._line = 0


def _local(name: str) -> str:
    """Return a name without its namespace's prefix."""
    return name.rpartition(":")[2]


def _place(said: str | None, otherwise: int, most: int) -> int:
    place = int(said) if said else otherwise
    if not 0 <= place <= most:
        _refuse()
    return place
