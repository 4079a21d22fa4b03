"""Reading the XML of a workbook as a stream, in little memory, whatever the file has in it.

.xlsx and .ods are zip archives of XML. A library that lays a whole sheet out takes as much memory
as the sheet says it is large, and one cell in the last corner of a file of 2 KB says 17 billion
cells. Here expat reads, a row is given on as soon as it ends, and no document type is let in, so
that no entity can grow.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, NoReturn, TypeVar
from xml.parsers import expat
from zipfile import BadZipFile, ZipFile

from numberpools.errors import UnreadableFile

DAMAGED = "This file is damaged or not complete: open it in its program and save it again."
LONG_CELL = "A cell of this sheet has over 32,767 characters: put each number into its own cell."
_LONG_ROW = "A row of this sheet has too much text: save the column of numbers alone."
LONGEST_CELL = 32_767  # characters, as in Excel
_LONGEST_ROW = 1_000_000
MOST_NAMES = 1_000  # of elements, attributes and styles, and levels of elements

_MOST_COLUMNS = 16_384  # a spreadsheet has no more
_LONGEST_TAG = 1_000_000  # bytes
_LARGEST_INDEX = 2_000_000  # bytes of a part that lists others
_PIECE = 1 << 13  # bytes read at a time; each may name hundreds of long cells
_EXACT_DIGITS = 15  # of a number in a spreadsheet

_Found = TypeVar("_Found")


@contextmanager
def refuse_broken() -> Iterator[None]:
    """Turn what zipfile, zlib, expat and our own conversions say of a broken file into ours."""
    try:
        yield
    except (
        *(BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError),
        *(expat.ExpatError, LookupError, ValueError, OverflowError),
    ) as error:
        raise UnreadableFile(DAMAGED) from error


class Elements(Generic[_Found]):
    """What to do with XML elements: `start_c` and `end_c` are called for `<c>`, if there are such.

    Names have no namespace's prefix and `_` for `-`. What is found is put into `found`, from where
    it is taken while the file is being read.
    """

    def __init__(self) -> None:
        self.found: list[_Found] = []
        self.is_listening = False
        self._heard: list[str] = []
        self._length = 0
        self._row_length = 0

    def hear(self, text: str) -> None:
        if self.is_listening:
            self._heard.append(text)
            self._length += len(text)
            if self._length > LONGEST_CELL:
                raise UnreadableFile(LONG_CELL)

    def heard(self) -> str:
        """Return the text since the last call."""
        text = "".join(self._heard)
        self._heard.clear()
        self._length = 0
        return text

    def put_cell(self, row: list[str], column: int, text: str, times: int = 1) -> None:
        """Put a text into its column, and the next ones, of a row that may be shorter.

        Raises `UnreadableFile` where spreadsheets have no such column, or for too long a row.
        """
        if not text.strip():
            return
        if not 0 <= column <= _MOST_COLUMNS - times:
            raise UnreadableFile(DAMAGED)
        self._row_length = len(text) + (self._row_length if row else 0)
        if self._row_length > _LONGEST_ROW:
            raise UnreadableFile(_LONG_ROW)
        row += [""] * (column + times - len(row))
        for index in range(column, column + times):
            row[index] = text


class _Actions(dict[str, Callable[..., None]]):
    """The method for each name of an element, looked up once."""

    def __init__(self, elements: object, moment: str) -> None:
        super().__init__()
        self._elements = elements
        self._moment = moment

    def __missing__(self, name: str) -> Callable[..., None]:
        method = f"{self._moment}_{name.rpartition(':')[2].replace('-', '_')}"
        action: Callable[..., None] = getattr(self._elements, method, _ignore)
        self[name] = action
        return action


def _ignore(*_: object) -> None:
    """Most elements say nothing about the text of cells."""


def parse(archive: ZipFile, part: str, elements: Elements[_Found]) -> Iterator[_Found]:
    """Yield what is found in a part of the archive, while it is read.

    What expat keeps for as long as it reads is bounded: open elements, names, and an unclosed tag.
    """
    parser = expat.ParserCreate()
    parser.buffer_text = True
    starts, ends = _Actions(elements, "start"), _Actions(elements, "end")
    depth = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        starts[name](attributes)

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        ends[name]()

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = elements.hear
    parser.StartDoctypeDeclHandler = _refuse_doctype
    with archive.open(part) as stream:
        fed = 0
        while piece := stream.read(_PIECE):
            parser.Parse(piece)
            fed += len(piece)
            unclosed = fed - parser.CurrentByteIndex
            if unclosed > _LONGEST_TAG or max(depth, len(parser.intern)) > MOST_NAMES:
                raise UnreadableFile(DAMAGED)
            yield from elements.found
            elements.found.clear()
        parser.Parse(b"", True)
    yield from elements.found


def _refuse_doctype(*_: object) -> NoReturn:
    raise UnreadableFile(DAMAGED)


def parse_small(archive: ZipFile, part: str, elements: Elements[_Found]) -> list[_Found]:
    """Return what is found in a part that only lists other parts, and is refused if it is large."""
    if archive.getinfo(part).file_size > _LARGEST_INDEX:
        raise UnreadableFile(DAMAGED)
    return list(parse(archive, part, elements))


def number_as_shown(value: str) -> str:
    """Return a number cell as digits, or with the power of ten that shows that digits are lost.

    Files have 447911123456 also as 447911123456.0 or 4.47911123456E11.
    """
    if value.isdecimal() and len(value) <= _EXACT_DIGITS:
        return value
    number = float(value)
    if number.is_integer() and abs(number) < 10**_EXACT_DIGITS:
        return f"{number:.0f}"
    return f"{number:.15G}"
