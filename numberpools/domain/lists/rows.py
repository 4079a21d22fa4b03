"""What every kind of file becomes: tables of rows, read as often as is needed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

Rows = Iterator[tuple[int, list[str]]]
"""Line number, from 1, and the texts of the cells up to the last with any; no empty rows."""


@dataclass(frozen=True, slots=True)
class Table:
    """A sheet of a workbook, or a whole file or text of any other kind.

    `name` is that of the sheet, "" where there are none. `rows` gives its rows each time that it is
    called, with the whole line as the only cell where `has_columns` is False. `remarks` are
    sentences about what is in it and can't be read.
    """

    rows: Callable[[], Rows]
    name: str = ""
    is_hidden: bool = False
    has_columns: bool = True
    remarks: tuple[str, ...] = ()
