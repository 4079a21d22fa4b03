"""A list as somebody brought it: what a person has decided about it, and what is read of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from itertools import islice

from pydantic import TypeAdapter

from numberpools.domain import lists, phone
from numberpools.domain.lists import Columns, ListFile, Sheet
from numberpools.domain.phone import Choices, Entry, Evidence, Line
from numberpools.errors import InvalidInput, InvalidParameter


@dataclass(frozen=True, slots=True)
class ListChoices:
    """What a person has decided about a list as a whole; by default nothing.

    `columns` are those that are read, by the place of their sheet: None leaves it to what is found.
    `columns_of` tells from which columns they were chosen (`Brought.columns_of`): of a list that
    has others by now they say nothing. `mended` has texts of refused entries, each with what is
    read in its place.
    """

    columns: dict[int, tuple[int, ...]] | None = None
    columns_of: str = ""
    entries: Choices = field(default_factory=Choices)
    mended: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReadColumn:
    """A column of numbers: `name` is its heading, or "Column A"; `samples` are its first texts.

    `stray_count` is how many cells hold a number where it is a column of something else.
    """

    index: int
    name: str
    samples: list[str]
    stray_count: int = 0


@dataclass(frozen=True, slots=True)
class ReadSheet:
    """What is read of a sheet, or of a list without sheets (`name` is "" then).

    `columns` are those that are read; of a text without columns none, though all is read of it
    (`is_read`). `left_out` are other columns that hold numbers. `row_count` is without headings.
    `remarks` are sentences about what can't be read, or what else is used.
    """

    name: str
    is_hidden: bool
    is_read: bool
    row_count: int
    columns: list[ReadColumn]
    left_out: list[ReadColumn]
    remarks: list[str]


@dataclass(frozen=True, slots=True)
class Reading:
    """How a list was read, and what of it was not; `is_decided`: because a person said so."""

    sheets: list[ReadSheet] = field(default_factory=list)
    is_decided: bool = False

    @property
    def read(self) -> list[ReadSheet]:
        return [sheet for sheet in self.sheets if sheet.is_read]

    @property
    def undecided(self) -> list[ReadSheet]:
        """Sheets that hold numbers which are not read though nobody has left them out."""
        return [] if self.is_decided else [sheet for sheet in self.sheets if sheet.left_out]

    @property
    def sheet_names(self) -> Sequence[str]:
        """By place; empty where one sheet is all there is, so that nobody needs its name."""
        return [sheet.name for sheet in self.sheets] if len(self.sheets) > 1 else ()


NOTHING_CHOSEN = ListChoices()
NOT_TOLD = Reading()
CHOICES = TypeAdapter(ListChoices)
READING = TypeAdapter(Reading)


class Brought:
    """A list that is being read, by somebody's choices."""

    def __init__(self, name: str, content: bytes, country: str, choices: ListChoices) -> None:
        """Raises `UnreadableFile`; `InvalidInput` for no column, or a sheet that is not there."""
        self._country = country or None
        self._choices = choices
        file = lists.read(name, content, self._country)
        self.sheets = file.sheets
        self.guessed = file.guessed
        names = "\n".join(each.name for sheet in file.sheets for each in sheet.columns)
        self.columns_of = sha256(names.encode()).hexdigest()[:16]
        is_decided = choices.columns is not None and choices.columns_of in ("", self.columns_of)
        self.columns = _chosen(file, choices.columns or {}) if is_decided else file.guessed
        self.line_count = sum(sheet.line_count for sheet in self.sheets)
        read = [_read_sheet(sheet, self.columns.get(n)) for n, sheet in enumerate(self.sheets)]
        self.reading = Reading(read, is_decided)

    def entries(self) -> Iterator[Entry]:
        """Yield all entries, in the order in which they stand.

        Raises `UnreadableFile` where that shows only now, and `InvalidInput` for a column that is
        not there.
        """
        evidence = self._evidence()
        for place, columns in self.columns.items():
            for entry in self._read(self.sheets[place].lines(columns), evidence):
                yield replace(entry, sheet=place) if place else entry

    def _evidence(self) -> Evidence:
        """What the first lines say together, and others from all through the list say too."""
        read = [(self.sheets[place], columns) for place, columns in self.columns.items()]
        lines = (line for sheet, columns in read for line in sheet.lines(columns))
        first = phone.gather(islice(lines, phone.MOST_LINES), self._country)
        if not first.meaning:
            return first
        sample = (line for sheet, columns in read for line in sheet.sampled_lines(columns))
        others = phone.gather(sample, self._country)
        return first if others.meaning is first.meaning else replace(first, meaning=None)

    def _read(self, lines: Iterator[Line], evidence: Evidence) -> Iterator[Entry]:
        entries = phone.parse_lines(lines, self._country, self._choices.entries, evidence)
        if not self._choices.mended:
            return entries
        return (read for entry in entries for read in self._mended(entry))

    def _mended(self, entry: Entry) -> Sequence[Entry]:
        text = self._choices.mended.get(entry.text) if entry.problem else None
        if text is None:
            return [entry]
        return read_instead(entry, text, self._country, self._choices.entries)


def read_instead(entry: Entry, text: str, country: str | None, choices: Choices) -> Sequence[Entry]:
    """Return what a text says that somebody has typed in the place of a refused entry."""
    found = list(phone.parse_lines([Line(entry.line, text)], country, choices))
    note = f"Typed in the place of {entry.text}."
    return [
        each if each.problem else replace(each, note=f"{note} {each.note}".strip())
        for each in found
    ]


def _chosen(file: ListFile, columns: Columns) -> Columns:
    if not any(columns.values()) or not all(0 <= place < len(file.sheets) for place in columns):
        raise InvalidInput([InvalidParameter("column", "Choose at least one column of numbers.")])
    return {place: columns for place, columns in sorted(columns.items()) if columns}


def _read_sheet(sheet: Sheet, read: Sequence[int] | None) -> ReadSheet:
    columns: list[ReadColumn] = []
    left_out: list[ReadColumn] = []
    for column in sheet.columns:
        if column.index in (read or ()):
            columns.append(ReadColumn(column.index, column.name, column.samples))
        elif column.has_numbers:
            about = column.index, column.name, column.samples, column.stray_count
            left_out.append(ReadColumn(*about))
    return ReadSheet(
        sheet.name,
        sheet.is_hidden,
        read is not None,
        sheet.row_count,
        columns,
        left_out,
        [*sheet.remarks, *_more_remarks(sheet, read)],
    )


def _more_remarks(sheet: Sheet, read: Sequence[int] | None) -> Iterator[str]:
    """Yield what else is used of a sheet for the columns that are read, and what is left out."""
    beside = sheet.beside(read or ())
    for words, places in (
        ("Countries", [each.country for each in beside]),
        ("Country calling codes", [each.code for each in beside]),
        ("Area codes", [each.area for each in beside]),
        ("The last numbers of ranges", [each.end for each in beside]),
        ("The sizes of ranges", [each.quantity for each in beside]),
        ("Extensions", [each.extension for each in beside]),
    ):
        for place in sorted({place for place in places if place is not None}):
            name = sheet.columns[place].name.removeprefix("Column ")
            yield f"{words} are taken from the column {name}."
    if count := sheet.without_number_count:
        lines = "1 line was" if count == 1 else f"{count:,} lines were"
        yield f"{lines} left out, without any number."
