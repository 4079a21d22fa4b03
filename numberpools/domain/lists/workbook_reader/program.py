"""The program: `main` reads a workbook from standard input, and writes its rows.

The rows of all sheets go to an open file, the spool, as CSV: the line, from 1, then the texts of
the cells. Standard output is JSON: `{"refusal": sentence}` or `{"sheets": [...]}`, each with
`name`, `is_hidden`, the bytes of the spool that are its rows (`start`, `end`), how many formulas
have no stored value (`without_value`) and where the first of them are (`places`).
"""

from __future__ import annotations

import csv
import errno
import json
import resource
import sys
from typing import Any

from .excel import excel_sheets
from .opendocument import opendocument_sheets
from .sheets import DAMAGED, LONGEST_CELL, TOO_LARGE, Refused, Rows

_TOO_MUCH_TEXT = "This workbook holds too much text: save the sheet with the numbers alone as .csv."
_MANY_SHEETS = "This workbook has more than 200 sheets: save those with numbers on their own."
_LONG_CELL = "A cell of this sheet has over 32,767 characters: put each number into its own cell."
_LONG_ROW = "A row of this sheet has too much text: save the column of numbers alone."

_MEMORY = 300_000_000  # bytes of address space; Python and calamine take 40 million of them
_SPOOL = 100_000_000  # bytes
_SECONDS = 60  # of processor time
_MOST_SHEETS = 200
_LONGEST_ROW = 1_000_000  # characters
_LONGEST_NAME = 200
_PLACES_NAMED = 3


def main(kind: str, spool: int) -> None:
    """Read the workbook on standard input, within limits on memory, time and what is written."""
    for limit, most in (
        (resource.RLIMIT_AS, _MEMORY),
        (resource.RLIMIT_FSIZE, _SPOOL),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (most, most))
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, 2 * _SECONDS))  # the first has a signal
    answer: dict[str, Any]
    try:
        answer = {"sheets": write(kind, sys.stdin.buffer.read(), spool)}
    except Refused as refusal:
        answer = {"refusal": str(refusal)}
    except MemoryError:
        answer = {"refusal": TOO_LARGE}
    json.dump(answer, sys.stdout)


def write(kind: str, content: bytes, spool: int) -> list[dict[str, Any]]:
    """Write the rows of all sheets; return what is to be said of each."""
    sheets = opendocument_sheets(content) if kind == "ods" else excel_sheets(kind, content)
    written: list[dict[str, Any]] = []
    try:
        with open(spool, "w", encoding="utf-8", newline="", closefd=False) as file:
            writer = csv.writer(file)
            for sheet in sheets:
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
        if length > LONGEST_CELL and max(map(len, row)) > LONGEST_CELL:
            raise Refused(_LONG_CELL)
        if length > _LONGEST_ROW:
            raise Refused(_LONG_ROW)
        if row:
            yield line, row
