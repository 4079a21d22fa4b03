"""Short forms that may be one number too: "030 12345600-99", "212-555-0100/0101/02".

This only cuts the text of one candidate; `ranges` says what it means.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from numberpools.domain.numbers import MAXIMUM_DIGITS, MINIMUM_DIGITS
from numberpools.domain.phone.shorthand import Shorthand
from numberpools.domain.phone.text import digits_of

_LONGEST = 80  # characters of a candidate that may be a short form
_MOST_TRIES = 3
_FEWEST_FIRST = 4  # digits of the shortest numbers there are
_LONGEST_ENDING = MINIMUM_DIGITS - 1
_LONGEST_EXTENSION = 3  # digits behind a slash, as a rule
_MOST_APART = 3  # digits: the calling code stands before one end only

_JOINT = re.compile(r" {0,3}(?:-{1,3}|[.]{2,4}|~) {0,3}(?=[+(\[]{0,2}\d)")
_OPEN_BRACKET = re.compile(r" ?[\[(](\d{1,6}) ?(?:-|~|[.]{2,3}) ?(\d{1,6})\Z")


def within(text: str, whole: str) -> Iterator[Shorthand]:
    """Yield what the text of one candidate may be as a short form, the likeliest first.

    `whole` is the number that the text is as a whole, empty where it is none.
    """
    if len(text) > _LONGEST:
        return
    if "/" in text and (listed := _listed(text, whole)):
        yield listed
    if brackets := _OPEN_BRACKET.search(text, 1):
        first, last = brackets.groups()
        if len(first) == len(last):
            before = text[: brackets.start()]
            yield Shorthand(0, len(text), before + first, (last,), is_certain=False, whole=whole)
    if "-" in text or "~" in text or ".." in text:
        yield from _ranges(text, whole)


def _listed(text: str, whole: str) -> Shorthand | None:
    """Return the text as a number with endings behind slashes: "212-555-0100/0101/02"."""
    parts = [part.strip() for part in text.split("/")]
    fewest = min(MINIMUM_DIGITS, len(digits_of(text)) - 2)
    for size in range(1, len(parts)):
        first, endings = "/".join(parts[:size]), parts[size:]
        if len(digits_of(first)) < fewest:
            continue
        if not all(each.isdecimal() and len(each) <= _LONGEST_ENDING for each in endings):
            continue
        is_ascending = digits_of(first)[-len(endings[0]) :] < endings[0]
        if not is_ascending and (whole or len(endings[0]) < _LONGEST_EXTENSION):
            return None
        return Shorthand(
            0, len(text), first, tuple(endings), is_list=True, is_certain=False, whole=whole
        )
    return None


def _ranges(text: str, whole: str) -> list[Shorthand]:
    """Return the ways in which the text may be the two ends of a range."""
    joints = list(_JOINT.finditer(text))
    ways: list[tuple[int, int, Shorthand]] = []
    for joint in joints:
        first, last = text[: joint.start()], text[joint.end() :]
        before, behind = len(digits_of(first)), len(digits_of(last))
        is_plain = joint.group() == "-"
        is_whole = behind > _LONGEST_ENDING
        most_apart = _MOST_APART if is_plain else _LONGEST_ENDING
        if before < (MINIMUM_DIGITS if is_whole else _FEWEST_FIRST):
            continue
        if is_whole and abs(before - behind) > most_apart:
            continue
        if not is_whole and is_plain and joint is not joints[-1]:
            continue
        if whole and not is_whole and not _may_end_range(first, digits_of(last), is_plain):
            continue
        is_certain = is_whole and not is_plain and before + behind > MAXIMUM_DIGITS
        short = Shorthand(0, len(text), first, (last,), is_certain=is_certain, whole=whole)
        ways.append((int(is_plain) + int(is_plain and not is_whole), abs(before - behind), short))
    return [short for *_, short in sorted(ways, key=lambda way: way[:2])[:_MOST_TRIES]]


def _may_end_range(first: str, ending: str, is_plain: bool) -> bool:
    """Whether a number may be a range too: 12345600-99 may, 555-0123 and 12345-0 may not."""
    if digits_of(first)[-len(ending) :] >= ending:
        return False
    group = re.search(r"\d+\Z", first)
    return not is_plain or bool(group and len(group.group()) >= len(ending))
