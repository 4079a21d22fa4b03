"""The rows of a text: its encoding is found by looking at it, its layout by `layouts`."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from functools import partial
from io import BytesIO, TextIOWrapper
from itertools import islice

from numberpools.domain.lists.layouts import LONGEST_LINE, layout_of
from numberpools.domain.lists.rows import Rows
from numberpools.errors import UnreadableFile

_NO_TEXT = (
    "This file is neither text nor a spreadsheet: save the list as .txt, .csv, .xlsx or .ods."
)
_LONG_LINE = "A line has more than 1,000,000 characters: put each number on a line of its own."

_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_OLD_BYTES = "numberpools.old_bytes"
_NO_ASCII = re.compile(rb"[\x80-\xff]+")
_CONTROLS = [chr(code) for code in range(32) if chr(code) not in "\t\n\v\f\r\x1a\x1f"]


def text_lines(content: bytes) -> Callable[[], Rows]:
    """Return the rows of a text with the whole line as their only cell, as often as called.

    Raises `UnreadableFile` for what is no text.
    """
    return partial(_lines, content, _encoding(content))


def text_table(content: bytes, is_table: bool) -> tuple[Callable[[], Rows], str] | None:
    """Find out how a text is laid out as a table; None where it is none, or a single line.

    `is_table` is whether it is called one. Returns its rows, as often as called, and what stands
    between two cells where text that is no table may look the same, else "". Raises
    `UnreadableFile` for what is no text; the rows do for one that is too long.
    """
    encoding = _encoding(content)
    if len([*islice(_lines(content, encoding), 2)]) < 2:
        return None  # a list, whatever parts its numbers
    text = partial(_open, content, encoding)
    layout = layout_of(text, is_table)
    return (partial(layout.rows, text), layout.between) if layout else None


def _read_old_bytes(error: UnicodeError) -> tuple[str, int]:
    """Read what is no UTF-8 as older programs on Windows write it; all the rest stays UTF-8.

    One file may have lines of both, or end within a character. Were all of it read the older way,
    a space within a number could become a letter, and the rest of it pass for a number.
    """
    if isinstance(error, UnicodeDecodeError) and error.encoding == "utf-8":
        end = error.end
        if run := _NO_ASCII.match(error.object, error.start):
            end = run.end()
        return error.object[error.start : end].decode("cp1252", "replace"), end
    raise error


codecs.register_error(_OLD_BYTES, _read_old_bytes)


def _open(content: bytes, encoding: str, newline: str | None = "") -> TextIOWrapper:
    return TextIOWrapper(BytesIO(content), encoding, _OLD_BYTES, newline)


def _lines(content: bytes, encoding: str) -> Rows:
    stream = _open(content, encoding, newline=None)
    for place, line in enumerate(iter(partial(stream.readline, LONGEST_LINE + 1), ""), start=1):
        if len(line) > LONGEST_LINE:
            raise UnreadableFile(_LONG_LINE)
        if line.strip():
            yield place, [line.rstrip("\n")]


def _encoding(content: bytes) -> str:
    """Return the name of the encoding in which the bytes are text."""
    marked = next((name for mark, name in _MARKS.items() if content.startswith(mark)), None)
    first = content[:4096]
    nulls = first[::2].count(0), first[1::2].count(0)
    if marked:
        name = marked
    elif max(nulls) > len(first) // 5 and min(nulls) < len(first) // 50 + 1:
        name = "utf-16-be" if nulls[0] > nulls[1] else "utf-16-le"
    else:
        name = "utf-8"
    if not _is_text(content, name):
        raise UnreadableFile(_NO_TEXT)
    return name


def _is_text(content: bytes, encoding: str) -> bool:
    """Whether all bytes can be decoded and hardly any character is one that text has not."""
    controls = characters = 0
    stream = _open(content, encoding)
    try:
        while piece := stream.read(1 << 20):
            controls += sum(map(piece.count, _CONTROLS))
            characters += len(piece)
    except UnicodeError:
        return False
    return controls <= characters // 100
