"""What goes into the reading of phone numbers, and what comes out of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Line(NamedTuple):
    """A line to be read. `country` is where its national numbers belong, if the line says so."""

    line: int
    text: str
    country: str | None = None


class Doubt(StrEnum):
    """What a person can decide for all entries of a list that are refused because of it."""

    RANGE = "range"
    """The entry stands for several numbers: "+34910050000 - +34910050099". If these can't be told,
    choosing settles nothing."""
    EXTENSION = "extension"
    """An extension stands behind the number."""
    READING = "reading"
    """The digits are a number of the chosen country, and another one with its calling code."""
    EXAMPLE = "example"
    """The number is written as one, but libphonenumber knows no such number."""


class Meaning(StrEnum):
    """How digits without a plus are read that may be a national or an international number."""

    NATIONAL = "national"
    INTERNATIONAL = "international"


@dataclass(frozen=True, slots=True)
class Choices:
    """What a person has decided for all entries of a list; by default nothing."""

    expands_ranges: bool = False
    drops_extensions: bool = False
    takes_examples: bool = False
    meaning: Meaning | None = None

    @property
    def settled(self) -> list[Doubt]:
        """The doubts that these choices settle by yes or no."""
        chosen = {
            Doubt.RANGE: self.expands_ranges,
            Doubt.EXTENSION: self.drops_extensions,
            Doubt.EXAMPLE: self.takes_examples,
        }
        return [doubt for doubt, is_settled in chosen.items() if is_settled]


@dataclass(frozen=True, slots=True)
class Entry:
    """One piece of the pasted text that is, or looks like, a phone number.

    `line` is its line of the text, from 1. `text` is the piece as typed, at most 200 characters.
    `number` is E.164 without the plus, 7 to 15 digits, also where libphonenumber knows no such
    number; None where none can be read, a calling code included. `country` is ISO 3166-1 alpha-2
    as libphonenumber has it (XK, AC and TA included), None where unknown and for numbers of no
    country, such as +800. `problem` is None for a number that is taken, else one sentence that says
    what is wrong and what would be right. `doubt` is set where a choice for the whole list settles
    the problem, or has settled it. `note` is one sentence about a number that is taken, where more
    than its own writing decided how: a choice, or what the other lines say. `sheet` is the place of
    its sheet in a list that has some, from 0.
    """

    line: int
    text: str
    number: str | None
    country: str | None
    problem: str | None
    doubt: Doubt | None = None
    note: str = ""
    sheet: int = 0


class Verdict(NamedTuple):
    """What is said of one number: the last fields of an `Entry`."""

    number: str | None
    country: str | None
    problem: str | None
    doubt: Doubt | None = None
    note: str = ""
