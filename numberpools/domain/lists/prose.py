"""E-mails, chats and notes, in which most lines hold no number and nobody expects them to."""

from __future__ import annotations

import re
from collections.abc import Sequence

_FEWEST_LINES = 3
"""Without a number: "n/a" among a few numbers is a number that is missing, and is named."""

_MAY_BE_NUMBER = re.compile(
    r"\d(?:[\W_]{0,4}\d){4}"  # the shortest mobile numbers have five digits
    r"|\d{3}[\W_]{0,2}[A-Z]{2}"  # 1-800-FLOWERS
)
_TIME = re.compile(r"(?<![\d:])\d{1,2}:\d{2}(?::\d{2})?(?![\d:])")


def may_hold_number(line: str) -> bool:
    """Whether there may be a phone number in a line, however it is written.

    A time of the day is none, and no part of one: "12 March 2024 10:30".
    """
    return bool(_MAY_BE_NUMBER.search(_TIME.sub("x", line)))


def is_prose(lines: Sequence[str]) -> bool:
    """Whether a text is no list, but has numbers here and there: at most on half of its lines."""
    found = sum(map(may_hold_number, lines))
    without = len(lines) - found
    return found > 0 and without >= max(found, _FEWEST_LINES)
