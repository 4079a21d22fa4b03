"""What the lines of a list say together about those of them that leave a choice.

- Bare digits such as 3212345678, with the United States chosen, may begin with a calling code or
  not. Where other lines of bare digits can only be read one way, and none only the other way, all
  are read that way. So are numbers whose leading 0 a spreadsheet took: 15123456789 in Germany.
- A number before each entry that counts up by one is the entry's place in the list.

Lines that begin with a plus or a trunk prefix say nothing about those without.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import phonenumbers

from numberpools.domain.numbers import MAXIMUM_DIGITS, MINIMUM_DIGITS
from numberpools.domain.phone.model import Line, Meaning
from numberpools.domain.phone.readings import is_bare, likeliest, readings_of, region_of

MOST_LINES = 2_000
"""So many lines are enough to look at: what they do not say, the others hardly will."""
_FEWEST_CLEAR = 2
_FEWEST_COUNTED = 3

_BARE = re.compile(
    rf"(?<![^\s,;|\"'=<])[1-9]\d{{{MINIMUM_DIGITS - 1},{MAXIMUM_DIGITS - 1}}}(?![^\s,;|\"'>.])"
)
_COUNT = re.compile(r"\s{0,9}[(\[#]? ?([1-9]\d{0,4})(?=[ .\-/~:)\]]{1,4}[+(\[]{0,2}\d)")


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was found. `meaning` is None where lines contradict each other or none is clear."""

    meaning: Meaning | None = None
    is_counted: bool = False


NO_EVIDENCE = Evidence()


def gather(lines: Iterable[Line], country: str | None) -> Evidence:
    """Return what the lines say; `country` is the chosen one, as for parsing.

    Raises nothing; takes at most as long as reading them.
    """
    general = region_of(country)
    meanings: list[Meaning] = []
    counts: list[int] = []
    filled = 0
    for _, text, own in lines:
        region = region_of(own) if own else general
        clear = (_clear_meaning(bare, region) for bare in _BARE.findall(text) if region)
        meanings += (meaning for meaning in clear if meaning)
        filled += bool(text.strip())
        counts += (int(count) for count in (count_of(text),) if count)
    is_settled = len(meanings) >= _FEWEST_CLEAR and len(set(meanings)) == 1
    is_counted = len(counts) >= max(_FEWEST_COUNTED, filled / 2) and counts == [
        *range(counts[0], counts[0] + len(counts))
    ]
    return Evidence(meanings[0] if is_settled else None, is_counted)


def count_of(text: str) -> str:
    """Return the digits before the rest of the line that may be its number in a list, or ""."""
    count = _COUNT.match(text)
    return count[1] if count else ""


def _clear_meaning(digits: str, region: str) -> Meaning | None:
    """Return the only way in which the digits can be read, None if there are two or none."""
    if digits.startswith(_trunk_prefix(region) or "0"):
        return None
    valid = likeliest(digits, [each for each in readings_of(digits, region) if each.is_valid])
    if len(valid) != 1:
        return None
    if valid[0].number == digits:
        return Meaning.INTERNATIONAL
    return Meaning.NATIONAL if is_bare(digits, valid[0]) else None


@cache
def _trunk_prefix(region: str) -> str | None:
    prefix: str | None = phonenumbers.ndd_prefix_for_region(region, True)
    return prefix
