"""Which columns of a table hold phone numbers, by their headings and by what stands in them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from numberpools.domain.numbers import MINIMUM_DIGITS
from numberpools.domain.phone import Line, parse_lines
from numberpools.domain.phone.text import NO_NUMBER

FEWEST_CELLS_LOOKED_AT = 20
"""Of a column; where the first rows have fewer, further down."""
LONGEST_CELL_LOOKED_AT = 200
"""Characters."""
_CELLS_LOOKED_AT = 10_000  # parsing them takes half a second
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
    the share of the cells looked at that read as a phone number, 0 to 1. `has_numbers` is whether
    it is a column of phone numbers, so that leaving it out has to be decided by a person.
    """

    index: int
    name: str
    samples: list[str]
    number_share: float
    has_numbers: bool


def cell_of(row: list[str], column: int) -> str:
    """Return the text of a cell, with the calling code that has the cell before it."""
    text = row[column] if column < len(row) else ""
    if column and _WITHOUT_CODE.fullmatch(text) and _CALLING_CODE.fullmatch(row[column - 1]):
        return f"{row[column - 1]}\t{text}"
    return text


def are_headings(rows: list[list[str]]) -> bool:
    """Whether the first of several rows has words only: no line of a list is without a digit."""
    cells = [cell for cell in rows[0] if cell.strip()]
    return (
        len(rows) > 1
        and any(any(map(str.isalpha, cell)) for cell in cells)
        and not any(_NO_HEADING.search(cell) for cell in cells)
    )


def columns_of(
    headings: list[str], rows: list[list[str]], width: int, country: str | None
) -> tuple[list[Column], int]:
    """Return the columns, and the index of the one that most likely has the numbers.

    A column with a heading of phone numbers goes first, if most of its cells look like some, be
    it of another country: ids of ten digits may read as numbers by chance. Then counts which share
    of the cells reads as numbers, from a half up; then a heading of numbers of any kind; then which
    share looks like numbers.
    """
    columns: list[Column] = []
    merits: list[tuple[bool, float, bool, float, float]] = []
    most = max(FEWEST_CELLS_LOOKED_AT, _CELLS_LOOKED_AT // width)
    for index in range(width):
        heading = _sample(headings[index]) if index < len(headings) else ""
        cells = [(row[index], cell_of(row, index)) for row in rows if index < len(row)]
        cells = [(shown, cell) for shown, cell in cells if shown.strip()]
        share, likeness = _shares([cell for _, cell in cells[:most]], country)
        name = heading or f"Column {column_letters(index)}"
        samples = [_sample(shown) for shown, _ in cells[:3]]
        columns.append(Column(index, name, samples, share, max(share, likeness) >= 0.5))
        is_phone = bool(_PHONE_HEADING.search(heading)) and not _FAX_HEADING.search(heading)
        is_number = bool(_NUMBER_HEADING.search(heading))
        reading = share if share >= 0.5 else 0
        merits.append((is_phone and likeness >= 0.5, reading, is_number, likeness, share))
    return columns, max(range(width), key=lambda index: merits[index])


def _shares(cells: Sequence[str], country: str | None) -> tuple[float, float]:
    """Return which share of the cells reads as phone numbers, and which looks like some."""
    numbers = alike = 0
    for cell in cells:
        if _DECIMAL.fullmatch(cell):
            continue  # 51.5074456 is a place or a price, though its digits may be a number
        entries = list(parse_lines([Line(1, cell[:_LONGEST_SAMPLE])], country))
        numbers += any(entry.problem is None for entry in entries)
        alike += any(
            entry.problem != NO_NUMBER and sum(map(str.isdigit, entry.text)) >= MINIMUM_DIGITS
            for entry in entries
        )
    return numbers / max(1, len(cells)), alike / max(1, len(cells))


def _sample(cell: str) -> str:
    text = " ".join(cell.split())
    return text if len(text) <= _LONGEST_SAMPLE else text[: _LONGEST_SAMPLE - 1] + "…"


def column_letters(index: int) -> str:
    """Return the name that spreadsheets give a column: AB for 27."""
    letters = ""
    index += 1
    while index:
        index, digit = divmod(index - 1, 26)
        letters = chr(ord("A") + digit) + letters
    return letters
