"""The rows of a text file: its encoding, its delimiter and its quotes, found by looking at it."""

from __future__ import annotations

import csv
import re
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from io import TextIOWrapper
from itertools import islice
from typing import Literal

from numberpools.domain.lists.decoding import encoding_of, open_text
from numberpools.domain.lists.rows import Rows
from numberpools.errors import UnreadableFile

_LONG_CELL = (
    "A line of this file has no end within 100,000 characters: put each number on a line of its "
    "own, or save the list as .xlsx."
)
_LONG_LINE = "A line has more than 1,000,000 characters: put each number on a line of its own."

_DELIMITERS = "\t;|,^\x1f"
"""In the order of preference where several part the lines equally well: commas stand in text."""

_LOOKED_AT = 200  # lines
_LONGEST_LINE = 1_000_000  # characters; the numbers found in one take fifty times its memory
_DELIMITER_LINE = re.compile(r"""sep=([^\w\s"']|\t)\s*""", re.IGNORECASE)  # Excel's own first line


def text_rows(content: bytes, is_table: bool) -> Callable[[], Rows]:
    """Find out how the text is written; its rows, as often as called.

    The rows of a table have its cells, those of any other text the whole line as their only cell.
    Raises `UnreadableFile` for what is no text, here, or has a cell without an end, while the rows
    are read.
    """
    encoding = encoding_of(content)
    if not is_table:
        return partial(_lines, content, encoding)
    return partial(_records, content, encoding, _dialect(content, encoding))


def is_single_line(content: bytes) -> bool:
    """Whether everything stands on one line: then it is a list, whatever parts its numbers."""
    lines = islice(_lines(content, encoding_of(content)), 2)
    return len(list(lines)) == 1


@dataclass(frozen=True, slots=True)
class _Dialect:
    delimiter: str
    has_quotes: bool
    says_delimiter: bool  # its first line is none of the table's


def _lines(content: bytes, encoding: str) -> Rows:
    stream = open_text(content, encoding)
    for place, line in enumerate(iter(partial(stream.readline, _LONGEST_LINE + 1), ""), start=1):
        if len(line) > _LONGEST_LINE:
            raise UnreadableFile(_LONG_LINE)
        if line.strip():
            yield place, [line.rstrip("\n")]


def _records(content: bytes, encoding: str, dialect: _Dialect) -> Rows:
    """Yield the rows, numbered as a spreadsheet numbers them: a quoted line break ends none."""
    records = _reader(content, encoding, dialect.delimiter, dialect.has_quotes)
    try:
        for place, cells in enumerate(records, start=1):
            while cells and not cells[-1].strip():
                cells.pop()
            if cells and not (place == 1 and dialect.says_delimiter):
                yield place, cells
    except csv.Error as error:
        raise UnreadableFile(_LONG_CELL) from error


def _reader(content: bytes, encoding: str, delimiter: str, has_quotes: bool) -> Iterator[list[str]]:
    """Read strictly, so that a quote without its twin does not swallow the lines that follow.

    Raises `csv.Error` for that, and for a row that is too long.
    """
    quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if has_quotes else csv.QUOTE_NONE
    lines = _LinesOfRow(open_text(content, encoding, newline=""))
    for record in csv.reader(
        lines, delimiter=delimiter, quoting=quoting, skipinitialspace=True, strict=True
    ):
        lines.length = 0
        yield record


class _LinesOfRow:
    """The lines of a table for the csv reader, which would read a row of any length."""

    def __init__(self, stream: TextIOWrapper) -> None:
        self._stream = stream
        self.length = 0
        """Characters of the row so far."""

    def __iter__(self) -> _LinesOfRow:
        return self

    def __next__(self) -> str:
        line = self._stream.readline(_LONGEST_LINE + 1)
        self.length += len(line)
        if self.length > _LONGEST_LINE:
            raise csv.Error
        if not line:
            raise StopIteration
        return line


def _dialect(content: bytes, encoding: str) -> _Dialect:
    """Return the delimiter that parts most lines into the same number of cells, then the most.

    One with which quotes make sense comes before one with which they don't. A comma where nothing
    parts them: a file may have one column.
    """
    first_line = open_text(content, encoding, newline="").readline(16)
    if said := _DELIMITER_LINE.fullmatch(first_line):
        return _Dialect(said[1], _has_sound_quotes(content, encoding, said[1]), True)
    best, delimiter = (0.0, False, 1), ","
    for candidate in _DELIMITERS:
        merit = _merit(content, encoding, candidate)
        if merit[-1] > 1 and merit > best:
            best, delimiter = merit, candidate
    return _Dialect(delimiter, _has_sound_quotes(content, encoding, delimiter), False)


def _merit(content: bytes, encoding: str, delimiter: str) -> tuple[float, bool, int]:
    """Return the share of lines with the commonest number of cells, whether their quotes are
    sound, and that number.
    """
    widths: Counter[int] = Counter()
    for has_quotes in (True, False):
        records = _reader(content, encoding, delimiter, has_quotes)
        with suppress(csv.Error):
            widths = Counter(len(cells) for cells in islice(records, _LOOKED_AT) if cells)
            break
    if not widths:
        return 0.0, False, 1
    width, times = widths.most_common(1)[0]
    return times / widths.total(), has_quotes, width


def _has_sound_quotes(content: bytes, encoding: str, delimiter: str) -> bool:
    """Whether the whole file can be read with its quotes; without them every line is a row."""
    if b'"' not in content:
        return True
    try:
        deque(_reader(content, encoding, delimiter, has_quotes=True), maxlen=0)
    except csv.Error:
        return False
    return True
