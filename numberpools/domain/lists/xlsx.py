"""The rows of an .xlsx file, one at a time.

The format: ECMA-376 part 1, 12.3 (the parts), 18.3 (sheets) and 18.4 (shared strings).
"""

from __future__ import annotations

import posixpath
from array import array
from collections.abc import Iterable
from functools import lru_cache, partial
from io import BytesIO
from typing import TypeVar
from zipfile import ZipFile

from numberpools.domain.lists.rows import Rows, Table
from numberpools.domain.lists.xml import (
    Elements,
    number_as_shown,
    parse,
    parse_small,
    refuse_broken,
)
from numberpools.errors import UnreadableFile

_TOO_MUCH_TEXT = "This workbook holds too much text: save the sheet with the numbers alone as .csv."

_MOST_SHARED_TEXT = 50_000_000  # bytes

_Found = TypeVar("_Found")


def xlsx_sheets(content: bytes) -> list[Table]:
    """Return the sheets with rows.

    Raises `UnreadableFile` for what is no sound workbook, here or while the rows are read.
    """
    with refuse_broken():
        archive = ZipFile(BytesIO(content))
        [book] = [part for kind, part in _related(archive, "").values() if kind == "officeDocument"]
        parts = _related(archive, book)
        shared = [part for kind, part in parts.values() if kind == "sharedStrings"]
        strings = _PackedStrings(
            text for part in shared for text in parse(archive, part, _SharedStrings())
        )
        sheets = [(name, hidden, parts[key]) for name, hidden, key in _sheets(archive, book)]
        return [
            Table(partial(_sheet, archive, part, strings), name, is_hidden)
            for name, is_hidden, (kind, part) in sheets
            if kind == "worksheet"
        ]


def _sheets(archive: ZipFile, book: str) -> list[tuple[str, bool, str]]:
    """Return name, whether it is hidden and the id of the part, of every sheet."""
    return parse_small(archive, book, _Workbook())


def _sheet(archive: ZipFile, part: str, strings: _PackedStrings) -> Rows:
    with refuse_broken():
        yield from parse(archive, part, _Sheet(strings))


class _Relations(Elements[tuple[str, str, str]]):
    """Id, kind and target of the parts that another part refers to."""

    def start_Relationship(self, attributes: dict[str, str]) -> None:  # noqa: N802
        kind = posixpath.basename(attributes["Type"])
        self.found.append((attributes["Id"], kind, attributes["Target"]))


def _related(archive: ZipFile, part: str) -> dict[str, tuple[str, str]]:
    """Return kind and name of every part that a part (or the archive: "") refers to, by its id."""
    folder, name = posixpath.split(part)
    relations = posixpath.join(folder, "_rels", f"{name}.rels")
    return {
        key: (kind, posixpath.normpath(posixpath.join("/", folder, target))[1:])
        for key, kind, target in parse_small(archive, relations, _Relations())
    }


class _Workbook(Elements[tuple[str, bool, str]]):
    def start_sheet(self, attributes: dict[str, str]) -> None:
        key = next((value for key, value in attributes.items() if key.endswith(":id")), "")
        is_hidden = attributes.get("state", "visible") != "visible"
        self.found.append((attributes.get("name", ""), is_hidden, key))


class _Text(Elements[_Found]):
    """Text in runs (`t`), without the reading aids (`rPh`) of Japanese."""

    def __init__(self) -> None:
        super().__init__()
        self._is_aid = False

    def start_rPh(self, _: dict[str, str]) -> None:  # noqa: N802
        self._is_aid = True

    def end_rPh(self) -> None:  # noqa: N802
        self._is_aid = False

    def start_t(self, _: dict[str, str]) -> None:
        self.is_listening = not self._is_aid

    def end_t(self) -> None:
        self.is_listening = False


class _SharedStrings(_Text[str]):
    def end_si(self) -> None:
        self.found.append(self.heard())


class _PackedStrings:
    """Strings in a quarter of the memory that a list of them takes."""

    def __init__(self, strings: Iterable[str]) -> None:
        self._text = bytearray()
        self._ends = array("I", [0])
        for string in strings:
            self._text += string.encode()
            self._ends.append(len(self._text))
            if len(self._text) + self._ends.itemsize * len(self._ends) > _MOST_SHARED_TEXT:
                raise UnreadableFile(_TOO_MUCH_TEXT)

    def __getitem__(self, index: int) -> str:
        if index < 0:
            raise IndexError(index)
        return self._text[self._ends[index] : self._ends[index + 1]].decode()


class _Sheet(_Text[tuple[int, list[str]]]):
    """The rows of a sheet of an .xlsx file."""

    def __init__(self, strings: _PackedStrings) -> None:
        super().__init__()
        self._strings = strings
        self._line = 0
        self._column = -1
        self._kind = "n"
        self._row: list[str] = []

    def start_row(self, attributes: dict[str, str]) -> None:
        self._line = max(int(attributes.get("r", 0)), self._line + 1)
        self._column = -1

    def start_c(self, attributes: dict[str, str]) -> None:
        place = attributes.get("r")
        self._column = _column(place.rstrip("0123456789")) if place else self._column + 1
        self._kind = attributes.get("t", "n")

    def start_v(self, _: dict[str, str]) -> None:
        self.is_listening = True

    def end_v(self) -> None:
        self.is_listening = False

    def end_c(self) -> None:
        if text := self.heard():
            if self._kind == "s":
                text = self._strings[int(text)]
            elif self._kind == "n":
                text = number_as_shown(text)
            self.put_cell(self._row, self._column, text)

    def end_row(self) -> None:
        if self._row:
            self.found.append((self._line, self._row))
            self._row = []


@lru_cache(maxsize=1024)
def _column(letters: str) -> int:
    """Return the column of a cell, from 0: 27 for AB."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1
