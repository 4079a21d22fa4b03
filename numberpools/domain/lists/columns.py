"""Which columns of a table hold phone numbers, by their headings and by what stands in them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

from numberpools.domain.lists.beside import NOTHING, Beside, Neighbours, line_of
from numberpools.domain.lists.headings import ColumnMeaning, extensions_of, meaning_of
from numberpools.domain.lists.spans import find_labels, find_span
from numberpools.domain.numbers import MAXIMUM_DIGITS, MINIMUM_DIGITS, country_of
from numberpools.domain.phone import Doubt, Entry, Line, parse_lines

FEWEST_CELLS_LOOKED_AT = 20
"""Of a column; where the first rows have fewer, further down."""
LONGEST_CELL_LOOKED_AT = 200
"""Characters."""
_CELLS_LOOKED_AT = 10_000  # parsing them takes half a second
_LONGEST_SAMPLE = 80

_HALF, _PARTLY, _HARDLY_ANY, _SOME = 0.5, 0.3, 0.2, 0.1  # shares of the cells
_SAID, _PLUS, _NONE = 4, 3, -1  # clearness: by a heading, with a plus, where nothing is clear
_LONG, _FEWEST_NATIONAL = 9, 6  # digits of numbers, of whole ones and of those of small countries
_STEP = 100  # between the numbers of a column that counts up, on average

_DECIMAL = re.compile(r"\s*[-+]?\d+[.,]\d*[1-9]\d*\s*")
_BARE = re.compile(
    r"[\s']*(?:[1-9]\d*(?:\.0)?|[1-9](?:[.,]\d{1,20})?E\+?\d{1,3})\s*", re.IGNORECASE
)
_LOST_DIGITS = re.compile(r"[\s']*\d(?:[.,]\d{1,20})?E\+?\d\d\s*", re.IGNORECASE)
_HIDDEN_DIGITS = re.compile(r"[\s'\"(+]*\d(?:[\d\s().\-]*[*•●]){2,30}[\d\s().\-]*")
_LIKE_NUMBER = re.compile(r"[\s'\"=(\[+]*[\dOoIl][\dOoIl\s().\-/+]{4,30}[\s\"]*")
_DAY_OR_TIME = re.compile(
    r"\s*(?:(?:19|20)\d\d[-./]?(?:0[1-9]|1[0-2])[-./]?(?:0[1-9]|[12]\d|3[01])"
    r"|[0-3]?\d[-./][01]?\d[-./](?:19|20)?\d\d)"
    r"(?:[T ]{0,2}(?:[01]\d|2[0-3])[0-5]\d(?:[0-5]\d)?)?\s*"
)
_IP_ADDRESS = re.compile(r"\s*(?:\d{1,3}\.){3}\d{1,3}\s*")
_PART = re.compile(r"[\s'\"(\[]*\d[\d\s().\-/]{3,25}[\s\"]*")
_RANKS = {ColumnMeaning.MOBILE: 3, ColumnMeaning.PHONE: 2, ColumnMeaning.LANDLINE: 1}
_NEVER_JOINED = frozenset(
    (ColumnMeaning.OTHER, ColumnMeaning.COUNTRY, ColumnMeaning.CODE, ColumnMeaning.AREA)
)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table, as shown to the person who chooses one.

    `index` counts from 0. `name` is its heading, else "Column A" and so on. `samples` are the first
    cells with text, at most three. `number_share` is the share of the cells looked at that read as
    a phone number, 0 to 1. `has_numbers` is whether it may be a column of phone numbers, so that
    leaving it out has to be decided by a person. `stray_count` is how many cells hold one in a
    column of something else, of which these are the samples; 0 in a column of numbers.
    """

    index: int
    name: str
    samples: list[str]
    number_share: float
    has_numbers: bool
    stray_count: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """The columns of a table. `guessed` are the places of those to read unless somebody chooses.

    `beside` says for some columns what belongs to their numbers. `wordy` are columns that hold no
    numbers as a rule, so that one that stands there has strayed.
    """

    columns: list[Column]
    guessed: list[int]
    beside: Mapping[int, Beside]
    wordy: frozenset[int]


class _Look:
    """What the cells of a column are, read with what is beside them."""

    def __init__(self, cells: Sequence[str], lines: Iterable[Line], country: str | None) -> None:
        self.cells = cells
        self.numbers: set[str] = set()
        valid: set[int] = set()
        for entry in parse_lines(lines, country):
            if is_number(entry):
                self.numbers.add(entry.number or entry.text)
                valid.add(entry.line)
        shapes = [(cell, place in valid) for place, cell in enumerate(cells)]
        # as the vendor writes them, calling code first
        self.whole = sum(cell.strip() in self.numbers for cell in cells)
        self.valid = len(valid)
        self.alike = sum(not is_valid and looks_like_number(cell) for cell, is_valid in shapes)
        self.written = sum(
            not _BARE.fullmatch(cell) and (is_valid or looks_like_number(cell))
            for cell, is_valid in shapes
        )
        self.international = sum(
            is_valid and ("+" in cell or cell.strip().startswith("00")) for cell, is_valid in shapes
        )

    @cached_property
    def share(self) -> float:
        """Of the cells that are numbers."""
        return self.valid / max(1, len(self.cells))

    @cached_property
    def likeness(self) -> float:
        """Share of the cells that are numbers, or look like some."""
        return (self.valid + self.alike) / max(1, len(self.cells))

    @cached_property
    def part_share(self) -> float:
        """Share of the cells that are digits, if only a part of a number's."""
        parts = sum(bool(_PART.fullmatch(cell)) for cell in self.cells)
        return parts / max(1, len(self.cells))

    @cached_property
    def is_written(self) -> bool:
        """Whether most of the numbers are written as phone numbers, and not as digits only."""
        return self.written * 2 >= max(1, self.valid + self.alike)

    @cached_property
    def clearness(self) -> int:
        """How clear it is that these are phone numbers: 3 with a plus, 2 as people write them,
        1 as digits that are numbers, 0 not at all.

        One number again and again is one's own, or a date.
        """
        if self.share < _HALF or self.are_days:
            return 0
        clear = 1
        if self.international * 2 >= self.valid:
            clear = _PLUS
        elif self.is_written:
            clear = 2
        return 1 if len(self.cells) > 3 and len(self.numbers) == 1 else clear

    @cached_property
    def are_days(self) -> bool:
        return sum(bool(_DAY_OR_TIME.fullmatch(cell)) for cell in self.cells) > len(self.cells) / 2

    @cached_property
    def counts_up(self) -> bool:
        digits = [int(cell) for cell in self.cells if cell.strip().isdecimal() and len(cell) < 20]
        if len(digits) < 3 or len(digits) < len(self.cells):
            return False
        rises = all(a < b for a, b in pairwise(digits))
        return rises and digits[-1] - digits[0] <= _STEP * len(digits)

    def have_digits(self, fewest: int) -> bool:
        """Whether most cells are so many digits, and don't count up."""
        digits = [sum(map(str.isdigit, cell)) for cell in self.cells if _PART.fullmatch(cell)]
        return not self.counts_up and sum(n >= fewest for n in digits) * 2 > len(self.cells)

    @cached_property
    def countries(self) -> set[str | None]:
        """Those of at least a tenth of the numbers."""
        counts = Counter(map(country_of, self.numbers))
        return {country for country, n in counts.items() if n >= _SOME * counts.total()}

    def is_like(self, other: _Look) -> bool:
        """Whether two columns without headings may be of one kind: numbers of one list."""
        if self.clearness != other.clearness or self.counts_up != other.counts_up:
            return False
        if len(self.numbers) > 4 * len(other.numbers):
            return False
        if self.clearness == _PLUS:
            return True
        if not self.clearness:
            return self.is_written and other.is_written
        is_whole = 2 * min(self.whole, other.whole) >= len(other.cells)
        return bool(self.countries & other.countries) and (self.clearness == 2 or is_whole)


def looks_like_number(cell: str) -> bool:
    """Whether a cell has the digits of a number, also where it is none or some are lost."""
    if _LOST_DIGITS.fullmatch(cell) or _HIDDEN_DIGITS.fullmatch(cell):
        return True
    if not _LIKE_NUMBER.fullmatch(cell):
        return False
    if any(other.fullmatch(cell) for other in (_DECIMAL, _DAY_OR_TIME, _IP_ADDRESS)):
        return False
    digits = sum(map(str.isdigit, cell))
    has_prefix = "+" in cell or cell.lstrip("'\"= ").startswith("00")
    return MINIMUM_DIGITS <= digits <= MAXIMUM_DIGITS + 2 * has_prefix


def is_number(entry: Entry) -> bool:
    """Whether it is a number, whichever it may be, or a range of some."""
    settled_by_choice = (Doubt.READING, Doubt.RANGE, Doubt.EXTENSION)
    return entry.problem is None or entry.doubt in settled_by_choice


def find_columns(
    headings: Sequence[str], rows: Sequence[Sequence[str]], width: int, country: str | None
) -> Found:
    """Find the columns of a table, which of them hold phone numbers, and what is beside these.

    A heading decides first, mobile before landline, if the cells look like numbers at all; then
    how clearly the cells are phone numbers, and how many different ones. Fax numbers, ids and the
    like are never read by themselves, remarks only where nothing else is. Where nothing tells
    several columns of numbers apart, all of them are read; a column that may hold numbers and is
    not read is left for a person to decide.
    """
    headings = [*map(sample, headings[:width]), *[""] * (width - len(headings))]
    meanings = [*map(meaning_of, headings)]
    table = _Rows(rows, width, country)
    neighbours = Neighbours(rows, headings, meanings, country)
    beside = {
        column: neighbours.beside(column, table.share)
        for column in range(width)
        if meanings[column] not in _NEVER_JOINED and table.may_need_codes(column)
    }
    looks = [table.look(column, beside.get(column, NOTHING)) for column in range(width)]
    guessed = _guess(looks, meanings)
    for column, extension in extensions_of(headings, meanings):
        beside[column] = replace(beside.get(column, NOTHING), extension=extension)
    numbers = [place for place, look in enumerate(looks) if look.likeness >= _HALF]
    ends: set[int | None] = set()
    if span := find_span(headings, rows, numbers):
        ends = {span.end}
        beside[span.start] = Beside(end=span.end, quantity=span.quantity, first=span.first)
        guessed = [span.start, *(place for place in guessed if place not in (span.start, span.end))]
    elif len(guessed) == 1 and (label := find_labels(rows, guessed[0])) is not None:
        beside[guessed[0]] = replace(beside.get(guessed[0], NOTHING), label=label)
    certainty = _certainty(guessed, looks, meanings)
    asked = {i for i in range(width) if _may_hold_numbers(looks[i], meanings[i], certainty)} - ends
    columns = [
        _column(index, headings[index], looks[index], index in guessed or index in asked)
        for index in range(width)
    ]
    wordy = (index for index, look in enumerate(looks) if look.likeness < _HARDLY_ANY)
    return Found(columns, guessed, beside, frozenset(wordy))


def _column(index: int, heading: str, look: _Look, has_numbers: bool) -> Column:
    name = heading or f"Column {column_letters(index)}"
    return Column(index, name, [*map(sample, look.cells[:3])], look.share, has_numbers)


class _Rows:
    """The rows that are looked at, column by column."""

    def __init__(self, rows: Sequence[Sequence[str]], width: int, country: str | None) -> None:
        self._rows = rows
        self._most = max(FEWEST_CELLS_LOOKED_AT, _CELLS_LOOKED_AT // width)
        self._country = country
        self._seen: dict[tuple[int, Beside], _Look] = {}

    def look(self, column: int, beside: Beside) -> _Look:
        if (column, beside) not in self._seen:
            filled = [row for row in self._rows if column < len(row) and row[column].strip()]
            filled = filled[: self._most]
            lines = [
                line_of(place, row, column, beside)
                for place, row in enumerate(filled)
                if not _DECIMAL.fullmatch(row[column])
            ]  # 51.5074456 is a place or a price, though its digits may be a number
            cut = (line._replace(text=line.text[:_LONGEST_SAMPLE]) for line in lines)
            found = _Look([row[column] for row in filled], cut, self._country)
            self._seen[column, beside] = found
        return self._seen[column, beside]

    def share(self, column: int, beside: Beside) -> float:
        return self.look(column, beside).share

    def may_need_codes(self, column: int) -> bool:
        """Whether some cells are numbers, or digits that may be some without their codes."""
        look = self.look(column, NOTHING)
        return max(look.part_share, look.share) > _SOME


def _guess(looks: Sequence[_Look], meanings: Sequence[ColumnMeaning]) -> list[int]:
    """Return the columns to read; none where none is clear enough."""
    ranks = [_rank(*pair) for pair in zip(looks, meanings, strict=True)]
    if best_rank := max(ranks, default=0):
        return _without_copies([i for i, rank in enumerate(ranks) if rank == best_rank], looks)

    def merit(column: int) -> tuple[float, ...]:
        look = looks[column]
        is_number = meanings[column] is ColumnMeaning.NUMBER
        about = look.clearness, is_number, look.is_written, not look.counts_up, look.whole
        return *about, len(look.numbers), look.likeness

    possible = [
        column
        for column, (look, meaning) in enumerate(zip(looks, meanings, strict=True))
        if meaning is not ColumnMeaning.FAX
        and (meaning is not ColumnMeaning.OTHER or look.clearness == _PLUS)
        and not look.are_days
        and (look.clearness or look.likeness >= _HALF)
    ]
    if not possible:
        return []
    possible = [i for i in possible if meanings[i] is not ColumnMeaning.NOTES] or possible
    best = max(possible, key=merit)
    alike = [column for column in possible if column == best or looks[best].is_like(looks[column])]
    return _without_copies(alike, looks)


def _rank(look: _Look, meaning: ColumnMeaning) -> int:
    """Return how well a heading says that these are the numbers, 0 where it does not."""
    if meaning is ColumnMeaning.NUMBER and look.clearness > 1:
        meaning = ColumnMeaning.PHONE
    return _RANKS.get(meaning, 0) if max(look.likeness, look.part_share) >= _PARTLY else 0


def _without_copies(columns: Sequence[int], looks: Sequence[_Look]) -> list[int]:
    """Leave out what has the very numbers of a column before it."""
    kept: list[int] = []
    for column in columns:
        numbers = looks[column].numbers
        if not numbers or all(looks[other].numbers != numbers for other in kept):
            kept.append(column)
    return kept


def _certainty(
    guessed: Sequence[int], looks: Sequence[_Look], meanings: Sequence[ColumnMeaning]
) -> int:
    """Return how clear it is that the guessed columns are the ones: their clearness, or more where
    a heading says so, or less where there are none.
    """
    if any(meanings[column] in _RANKS for column in guessed):
        return _SAID
    return max((looks[column].clearness for column in guessed), default=_NONE)


def _may_hold_numbers(look: _Look, meaning: ColumnMeaning, certainty: int) -> bool:
    """Whether a column that is not read may hold numbers, so that people are asked."""
    if meaning in _RANKS or meaning is ColumnMeaning.FAX:
        return max(look.likeness, look.part_share) >= _SOME
    if look.are_days:
        return certainty <= 1 and look.share >= _HALF
    if meaning is ColumnMeaning.OTHER:
        return look.clearness == _PLUS or (certainty == _NONE and look.clearness > 0)
    is_written = look.valid > 0 and look.written >= _SOME * len(look.cells)
    if is_written or look.share >= _PARTLY:
        return is_written or certainty != _SAID or not look.counts_up
    if certainty <= 1:
        return look.likeness >= _HALF or look.have_digits(_FEWEST_NATIONAL)
    is_long = certainty != _SAID and look.have_digits(_LONG)
    return look.likeness >= _HALF and (look.is_written or is_long)


def sample(cell: str) -> str:
    """Return the text of a cell as it is shown."""
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
