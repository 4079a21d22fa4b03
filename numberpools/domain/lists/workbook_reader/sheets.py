"""What a workbook is read to: sheets with rows, or a sentence that refuses it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

DAMAGED = "This file is damaged or not complete: open it in its program and save it again."
TOO_LARGE = (
    "This workbook is too large when unpacked: save the sheet with the numbers alone as .csv."
)
LONGEST_CELL = 32_767
"""Characters, as in Excel."""
MOST_ROWS, MOST_COLUMNS = 1_048_576, 16_384
"""A spreadsheet has no more."""

_EXACT_DIGITS = 15  # of a number in a spreadsheet

Rows = Iterator[tuple[int, list[str]]]
Place = tuple[int, int]
"""Line, from 1, and column, from 0."""


class Refused(Exception):
    """The workbook is refused with this sentence."""


@dataclass(slots=True, eq=False)
class Sheet:
    """A sheet to be written; `without_value` is complete once the rows are read."""

    name: str
    is_hidden: bool
    rows: Rows
    without_value: list[Place]


def number_as_shown(number: float) -> str:
    """Return digits, or with the power of ten that shows that digits are lost."""
    if number.is_integer() and abs(number) < 10**_EXACT_DIGITS:
        return f"{number:.0f}"
    return f"{number:.15G}"
