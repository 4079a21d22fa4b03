"""A list that somebody brings as a file: its lines as text, and its column of numbers.

`read` looks at the whole file once and remembers how it is read; `ListFile.lines` then reads it
again, line by line, so that half a million lines take little more memory than the file itself.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from numberpools.domain.file_kinds import Kind, kind_of
from numberpools.domain.file_ods import ods_tables
from numberpools.domain.file_text import is_single_line, text_rows
from numberpools.domain.file_xlsx import xlsx_sheets
from numberpools.domain.file_xml import Rows
from numberpools.domain.numbers import MINIMUM_DIGITS
from numberpools.domain.phone import parse_lines
from numberpools.domain.phone_text import NO_NUMBER
from numberpools.errors import InvalidInput, InvalidParameter, UnreadableFile

MAXIMUM_BYTES = 20_000_000
MAXIMUM_LINES = 500_000
MAXIMUM_COLUMNS = 1_000

_EMPTY = "This file is empty: choose one with a phone number on each line."
_TOO_LARGE = "This file is larger than 20 MB: split it, or save the numbers alone as .csv."
_TOO_MANY_LINES = "This file has more than 500,000 lines: split it into several files."
_TOO_MANY_COLUMNS = "This file has more than 1,000 columns: save the column of numbers alone."

_MOST_SHEETS_LOOKED_AT = 5
_MOST_ROWS_LOOKED_AT = 200
_MOST_ROWS_FURTHER_DOWN = 100
_FEWEST_CELLS_LOOKED_AT = 20  # of a column; if the first rows have fewer, further down
_CELLS_LOOKED_AT = 10_000  # parsing them takes half a second
_LONGEST_CELL_LOOKED_AT = 200  # characters
_LONGEST_SAMPLE = 80

_CALLING_CODE = re.compile(r"\s*\+?\d{1,3}\s*")
_WITHOUT_CODE = re.compile(r"[\d ().\-/]{5,}")
_DECIMAL = re.compile(r"\s*[-+]?\d+[.,]\d*[1-9]\d*\s*")
_NO_HEADING = re.compile(r"\d{4}|@")
_PHONE_HEADING = re.compile(
    r"phone|mobi|m[oó]vil|\bt[eé]l|\bcell|celular|handy|gsm|msisdn|whatsapp|\bsms\b|portable"
    r"|rufn|тел|моб|τηλ|κιν|电话|手机|電話|手機|携帯|전화|휴대|هاتف|جوال|موبايل|טלפון|נייד|फ़ोन|मोबाइल|โทร",
    re.IGNORECASE,
)
_NUMBER_HEADING = re.compile(
    r"number|nummer|num[eé]r|n[uú]mero|номер|番号|号码|번호", re.IGNORECASE
)
_FAX_HEADING = re.compile(r"fax|факс|传真", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table, as shown to the person who chooses one.

    `index` counts from 0. `name` is the cell of the first row where that has headings, else
    "Column A" and so on. `samples` are the first cells with text, at most three. `number_share` is
    the share of the cells looked at that read as a phone number, 0 to 1.
    """

    index: int
    name: str
    samples: list[str]
    number_share: float


@dataclass(frozen=True, slots=True)
class ListFile:
    """A file of phone numbers.

    `columns` is empty, and `guessed` None, where there are none to choose from: a text file that
    is no table, or a table of a single line. `guessed` is the index of the column that most likely
    has the numbers. `line_count` is the number of the last line with text, headings included.
    """

    columns: list[Column]
    guessed: int | None
    line_count: int
    _rows: Callable[[], Rows]
    _first_line: int  # of the list: the one after the headings, if there are some

    def lines(self, column: int | None = None) -> Iterator[tuple[int, str]]:
        """Yield the number of each line with text, from 1, and the text of its cell.

        `column` is the index of a column, None for the guessed one. Where there are no columns the
        text is the whole line. A calling code that has a cell of its own before the number's comes
        with it, as it does in a pasted line. Raises `InvalidInput` where there is no such column.
        """
        chosen = (self.guessed or 0) if column is None or not self.columns else column
        if not 0 <= chosen < max(1, len(self.columns)):
            reason = f"Choose one of the {len(self.columns)} columns of this file."
            raise InvalidInput([InvalidParameter("column", reason)])
        return (
            (line, _cell(row, chosen)) for line, row in self._rows() if line >= self._first_line
        )


def read(name: str, content: bytes, country: str | None = None) -> ListFile:
    """Find out what a file is, whether it can be read to its end, and where its numbers are.

    `name` is the file's name, of which only the ending counts, and less than the content.
    `country` (ISO 3166-1 alpha-2) is where national numbers belong, as for `phone.parse`. Raises
    `UnreadableFile` with a sentence for the person who brought the file.
    """
    if len(content) > MAXIMUM_BYTES:
        raise UnreadableFile(_TOO_LARGE)
    if not content or content.isspace():
        raise UnreadableFile(_EMPTY)
    kind = kind_of(name, content)
    if kind is Kind.TABLE and is_single_line(content):
        kind = Kind.TEXT
    if kind is Kind.TEXT:
        rows = text_rows(content, is_table=False)
        _, _, line_count = _survey(rows)
        return ListFile([], None, line_count, rows, 1)
    found: ListFile | None = None
    for rows in islice(_tables(kind, content), _MOST_SHEETS_LOOKED_AT):
        table, has_numbers = _look_at(rows, country)
        if has_numbers:
            return table
        found = found or table
    if found is None:
        raise UnreadableFile(_EMPTY)
    return found


def _tables(kind: Kind, content: bytes) -> Iterable[Callable[[], Rows]]:
    """The sheets with cells, in the order in which they are looked through for numbers."""
    if kind is Kind.XLSX:
        return xlsx_sheets(content)
    if kind is Kind.ODS:
        return ods_tables(content)
    return [text_rows(content, is_table=True)]


def _look_at(rows: Callable[[], Rows], country: str | None) -> tuple[ListFile, bool]:
    """Return the table, and whether one of its columns looks like phone numbers."""
    seen, width, line_count = _survey(rows)
    has_headings = _are_headings([row for _, row in seen])
    headings = seen.pop(0)[1] if has_headings else []
    columns, guessed, has_numbers = _columns(headings, [row for _, row in seen], width, country)
    return ListFile(columns, guessed, line_count, rows, seen[0][0]), has_numbers


def _survey(rows: Callable[[], Rows]) -> tuple[list[tuple[int, list[str]]], int, int]:
    """Read to the end; return rows to look at, how many columns there are, and the last line.

    The rows are the first ones, and some further down that have text where these have little.
    """
    seen: list[tuple[int, list[str]]] = []
    cells: Counter[int] = Counter()  # with text, by column
    sparse: set[int] = set()
    width = line = 0
    for line, row in rows():
        if line > MAXIMUM_LINES:
            raise UnreadableFile(_TOO_MANY_LINES)
        if len(row) > MAXIMUM_COLUMNS:
            raise UnreadableFile(_TOO_MANY_COLUMNS)
        if len(row) > width:
            sparse.update(range(width, len(row)))
            width = len(row)
        if len(seen) > _MOST_ROWS_LOOKED_AT + _MOST_ROWS_FURTHER_DOWN:
            continue
        wanted = [column for column in sparse if column < len(row) and row[column].strip()]
        if wanted or len(seen) <= _MOST_ROWS_LOOKED_AT:
            seen.append((line, [cell[:_LONGEST_CELL_LOOKED_AT] for cell in row]))
            cells.update(wanted)
            sparse -= {column for column in wanted if cells[column] > _FEWEST_CELLS_LOOKED_AT}
    if not seen:
        raise UnreadableFile(_EMPTY)
    return seen, width, line


def _cell(row: list[str], column: int) -> str:
    """Return the text of a cell, with the calling code that has the cell before it."""
    text = row[column] if column < len(row) else ""
    if column and _WITHOUT_CODE.fullmatch(text) and _CALLING_CODE.fullmatch(row[column - 1]):
        return f"{row[column - 1]}\t{text}"
    return text


def _are_headings(rows: list[list[str]]) -> bool:
    """Whether the first of several rows has words only: no line of a list is without a digit."""
    cells = [cell for cell in rows[0] if cell.strip()]
    return (
        len(rows) > 1
        and any(any(map(str.isalpha, cell)) for cell in cells)
        and not any(_NO_HEADING.search(cell) for cell in cells)
    )


def _columns(
    headings: list[str], rows: list[list[str]], width: int, country: str | None
) -> tuple[list[Column], int, bool]:
    """Return the columns, the index of the one that most likely has the numbers, and if any has.

    A column with a heading of phone numbers goes first, if most of its cells look like some, be
    it of another country: ids of ten digits may read as numbers by chance. Then counts which share
    of the cells reads as numbers, from a half up; then a heading of numbers of any kind; then which
    share looks like numbers.
    """
    columns: list[Column] = []
    merits: list[tuple[bool, float, bool, float, float]] = []
    most = max(_FEWEST_CELLS_LOOKED_AT, _CELLS_LOOKED_AT // width)
    for index in range(width):
        heading = _sample(headings[index]) if index < len(headings) else ""
        cells = [(row[index], _cell(row, index)) for row in rows if index < len(row)]
        cells = [(shown, cell) for shown, cell in cells if shown.strip()]
        share, likeness = _shares([cell for _, cell in cells[:most]], country)
        name = heading or f"Column {_letters(index)}"
        columns.append(Column(index, name, [_sample(shown) for shown, _ in cells[:3]], share))
        is_phone = bool(_PHONE_HEADING.search(heading)) and not _FAX_HEADING.search(heading)
        is_number = bool(_NUMBER_HEADING.search(heading))
        reading = share if share >= 0.5 else 0
        merits.append((is_phone and likeness >= 0.5, reading, is_number, likeness, share))
    has_numbers = any(max(share, likeness) >= 0.5 for *_, likeness, share in merits)
    return columns, max(range(width), key=lambda index: merits[index]), has_numbers


def _shares(cells: Sequence[str], country: str | None) -> tuple[float, float]:
    """Return which share of the cells reads as phone numbers, and which looks like some."""
    numbers = alike = 0
    for cell in cells:
        if _DECIMAL.fullmatch(cell):
            continue  # 51.5074456 is a place or a price, though its digits may be a number
        entries = list(parse_lines([(1, cell[:_LONGEST_SAMPLE])], country))
        numbers += any(entry.problem is None for entry in entries)
        alike += any(
            entry.problem != NO_NUMBER and sum(map(str.isdigit, entry.text)) >= MINIMUM_DIGITS
            for entry in entries
        )
    return numbers / max(1, len(cells)), alike / max(1, len(cells))


def _sample(cell: str) -> str:
    text = " ".join(cell.split())
    return text if len(text) <= _LONGEST_SAMPLE else text[: _LONGEST_SAMPLE - 1] + "…"


def _letters(index: int) -> str:
    """Return the name that spreadsheets give a column: AB for 27."""
    letters = ""
    index += 1
    while index:
        index, digit = divmod(index - 1, 26)
        letters = chr(ord("A") + digit) + letters
    return letters
