"""What the lines of a list say together about those of them that leave a choice.

- Bare digits such as 3212345678, with the United States chosen, may begin with a calling code or
  not. Where other lines of bare digits can only be read one way, and none only the other way, all
  are read that way. So are numbers whose leading 0 a spreadsheet took: 15123456789 in Germany;
  these also where nothing is clear, but every one of several may be such a mobile number. Nobody
  who chooses Germany has a list of numbers of Texas alone.
- A number before each entry that counts up by one is the entry's place in the list.

Lines that begin with a plus or a trunk prefix say nothing about those without.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

import phonenumbers
from phonenumbers import PhoneNumberType, number_type

from numberpools.domain.numbers import MAXIMUM_DIGITS, MINIMUM_DIGITS
from numberpools.domain.phone.model import Line, Meaning
from numberpools.domain.phone.readings import Reading, is_bare, likeliest, readings_of, region_of

MOST_LINES = 2_000
"""So many lines are enough to look at: what they do not say, the others hardly will."""
_FEWEST_CLEAR = 2
_FEWEST_COUNTED = 3
_FEWEST_LACKING = 3

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
    clear: list[Meaning] = []
    bare_count = lacking_count = filled = 0
    counts: list[int] = []
    for _, text, own in lines:
        region = region_of(own) if own else general
        for bare in _BARE.findall(text):
            valid = _valid_readings(bare, region)
            meaning = _clear_meaning(bare, valid)
            clear += [meaning] if meaning else []
            lacking_count += meaning is None and _lacks_zero(bare, valid, region)
            bare_count += bool(valid)
        filled += bool(text.strip())
        counts += (int(count) for count in (count_of(text),) if count)
    is_counted = len(counts) >= max(_FEWEST_COUNTED, filled / 2) and counts == [
        *range(counts[0], counts[0] + len(counts))
    ]
    kinds = set(clear)
    if len(kinds) == 1 and len(clear) >= _FEWEST_CLEAR:
        return Evidence(clear[0], is_counted)
    all_lack = kinds <= {Meaning.NATIONAL} and len(clear) + lacking_count == bare_count
    may_lack = all_lack and bare_count >= _FEWEST_LACKING
    return Evidence(Meaning.NATIONAL if may_lack else None, is_counted)


def count_of(text: str) -> str:
    """Return the digits before the rest of the line that may be its number in a list, or ""."""
    count = _COUNT.match(text)
    return count[1] if count else ""


def _valid_readings(digits: str, region: str | None) -> list[Reading]:
    if not region or digits.startswith(_trunk_prefix(region) or "0"):
        return []
    return likeliest(digits, [each for each in readings_of(digits, region) if each.is_valid])


def _clear_meaning(digits: str, valid: Sequence[Reading]) -> Meaning | None:
    """Return the only way in which the digits can be read, None if there are two or none."""
    if len(valid) != 1:
        return None
    if valid[0].number == digits:
        return Meaning.INTERNATIONAL
    return Meaning.NATIONAL if is_bare(digits, valid[0]) else None


def _lacks_zero(digits: str, valid: Sequence[Reading], region: str | None) -> bool:
    """Whether it may be a mobile number whose 0 a spreadsheet took, or one with calling code."""
    if not region or not valid or _trunk_prefix(region) != "0" or not is_bare(digits, valid[0]):
        return False
    return number_type(valid[0].phone) == PhoneNumberType.MOBILE


@cache
def _trunk_prefix(region: str) -> str | None:
    prefix: str | None = phonenumbers.ndd_prefix_for_region(region, True)
    return prefix
