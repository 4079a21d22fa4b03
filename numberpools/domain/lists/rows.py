"""What every kind of file becomes: tables of rows, read as often as is needed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO

from numberpools.errors import UnreadableFile

MAXIMUM_LINES = 500_000
MAXIMUM_COLUMNS = 1_000

TOO_MANY_LINES = "This file has more than 500,000 lines: split it into several files."
TOO_MANY_COLUMNS = "This file has more than 1,000 columns: save the column of numbers alone."
_TOO_MUCH = "This file has too much text: save the column of numbers alone as .csv."

_MOST_KEPT = 40_000_000  # bytes; a file has at most 20 million

Rows = Iterator[tuple[int, list[str]]]
"""Line number, from 1, and the texts of the cells up to the last with any; no empty rows."""


@dataclass(frozen=True, slots=True)
class Table:
    """A sheet of a workbook, or a whole file or text of any other kind.

    `name` is that of the sheet, "" where there are none. `rows` gives its rows each time that it is
    called, with the whole line as the only cell where `has_columns` is False. `remarks` are
    sentences about what is in it and can't be read. `headings` are known where the format itself
    names its fields; else they may be the first of the rows.
    """

    rows: Callable[[], Rows]
    name: str = ""
    is_hidden: bool = False
    has_columns: bool = True
    remarks: tuple[str, ...] = ()
    headings: tuple[str, ...] = ()


class KeptRows:
    """Rows that are read once and kept in about as many bytes as their text has.

    For formats that can't be read again from anywhere but their beginning.
    """

    def __init__(self) -> None:
        self._kept = BytesIO()

    def __bool__(self) -> bool:
        return self._kept.tell() > 0

    def add(self, line: int, cells: list[str]) -> None:
        """Keep a row, if it has any text. Raises `UnreadableFile` where all becomes too much."""
        if line > MAXIMUM_LINES:
            raise UnreadableFile(TOO_MANY_LINES)
        while cells and not cells[-1].strip():
            cells.pop()
        if len(cells) > MAXIMUM_COLUMNS:
            raise UnreadableFile(TOO_MANY_COLUMNS)
        if cells:
            self._kept.write(json.dumps([line, *cells]).encode() + b"\n")
            if self._kept.tell() > _MOST_KEPT:
                raise UnreadableFile(_TOO_MUCH)

    def __call__(self) -> Rows:
        """Return the rows, from the first, also while others read them."""
        for kept in BytesIO(self._kept.getvalue()):
            line, *cells = json.loads(kept)
            yield line, cells
