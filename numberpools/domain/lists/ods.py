"""The rows of an OpenDocument spreadsheet (.ods), one at a time.

The format: OpenDocument 1.3 part 3, 9 (tables) and 19.643 on (repeated cells and rows).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from io import BytesIO
from zipfile import ZipFile

from numberpools.domain.lists.rows import Rows, Table
from numberpools.domain.lists.xml import (
    DAMAGED,
    LONGEST_CELL,
    MOST_NAMES,
    Elements,
    number_as_shown,
    parse,
    refuse_broken,
)
from numberpools.errors import UnreadableFile


def ods_tables(content: bytes) -> list[Table]:
    """Return the tables with cells.

    Raises `UnreadableFile` for what is no sound spreadsheet, here or while the rows are read.
    """
    with refuse_broken():
        archive = ZipFile(BytesIO(content))
        found: dict[int, Table] = {}
        for row in parse(archive, "content.xml", _Content()):
            rows = partial(_table_rows, archive, row.table)
            found.setdefault(row.table, Table(rows, row.table_name, row.is_hidden))
        return [*found.values()]


def _table_rows(archive: ZipFile, table: int) -> Rows:
    with refuse_broken():
        for row in parse(archive, "content.xml", _Content()):
            if row.table == table:
                for line in range(row.line, row.line + row.times):
                    yield line, row.cells


@dataclass(slots=True)
class _Row:
    """A row of a table, which stands for as many equal ones as `times` says."""

    table: int
    table_name: str
    is_hidden: bool
    line: int
    times: int
    cells: list[str] = field(default_factory=list)


class _Content(Elements[_Row]):
    """The rows with text of all tables of an .ods file."""

    def __init__(self) -> None:
        super().__init__()
        self._style = ""
        self._hidden_styles: set[str] = set()
        self._table = -1
        self._is_table = False
        self._is_hidden = False
        self._row = _Row(-1, "", False, 0, 1)
        self._name = ""
        self._cell: dict[str, str] = {}
        self._column = 0
        self._asides = 0

    def start_style(self, attributes: dict[str, str]) -> None:
        self._style = attributes.get("style:name", "")

    def start_table_properties(self, attributes: dict[str, str]) -> None:
        if attributes.get("table:display") == "false":
            self._hidden_styles.add(self._style)
            if len(self._hidden_styles) > MOST_NAMES:
                raise UnreadableFile(DAMAGED)

    def start_table(self, attributes: dict[str, str]) -> None:
        if not self._asides:
            if self._is_table:
                raise UnreadableFile(DAMAGED)  # a table within a cell, which no program writes
            self._is_table = True
            self._table += 1
            self._name = attributes.get("table:name", "")
            self._is_hidden = attributes.get("table:style-name") in self._hidden_styles
            self._row = _Row(self._table, self._name, self._is_hidden, 0, 1)

    def end_table(self) -> None:
        if not self._asides:
            self._is_table = False

    def start_table_row(self, attributes: dict[str, str]) -> None:
        if not self._asides:
            line = self._row.line + self._row.times
            times = max(1, int(attributes.get("table:number-rows-repeated", 1)))
            self._row = _Row(self._table, self._name, self._is_hidden, line, times)
            self._column = 0

    def end_table_row(self) -> None:
        if self._row.cells and not self._asides:
            self.found.append(self._row)

    def start_table_cell(self, attributes: dict[str, str]) -> None:
        if not self._asides:
            self._cell = attributes
            self.heard()

    def end_table_cell(self) -> None:
        if self._asides:
            return
        text = self.heard().strip("\n")
        if "office:date-value" in self._cell:
            text = self._cell["office:date-value"]
        elif "office:value" in self._cell:
            text = number_as_shown(self._cell["office:value"])
        times = max(1, int(self._cell.get("table:number-columns-repeated", 1)))
        self.put_cell(self._row.cells, self._column, text, times)
        self._column += times

    start_covered_table_cell, end_covered_table_cell = start_table_cell, end_table_cell

    def start_p(self, _: dict[str, str]) -> None:
        self.is_listening = not self._asides
        self.hear("\n")

    def end_p(self) -> None:
        self.is_listening = False

    def start_s(self, attributes: dict[str, str]) -> None:
        self.hear(" " * min(int(attributes.get("text:c", 1)), LONGEST_CELL))

    def start_tab(self, _: dict[str, str]) -> None:
        self.hear("\t")

    def start_line_break(self, _: dict[str, str]) -> None:
        self.hear("\n")

    def start_annotation(self, _: dict[str, str]) -> None:
        """Pass over comments and drawings, which lie in cells and have paragraphs and tables."""
        self._asides += 1

    def end_annotation(self) -> None:
        self._asides -= 1

    start_frame = start_shapes = start_annotation
    end_frame = end_shapes = end_annotation
