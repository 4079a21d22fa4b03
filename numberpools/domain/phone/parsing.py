"""Pasted text in, phone numbers out, each with its line, its country or why it is refused.

libphonenumber judges every number; `numberpools.domain.phone.pieces` only cuts the text, and
`numberpools.domain.phone.readings` asks. What a number may mean where its writing leaves a choice:

- With a plus, `00`, or 011 where only a dialling prefix can begin so: the calling code follows.
- Without one, the number of the chosen country counts if there is one, else the digits are read
  as the vendor writes numbers, calling code first. Where both are valid, the country's counts if
  it is written as people there write it: with its trunk prefix if one is in use, or its area code
  in brackets, and of the usual length. Written otherwise, the only one that can be a mobile number
  counts (447911123456 is not a long German landline number without its 0); failing that, both are
  as likely and the number is refused.
- Digits in groups and without a plus are read with a calling code only where the groups allow
  it: none cuts through the code, and the code is a group or there are more digits than national
  numbers have. So 201-555-0123 is never read as +20 (Egypt).
- 2015550123 is the vendor's writing of a number of Egypt, unless a cell before it has a 1 that
  makes it one of the United States: then it is refused.
- 31 06 12 34 56 78 is a number of the Netherlands, or the 31st line or house and a number of the
  chosen country, France: where both are valid, it is refused. Only "31. ", "31) " at the head of
  a cell and "#31 " are never a part of a number.
- 447,911,123,456 is one number with thousands separators, because none of its groups could be
  one; beside a further digit and comma it is refused.
- What stands behind a whole number is none of it: a remark in brackets, a price or date with dots.
  "12,50" may be a price: then it is refused.
- What stands for several numbers is never taken for one: a range, a count, "/8" for a second line.
  It is refused with the numbers that it stands for, and becomes these by `expands_ranges`. Where
  it may be one number as well (030 12345600-99), it becomes a range only of a whole block.
- Numbers that libphonenumber does not know are refused; with a length that numbers of their
  country have, they are taken by `takes_examples`. Those that it knows, but that are kept free for
  films, are taken with a note.
- A number that a spreadsheet wrote as a power of ten counts if no digit is missing.
- Numbers with only spaces between them are parted where every group is a whole number, or the
  groups repeat one shape and every part is a valid number.
- Numbers that read differently once written as E.164 are refused, so that every accepted number
  can be pasted again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache, partial
from itertools import pairwise, takewhile

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberType, ValidationResult, number_type

from numberpools.domain.numbers import (
    MAXIMUM_DIGITS,
    MINIMUM_DIGITS,
    country_name,
    country_of,
    format_international,
    is_number,
)
from numberpools.domain.phone.choosing import NOTHING_CHOSEN, accepted, settled
from numberpools.domain.phone.examples import why_example
from numberpools.domain.phone.model import Choices, Doubt, Entry, Line, Meaning
from numberpools.domain.phone.model import Verdict as _Verdict
from numberpools.domain.phone.pieces import candidates, why_no_candidates
from numberpools.domain.phone.ranges import Ranges
from numberpools.domain.phone.readings import (
    MOBILE_TYPES,
    NO_REGION,
    POSSIBLE,
    Reading,
    length_of,
    possible_lengths,
    read,
    readings_behind_count,
    readings_of,
    reads_back,
    usual_length,
)
from numberpools.domain.phone.shorthand import Shorthand, linked
from numberpools.domain.phone.text import (
    EXTENSION,
    SEPARATORS,
    TOO_SHORT,
    TWO_IN_ONE,
    Candidate,
    digits_of,
    simplify,
    visible,
)

_TOO_LONG = (
    "This has {} digits and a phone number at most 15: "
    "if several numbers run together, put each on a line of its own."
)
_NO_COUNTRY = "The country is unclear: choose it, or type + and the country calling code first."
_NO_SUCH_CODE = "No country has the calling code of this number: check the digits after the +."
_NO_AREA_CODE = "The area code is missing: type the whole number, area code included."
_NO_SUCH_VENDOR_NUMBER = "No such number is known {}: check its digits, or choose its country."
_NO_SUCH_NUMBER = "No such number is known {}: check the digits after +{}."
_WRONG_LENGTH = "A number {} has {} digits after +{}: check that none is missing or too many."
_NO_ONE_IN_MEXICO = "Numbers in Mexico have lost the 1 after +52: leave it out and type {}."
_CODE_APART = "If the {} before this is its calling code, type the whole number: {}."
_DOUBT = "This can be {}: type + and the country calling code first."

_LONGEST_TEXT = 200
_MOST_DIGITS_TYPED = 20  # a dialling prefix and a trunk zero may stand before or in the 15

_DASH = re.compile(r"[\-~]|\.\.")  # behind which a range may go on
_TRUNK_ZERO = re.compile(r"[(\[] ?0 ?[)\]]")

_NAMED_WITH_ARTICLE = (
    "AE AX BQ BS CC CD CF CG CK DO FK FO GB GM IM IO KM KY MH MP MV NL PH PS SB TC UM US VG VI"
)


def parse(text: str, country: str | None = None, choices: Choices = NOTHING_CHOSEN) -> list[Entry]:
    """Read a pasted text as `parse_lines` reads its lines, which are those of `str.splitlines`."""
    lines = (Line(place, line) for place, line in enumerate(text.splitlines(), start=1))
    return list(parse_lines(lines, country, choices))


def parse_lines(
    lines: Iterable[Line], country: str | None = None, choices: Choices = NOTHING_CHOSEN
) -> Iterator[Entry]:
    """Yield every phone number of numbered lines, in the order in which they stand.

    `country` (ISO 3166-1 alpha-2) is where national numbers belong whose line does not say it;
    None, or a country without phone numbers, if none is chosen. A line of spaces and separators
    gives no entry, every other line at least one, with the number that is given for it. A line
    break within a line (a cell of a spreadsheet may have some) parts numbers as a semicolon does.
    Raises nothing, whatever the text; the time is linear in its length and in the numbers that its
    ranges stand for, which are at most `ranges.MOST_IN_A_LIST`.
    """
    general = _region(country)
    ranges = Ranges(partial(_judge, meaning=choices.meaning), choices)
    for place, text, own in lines:
        region = _region(own) if own else general
        line = text if text.isprintable() else ";".join(text.splitlines())
        yield from _read_line(place, visible(line), region, choices, ranges)


@cache
def _region(country: str | None) -> str | None:
    region = country.upper() if country else None
    return region if region in phonenumbers.SUPPORTED_REGIONS else None


@cache
def _fewest_digits(region: str | None) -> int:
    """Return how few digits are a number: 7, or less where the country's mobile numbers have less.

    Greenland's have 6, the Falklands' 5. Short codes elsewhere must not pass for numbers.
    """
    mobile = usual_length(region, PhoneNumberType.MOBILE) if region else 0
    return min(MINIMUM_DIGITS, mobile or MINIMUM_DIGITS)


def _read_line(
    place: int, line: str, region: str | None, choices: Choices, ranges: Ranges
) -> list[Entry]:
    simple = simplify(line)
    fewest = _fewest_digits(region)
    entries: list[Entry] = []
    # Fewer than 7 digits are a number only where nothing else on the line is: else they are an id.
    found = candidates(simple, MINIMUM_DIGITS) or candidates(simple, fewest)
    for piece in linked(simple, found):
        said = (
            _read_candidate(piece, simple, region, choices, ranges)
            if isinstance(piece, Candidate)
            else _read_shorthand(piece, simple, region, choices, ranges)
        )
        for start, end, verdict in said:
            decided = settled(verdict, choices) if verdict.doubt else verdict
            entries.append(Entry(place, _cut(line[start:end]), *decided))
    if not entries and simple.strip(f" {SEPARATORS}"):
        entries.append(Entry(place, _cut(line), None, None, why_no_candidates(simple)))
    return entries


def _cut(text: str) -> str:
    text = text.strip()
    return text if len(text) <= _LONGEST_TEXT else text[: _LONGEST_TEXT - 1] + "…"


def _read_shorthand(
    short: Shorthand, line: str, region: str | None, choices: Choices, ranges: Ranges
) -> Iterator[tuple[int, int, _Verdict]]:
    """Yield the numbers that a short form stands for, with its place, or what is in it instead."""
    verdicts = ranges.read(short, line[short.start : short.end].strip(), region)
    for verdict in verdicts:
        yield short.start, short.end, verdict
    if not verdicts:
        for candidate in short.parts:
            yield from _read_candidate(candidate, line, region, choices, ranges)


def _read_candidate(
    candidate: Candidate, line: str, region: str | None, choices: Choices, ranges: Ranges
) -> Iterator[tuple[int, int, _Verdict]]:
    """Yield what the candidate says, with its place in the line: one number or several."""
    start, end, text, fault, is_word, ahead = candidate
    if fault and not text:
        yield start, end, _Verdict(None, None, fault)
        return
    verdict = _judge(text, region, ahead, meaning=choices.meaning)
    if is_word:
        if verdict.problem is None:
            yield start, end, _Verdict(None, None, fault)
        return
    if fault == EXTENSION:
        doubt = None if verdict.problem else Doubt.EXTENSION
        yield start, end, verdict._replace(problem=fault, doubt=doubt, note="")
        return
    if fault == TWO_IN_ONE:
        text, verdict = line[start:end], verdict._replace(problem=fault, doubt=None, note="")
    elif verdict.problem and (parts := _parts(text, region, choices, ranges)):
        for part_start, part_end, part in parts:
            yield start + part_start, start + part_end, part
        return
    for each in ranges.expanded(text, verdict, region):
        yield start, end, each


def _parts(
    text: str, region: str | None, choices: Choices, ranges: Ranges
) -> list[tuple[int, int, _Verdict]]:
    """Return the several numbers with their places that a text without separators is, or none.

    447911123456 447911123457 parts where each group is long enough for a number, whatever each
    turns out to be; 07911 123456 07911 123457 because the second half has the shape of the first,
    which counts only if every part is a valid number, and not behind a dash, as of a range.
    """
    if readings_behind_count(text, region, []):
        return []  # "10)01512 3456789" is one number

    def judged(start: int, end: int) -> list[tuple[int, int, _Verdict]]:
        verdict = _judge(text[start:end], region, meaning=choices.meaning)
        verdicts = ranges.expanded(text[start:end], verdict, region)
        return [(start, end, each) for each in verdicts]

    fewest = _fewest_digits(region)
    for number in (r"[^ /]+", r"[^ /]+(?: [^ /]+)*"):
        spans = [match.span() for match in re.finditer(number, text)]
        if len(spans) > 1 and all(len(digits_of(text[slice(*span)])) >= fewest for span in spans):
            return [part for span in spans for part in judged(*span)]
    groups = [match.span() for match in re.finditer(r"[(\[]?\d+", text)]
    lengths = [len(digits_of(text[slice(*group)])) for group in groups]
    for size in range(2, min(MAXIMUM_DIGITS, len(groups) // 2) + 1):
        shape, times = lengths[:size], len(groups) // size
        if fewest <= sum(shape) <= MAXIMUM_DIGITS and shape * times == lengths:
            spans = [(groups[i][0], groups[i + size - 1][1]) for i in range(0, len(groups), size)]
            if any(_DASH.search(text, end, start) for (_, end), (start, _) in pairwise(spans)):
                return []
            found = list(takewhile(_are_numbers, (judged(*span) for span in spans)))
            return [part for parts in found for part in parts] if len(found) == len(spans) else []
    return []


def _are_numbers(parts: list[tuple[int, int, _Verdict]]) -> bool:
    return all(part.problem is None or part.doubt is Doubt.RANGE for *_, part in parts)


def _judge(
    text: str, region: str | None, ahead: str = "", *, meaning: Meaning | None = None
) -> _Verdict:
    """Return the number that a text of digits and punctuation is, or why it is none.

    `ahead` are a few digits in the cell before, which may be the calling code of the number.
    """
    digits = digits_of(text)
    if len(digits) > _MOST_DIGITS_TYPED:
        return _Verdict(None, None, _TOO_LONG.format(len(digits)))
    readings = readings_of(text, region)
    if "+" in text and _TRUNK_ZERO.search(text):
        readings += readings_of(_TRUNK_ZERO.sub("", text), region)
    valid = {reading.number: reading for reading in readings if reading.is_valid}
    beside = read(f"+{ahead}{digits}", None) if ahead else None
    if not valid and beside and beside.is_valid:
        whole = format_international(beside.number)
        return _Verdict(None, None, _CODE_APART.format(ahead, whole))
    if not valid:
        return _refuse(text, region, readings)
    if len(valid) > 1:
        mobile = [each for each in valid.values() if number_type(each.phone) in MOBILE_TYPES]
        valid = {mobile[0].number: mobile[0]} if len(mobile) == 1 else valid
    choice = [*valid.values()]  # the national reading first
    if digits in valid and beside and beside.is_valid:
        valid[beside.number] = beside
    valid |= {each.number: each for each in readings_behind_count(text, region, [*valid.values()])}
    can_choose = len(valid) == len(choice) == 2 and "+" not in text
    if can_choose and meaning:
        reading = choice[meaning is Meaning.INTERNATIONAL]
        valid = {reading.number: reading}
    if len(valid) > 1:
        meanings = " or ".join(
            f"{format_international(number)} ({_with_article(reading.country)})"
            for number, reading in valid.items()
        )
        doubt = Doubt.READING if can_choose else None
        return _Verdict(None, None, _DOUBT.format(meanings), doubt)
    [(number, reading)] = valid.items()
    if number != digits and not reads_back(reading):
        return _Verdict(None, None, _NO_COUNTRY)
    return accepted(reading, meaning if can_choose else None)


def _refuse(text: str, region: str | None, readings: list[Reading]) -> _Verdict:
    """Return why none of the readings is a number, and the likeliest one's digits."""
    digits = digits_of(text)
    if len(digits) > MAXIMUM_DIGITS + 2:
        return _Verdict(None, None, _TOO_LONG.format(len(digits)))
    has_code = "+" in text or digits.startswith("00")
    # A pool may hold any digits: written as pages or the vendor write them, they name its number.
    is_named = "+" in text or (text == digits and not digits.startswith("0"))
    as_written = digits if is_named and is_number(digits) else None
    if not readings:
        return _verdict(as_written, None, _NO_SUCH_CODE if has_code else _NO_COUNTRY)
    possible = next((each for each in readings if length_of(each.phone) == POSSIBLE), None)
    phone, number, country, _ = possible or readings[0]
    where = _in_country(phone, region)
    if len(number) < MINIMUM_DIGITS:
        problem = TOO_SHORT
    elif (today := _without_mexican_one(number)) and today.is_valid:
        problem = _NO_ONE_IN_MEXICO.format(format_international(today.number))
        possible = None  # it is known what would be right
    elif len(number) > MAXIMUM_DIGITS:
        problem = _TOO_LONG.format(len(digits))
    elif not region and not has_code:
        problem = _NO_SUCH_VENDOR_NUMBER.format(where)
    elif not has_code and length_of(phone) == ValidationResult.IS_POSSIBLE_LOCAL_ONLY:
        problem = _NO_AREA_CODE
    elif length_of(phone) == POSSIBLE:
        problem = _NO_SUCH_NUMBER.format(where, phone.country_code)
    else:
        problem = _WRONG_LENGTH.format(where, _lengths(phone), phone.country_code)
    if as_written and (text == f"+{digits}" or not possible):
        number, country = as_written, None
    verdict = _verdict(number, country, problem)
    return _doubted(verdict, possible, readings) if possible else verdict


def _doubted(verdict: _Verdict, possible: Reading, readings: list[Reading]) -> _Verdict:
    """Return the refusal of a number with what a person may decide about it.

    It may be an example where no other reading has a length that numbers of its code have.
    """
    others = (each for each in readings if each.number != possible.number)
    is_clear = verdict.number == possible.number and reads_back(possible)
    if not is_clear or any(length_of(each.phone) == POSSIBLE for each in others):
        return verdict
    problem = why_example(possible.number) or verdict.problem
    return verdict._replace(doubt=Doubt.EXAMPLE, problem=problem)


def _verdict(number: str | None, country: str | None, problem: str) -> _Verdict:
    if number is None or not is_number(number):
        return _Verdict(None, None, problem)
    return _Verdict(number, country or country_of(number), problem)


def _without_mexican_one(number: str) -> Reading | None:
    """Return a number that is written as before 2019, and still by WhatsApp, as it is dialled."""
    return read(f"+52{number[3:]}", None) if number.startswith("521") else None


def _lengths(phone: PhoneNumber) -> str:
    """Return how many digits may follow the calling code: "9 or 10"."""
    lengths = possible_lengths(phone.country_code or 0)
    *others, last = map(str, lengths)
    return f"{', '.join(others)} or {last}" if others else last


def _in_country(phone: PhoneNumber, region: str | None) -> str:
    """Return "in the United States"; the chosen country if the calling code is its own."""
    code = phone.country_code or 0
    regions = phonenumbers.region_codes_for_country_code(code)
    if region in regions:
        return f"in {_with_article(region)}"
    if regions[0] == NO_REGION:
        return f"with +{code}"
    others = f" or another country with +{code}" if len(regions) > 1 else ""
    return f"in {_with_article(regions[0])}{others}"


def _with_article(country: str | None) -> str:
    name = country_name(country) if country else "no country"
    return f"the {name}" if country and country in _NAMED_WITH_ARTICLE else name
