"""Numbers of every region in the styles in which people write them, made from libphonenumber.

The lines are the same in every run. `python -m bench.styles` reads all of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import islice
from typing import NamedTuple

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberFormat, PhoneNumberType

from numberpools.domain.numbers import MINIMUM_DIGITS
from numberpools.domain.phone import Entry

REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
KINDS = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE)
NEIGHBOURS = 2  # of each of libphonenumber's examples, itself included
ABROAD = ("US", "DE", "IN", None)
"""The countries chosen for numbers of other countries, in turns."""

_AS_FULL_WIDTH = {ord(char): ord(char) + 0xFEE0 for char in "0123456789+-()"}
_AS_ARABIC = {ord(char): 0x660 + int(char) for char in "0123456789"}


class Written(str):
    """A number as it is written. A format gives its groups another shape: ``{national:.}``."""

    def __format__(self, shape: str) -> str:
        groups = re.findall(r"\d+", self)
        plus, digits = self[: self.startswith("+")], "".join(groups)
        named = {
            "wide": self.translate(_AS_FULL_WIDTH),
            "arabic": self.translate(_AS_ARABIC),
            "power": f"{plus}{digits[0]}.{digits[1:]}E+{len(digits) - 1}",
            "thousands": f"{int(digits):,}",
            "bare": plus + digits,
        }
        if shape in named:
            return named[shape]
        if shape[:1].isdigit():  # groups of so many digits, the last of what is left
            size = int(shape[0])
            ends = [*range(size, len(digits) - size + 1, size), len(digits)]
            groups = [digits[a:b] for a, b in zip([0, *ends], ends, strict=False)]
            return plus + shape[1:].join(groups)
        return plus + shape.join(groups) if shape else str(self)


class Sample(NamedTuple):
    """A number in the forms that the styles name."""

    region: str
    number: str
    intl: Written
    vendor: Written
    national: Written
    digits: str
    """Those of the national form, with its trunk prefix."""
    code: str
    groups: Written
    """What stands behind the calling code in the international form."""
    first: str
    rest: Written


class Style(NamedTuple):
    """`text` has the fields of a sample in braces, and those of a second with `other_`."""

    name: str
    text: str
    is_national: bool


_INTERNATIONAL = """
    {intl} | {intl:bare} | {intl:.} | {intl:-} | {intl:/} | {intl: - } | {intl:2 } | {intl:3 }
    {intl:\u00a0} | {intl:\u202f} | {intl:\u2011} | {intl:\u2013} | {intl:wide} | {intl:arabic}
    +{code} ({first}) {rest} | +{code} ({first}) {rest:-} | +{code}({first}){rest:bare}
    (+{code}) {groups} | (+{code}){groups:bare} | +({code}) {groups} | + {code} {groups}
    +{code}-{groups:bare} | +{code}.{groups:bare} | +{code}/{groups:-} | ({intl}) | [{intl:bare}]
    00{vendor} | 00 {code} {groups} | 00{code} {groups:-} | +00{vendor} | 00{code}({first}){rest}
    {vendor} | {vendor}. | {vendor}.0 | {vendor:thousands} | {vendor:power} | ="{vendor}"
    '{vendor} | '{intl:bare} | "{intl}" | “{intl}” | «{vendor}» | ="{intl:bare}" | ={intl:bare}
    {vendor},0 | ;{vendor};; | {vendor}, | {vendor}; | \ufeff{vendor} | \u202a{intl}\u202c
    tel:{intl:bare} | tel:{intl:-} | sms:{intl:bare}?body=Hi | https://wa.me/{vendor} | *{intl}*
    <tel:{intl:bare}> | Jane Doe <{intl:bare}> | Jane Doe {intl} | Jane Doe, {intl} | @{vendor}
    Tel.: {intl} | Mobile: {vendor} | T {intl} (work) | Tel {intl:bare} | WhatsApp {intl}
    {intl} Jane | {intl} (Jane) | {intl} (1) | {vendor} (2) | {intl} - Jane | {intl}, Flat 12
    1. {intl} | 1) {vendor} | #3 {intl} | - {intl} | • {vendor} | 17,{vendor} | 3;{intl};ok
    2024-05-01 {intl} | [01/05/2024, 12:30:15] {intl}: Hello | 12:30 {intl} | 01.05.2024;{vendor}
    {intl} 2024-05-01 | {intl} 01/05/2024 | {intl} 27.11.2024 | {intl} 27.11.24 | {intl} 12:30
    {intl} 12.50 | {intl} $12.50 | {intl} 12,50 € | {intl} 1.250,00 EUR | {intl} €12 | {intl} GBP 5
    {vendor} 2024-05-01 12:30 | {vendor} 12.50 | {vendor} $12.50 | {vendor} 12,50 €
    {intl} {other_intl} | {intl}, {other_intl} | {intl} / {other_intl} | {intl}/{other_intl}
    {intl:bare}{other_intl:bare} | {intl} or {other_intl} | {intl} & {other_intl}
    {vendor} {other_vendor} | {vendor},{other_vendor} | {vendor}/{other_vendor}
    {vendor}; {intl:bare} | Jane;{intl};{other_intl} | {"to": "{vendor}"}
"""
_NATIONAL = """
    {national} | {digits} | {groups} | {groups:bare} | {national:.} | {national:-} | {national: }
    {national:/} | {national:wide} | {national:arabic} | ({national}) | "{national}" | '{digits}
    {digits:2 } | {digits:2.} | {digits:2-} | {digits:3 } | {digits:3-} | {digits:4 } | ="{digits}"
    ({first}) {rest} | ({first}) {rest:-} | ({first}){rest:bare} | {first}/{rest} | {first}-{rest}
    {groups:.} | {groups:-} | {groups: } | {groups:2 } | {groups:2.} | {groups:3 } | {groups:power}
    Tel. {national} | Tel: {digits} | Jane Doe {national} | {national} Jane | {national} (home)
    Jane;{national};jane@example.com | Jane\t{digits}\t12.50 | {national}, 12 High Street
    {national} (1) | {national} (2 lines) | 1. {national} | 12) {national} | #3 {national}
    2024-05-01 {national} | 12:30 {national} | [5/1/24, 9:41 PM] {national}: ok
    {national} 2024-05-01 | {national} 01/05/2024 | {national} 27.11.2024 | {national} 12:30
    {national} 12.50 | {national} $12.50 | {national} 12,50 € | {national} 12.50 EUR | {digits} €12
    {digits} 2024-05-01 12:30 | {digits} 12.50 | {digits} $12.50 | {digits} 12,50 €
    {national} {other_national} | {national} / {other_national} | {national}, {other_national}
    {national}/{other_national} | {national}; {other_national} | {national} or {other_national}
    {digits} {other_digits} | {digits},{other_digits} | {digits}/{other_digits}
    {groups} / {other_groups} | {groups} {other_groups} | {groups:bare}/{other_groups:bare}
    {groups:-} / {other_groups:-} | {national} & {other_national} | *{national}*
"""


def _styles(table: str, is_national: bool) -> Iterator[Style]:
    kind = "national" if is_national else "international"
    for text in re.split(r" \| |\n", table):
        if text.strip(" "):
            yield Style(f"{kind} {text.strip(' ')!r}"[:70], text.strip(" "), is_national)


STYLES = [*_styles(_INTERNATIONAL, False), *_styles(_NATIONAL, True)]


class Case(NamedTuple):
    """A line, the chosen country, and the numbers that it says."""

    style: Style
    text: str
    country: str | None
    numbers: list[str]


@cache
def samples(region: str, count: int = NEIGHBOURS) -> list[Sample]:
    """Return valid numbers of a region: its example of each kind and `count` - 1 beside it."""
    found: dict[str, Sample] = {}
    for kind in KINDS:
        example = phonenumbers.example_number_for_type(region, kind)
        for number in islice(_neighbours(example), count) if example else ():
            found.setdefault(str(number), _sample(region, number))
    return list(found.values())


def _neighbours(example: PhoneNumber) -> Iterator[PhoneNumber]:
    national = phonenumbers.national_significant_number(example)
    for place in range(500):
        tail = f"{(int(national[-4:]) + place * 1237) % 10_000:04}"
        number = phonenumbers.parse(f"+{example.country_code}{national[:-4]}{tail}")
        if phonenumbers.is_valid_number(number):
            yield number


def _sample(region: str, phone: PhoneNumber) -> Sample:
    vendor = phonenumbers.format_number(phone, PhoneNumberFormat.E164)[1:]
    intl = phonenumbers.format_number(phone, PhoneNumberFormat.INTERNATIONAL)
    national = phonenumbers.format_number(phone, PhoneNumberFormat.NATIONAL)
    groups = intl[len(f"+{phone.country_code} ") :]
    first, *rest = re.findall(r"\d+", groups)
    if not rest:
        first, rest = first[:2], [first[2:]]
    return Sample(
        region,
        vendor,
        Written(intl),
        Written(vendor),
        Written(national),
        Written("".join(re.findall(r"\d+", national))),
        str(phone.country_code),
        Written(groups),
        first,
        Written(" ".join(rest)),
    )


def cases() -> Iterator[Case]:
    """Yield every style with the numbers of every region, some twenty seconds of reading."""
    for place, region in enumerate(REGIONS):
        numbers = samples(region)
        for turn, sample in enumerate(numbers):
            other = numbers[(turn + 1) % len(numbers)]
            for style in STYLES:
                fields = sample._asdict() | {
                    f"other_{name}": value for name, value in other._asdict().items()
                }
                if style.is_national and not _is_long_enough(sample, other):
                    continue
                text = style.text.replace('{"to": ', '{{"to": ').replace('"}', '"}}')
                text = text.format_map(fields)
                numbers_said = [sample.number] + [other.number] * ("{other_" in style.text)
                if style.text == "{vendor}; {intl:bare}":
                    numbers_said *= 2
                yield Case(style, text, _country(style, region, place + turn), numbers_said)


def _country(style: Style, region: str, turn: int) -> str | None:
    """Return the chosen country. For the vendor's writing none is: it may be one of any country."""
    if style.is_national:
        return region
    return ABROAD[turn % len(ABROAD)] if "{vendor" not in style.text or "00" in style.text else None


def _is_long_enough(*numbers: Sample) -> bool:
    """Without a calling code, fewer digits than 7 are a short code."""
    return all(len(f"{each.groups:bare}") >= MINIMUM_DIGITS for each in numbers)


def verdict(case: Case, entries: list[Entry]) -> str:
    """Return "right", "refused", or "wrong": another number, one too many, or one left out."""
    taken = [entry.number for entry in entries if entry.problem is None]
    if taken == case.numbers:
        return "right"
    if set(taken) - set(case.numbers) or len(taken) > len(case.numbers):
        return "wrong"
    return "refused" if len(taken) < len(entries) else "wrong"
