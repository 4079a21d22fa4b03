"""What digits may mean as a phone number: libphonenumber is asked, and judges every number.

Where the digits may begin with a calling code or belong to the chosen country, the decisions are
those that `numberpools.domain.phone.parsing` lists.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any, NamedTuple

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberType, ValidationResult, number_type

from numberpools.domain.numbers import (
    MAXIMUM_DIGITS,
    MINIMUM_DIGITS,
    calling_code,
    format_international,
    is_number,
    phone_number,
)
from numberpools.domain.phone.examples import is_of_the_vendor
from numberpools.domain.phone.text import digits_of

MOBILE_TYPES = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)
_USUAL_TYPES = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE)
POSSIBLE = ValidationResult.IS_POSSIBLE
NO_REGION = phonenumbers.REGION_CODE_FOR_NON_GEO_ENTITY
_GROUP = re.compile(r"\d+")
_AREA_CODE_IN_BRACKETS = re.compile(r"[(\[] ?\d+ ?[)\]]")
_LONGEST_NATIONAL = 10  # digits of a national number, as a rule, where it is not written with 0
_COUNT = re.compile(r"[(\[]? ?[1-9]\d{0,4}[ .\-/~)\]]{1,4}(?=[(\[]? ?\d)")


class Reading(NamedTuple):
    """What libphonenumber makes of some digits."""

    phone: PhoneNumber
    number: str
    country: str | None
    is_valid: bool


@cache
def region_of(country: str | None) -> str | None:
    """Return the country as libphonenumber has it, None where it has no phone numbers."""
    region = country.upper() if country else None
    return region if region in phonenumbers.SUPPORTED_REGIONS else None


def readings_of(text: str, region: str | None) -> list[Reading]:
    """Return what the text may mean: a number of the region, one with a calling code, or both."""
    digits = digits_of(text)
    if is_of_the_vendor(digits):
        region = None  # though 01555 6660001 could be a number of Germany
    international = _with_calling_code(text, digits, region)
    reading = read_international(international) if international else None
    if not region or "+" in text or _is_mobile_of(region, reading):
        return [reading] if reading else []
    if reading and reading.is_valid and _is_too_long(digits, region):
        return [reading]
    national = read(digits, region)
    if not reading or not national:
        return [each for each in (national, reading) if each]
    is_settled = national.is_valid and (not reading.is_valid or _is_written_at_home(text, national))
    return [national] if is_settled else [national, reading]


def _with_calling_code(text: str, digits: str, region: str | None) -> str:
    """Return the digits from the calling code on, "" where none can be meant.

    011 dials abroad from North America and libphonenumber reads it where such a country is chosen.
    With none chosen it could begin an area code (0115 is Nottingham), but none has 13 digits.
    """
    if digits.startswith("00"):
        return digits[2:]
    if "+" in text:
        return digits
    if not region and digits.startswith("011") and len(digits) >= 13:
        return digits[3:]
    code = None if digits.startswith("0") else calling_code(digits)
    return digits if code and _groups_allow_code(text, code) else ""


def _groups_allow_code(text: str, code: str) -> bool:
    """Whether digits without a plus are grouped as digits that begin with a calling code are."""
    if _AREA_CODE_IN_BRACKETS.match(text):
        return False
    first, *others = _GROUP.findall(text)
    if not others or first == code:
        return True
    return len(first) > len(code) and len(digits_of(text)) > _LONGEST_NATIONAL


def _is_mobile_of(region: str, reading: Reading | None) -> bool:
    """Whether the calling code is the region's own and a mobile number follows."""
    return bool(
        reading
        and reading.is_valid
        and reading.phone.country_code == phonenumbers.country_code_for_region(region)
        and number_type(reading.phone) in MOBILE_TYPES
    )


def _is_too_long(digits: str, region: str) -> bool:
    """Whether the digits are more than any national number of the region has."""
    longest = max(_metadata(region).general_desc.possible_length)
    return len(digits) > longest and not _may_be_cut(digits, region)


def _may_be_cut(national: str, region: str) -> bool:
    """Whether libphonenumber may take off the first digits, for a trunk or carrier code."""
    prefix = _metadata(region).national_prefix_for_parsing
    return bool(prefix and re.match(prefix, national))


@cache
def _metadata(region: str) -> Any:
    """Of a region that libphonenumber supports."""
    return phonenumbers.PhoneMetadata.metadata_for_region(region)


def reads_back(reading: Reading) -> bool:
    """Whether the number is the same once it is written as E.164."""
    region = phonenumbers.region_code_for_country_code(reading.phone.country_code or 0)
    national = phonenumbers.national_significant_number(reading.phone)
    if region != NO_REGION and not _may_be_cut(national, region):
        return True  # asking takes as long as all the rest
    return number_of(ask(f"+{reading.number}", None)) == reading.number


def readings_behind_count(text: str, region: str | None, whole: list[Reading]) -> list[Reading]:
    """Return what the text may mean if its first digits count lines or houses: "31 06 12 34 56 78".

    What follows them must be written as a number of its own: as people of the region write it, as
    the vendor does, or a mobile number. It must not be one of `whole`, which the whole text may
    mean, and the groups of the text not those in which people write one of these.
    """
    count = _COUNT.match(text) if region else None
    rest = text[count.end() :] if count else ""
    digits = digits_of(rest)
    if not region or len(digits) < max(MINIMUM_DIGITS, _fewest_usual(region)):
        return []
    valid = [each for each in readings_of(rest, region) if each.is_valid]
    if any(each.number == one.number for each in valid for one in whole):
        return []
    if any(_GROUP.findall(text) == _GROUP.findall(_national_form(one)) for one in whole):
        return []
    return [
        each
        for each in valid
        if each.number == digits
        or number_type(each.phone) in MOBILE_TYPES
        or digits == digits_of(_national_form(each))
    ]


def is_written_so(text: str, region: str | None) -> bool:
    """Whether the text is a valid number in the groups in which people of the region write it.

    It may be without the trunk prefix, as behind a calling code, or in groups of two digits where
    people write no trunk prefix: 22.33.44.55.
    """
    groups = _GROUP.findall(text)
    if not region or sum(map(len, groups)) > MAXIMUM_DIGITS:
        return False
    if "+" in text:
        abroad = read(text, None)
        return bool(abroad and abroad.is_valid and groups == _international_groups(abroad))
    national = read(digits_of(text), region)
    if not national or not national.is_valid:
        return False
    form = _national_form(national)
    prefix_joined = ["".join(groups[:2]), *groups[2:]]  # "0 532" is as good as "0532"
    if _GROUP.findall(form) in (groups, prefix_joined):
        return True
    if all(len(group) == 2 for group in groups):
        return digits_of(form) == digits_of(text)
    return _international_groups(national)[1:] == groups


def _international_groups(reading: Reading) -> list[str]:
    return _GROUP.findall(format_international(reading.number))


@cache
def _fewest_usual(region: str) -> int:
    return min(usual_length(region, kind) for kind in _USUAL_TYPES)


def _is_written_at_home(text: str, national: Reading) -> bool:
    """Whether the text is written as people of the number's country write it, and nobody else.

    The area code is in brackets, or the trunk prefix is there, or the groups are theirs.
    """
    if _AREA_CODE_IN_BRACKETS.match(text):
        return True
    if is_bare(text, national) or not _has_usual_length(national):
        return False
    form = _national_form(national)
    if _has_no_prefix(text, national):
        return _GROUP.findall(text) == _GROUP.findall(form)
    return digits_of(text) == digits_of(form)


def _has_usual_length(national: Reading) -> bool:
    length = len(phonenumbers.national_significant_number(national.phone))
    return any(usual_length(national.country or "", kind) == length for kind in _USUAL_TYPES)


def likeliest(text: str, valid: list[Reading]) -> list[Reading]:
    """Return the only reading that can be a mobile number, if that says enough, else all of them.

    It does not for 3212345678 in the United States, nor for 17842661234 in Germany, although the
    latter lacks its trunk prefix: both may be numbers of the country, and have as many digits as
    most of them. Behind 00, some countries dial a carrier first: the code may begin later.
    """
    if len(valid) < 2 or text.startswith("00"):
        return valid
    mobile = [each for each in valid if number_type(each.phone) in MOBILE_TYPES]
    if len(mobile) != 1:
        return valid
    national = next((each for each in valid if _has_no_prefix(text, each)), None)
    if national and (national is mobile[0] or _has_usual_length(national)):
        return valid
    return mobile


def is_bare(text: str, national: Reading) -> bool:
    """Whether the text is the national number alone, without prefix and without groups."""
    return text.isdecimal() and _has_no_prefix(text, national)


def _has_no_prefix(text: str, national: Reading) -> bool:
    return digits_of(text) == phonenumbers.national_significant_number(national.phone)


def trunk_inside(text: str, digits: str, reading: Reading) -> str:
    """Return the digits between the calling code and the number that are no part of it, if any.

    Where they stand in brackets or in a group apart, people mean the trunk prefix. Inside bare
    digits, they may be a slip: only behind a plus or 00, a single 0 cannot be anything else.
    """
    if reading.number == digits or digits_of(text) != text.removeprefix("+"):
        return ""
    code, number = str(reading.phone.country_code), reading.number
    behind = digits.removeprefix("00")
    national = number[len(code) :]
    if not behind.startswith(code) or not behind.endswith(national):
        return ""
    inside = behind[len(code) : len(behind) - len(national)]
    has_plus = "+" in text or digits.startswith("00")
    return "" if has_plus and inside == "0" else inside


def _national_form(reading: Reading) -> str:
    """Return the number as people of its country write it."""
    national = phonenumbers.PhoneNumberFormat.NATIONAL
    return str(phonenumbers.format_number(reading.phone, national))


def read(digits: str, region: str | None) -> Reading | None:
    phone = ask(digits, region)
    return _reading(phone) if phone else None


def read_international(digits: str) -> Reading | None:
    """Read digits that begin with a calling code; no other way takes as little time."""
    code = calling_code(digits)
    national = digits[len(code or "") :]
    region = _main_region(code) if code else None
    # What libphonenumber may take off or refuses, it has to see itself.
    if not region or not 4 <= len(national) <= 14 or national.startswith("00"):
        return read(f"+{digits}", None)
    if _may_be_cut(national, region):
        return read(f"+{digits}", None)
    return _reading(phone_number(code or "", national))


@cache
def _main_region(code: str) -> str | None:
    region = phonenumbers.region_code_for_country_code(int(code))
    return None if region == NO_REGION else region


def _reading(phone: PhoneNumber) -> Reading:
    number = number_of(phone)
    # A number of an impossible length belongs nowhere, and looking where takes long.
    code = phone.country_code or 0
    is_possible = len(number) - len(str(code)) in possible_lengths(code)
    country = phonenumbers.region_code_for_number(phone) if is_possible else None
    is_valid = (
        country is not None
        and is_number(number)
        and (
            _is_found_by_number(country, phone.country_code)
            or phonenumbers.is_valid_number_for_region(phone, country)
        )
    )
    return Reading(phone, number, None if country == NO_REGION else country, is_valid)


@cache
def _is_found_by_number(region: str, code: int | None) -> bool:
    """Whether libphonenumber takes a number for one of the region only where it is valid there.

    Where regions share a calling code, it asks one after the other. It takes other numbers for
    theirs because of the calling code alone, or the first digits behind it.
    """
    is_shared = len(phonenumbers.region_codes_for_country_code(code or 0)) > 1
    return is_shared and _metadata(region).leading_digits is None


def ask(digits: str, region: str | None) -> PhoneNumber | None:
    """Ask libphonenumber; None where it finds no calling code or far too few or many digits."""
    try:
        return phonenumbers.parse(digits, region)
    except phonenumbers.NumberParseException:
        return None


def number_of(phone: PhoneNumber | None) -> str:
    """Return the digits of E.164."""
    if phone is None:
        return ""
    return f"{phone.country_code}{phonenumbers.national_significant_number(phone)}"


@cache
def usual_length(region: str, kind: int) -> int:
    """Return how many digits libphonenumber's example of such a number has, 0 without example."""
    example = phonenumbers.example_number_for_type(region, kind)
    return len(phonenumbers.national_significant_number(example)) if example else 0


def length_of(phone: PhoneNumber) -> int:
    """Return libphonenumber's `ValidationResult` for the number of digits."""
    return int(phonenumbers.is_possible_number_with_reason(phone))


@cache
def possible_lengths(code: int) -> tuple[int, ...]:
    """Return how many digits may follow a calling code, in rising order."""
    region = phonenumbers.region_code_for_country_code(code)
    metadata = phonenumbers.PhoneMetadata.metadata_for_region_or_calling_code(code, region)
    return metadata.general_desc.possible_length if metadata and metadata.general_desc else ()
