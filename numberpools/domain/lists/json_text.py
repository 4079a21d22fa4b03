"""Lists in JSON (RFC 8259) and JSON Lines: entries become rows, the names of their fields headings.

The text is read piece by piece, so that no file of 20 MB becomes objects of a gigabyte.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from io import TextIOWrapper
from itertools import count
from typing import Any

from numberpools.domain.lists.decoding import open_text
from numberpools.domain.lists.rows import KeptRows, Table
from numberpools.errors import UnreadableFile

_DAMAGED = (
    "This JSON file is damaged at line {}, or not complete: export it again, or paste the numbers."
)
_LONG_ENTRY = "An entry of this JSON file has over 1,000,000 characters: bring the numbers alone."
_MANY_FIELDS = "The entries of this JSON file have more than 1,000 fields: bring the numbers alone."
_MANY_LISTS = "This JSON file has more than 100 lists: bring the one with the numbers."

_LONGEST_ENTRY = 1_000_000  # characters
_LONGEST_LITERAL = 10  # characters: -Infinity, an escape
_PIECE = 1 << 16
_PAIR = ("Field", "Value")  # headings of what stands beside the lists
_MOST_FIELDS = 1_000
_MOST_LISTS = 100
_DEEPEST_LIST = 4  # objects around it
_DEEPEST_FIELD = 5  # objects within an entry; what lies deeper is shown as JSON

_BLANK = re.compile(r"\s+")
_BEGINNING = re.compile(r'\s*(?:[\[{]\s*(?:["\[{\]}\-\d]|true|false|null|$))')
_OBJECTS = re.compile(r'\s*(?:\[\s*)?\{\s*"[^"]{0,200}"\s*:')
_HALF_CHARACTERS = re.compile("[\ud800-\udfff]")
_decode = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str).raw_decode


class _NotJson(Exception):
    """The text is none from this line on."""

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


def json_tables(name: str, content: bytes) -> list[Table] | None:
    """Return a table for each list in the text, and one for the fields beside them, if any.

    The line of an entry is its place in its list, from 1; in JSON Lines that of the file. None for
    a text that only begins like JSON, as `[12:30] Jane` does. Raises `UnreadableFile` where JSON
    is damaged, or larger than any list of numbers.
    """
    text = open_text(content).read(_PIECE)
    if not _BEGINNING.match(text):
        return None
    try:
        return _lines(content) if _is_json_lines(text) else _document(content)
    except _NotJson as error:
        if _OBJECTS.match(text) or name.lower().endswith((".json", ".jsonl", ".ndjson")):
            raise UnreadableFile(_DAMAGED.format(error.line)) from error
        return None


def _is_json_lines(text: str) -> bool:
    """Whether the first line is whole by itself and others follow."""
    first, _, rest = text.lstrip().partition("\n")
    try:
        json.loads(first, parse_int=str)
    except (ValueError, RecursionError):
        return False
    return not rest.isspace() and bool(rest)


def _lines(content: bytes) -> list[Table]:
    table = _Rows("")
    stream = open_text(content)
    lines = iter(partial(stream.readline, _LONGEST_ENTRY + 1), "")
    for line, text in enumerate(lines, start=1):
        if len(text) > _LONGEST_ENTRY:
            raise UnreadableFile(_LONG_ENTRY)
        if not (said := text.strip()):
            continue
        try:
            entry, end = _decode(said)
        except (ValueError, RecursionError) as error:
            raise _NotJson(line) from error
        if end < len(said):
            raise _NotJson(line)
        table.add(line, entry)
    return [table.table()]


def _document(content: bytes) -> list[Table]:
    walk = _Walk(_Source(open_text(content)))
    walk.value((), 0)
    if walk.source.peek():
        raise _NotJson(walk.source.line)
    tables = [found.table() for found in walk.lists]
    if walk.beside:
        tables.append(Table(walk.beside, "Other fields" if tables else "", headings=_PAIR))
    if len(tables) == 1:
        tables = [Table(tables[0].rows, headings=tables[0].headings)]
    return tables


class _Source:
    """The text from the place where it is read, of which little more than a value is in memory."""

    def __init__(self, stream: TextIOWrapper) -> None:
        self._stream = stream
        self._text = ""
        self._place = 0
        self.line = 1

    def peek(self) -> str:
        """Return the next character that is no blank; "" at the end."""
        while True:
            if blank := _BLANK.match(self._text, self._place):
                self._go_to(blank.end())
            if self._place < len(self._text):
                return self._text[self._place]
            if not self._more():
                return ""

    def take(self, wanted: str) -> str:
        """Go on behind the next character, which must be one of those wanted."""
        found = self.peek()
        if not found or found not in wanted:
            raise _NotJson(self.line)
        self._go_to(self._place + 1)
        return found

    def value(self) -> Any:
        """Return the next value, whole; a number may go on in the piece that follows."""
        self.peek()
        while True:
            try:
                value, end = _decode(self._text, self._place)
            except RecursionError as error:
                raise _NotJson(self.line) from error
            except json.JSONDecodeError as error:
                if not self._may_go_on(error) or not self._more():
                    line = self.line + self._text.count("\n", self._place, error.pos)
                    raise _NotJson(line) from error
            else:
                if end < len(self._text) or not self._more():
                    self._go_to(end)
                    return value
            if len(self._text) - self._place > _LONGEST_ENTRY:
                raise UnreadableFile(_LONG_ENTRY)

    def _may_go_on(self, error: json.JSONDecodeError) -> bool:
        """Whether the fault may be that the text read so far ends within the value."""
        ends = len(self._text) - _LONGEST_LITERAL
        return error.pos >= ends or error.msg.startswith("Unterminated")

    def _go_to(self, place: int) -> None:
        self.line += self._text.count("\n", self._place, place)
        self._place = place

    def _more(self) -> bool:
        """Read as much again as waits to be understood, so that trying again stays linear."""
        kept = self._text[self._place :]
        piece = self._stream.read(max(_PIECE, len(kept)))
        self._text, self._place = kept + piece, 0
        return bool(piece)


class _Rows:
    """The rows of a list, and the names of its fields in the order in which they appear."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._rows = KeptRows()
        self._fields: dict[str, int] = {}
        self._has_names = True

    def add(self, line: int, entry: Any) -> None:
        if not self._fields and not self._rows:
            self._has_names = not isinstance(entry, list)
        if isinstance(entry, list):
            entry = dict(enumerate(entry))
        cells: dict[str, list[str]] = {}
        for path, text in _flat(entry):
            cells.setdefault(path, []).append(text)
        for path in cells:
            self._fields.setdefault(path, len(self._fields))
        if len(self._fields) > _MOST_FIELDS:
            raise UnreadableFile(_MANY_FIELDS)
        row = [""] * len(self._fields)
        for path, texts in cells.items():
            row[self._fields[path]] = "; ".join(texts)
        self._rows.add(line, row)

    def table(self) -> Table:
        names = tuple(name or "Value" for name in self._fields) if self._has_names else ()
        return Table(self._rows, self.name, headings=names)


@dataclass
class _Walk:
    """Goes through a document: its lists become rows, what stands beside them a list of fields."""

    source: _Source
    lists: list[_Rows] = field(default_factory=list)
    beside: KeptRows = field(default_factory=KeptRows)
    _count: int = 0

    def value(self, path: tuple[str, ...], depth: int) -> None:
        begins = self.source.peek()
        if begins == "[":
            self._list(".".join(path))
        elif begins == "{" and depth < _DEEPEST_LIST:
            self._each("}", lambda: self._field(path, depth))
        else:
            name = ".".join(path)
            for further, text in _flat(self.source.value()):
                self._count += 1
                self.beside.add(self._count, [".".join(filter(None, (name, further))), text])

    def _field(self, path: tuple[str, ...], depth: int) -> None:
        if self.source.peek() != '"':
            raise _NotJson(self.source.line)
        key = _whole(self.source.value())
        self.source.take(":")
        self.value((*path, key), depth + 1)

    def _list(self, name: str) -> None:
        if len(self.lists) == _MOST_LISTS:
            raise UnreadableFile(_MANY_LISTS)
        rows = _Rows(name)
        self.lists.append(rows)
        places = count(1)
        self._each("]", lambda: rows.add(next(places), self.source.value()))

    def _each(self, end: str, read: Callable[[], None]) -> None:
        self.source.take("[{")
        if self.source.peek() == end:
            self.source.take(end)
            return
        read()
        while self.source.take("," + end) == ",":
            read()


def _flat(value: Any, path: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    """Yield the texts of a value with the names that lead to them: "phone.mobile"."""
    if isinstance(value, dict) and depth < _DEEPEST_FIELD:
        for key, inner in value.items():
            name = _whole(str(key))
            yield from _flat(inner, f"{path}.{name}" if path else name, depth + 1)
    elif isinstance(value, list) and depth < _DEEPEST_FIELD:
        for inner in value:
            yield from _flat(inner, path, depth + 1)
    elif isinstance(value, str):
        yield path, _whole(value)
    else:
        yield path, "" if value is None else _whole(_as_json(value))


def _as_json(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False)
    except RecursionError as error:
        raise UnreadableFile(_LONG_ENTRY) from error


def _whole(text: str) -> str:
    """Return the text with U+FFFD for half characters, which JSON can name but nobody can show."""
    return text if text.isascii() else _HALF_CHARACTERS.sub("\ufffd", text)
