"""What an exported table is made of: cells of every kind, numbers as programs write them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle, islice

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

ROWS = 8
_NAMES = ["Jane Doe", "Zoë Roe", "Doe, Joe", "Ana Díaz", "李雷", "Ольга", "Max", "Kim Lee"]


@dataclass(frozen=True, slots=True)
class Export:
    """A table. `reads` are the columns read unless somebody chooses, `asks` others with numbers.

    `columns` are the cells by heading; without headings these are names for this list alone.
    `beside` are the columns of countries, calling codes and area codes.
    """

    columns: Mapping[str, Sequence[str]]
    reads: Sequence[str]
    asks: Sequence[str] = ()
    country: str | None = None
    has_headings: bool = True
    above: Sequence[Sequence[str]] = ()
    below: Sequence[Sequence[str]] = ()
    beside: tuple[str | None, str | None, str | None] = (None, None, None)

    @property
    def rows(self) -> list[list[str]]:
        headings = [[*self.columns]] if self.has_headings else []
        cells = zip(*self.columns.values(), strict=True)
        return [*map(list, self.above), *headings, *map(list, cells), *map(list, self.below)]

    def places(self, names: Sequence[str]) -> list[int]:
        return [[*self.columns].index(name) for name in names]


def some(*cells: str) -> list[str]:
    return [*islice(cycle(cells), ROWS)]


def counted(first: int, step: int = 1) -> list[str]:
    return [str(first + step * place) for place in range(ROWS)]


def phones(
    region: str, style: str = "+", kind: int = PhoneNumberType.MOBILE, skip: int = 0
) -> list[str]:
    """Valid numbers: "+" and "0" as people write them, "+d" E.164, "d" its digits, "n" national
    digits without a trunk prefix, "E" as a spreadsheet that lost digits.
    """
    example = phonenumbers.example_number_for_type(region, kind)
    assert example
    if region == "US":
        example.national_number = 6463000000
    found = []
    for end in range(skip, 99):
        number = phonenumbers.PhoneNumber()
        number.merge_from(example)
        number.national_number = (example.national_number or 0) // 100 * 100 + 37 * end % 100
        if phonenumbers.is_valid_number(number):
            found.append(_written(number, style))
    return found[:ROWS]


def _written(number: phonenumbers.PhoneNumber, style: str) -> str:
    e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    if style == "d":
        return e164[1:]
    if style == "E":
        return f"{e164[1]}.{e164[2:7]}E+{len(e164) - 2}"
    if style == "n":
        return phonenumbers.national_significant_number(number)
    if style == "0":
        return phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
    return (
        e164
        if style == "+d"
        else phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)
    )


FIXED = PhoneNumberType.FIXED_LINE
NAMES = some(*_NAMES)
MAILS = [f"person{place}@example.com" for place in range(ROWS)]
NONE = [""] * ROWS
IDS = counted(6463000001, 7)  # which are numbers of the United States
