"""CSV that people open in a spreadsheet."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from itertools import islice
from urllib.parse import quote

from flask import Response

_SIGNS = "=+@\uff1d\uff0b\uff0d\uff20-"  # four of them are full-width
_FORMULA = re.compile(
    rf"""
    (?: ^ | (?<![;\s"]) [;\s"]++ )  # what ends a cell, perhaps: all of it, or a long one takes ages
    (?= [{_SIGNS}] )
    (?! \+\ *+\d[\d\ ]*+ (?:[;\t\r\n]|$) )  # a plus before digits alone is a number
    """,
    re.VERBOSE,
)
_SEPARATORS = re.compile(r"[;\t\r\n]")
"""What may end a cell besides commas, which are quoted: semicolons do in half of Europe."""
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9_.-]")
_ROWS_AT_ONCE = 1_000


def download(name: str, headings: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """A file of this name, sent while its rows are being read; no cell of it is a formula."""
    plain = _NOT_PLAIN.sub("_", name)
    # A name that not every header can hold is given twice (RFC 6266, appendix D).
    exact = "" if plain == name else f"; filename*=UTF-8''{quote(name, safe='')}"
    headers = {"Content-Disposition": f'attachment; filename="{plain}"{exact}'}
    return Response(_pieces(headings, iter(rows)), mimetype="text/csv", headers=headers)


def harmless(text: str) -> str:
    """Text that no spreadsheet takes for a formula, whatever it takes for the end of a cell."""
    marked = _FORMULA.sub(_marked, text)
    return f"'{marked}" if marked.startswith(("\t", "\r", "\n")) else marked


def _marked(before: re.Match[str]) -> str:
    is_beginning = not before[0] or _SEPARATORS.search(before[0])
    return f"{before[0]}'" if is_beginning else before[0]


def _pieces(headings: Sequence[str], rows: Iterator[Sequence[object]]) -> Iterator[str]:
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(headings)
    while piece := text.getvalue():
        yield piece
        text.seek(0)
        text.truncate()
        for row in islice(rows, _ROWS_AT_ONCE):
            writer.writerow([harmless(str(cell)) for cell in row])
