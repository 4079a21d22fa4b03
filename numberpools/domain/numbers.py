"""Phone numbers as the product stores them: E.164 without the plus, 7 to 15 digits, as text."""

from __future__ import annotations

from functools import lru_cache

import phonenumbers
from babel import Locale
from phonenumbers import PhoneNumberFormat

MINIMUM_DIGITS = 7
MAXIMUM_DIGITS = 15

_TERRITORIES = Locale("en").territories
_CODES = frozenset(map(str, phonenumbers.COUNTRY_CODE_TO_REGION_CODE))
_NORTH_AMERICA = "1"


def is_number(text: str) -> bool:
    """Whether this is 7 to 15 ASCII digits (docs/api.md)."""
    return MINIMUM_DIGITS <= len(text) <= MAXIMUM_DIGITS and text.isascii() and text.isdigit()


def calling_code(number: str) -> str | None:
    """The country calling code that the number starts with, or None where nobody has it."""
    return next((number[:length] for length in (1, 2, 3) if number[:length] in _CODES), None)


def country_prefix(number: str) -> str:
    """The leading digits that decide the number's country, as `country_of_prefix` takes them.

    That is the country calling code, and where several countries share one, as much behind it as
    tells them apart: the area code in North America, at most five digits anywhere else.
    """
    code = calling_code(number)
    if code is None:
        return number[:3]
    if len(phonenumbers.COUNTRY_CODE_TO_REGION_CODE[int(code)]) == 1:
        return code
    return number[: len(code) + (3 if code == _NORTH_AMERICA else 5)]


@lru_cache(maxsize=20_000)
def country_of_prefix(prefix: str) -> str | None:
    """ISO 3166-1 alpha-2 of the country that the leading digits belong to, or None.

    A function of the digits alone, so that the counts per country that the database keeps never
    drift: a prefix that libphonenumber only judges with a whole number behind it is completed
    with fixed digits until one completion is a number of some country. Where none is, the main
    country of the calling code takes it.
    """
    code = calling_code(prefix)
    if code is None:
        return None
    regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE[int(code)]
    if len(regions) == 1:
        return None if regions[0] == "001" else regions[0]
    for filler in ("2345678901", "0000000000", "5555555555"):
        for length in (10, 9, 8, 7, 6):
            national = (prefix[len(code) :] + filler)[:length]
            region = phonenumbers.region_code_for_number(phone_number(code, national))
            if region is not None:
                return region
    return regions[0]  # no number of any of them: it would be the main country's


def country_of(number: str) -> str | None:
    """ISO 3166-1 alpha-2 of the number's country; None for codes of no country, such as +800."""
    return country_of_prefix(country_prefix(number))


def country_name(country: str) -> str:
    """The country's English name, or the code itself where it has none."""
    return str(_TERRITORIES.get(country, country))


def flag(country: str) -> str:
    """The country's flag: the two regional indicator symbols of its code."""
    return "".join(chr(0x1F1E6 + ord(letter) - ord("A")) for letter in country)


def format_international(number: str) -> str:
    """The number as people read it: ``+44 7700 900123``."""
    code = calling_code(number)
    if code is None:
        return f"+{number}"
    parsed = phone_number(code, number[len(code) :])
    return str(phonenumbers.format_number(parsed, PhoneNumberFormat.INTERNATIONAL))


def phone_number(code: str, national: str) -> phonenumbers.PhoneNumber:
    """As libphonenumber's own parser would make it, which takes ten times as long."""
    leading_zeros = len(national) - len(national.lstrip("0"))
    return phonenumbers.PhoneNumber(
        country_code=int(code),
        national_number=int(national or "0"),
        italian_leading_zero=True if leading_zeros else None,
        number_of_leading_zeros=leading_zeros if leading_zeros > 1 else None,
    )
