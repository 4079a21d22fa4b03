"""The XML parts of a workbook, read piece by piece."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from functools import lru_cache
from typing import NoReturn
from xml.parsers import expat
from zipfile import ZipFile

from .sheets import DAMAGED, Refused

PIECE = 1 << 16
"""Bytes read at a time."""


@lru_cache(maxsize=256)
def local(name: str) -> str:
    """Return the name of an element without the prefix of its namespace."""
    return name.rpartition(":")[2]


class Elements:
    """What to do with the elements of an XML part: by default nothing."""

    def start(self, name: str, attributes: dict[str, str]) -> None: ...

    def end(self, name: str) -> None: ...

    def hear(self, text: str) -> None: ...


def parse(archive: ZipFile, part: str, elements: Elements | None = None) -> Iterator[None]:
    """Parse a part, and yield after each piece. No document type is let in, so no entity grows."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse
    if elements:
        parser.StartElementHandler = elements.start
        parser.EndElementHandler = elements.end
        parser.CharacterDataHandler = elements.hear
    with archive.open(part) as stream:
        while piece := stream.read(PIECE):
            parser.Parse(piece)
            yield
    parser.Parse(b"", True)
    yield


def parse_all(archive: ZipFile, part: str, elements: Elements | None = None) -> None:
    deque(parse(archive, part, elements), maxlen=0)


def _refuse(*_: object) -> NoReturn:
    raise Refused(DAMAGED)
