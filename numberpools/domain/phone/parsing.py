"""Pasted text in, phone numbers out, each with its line, its country or why it is refused.

libphonenumber judges every number; `numberpools.domain.phone.pieces` only cuts the text, and
`numberpools.domain.phone.readings` asks. What a number may mean where its writing leaves a choice:

- With a plus, `00`, or 011 where only a dialling prefix can begin so: the calling code follows.
- Without one, the number of the chosen country counts if there is one, else the digits are read
  as the vendor writes numbers, calling code first. Where both are valid, the country's counts if
  it is of the usual length and written as nobody else writes it: with its trunk prefix, its area
  code in brackets, or in the groups of its people. If it is longer or shorter than usual, the only
  one that can be a mobile number counts (447911123456 is not a long German landline number without
  its 0). Else bare digits are read as the other lines of the list are, where `evidence` has that,
  and the number is refused where it has not: 3212345678, with the United States chosen.
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
- A number before each entry that counts up is left out; the entry's note says so.
- What stands behind a whole number is none of it: a remark in brackets, a price, date or time. It
  is refused if its digits may as well be the last ones: "/8" may be a second line, too.
- Digits between calling code and number are a trunk prefix only if they stand apart, or if a plus
  or 00 shows where the code begins. Inside bare digits they may be a slip: then it is refused.
- 22.33.44.55 is a number only where people of the chosen country write numbers so.
- A number that a spreadsheet wrote as a power of ten counts if no digit is missing.
- Numbers with spaces or slashes between them are parted where every group is a whole number, the
  groups repeat one shape, or each part is written as people of the country write it. Several valid
  numbers of the country are never one with a calling code: 490 9928 / 495 1834.
- Numbers that read differently once written as E.164 are refused, so that every accepted number
  can be pasted again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import NamedTuple

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberType, ValidationResult

from numberpools.domain.numbers import (
    MAXIMUM_DIGITS,
    MINIMUM_DIGITS,
    country_name,
    country_of,
    format_international,
    is_number,
)
from numberpools.domain.phone.evidence import NO_EVIDENCE, Evidence, count_of, gather
from numberpools.domain.phone.model import Choices, Doubt, Entry, Line, Meaning
from numberpools.domain.phone.model import Verdict as _Verdict
from numberpools.domain.phone.parting import as_people_write, at_separators, of_one_shape
from numberpools.domain.phone.pieces import candidates, why_no_candidates
from numberpools.domain.phone.readings import (
    NO_REGION,
    POSSIBLE,
    Reading,
    is_written_so,
    length_of,
    likeliest,
    read,
    readings_behind_count,
    readings_of,
    reads_back,
    region_of,
    trunk_inside,
    usual_length,
)
from numberpools.domain.phone.text import (
    PRICE,
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
_TOO_LONG_WITH_CODE = (
    "With +{} before it, this has {} digits and a phone number at most 15: "
    "if it is several numbers, put each on a line of its own."
)
_NO_SUCH_CODE = "No country has the calling code of this number: check the digits after the {}."
_NO_AREA_CODE = "The area code is missing: type the whole number, area code included."
_NO_SUCH_VENDOR_NUMBER = "No such number is known {}: check its digits, or choose its country."
_NO_SUCH_NUMBER = "No such number is known {}: check the digits after +{}."
_WRONG_LENGTH = "A number {} has {} digits after +{}: check that none is missing or too many."
_NO_ONE_IN_MEXICO = "Numbers in Mexico have lost the 1 after +52: leave it out and type {}."
_CODE_APART = "If the {} before this is its calling code, type the whole number: {}."
_TRUNK_INSIDE = "The {} after +{} seems to be one digit too many: if {} is meant, type it so."
_AS_OTHERS = "Read as a number of {}, as the other lines are."
_COUNTED = "The {} before this number counts the entries and was left out."
_DOUBT = "This can be {}: type + and the country calling code first."

NOTHING_CHOSEN = Choices()

_LONGEST_TEXT = 200
_MOST_DIGITS_TYPED = 20  # a dialling prefix and a trunk zero may stand before or in the 15

_COUNT = re.compile(r"[(\[]? ?([1-9]\d{0,4})[ .\-/~)\]]{1,4}")
_TRUNK_ZERO = re.compile(r"[(\[] ?0 ?[)\]]")

_NAMED_WITH_ARTICLE = (
    "AE AX BQ BS CC CD CF CG CK DO FK FO GB GM IM IO KM KY MH MP MV NL PH PS SB TC UM US VG VI"
)


def parse(text: str, country: str | None = None, choices: Choices = NOTHING_CHOSEN) -> list[Entry]:
    """Read a pasted text as `parse_lines` reads its lines, which are those of `str.splitlines`."""
    lines = [Line(place, line) for place, line in enumerate(text.splitlines(), start=1)]
    return list(parse_lines(lines, country, choices, gather(lines, country)))


def parse_lines(
    lines: Iterable[Line],
    country: str | None = None,
    choices: Choices = NOTHING_CHOSEN,
    evidence: Evidence = NO_EVIDENCE,
) -> Iterator[Entry]:
    """Yield every phone number of numbered lines, in the order in which they stand.

    `country` (ISO 3166-1 alpha-2) is where national numbers belong whose line does not say it;
    None, or a country without phone numbers, if none is chosen. `evidence` is what the lines say
    together. A line of spaces and separators gives no entry, every other line at least one, with
    the number that is given for it. A line break within a line (a cell of a spreadsheet may have
    some) parts numbers as a semicolon does. Raises nothing, whatever the text; the time is linear
    in its length.
    """
    general = region_of(country)
    last = 0
    for place, text, own in lines:
        region = region_of(own) if own else general
        given = _Given(region, _fewest_digits(region), evidence.meaning)
        if evidence.is_counted and (count := count_of(text)):
            if last in (0, int(count) - 1):
                given = given._replace(own_count=count)
            last = int(count)
        line = text if text.isprintable() else ";".join(text.splitlines())
        yield from _read_line(place, visible(line), given)


@cache
def _fewest_digits(region: str | None) -> int:
    """Return how few digits are a number: 7, or less where the country's mobile numbers have less.

    Greenland's have 6, the Falklands' 5. Short codes elsewhere must not pass for numbers.
    """
    mobile = usual_length(region, PhoneNumberType.MOBILE) if region else 0
    return min(MINIMUM_DIGITS, mobile or MINIMUM_DIGITS)


def _read_line(place: int, line: str, given: _Given) -> list[Entry]:
    simple = simplify(line)
    entries: list[Entry] = []
    # Fewer than 7 digits are a number only where nothing else on the line is: else they are an id.
    for candidate in candidates(simple, MINIMUM_DIGITS) or candidates(simple, given.fewest):
        if given.own_count and line[: candidate.start].strip(" ([#"):
            given = given._replace(own_count="")
        for start, end, verdict in _read_candidate(candidate, given):
            entries.append(Entry(place, _cut(line[start:end]), *verdict))
    if not entries and simple.strip(f" {SEPARATORS}"):
        entries.append(Entry(place, _cut(line), None, None, why_no_candidates(simple)))
    return entries


def _cut(text: str) -> str:
    text = text.strip()
    return text if len(text) <= _LONGEST_TEXT else text[: _LONGEST_TEXT - 1] + "…"


class _Given(NamedTuple):
    """What is given for a line. `own_count` is its number in its list, if it begins with it."""

    region: str | None
    fewest: int
    meaning: Meaning | None = None
    own_count: str = ""


_Part = tuple[int, int, _Verdict]


def _read_candidate(candidate: Candidate, given: _Given) -> Iterator[_Part]:
    """Yield what the candidate says, with its place in the line: one number or several."""
    start, end, text, fault, is_word, ahead, tail, is_dotted = candidate
    if is_dotted and is_written_so(text, given.region):
        fault = None
    if fault and (not text or is_dotted):
        yield start, end, _Verdict(None, None, fault)
        return
    verdict = _judge(text, given, ahead)
    if tail and (whole := _with_tail(text, tail, verdict, given)):
        verdict, end = whole, end + len(tail)
    if is_word:
        if verdict.problem is None:
            yield start, end, _Verdict(None, None, fault)
    elif fault:
        yield start, end, verdict._replace(problem=fault, doubt=None)
    elif parts := _parts(text, given, verdict):
        for part_start, part_end, part in parts:
            yield start + part_start, start + part_end, part
    else:
        yield start, end, verdict


def _with_tail(text: str, tail: str, verdict: _Verdict, given: _Given) -> _Verdict | None:
    """Return what to say of text and tail as one, or None if the tail is none of the number."""
    if verdict.problem and not verdict.doubt:
        whole = _judge(text + tail, given)
        is_price = whole.problem is None and "." not in tail
        return _Verdict(None, None, PRICE) if is_price else whole
    is_number = any(each.is_valid for each in readings_of(text + tail, given.region))
    return _Verdict(None, None, PRICE) if is_number else None


def _parts(text: str, given: _Given, verdict: _Verdict) -> list[_Part]:
    """Return the several numbers with their places that a text without separators is, or none.

    447911123456 447911123457 parts where each group is long enough for a number, whatever each
    turns out to be; 07911 123456 07911 123457 because the second half has the shape of the first,
    which counts only if every part is a valid number. So do parts that are written as people of
    the country write them.
    """
    if verdict.problem is None:
        return _parts_of_one(text, given, verdict)
    if readings_behind_count(text, given.region, []):
        return []  # "10)01512 3456789" is one number
    if spans := at_separators(text, given.fewest):
        return _judge_parts(text, spans, given)
    return _valid_parts(text, given)


def _parts_of_one(text: str, given: _Given, verdict: _Verdict) -> list[_Part]:
    """Return the parts of what is one number with a calling code, or several without.

    Several short ones are much more likely: 490 9928 / 495 1834 is none of Germany in Iceland.
    """
    if "+" in text or text.isdecimal() or len(digits_of(text)) < 2 * given.fewest:
        return []
    if verdict.country == given.region and "/" not in text:
        return []
    is_sure = bool(spans := at_separators(text, given.fewest))
    spans = spans or _other_spans(text, given)
    parts = _judge_parts(text, spans, given)
    is_several = all(part[2].problem is None for part in parts) and re.search("[ /]", text)
    if is_several and not is_written_so(f"+{text}", given.region):
        return parts
    is_doubtful = is_sure or all(_may_be_number(text[a:b], given) for a, b in spans)
    return [(0, len(text), _Verdict(None, None, TWO_IN_ONE))] if spans and is_doubtful else []


def _may_be_number(text: str, given: _Given) -> bool:
    return any(each.is_valid for each in readings_of(text, given.region))


def _valid_parts(text: str, given: _Given) -> list[_Part]:
    """Return the parts that text of one shape has, or is written in, if each is a number."""
    parts = _judge_parts(text, _other_spans(text, given), given)
    return parts if all(part[2].problem is None for part in parts) else []


def _other_spans(text: str, given: _Given) -> list[tuple[int, int]]:
    shape = of_one_shape(text, given.fewest)
    return shape or as_people_write(text, given.region, given.fewest)


def _judge_parts(text: str, spans: list[tuple[int, int]], given: _Given) -> list[_Part]:
    return [(start, end, _judge(text[start:end], given)) for start, end in spans]


def _judge(text: str, given: _Given, ahead: str = "") -> _Verdict:
    """Return the number that a text of digits and punctuation is, or why it is none.

    `ahead` are a few digits in the cell before, which may be the calling code of the number.
    """
    digits, region = digits_of(text), given.region
    if len(digits) > _MOST_DIGITS_TYPED:
        return _Verdict(None, None, _TOO_LONG.format(len(digits)))
    if given.own_count and (verdict := _judge_behind_count(text, given)):
        return verdict
    readings = readings_of(text, region)
    if "+" in text and _TRUNK_ZERO.search(text):
        readings += readings_of(_TRUNK_ZERO.sub("", text), region)
    valid = [*{each.number: each for each in readings if each.is_valid}.values()]
    beside = read(f"+{ahead}{digits}", None) if ahead else None
    if not valid and beside and beside.is_valid:
        whole = format_international(beside.number)
        return _Verdict(None, None, _CODE_APART.format(ahead, whole))
    if not valid:
        return _refuse(text, region, readings)
    valid = likeliest(text, valid)
    if beside and beside.is_valid:
        valid = _likeliest_beside(beside, valid, digits)
    valid += readings_behind_count(text, region, valid)
    return _settle(text, valid, given)


def _judge_behind_count(text: str, given: _Given) -> _Verdict | None:
    """Return what the text is behind the number of the line; None if it does not begin with it.

    Both together may be a number as well, as of "30 123456" in the 30th line. That is only out of
    the question if the rest is written as people of the country write numbers.
    """
    count = _COUNT.match(text)
    rest = text[count.end() :] if count and count[1] == given.own_count else ""
    if len(digits_of(rest)) < MINIMUM_DIGITS:
        return None
    plain = given._replace(own_count="")
    verdict = _judge(rest, plain)
    if verdict.problem:
        return verdict if _may_be_number(rest, given) else None
    if not readings_behind_count(text, given.region, []):
        whole = [each for each in readings_of(text, given.region) if each.is_valid]
        if whole:
            return _doubtful([*whole, *readings_of(rest, given.region)], None)
    return verdict._replace(note=_COUNTED.format(given.own_count))


def _likeliest_beside(beside: Reading, valid: list[Reading], digits: str) -> list[Reading]:
    """Return what digits may mean behind a cell that may be a calling code: `beside` has both."""
    if any(each.number == beside.number for each in valid):
        return [beside]
    return [*valid, beside] if any(each.number == digits for each in valid) else valid


def _settle(text: str, valid: list[Reading], given: _Given) -> _Verdict:
    """Return the number that is meant, or what may be meant.

    Bare digits are likely to mean the same on all lines.
    """
    digits = digits_of(text)
    if len(valid) > 1:
        is_bare = bool(given.region) and text.isdecimal()
        if is_bare and given.meaning:
            return _as_meant(digits, valid, given.meaning)
        return _doubtful(valid, Doubt.READING if is_bare else None)
    [reading] = valid
    if inside := trunk_inside(text, digits, reading):
        whole = format_international(reading.number)
        problem = _TRUNK_INSIDE.format(inside, reading.phone.country_code, whole)
        return _verdict(digits, None, problem)
    if reading.number != digits and not reads_back(reading):
        return _Verdict(None, None, _NO_COUNTRY)
    return _Verdict(reading.number, reading.country, None)


def _doubtful(readings: list[Reading], doubt: Doubt | None) -> _Verdict:
    meanings = " or ".join(
        f"{format_international(each.number)} ({_with_article(each.country)})"
        for each in readings
        if each.is_valid
    )
    return _Verdict(None, None, _DOUBT.format(meanings), doubt)


def _as_meant(digits: str, valid: list[Reading], meaning: Meaning) -> _Verdict:
    """Return the one reading of bare digits that begins with a calling code, or that does not."""
    is_international = meaning is Meaning.INTERNATIONAL
    reading = next(each for each in valid if (each.number == digits) is is_international)
    note = _AS_OTHERS.format(_with_article(reading.country))
    return _Verdict(reading.number, reading.country, None, None, note)


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
        sign = "+" if "+" in text else "00"
        no_country = _NO_SUCH_CODE.format(sign) if has_code else _NO_COUNTRY
        return _verdict(as_written, None, no_country)
    possible = next((each for each in readings if length_of(each.phone) == POSSIBLE), None)
    phone, number, country, _ = possible or readings[0]
    where = _in_country(phone, region)
    if len(number) < MINIMUM_DIGITS:
        problem = TOO_SHORT
    elif (today := _without_mexican_one(number)) and today.is_valid:
        problem = _NO_ONE_IN_MEXICO.format(format_international(today.number))
    elif len(number) > MAXIMUM_DIGITS:
        is_typed = len(digits) > MAXIMUM_DIGITS
        with_code = _TOO_LONG_WITH_CODE.format(phone.country_code, len(number))
        problem = _TOO_LONG.format(len(digits)) if is_typed else with_code
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
    return _verdict(number, country, problem)


def _verdict(number: str | None, country: str | None, problem: str) -> _Verdict:
    if number is None or not is_number(number):
        return _Verdict(None, None, problem)
    return _Verdict(number, country or country_of(number), problem)


def _without_mexican_one(number: str) -> Reading | None:
    """Return a number that is written as before 2019, and still by WhatsApp, as it is dialled."""
    return read(f"+52{number[3:]}", None) if number.startswith("521") else None


def _lengths(phone: PhoneNumber) -> str:
    """Return how many digits may follow the calling code: "9 or 10"."""
    code = phone.country_code or 0
    region = phonenumbers.region_code_for_country_code(code)
    metadata = phonenumbers.PhoneMetadata.metadata_for_region_or_calling_code(code, region)
    lengths = metadata.general_desc.possible_length if metadata and metadata.general_desc else ()
    most = MAXIMUM_DIGITS - len(str(code))
    *others, last = [str(length) for length in lengths if length <= most]
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
