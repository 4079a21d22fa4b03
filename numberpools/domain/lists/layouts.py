"""How a text is laid out as a table: by a delimiter, by aligned blanks, or as an exported chat.

A layout is found by looking at the first rows alone; every look is bounded in time and memory.
"""

from __future__ import annotations

import csv
import re
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import Literal, Protocol, TextIO

from numberpools.domain.lists.rows import Rows
from numberpools.domain.numbers import MINIMUM_DIGITS
from numberpools.errors import UnreadableFile

LONGEST_LINE = 1_000_000
"""Characters; the numbers found in one take fifty times its memory."""
_LONG_CELL = (
    "A line of this file has no end within 100,000 characters: put each number on a line of its "
    "own, or save the list as .xlsx."
)
_MANY_CELLS = "A row of this file has more than 1,000 columns: save the column of numbers alone."

_DELIMITERS = "\t;|,^\x1f"
"""In the order of preference where several part the lines equally well: commas stand in text."""
_DELIMITERS_IN_TEXT = "\t;|,"
_LOOKED_AT = 200  # rows
_MOST_LOOKED_AT = 500_000  # characters
_MOST_DELIMITERS = 10_000  # of a row; some may stand in quotes
_FEWEST_ALIKE = 0.8  # share of the rows with as many cells as the table has columns
_FEWEST_ALIKE_IF_CLEAR = 0.5  # with a delimiter that stands in no text

_DELIMITER_LINE = re.compile(r"""sep=([^\w\s"']|\t)\s*""", re.IGNORECASE)  # Excel's own first line
_RULE = "-+=:| \t\r\n"
_ALIGNED_CELL = re.compile(r"\S+(?: \S+)*")
_DAY_AND_TIME = (
    r"\d{1,4}[./\-]\d{1,2}[./\-]\d{1,4},? \d{1,2}[:.]\d\d(?:[:.]\d\d)?(?:\s?[ap]\.?\s?m\.?)?"
)
_CHAT_LINE = re.compile(
    rf"\u200e?(?:\[({_DAY_AND_TIME})\] |({_DAY_AND_TIME}) - )(?:([^:\n]{{1,100}}): )?(.*)",
    re.IGNORECASE,
)
_CHAT_HEADINGS = ["Time", "Sender", "Message"]

Open = Callable[[], TextIO]
"""Opens the text at its beginning, with its line ends as they are."""


class Layout(Protocol):
    """A way in which a text is a table."""

    @property
    def between(self) -> str:
        """What stands between two cells where text that is no table may look the same, else ""."""

    def rows(self, text: Open) -> Rows:
        """Yield the rows, numbered as a spreadsheet numbers them."""


def layout_of(text: Open, is_table: bool) -> Layout | None:
    """Return how the text is laid out; None where it is no table but lines.

    `is_table` is whether it is called one: then a comma is the delimiter where nothing parts the
    lines, because a table may have one column.
    """
    if said := _DELIMITER_LINE.fullmatch(text().readline(16)):
        return Delimited(said[1], _has_sound_quotes(text, said[1]), says_delimiter=True)
    if _is_chat(text):
        return Chat()
    best, delimiter = (0.0, False, 1), ""
    for candidate in _DELIMITERS if is_table else _DELIMITERS_IN_TEXT:
        merit = _merit(text, candidate)
        if merit[-1] > 1 and merit > best:
            best, delimiter = merit, candidate
    fewest = _FEWEST_ALIKE_IF_CLEAR if delimiter and delimiter in "\t|" else _FEWEST_ALIKE
    if is_table or best[0] >= fewest:
        delimiter = delimiter or ","
        has_edges = delimiter == "|" and _has_edges(text)
        return Delimited(delimiter, _has_sound_quotes(text, delimiter), has_edges)
    return _aligned(text)


@dataclass(frozen=True, slots=True)
class Delimited:
    """Cells with a character between them, in quotes where that stands in a cell."""

    delimiter: str
    has_quotes: bool
    has_edges: bool = False  # "| a | b |"
    says_delimiter: bool = False  # its first line is none of the table's

    @property
    def between(self) -> str:
        return "," if self.delimiter == "," else ""

    def rows(self, text: Open) -> Rows:
        """Yield the rows; a quoted line break ends none."""
        try:
            records = self.records(text)
            if self.delimiter == "|":
                records = map(self._between_edges, records)
            for place, cells in enumerate(records, start=1):
                while cells and not cells[-1].strip():
                    cells.pop()
                if cells and not (place == 1 and self.says_delimiter):
                    yield place, cells
        except csv.Error as error:
            raise UnreadableFile(_LONG_CELL) from error

    def _between_edges(self, record: list[str]) -> list[str]:
        """Return the cells of "| a | b |", none of the line below the headings."""
        if all(map(_is_rule, record)):
            return []
        return [cell.strip() for cell in record[1:]] if self.has_edges else record

    def records(self, text: Open) -> Iterator[list[str]]:
        """Read strictly, so that a quote without its twin does not swallow the lines that follow.

        Raises `csv.Error` for that, and for a row that is too long.
        """
        quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if self.has_quotes else csv.QUOTE_NONE
        lines = _LinesOfRow(text(), self.delimiter)
        for record in csv.reader(
            lines, delimiter=self.delimiter, quoting=quoting, skipinitialspace=True, strict=True
        ):
            lines.length = lines.delimiters = 0
            yield record


class _LinesOfRow:
    """The lines of a table for the csv reader, which would read a row of any length."""

    def __init__(self, stream: TextIO, delimiter: str) -> None:
        self._stream = stream
        self._delimiter = delimiter
        self.length = 0
        """Characters of the row so far."""
        self.delimiters = 0

    def __iter__(self) -> _LinesOfRow:
        return self

    def __next__(self) -> str:
        line = self._stream.readline(LONGEST_LINE + 1)
        self.length += len(line)
        if self.length > LONGEST_LINE:
            raise csv.Error
        if len(line) > _MOST_DELIMITERS:
            self.delimiters += line.count(self._delimiter)
            if self.delimiters > _MOST_DELIMITERS:
                raise UnreadableFile(_MANY_CELLS)
        if not line:
            raise StopIteration
        return line


def _is_rule(text: str) -> bool:
    """Whether it is a line between rows, as "|---|:--:|", or empty."""
    return not text.strip(_RULE)


def _merit(text: Open, delimiter: str) -> tuple[float, bool, int]:
    """Return the share of rows with the commonest number of cells, whether their quotes are
    sound, and that number.

    One with which quotes make sense comes before one with which they don't. Rows with one cell and
    no number before and behind the others, as titles and sums are, don't count.
    """
    for has_quotes in (True, False):
        widths, is_sound = _widths(text, Delimited(delimiter, has_quotes))
        if is_sound:
            break
    if not widths:
        return 0.0, False, 1
    width, times = Counter(widths).most_common(1)[0]
    return times / len(widths), has_quotes, width


def _widths(text: Open, layout: Delimited) -> tuple[list[int], bool]:
    """Return how many cells the first rows have, and whether they could be read to the last."""
    widths: list[tuple[int, bool]] = []
    looked_at = 0
    try:
        for cells in islice(layout.records(text), _LOOKED_AT):
            looked_at += sum(map(len, cells))
            if any(cell.strip(_RULE) for cell in cells):
                widths.append((len(cells), len(cells) == 1 and not _has_digits(cells[0])))
            if looked_at > _MOST_LOOKED_AT:
                break
    except (csv.Error, UnreadableFile):
        return [], False
    while widths and widths[0][1]:
        widths.pop(0)
    while widths and widths[-1][1]:
        widths.pop()
    return [width for width, _ in widths], True


def _has_digits(cell: str) -> bool:
    """Whether there are as many as a number has."""
    return sum(map(str.isdigit, cell[:200])) >= MINIMUM_DIGITS


def _has_sound_quotes(text: Open, delimiter: str) -> bool:
    """Whether the whole file can be read with its quotes; without them every line is a row."""
    try:
        deque(Delimited(delimiter, has_quotes=True).records(text), maxlen=0)
    except csv.Error:
        return False
    except UnreadableFile:
        return True  # which is said while the rows are read
    return True


@dataclass(frozen=True, slots=True)
class Aligned:
    """Columns below one another, with two blanks or more between them.

    `spans` are first and last place of each, in characters of the line.
    """

    spans: Sequence[tuple[int, int]]
    between = "  "

    def rows(self, text: Open) -> Rows:
        for place, line in enumerate(_lines(text), start=1):
            if not _is_rule(line):
                yield place, self._cells(line)

    def _cells(self, line: str) -> list[str]:
        """Return the cells by their order; where some are missing, by their place."""
        found = [(cell.group(), *cell.span()) for cell in _ALIGNED_CELL.finditer(line)]
        if len(found) >= len(self.spans):
            return [text for text, *_ in found]
        cells = [""] * len(self.spans)
        for text, start, end in found:
            column = next(
                (i for i, (first, last) in enumerate(self.spans) if start < last and first < end),
                len(cells) - 1,
            )
            cells[column] = f"{cells[column]}  {text}".strip()
        while not cells[-1]:
            cells.pop()
        return cells


def _lines(text: Open) -> Iterator[str]:
    stream = text()
    while line := stream.readline(LONGEST_LINE + 1):
        if len(line) > LONGEST_LINE:
            raise UnreadableFile(_LONG_CELL)
        yield line


def _first_lines(text: Open) -> list[str]:
    """Return some lines with text."""
    lines = [line[: _MOST_LOOKED_AT // _LOOKED_AT] for line in islice(_lines(text), _LOOKED_AT)]
    return [line for line in lines if line.strip()]


def _has_edges(text: Open) -> bool:
    rows = [line.strip() for line in _first_lines(text) if "|" in line and not _is_rule(line)]
    edged = sum(row.startswith("|") and row.endswith("|") for row in rows)
    return edged >= _FEWEST_ALIKE * len(rows)


def _aligned(text: Open) -> Aligned | None:
    rows = [
        [cell.span() for cell in _ALIGNED_CELL.finditer(line)]
        for line in _first_lines(text)
        if not _is_rule(line)
    ]
    width, _ = Counter(map(len, rows)).most_common(1)[0] if rows else (1, 0)
    full = [row for row in rows if len(row) == width]
    if width < 2 or len(full) < 2 or len(full) * 2 < len(rows):
        return None
    spans = [
        (min(row[column][0] for row in full), max(row[column][1] for row in full))
        for column in range(width)
    ]
    is_aligned = all(left[1] < right[0] for left, right in pairwise(spans))
    return Aligned(spans) if is_aligned else None


class Chat:
    """The messages that WhatsApp exports: time, sender, text."""

    between = ""

    def rows(self, text: Open) -> Rows:
        yield 0, _CHAT_HEADINGS
        for place, line in enumerate(_lines(text), start=1):
            message = _CHAT_LINE.match(line)
            if message:
                time, other_time, sender, said = message.groups(default="")
                cells = [time or other_time, sender, said.strip()]
            else:
                cells = ["", "", line.strip()]  # of the message before
            while cells and not cells[-1]:
                cells.pop()
            if cells:
                yield place, cells


def _is_chat(text: Open) -> bool:
    messages = [_CHAT_LINE.match(line) for line in _first_lines(text)]
    return bool(messages and messages[0]) and sum(bool(m and m[3]) for m in messages) > 1
