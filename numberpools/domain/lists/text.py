"""The rows of a text: its encoding is found by `decoding`, its layout by `layouts`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import islice

from numberpools.domain.lists.decoding import encoding_of, open_text
from numberpools.domain.lists.layouts import LONGEST_LINE, layout_of
from numberpools.domain.lists.rows import Rows
from numberpools.errors import UnreadableFile

_LONG_LINE = "A line has more than 1,000,000 characters: put each number on a line of its own."


def text_lines(content: bytes) -> Callable[[], Rows]:
    """Return the rows of a text with the whole line as their only cell, as often as called.

    Raises `UnreadableFile` for what is no text.
    """
    return partial(_lines, content, encoding_of(content))


def text_table(content: bytes, is_table: bool) -> tuple[Callable[[], Rows], str] | None:
    """Find out how a text is laid out as a table; None where it is none, or a single line.

    `is_table` is whether it is called one. Returns its rows, as often as called, and what stands
    between two cells where text that is no table may look the same, else "". Raises
    `UnreadableFile` for what is no text; the rows do for one that is too long.
    """
    encoding = encoding_of(content)
    if len([*islice(_lines(content, encoding), 2)]) < 2:
        return None  # a list, whatever parts its numbers
    text = partial(open_text, content, encoding, newline="")
    layout = layout_of(text, is_table)
    return (partial(layout.rows, text), layout.between) if layout else None


def _lines(content: bytes, encoding: str) -> Rows:
    stream = open_text(content, encoding)
    for place, line in enumerate(iter(partial(stream.readline, LONGEST_LINE + 1), ""), start=1):
        if len(line) > LONGEST_LINE:
            raise UnreadableFile(_LONG_LINE)
        if line.strip():
            yield place, [line.rstrip("\n")]
