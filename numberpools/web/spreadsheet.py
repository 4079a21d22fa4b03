"""CSV that people open in a spreadsheet."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from itertools import islice

from flask import Response

_FORMULA_SIGNS = tuple("=+-@\t\r\uff1d\uff0b\uff0d\uff20")  # the last four are full-width
_ROWS_AT_ONCE = 1_000


def download(name: str, headings: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """A file of this name, sent while its rows are being read; no cell of it is a formula."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(_pieces(headings, iter(rows)), mimetype="text/csv", headers=headers)


def harmless(text: str) -> str:
    """Text that no spreadsheet takes for a formula; a plus before digits alone is none."""
    plain_number = text.startswith("+") and text[1:].replace(" ", "").isdigit()
    return f"'{text}" if text.startswith(_FORMULA_SIGNS) and not plain_number else text


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
