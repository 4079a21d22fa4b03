"""The sheets of an OpenDocument spreadsheet.

Not by calamine, which leaves out the breaks between the lines of a cell, so that two numbers become
one, and takes the text of drawings for that of cells. The format: OpenDocument 1.3 part 3, 9
(tables) and 19.643 on (repeated cells and rows).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from io import BytesIO
from itertools import groupby
from operator import itemgetter
from typing import ClassVar
from zipfile import ZipFile

from .parts import Elements, local, parse
from .sheets import (
    DAMAGED,
    LONGEST_CELL,
    MOST_COLUMNS,
    MOST_ROWS,
    Place,
    Refused,
    Sheet,
    number_as_shown,
)


@dataclass(slots=True)
class _Row:
    """A row, which stands for as many equal ones as `times` says."""

    line: int = 0
    times: int = 1
    cells: list[str] = field(default_factory=list)


def opendocument_sheets(content: bytes) -> Iterator[Sheet]:
    """Yield the tables, each to be read to its end before the next.

    Raises `Refused` or any other error for what is no sound spreadsheet.
    """
    tables = _Tables()
    pieces = parse(ZipFile(BytesIO(content)), "content.xml", tables)
    found = (row for _ in pieces for row in tables.taken())
    for sheet, rows in groupby(found, key=itemgetter(0)):
        sheet.rows = (
            (line, row.cells)
            for _, row in rows
            for line in range(row.line, min(row.line + row.times, MOST_ROWS + 1))
        )
        yield sheet


class _Tables(Elements):
    """The rows of all tables, each with its sheet; the first one of each table is empty."""

    def __init__(self) -> None:
        self._found: list[tuple[Sheet, _Row]] = []
        self._style = ""
        self._hidden_styles: set[str] = set()
        self._sheet: Sheet | None = None
        self._without_value: list[Place] = []
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
        if not self._asides and (action := self._STARTS.get(local(name))):
            action(self, attributes)

    def end(self, name: str) -> None:
        if not self._asides and (action := self._ENDS.get(local(name))):
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
        self._without_value = []
        is_hidden = attributes.get("table:style-name") in self._hidden_styles
        self._sheet = Sheet(
            attributes.get("table:name", ""), is_hidden, iter(()), self._without_value
        )
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
            text = cell["office:date-value"].replace("T", " ")
        elif "office:value" in cell:
            text = number_as_shown(float(cell["office:value"]))
        elif "table:formula" in cell and "office:value-type" not in cell and not self._heard:
            self._without_value.append((row.line, self._column))
        times = max(1, int(cell.get("table:number-columns-repeated", 1)))
        if text.strip():
            if self._column + times > MOST_COLUMNS:
                raise Refused(DAMAGED)
            row.cells += [""] * (self._column - len(row.cells)) + [text] * times
        self._column += times

    def _start_paragraph(self, attributes: dict[str, str]) -> None:
        self._paragraphs += 1
        self._heard.append("\n")

    def _end_paragraph(self) -> None:
        self._paragraphs -= 1

    def _space(self, attributes: dict[str, str]) -> None:
        self._heard.append(" " * min(int(attributes.get("text:c", 1)), LONGEST_CELL))

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


@lru_cache(maxsize=256)
def _is_aside(name: str) -> bool:
    """Whether an element is a comment or a drawing: they lie in cells, and have paragraphs too."""
    return name.startswith("draw:") or name in {"office:annotation", "table:shapes"}
