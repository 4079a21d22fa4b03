"""Several numbers that are written as one: with spaces or slashes between them, and nothing else.

This says where such a text may be cut. Whether the parts are numbers, others judge.
"""

from __future__ import annotations

import re
from itertools import pairwise

from numberpools.domain.numbers import MAXIMUM_DIGITS
from numberpools.domain.phone.readings import is_written_so
from numberpools.domain.phone.text import Candidate, digits_of

Span = tuple[int, int]

_GROUP = re.compile(r"[+(\[]{0,2}\d+[)\]]?")
_WITHOUT_SPACES = re.compile(r"[^ /]+")
_BETWEEN_SLASHES = re.compile(r"[^ /]+(?: [^ /]+)*")
_TRUNK_BEHIND = re.compile(r" {0,3}(?:[\-~]|[.]{2,4}) {0,3}([018])\Z")
_MOST_GROUPS = 7
"""Of one number, its trunk prefix included: 0 (532) 123 45 67 has five."""


def at_separators(text: str, fewest: int) -> list[Span]:
    """Return the parts between spaces or slashes if each has the digits of a number, else none."""
    for number in (_WITHOUT_SPACES, _BETWEEN_SLASHES):
        spans = [match.span() for match in number.finditer(text)]
        if len(spans) > 1 and all(len(digits_of(text[a:b])) >= fewest for a, b in spans):
            return spans
    return []


def of_one_shape(text: str, fewest: int) -> list[Span]:
    """Return the parts if the groups of digits repeat, else none: 07911 123456 07911 123457."""
    groups = [match.span() for match in _GROUP.finditer(text)]
    lengths = [len(digits_of(text[a:b])) for a, b in groups]
    for size in range(2, min(MAXIMUM_DIGITS, len(groups) // 2) + 1):
        shape, times = lengths[:size], len(groups) // size
        if fewest <= sum(shape) <= MAXIMUM_DIGITS and shape * times == lengths:
            return [(groups[i][0], groups[i + size - 1][1]) for i in range(0, len(groups), size)]
    return []


def as_people_write(text: str, region: str | None, fewest: int) -> list[Span]:
    """Return the parts if each is written in the very groups in which people of the region do.

    That is 020 7946 0000 07911 123456. There must be no other part that could begin at the same
    place, and nothing left over; else none.
    """
    groups = [match.span() for match in _GROUP.finditer(text)]
    spans: list[Span] = []
    first = 0
    while region and first < len(groups):
        ends = [
            last
            for last in range(first, min(first + _MOST_GROUPS, len(groups)))
            if fewest <= len(digits_of(part := text[groups[first][0] : groups[last][1]]))
            and is_written_so(part, region)
        ]
        if len(ends) != 1:
            return []
        spans.append((groups[first][0], groups[ends[0]][1]))
        first = ends[0] + 1
    return spans if len(spans) > 1 else []


def with_own_trunk_digits(line: str, found: list[Candidate]) -> list[Candidate]:
    """Return the candidates of "8 (495) 123-45-00 - 8 (495) 123-45-99" with an 8 for each."""
    found = list(found)
    for place, (first, last) in enumerate(pairwise(found)):
        digit = _TRUNK_BEHIND.search(first.text) if last.text.startswith("(") else None
        if not digit or first.fault or line[first.end : last.start].strip():
            continue
        lost = len(first.text) - digit.start()
        start = first.start + digit.start(1)
        found[place] = first._replace(end=first.end - lost, text=first.text[: digit.start()])
        found[place + 1] = last._replace(start=start, text=line[start : last.end])
    return found
