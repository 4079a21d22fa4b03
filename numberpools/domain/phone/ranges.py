"""What short forms stand for: the numbers of a range, of a count, or of endings in a row.

Nothing is expanded unless a person has chosen so; and a range whose ends say nothing certain is
refused with the reason. All numbers of a range have one calling code and one length.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from phonenumbers import country_code_for_region

from numberpools.domain.numbers import MINIMUM_DIGITS, calling_code, format_international
from numberpools.domain.phone.choosing import settled
from numberpools.domain.phone.compact import within
from numberpools.domain.phone.model import Choices, Doubt, Verdict
from numberpools.domain.phone.readings import possible_lengths
from numberpools.domain.phone.shorthand import UNCLEAR, Shorthand
from numberpools.domain.phone.text import digits_of

MOST_IN_A_RANGE = 10_000
MOST_IN_A_LIST = 500_000
"""Numbers that all ranges of one list may stand for: as many as a file may have lines."""

_STANDS_FOR = "This stands for {:,} numbers, {}: choose to expand ranges, or type each number."
_EITHER = "This can be one number, {}, or {:,} numbers, {}: "
_TYPE_EACH = "type each number in full."
_CHOOSE = "choose to expand ranges, or type each number in full."
_ABOUT_FIRST = "The first number of this range can't be read. {}"
_ABOUT_LAST = "The last number of this range can't be read. {}"
_NO_END = "The end of this range cannot be read: type both of its ends in full."
_UNKNOWN_END = "The end of this range would be {}, and no such number is known: check both ends."
_TWO_PLANS = (
    "A range cannot go from {} to {}, which is in another country: "
    "if these are two numbers, put each alone on a line."
)
_LENGTHS = (
    "A range cannot go from {} to {}, which has another number of digits: type both ends in full."
)
_BACKWARDS = (
    "A range cannot go from {} to {}, which is not above it: type the lower number first, "
    "or put each number alone on a line."
)
_TOO_MANY = (
    "A range may have 10,000 numbers and this has {:,}, {}: split it, "
    "or put each number alone on a line."
)
_TOO_MANY_SAID = "A range may have 10,000 numbers and this says {:,}: split it."
_OTHER_COUNT = "This says {:,} numbers, but {} are {:,}: correct the count or an end."
_LIST_IS_FULL = (
    "The ranges of this list stand for more than 500,000 numbers: "
    "put the others into a list of their own."
)

Judge = Callable[[str, str | None], Verdict]
"""Says what a text is that has one number in it, where a country is chosen."""

_DIGITS_AND_SPACES = re.compile(r"[\d +]*")
# Of "201-555-0123" nobody asks: the part before the last dash is too short to end otherwise.
_SIGNS_IN_NUMBER = re.compile(
    r"[/~\[]|\.\.|\d ?\(|[ \-]-|- |\d{7}-"
    r"|(?:\d-\d|\d\d-\d\d|\d{3}-\d{3}|\d{4}-\d{4}|\d{5}-\d{5}|\d{6}-\d{6})\Z"
)


def range_of_cells(start: str, end: str, quantity: str) -> str:
    """Return the cells of a table's row with columns Start, End and Quantity as one short form.

    Cells may be empty: "+34910050000 to +34910050099 (100 numbers)", "+34910050000 (100 numbers)".
    """
    cells = [cell.strip() for cell in (start, end) if cell.strip()]
    said = re.fullmatch(r"\s*(\d{1,3}(?:[.,]\d{3})+|\d+)(?:[.,]0{1,2})?\s*", quantity)
    count = digits_of(said[1]).lstrip("0") if said else ""
    if count in ("", "1") and len(set(cells)) < 2:
        return "".join(cells[:1])
    return " to ".join(cells) + (f" ({count} numbers)" if cells and count else "")


class _NoRangeError(Exception):
    """The short form has no meaning, for the reason that is its sentence."""


def _refused(problem: str, doubt: Doubt | None = None) -> Verdict:
    """Say why a range can't be expanded; it is told from what stands for no other numbers."""
    return Verdict(None, None, problem, doubt or Doubt.RANGE)


@dataclass(slots=True)
class Ranges:
    """Reads the short forms of one list."""

    judge: Judge
    choices: Choices
    left: int = MOST_IN_A_LIST

    def read(self, short: Shorthand, typed: str, region: str | None) -> list[Verdict]:
        """Return what the short form stands for: its numbers, or one refusal.

        `typed` is its text as a person sees it. Nothing comes back where it is no short form.
        """
        if short.fault:
            return [_refused(short.fault)]
        if not short.others:
            for inner in within(short.first, ""):
                counted = inner._replace(said=short.said)
                if verdicts := self.read(counted, typed, region):
                    return verdicts
        if short.whole and not _can_be_cut(short, region):
            return []
        # What may be something else is a range only of numbers that are known.
        judge = self._settled if short.is_certain else self.judge
        first = judge(short.first, region)
        if first.problem or not first.number:
            problem = _ABOUT_FIRST.format(first.problem)
            return [_refused(problem, first.doubt)] if short.is_certain else []
        try:
            numbers = self._numbers(short, first.number, region or first.country)
        except _NoRangeError as no_range:
            return [] if short.whole else [_refused(str(no_range))]
        return self._told(short, numbers, typed, region) if len(numbers) > 1 else []

    def expanded(self, text: str, whole: Verdict, region: str | None) -> list[Verdict]:
        """Return what the text of one candidate stands for, or `whole`, the verdict on it alone."""
        if _DIGITS_AND_SPACES.fullmatch(text):
            return [whole]
        if not whole.problem and not _SIGNS_IN_NUMBER.search(text):
            return [whole]
        number = (whole.number or "") if whole.problem is None else ""
        refused: list[Verdict] = []
        for short in within(text, number):
            verdicts = self.read(short, text, region)
            if len(verdicts) > 1 or any(verdict.doubt for verdict in verdicts):
                return verdicts
            refused = refused or verdicts
        return refused or [whole]

    def _settled(self, text: str, region: str | None) -> Verdict:
        return settled(self.judge(text, region), self.choices)

    def _told(
        self, short: Shorthand, numbers: Sequence[str], typed: str, region: str | None
    ) -> list[Verdict]:
        """Return the numbers where the choice is made, else the sentence that offers it."""
        meaning = _listed(numbers, short.is_list)
        problem = _STANDS_FOR.format(len(numbers), meaning)
        if short.whole:
            problem = _EITHER.format(format_international(short.whole), len(numbers), meaning)
            if not short.is_list and not _is_block(numbers):
                return [_refused(problem + _TYPE_EACH)]
            problem += _CHOOSE
        if not self.choices.expands_ranges:
            return [Verdict(None, None, problem, Doubt.RANGE)]
        if len(numbers) > self.left:
            return [_refused(_LIST_IS_FULL)]
        self.left -= len(numbers)
        note = f"From the {'short form' if short.is_list else 'range'} {typed.rstrip('.')}."
        verdicts = [self._settled(f"+{number}", region) for number in numbers]
        return [
            verdict if verdict.problem else verdict._replace(note=f"{note} {verdict.note}".strip())
            for verdict in verdicts
        ]

    def _numbers(self, short: Shorthand, first: str, region: str | None) -> Sequence[str]:
        if short.is_list:
            numbers = [first]
            for ending in short.others:
                numbers.append(self._completed(ending, numbers[-1], region))
            if short.said not in (None, len(numbers)):
                raise _NoRangeError(UNCLEAR)
            return list(dict.fromkeys(numbers))
        if short.others:
            last = self._completed(short.others[0], first, region)
            return self._between(first, last, short.said)
        count = short.said or 1
        if count > MOST_IN_A_RANGE:
            raise _NoRangeError(_TOO_MANY_SAID.format(count))
        return self._between(first, str(int(first) + count - 1), None)

    def _completed(self, ending: str, before: str, region: str | None) -> str:
        """Return the number that is given in full, or by its last digits only.

        Raises `_NoRangeError` where it is none, or may be two.
        """
        digits = digits_of(ending)
        options: list[str] = []
        if "+" in ending or len(digits) >= MINIMUM_DIGITS:
            full = self._settled(ending, region)
            if full.problem is None and full.number:
                options.append(full.number)
            elif full.problem and "+" in ending:
                raise _NoRangeError(_ABOUT_LAST.format(full.problem))
        national = len(before) - len(calling_code(before) or "")
        if "+" not in ending and len(digits) <= national:
            options.append(before[: len(before) - len(digits)] + digits)
        fitting = {each for each in options if not _why_not(before, each)}
        if len(fitting) > 1:
            raise _NoRangeError(UNCLEAR)
        if not options:
            raise _NoRangeError(_NO_END)
        return next(iter(fitting), options[0])

    def _between(self, first: str, last: str, count: int | None) -> Sequence[str]:
        """Return all numbers of a range. Raises `_NoRangeError` where it has none, or too many."""
        if why := _why_not(first, last):
            raise _NoRangeError(why)
        numbers = range(int(first), int(last) + 1)
        if self._settled(f"+{last}", None).problem:
            raise _NoRangeError(_UNKNOWN_END.format(format_international(last)))
        if count not in (None, len(numbers)):
            ends = f"{format_international(first)} to {format_international(last)}"
            raise _NoRangeError(_OTHER_COUNT.format(count, ends, len(numbers)))
        return [str(number) for number in numbers]


def _can_be_cut(short: Shorthand, region: str | None) -> bool:
    """Whether a number may have as many digits as the whole one has without its ending."""
    code = calling_code(short.whole) or ""
    left = len(short.whole) - len(code) - len(digits_of(short.others[0]))
    if left in possible_lengths(int(code)) or "+" in short.first:
        return left in possible_lengths(int(code))
    typed = len(digits_of(short.first))  # perhaps with a trunk digit
    lengths = possible_lengths(country_code_for_region(region)) if region else ()
    return typed in lengths or typed - 1 in lengths


def _why_not(first: str, last: str) -> str | None:
    """Return why there is no range from one number to another, None where there is one."""
    ends = format_international(first), format_international(last)
    if calling_code(first) != calling_code(last):
        return _TWO_PLANS.format(*ends)
    if len(first) != len(last):
        return _LENGTHS.format(*ends)
    if first >= last:
        return _BACKWARDS.format(*ends)
    count = int(last) - int(first) + 1
    return _TOO_MANY.format(count, " to ".join(ends)) if count > MOST_IN_A_RANGE else None


def _is_block(numbers: Sequence[str]) -> bool:
    """Whether a range begins and ends as blocks of numbers do: …00 to …99, …01 to …50."""
    return numbers[0][-1] in "01" and numbers[-1][-1] in "90"


def _listed(numbers: Sequence[str], is_list: bool) -> str:
    first, last = format_international(numbers[0]), format_international(numbers[-1])
    if len(numbers) == 2:
        return f"{first} and {last}"
    if not is_list:
        return f"{first} to {last}"
    between = format_international(numbers[1]) if len(numbers) == 3 else "…"
    return f"{first}, {between} and {last}"
