"""What one text is, of digits and punctuation: a number, or the reason why it is none.

`numberpools.domain.phone.parsing` lists the rules.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import phonenumbers
from phonenumbers import PhoneNumber, ValidationResult

from numberpools.domain.numbers import (
    MAXIMUM_DIGITS,
    MINIMUM_DIGITS,
    country_name,
    country_of,
    format_international,
    is_number,
)
from numberpools.domain.phone.choosing import accepted
from numberpools.domain.phone.examples import why_example
from numberpools.domain.phone.model import Doubt, Meaning, Verdict
from numberpools.domain.phone.readings import (
    NO_REGION,
    POSSIBLE,
    Reading,
    is_written_so,
    length_of,
    likeliest,
    possible_lengths,
    read,
    readings_behind_count,
    readings_of,
    reads_back,
    trunk_inside,
)
from numberpools.domain.phone.text import TOO_SHORT, digits_of

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

_MOST_DIGITS_TYPED = 20  # a dialling prefix and a trunk zero may stand before or in the 15

_COUNT = re.compile(r"[(\[]? ?([1-9]\d{0,4})[ .\-/~)\]]{1,4}")
_TRUNK_ZERO = re.compile(r"[(\[] ?0 ?[)\]]")

_NAMED_WITH_ARTICLE = (
    "AE AX BQ BS CC CD CF CG CK DO FK FO GB GM IM IO KM KY MH MP MV NL PH PS SB TC UM US VG VI"
)


class Given(NamedTuple):
    """What is given for a text.

    `region` is the chosen country, `fewest` how few digits are a number. `chosen` is how a person
    wants digits to be read that may be a national or an international number, `meaning` how the
    other lines are read. `own_count` is the number of the line in its list, if it begins with it.
    """

    region: str | None
    fewest: int = MINIMUM_DIGITS
    chosen: Meaning | None = None
    meaning: Meaning | None = None
    own_count: str = ""


def judge(text: str, given: Given, ahead: str = "") -> Verdict:
    """Return the number that a text of digits and punctuation is, or why it is none.

    `ahead` are a few digits in the cell before, which may be the calling code of the number.
    """
    digits, region = digits_of(text), given.region
    if len(digits) > _MOST_DIGITS_TYPED:
        return Verdict(None, None, _TOO_LONG.format(len(digits)))
    if given.own_count and (verdict := _judge_behind_count(text, given)):
        return verdict
    readings = readings_of(text, region)
    if "+" in text and _TRUNK_ZERO.search(text):
        readings += readings_of(_TRUNK_ZERO.sub("", text), region)
    valid = [*{each.number: each for each in readings if each.is_valid}.values()]
    beside = read(f"+{ahead}{digits}", None) if ahead else None
    if not valid and beside and beside.is_valid:
        whole = format_international(beside.number)
        return Verdict(None, None, _CODE_APART.format(ahead, whole))
    if not valid:
        return _refuse(text, region, readings)
    choice = valid = likeliest(text, valid)  # the national reading first
    if beside and beside.is_valid:
        valid = _likeliest_beside(beside, valid, text, region)
    valid = valid + readings_behind_count(text, region, valid)
    if len(valid) < 2:
        return _accept(text, digits, valid[0], None)
    can_choose = len(valid) == len(choice) == 2 and "+" not in text
    return _settle(text, valid, given) if can_choose else _doubtful(valid, None)


def _judge_behind_count(text: str, given: Given) -> Verdict | None:
    """Return what the text is behind the number of the line; None if it does not begin with it.

    Both together may be a number as well, as of "30 123456" in the 30th line. That is only out of
    the question if the rest is written as people of the country write numbers.
    """
    count = _COUNT.match(text)
    rest = text[count.end() :] if count and count[1] == given.own_count else ""
    if len(digits_of(rest)) < given.fewest:
        return None
    plain = given._replace(own_count="")
    verdict = judge(rest, plain)
    if verdict.problem:
        return verdict if may_be_number(rest, given) else None
    if not readings_behind_count(text, given.region, []):
        whole = [each for each in readings_of(text, given.region) if each.is_valid]
        if whole:
            return _doubtful([*whole, *readings_of(rest, given.region)], None)
    return verdict._replace(note=_COUNTED.format(given.own_count))


def _likeliest_beside(
    beside: Reading, valid: list[Reading], text: str, region: str | None
) -> list[Reading]:
    """Return what a text may mean behind a cell that may be a calling code: `beside` has both.

    49 is one before 30 12345670 rather than an age: nobody in the United States writes so.
    """
    if any(each.number == beside.number for each in valid):
        return [beside]
    is_whole = any(each.number == digits_of(text) for each in valid)
    is_unusual = not text.isdecimal() and not is_written_so(text, region)
    return [*valid, beside] if is_whole or is_unusual else valid


def _settle(text: str, valid: list[Reading], given: Given) -> Verdict:
    """Return which of a national and an international reading is meant, or both as a doubt.

    Bare digits are likely to mean the same on all lines.
    """
    meaning = given.chosen or (given.meaning if text.isdecimal() else None)
    if not meaning:
        return _doubtful(valid, Doubt.READING)
    reading = valid[meaning is Meaning.INTERNATIONAL]
    verdict = _accept(text, digits_of(text), reading, given.chosen)
    if given.chosen or verdict.problem:
        return verdict
    note = f"{_AS_OTHERS.format(_with_article(reading.country))} {verdict.note}".strip()
    return verdict._replace(note=note)


def _accept(text: str, digits: str, reading: Reading, chosen: Meaning | None) -> Verdict:
    """Return the only number that the text can be, unless its digits are not quite those."""
    if reading.number != digits:
        if inside := trunk_inside(text, digits, reading):
            whole = format_international(reading.number)
            problem = _TRUNK_INSIDE.format(inside, reading.phone.country_code, whole)
            return _verdict(digits, None, problem)
        if not reads_back(reading):
            return Verdict(None, None, _NO_COUNTRY)
    return accepted(reading, chosen)


def _doubtful(readings: list[Reading], doubt: Doubt | None) -> Verdict:
    meanings = " or ".join(
        f"{format_international(each.number)} ({_with_article(each.country)})"
        for each in readings
        if each.is_valid
    )
    return Verdict(None, None, _DOUBT.format(meanings), doubt)


def may_be_number(text: str, given: Given) -> bool:
    """Whether the text has a valid reading, or several."""
    return any(each.is_valid for each in readings_of(text, given.region))


def _refuse(text: str, region: str | None, readings: list[Reading]) -> Verdict:
    """Return why none of the readings is a number, and the likeliest one's digits."""
    digits = digits_of(text)
    if len(digits) > MAXIMUM_DIGITS + 2:
        return Verdict(None, None, _TOO_LONG.format(len(digits)))
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
        possible = None  # it is known what would be right
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
    verdict = _verdict(number, country, problem)
    # 138-0013-8001 is no number with +1: nobody leaves out the plus and sets groups like this.
    is_meant = is_named or has_code or region in _regions_of(phone)
    return _doubted(verdict, possible, readings) if possible and is_meant else verdict


def _doubted(verdict: Verdict, possible: Reading, readings: list[Reading]) -> Verdict:
    """Return the refusal of a number with what a person may decide about it.

    It may be an example where no other reading has a length that numbers of its code have.
    """
    others = (each for each in readings if each.number != possible.number)
    is_clear = verdict.number == possible.number and reads_back(possible)
    if not is_clear or any(length_of(each.phone) == POSSIBLE for each in others):
        return verdict
    problem = why_example(possible.number) or verdict.problem
    return verdict._replace(doubt=Doubt.EXAMPLE, problem=problem)


def _verdict(number: str | None, country: str | None, problem: str) -> Verdict:
    if number is None or not is_number(number):
        return Verdict(None, None, problem)
    return Verdict(number, country or country_of(number), problem)


def _without_mexican_one(number: str) -> Reading | None:
    """Return a number that is written as before 2019, and still by WhatsApp, as it is dialled."""
    return read(f"+52{number[3:]}", None) if number.startswith("521") else None


def _lengths(phone: PhoneNumber) -> str:
    """Return how many digits may follow the calling code: "9 or 10"."""
    code = phone.country_code or 0
    most = MAXIMUM_DIGITS - len(str(code))
    *others, last = [str(length) for length in possible_lengths(code) if length <= most]
    return f"{', '.join(others)} or {last}" if others else last


def _regions_of(phone: PhoneNumber) -> tuple[str, ...]:
    """Return the countries with the number's calling code, the main one first."""
    regions: tuple[str, ...] = phonenumbers.region_codes_for_country_code(phone.country_code or 0)
    return regions


def _in_country(phone: PhoneNumber, region: str | None) -> str:
    """Return "in the United States"; the chosen country if the calling code is its own."""
    code, regions = phone.country_code or 0, _regions_of(phone)
    if region in regions:
        return f"in {_with_article(region)}"
    if regions[0] == NO_REGION:
        return f"with +{code}"
    others = f" or another country with +{code}" if len(regions) > 1 else ""
    return f"in {_with_article(regions[0])}{others}"


def _with_article(country: str | None) -> str:
    name = country_name(country) if country else "no country"
    return f"the {name}" if country and country in _NAMED_WITH_ARTICLE else name
