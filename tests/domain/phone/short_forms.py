"""Ranges and other short forms in which people write several numbers, for numbers of any country.

A form is a template. In it, {first} and {last} are two numbers as written, {ending} and {next} the
last two digits of the last number and of the one after the first, {stem} the first number without
its last two digits, and {count} how many there are. `wanted` is what the form stands for.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberFormat, PhoneNumberType

COUNT = 10

RANGES = [
    "{first} - {last}",
    "{first} – {last}",
    "{first} — {last}",
    "{first} to {last}",
    "{first} TO {last}",
    "from {first} to {last}",
    "{first} thru {last}",
    "{first} through {last}",
    "{first} until {last}",
    "{first} up to {last}",
    "between {first} and {last}",
    "{first}:{last}",
    "{first}..{last}",
    "{first} ... {last}",
    "{first} > {last}",
    "{first} -> {last}",
    "{first} → {last}",
    "{first} … {last}",
    "{first}…{last}",
    "{first} ～ {last}",
    "{first}~{last}",
    "{first} bis {last}",
    "von {first} bis {last}",
    "{first} a {last}",
    "de {first} à {last}",
    "{first} al {last}",
    "{first} hasta {last}",
    "{first} até {last}",
    "{first} t/m {last}",
    "{first} tot {last}",
    "{first} do {last}",
    "{first} по {last}",
    "{first} до {last}",
    "{first} til {last}",
    "{first} 到 {last}",
    "{first} から {last}",
    "{first} to {ending}",
    "{first} thru {ending}",
    "{first} bis {ending}",
    "{first} … {ending}",
    "{first} - {ending}",
    "{first}-{ending}",
    "{first} to {last} ({count} numbers)",
    "{first} - {last}, {count} numbers",
    "{stem}[00-09]",
    "{stem} [00-09]",
    "{stem}(00-09)",
    "{stem}[00..09]",
    "{first} ({count} numbers)",
    "{first} ({count} DDIs)",
    "{first}, {count} numbers",
    "{first} {count} numbers",
    "{first} - {count} numbers",
    "{first} x{count}",
    "{first} (x{count})",
    "{first} x {count}",
    "{first} × {count}",
    "{first} ({count})",
    "{first}, qty {count}",
    "{first} (quantity: {count})",
    "{first} block of {count}",
    "{count} numbers from {first}",
    "{count} DDIs starting at {first}",
    "{count} x {first}",
    "block of {count}: {first}",
    "range of {count} from {first}",
    "Main office: {first} - {last}",
    '"{first}" - "{last}"',
    "({first}) - ({last})",
    "{first} - {last};Madrid",
]
LISTS = [
    "{first}, {next}",
    "{first},{next}",
    "{first}; {next}",
    "{first}/{next}",
    "{first} / {next}",
    "{first} and {next}",
    "{first} & {next}",
    "{first} und {next}",
    "{first} or {next}",
]


class Written(NamedTuple):
    """A short form, the country that is chosen for it, and the numbers that it stands for."""

    text: str
    country: str | None
    wanted: tuple[str, ...]


def written(region: str) -> Iterator[Written]:
    """Yield every form with numbers near libphonenumber's examples for a country, if it has some.

    They are written as in the country, which is chosen then, and with their calling code.
    """
    for kind in (PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE):
        numbers = _numbers(region, kind)
        if numbers:
            yield from _forms(numbers, PhoneNumberFormat.NATIONAL, region)
            yield from _forms(numbers, PhoneNumberFormat.INTERNATIONAL, None)
            return


def _numbers(region: str, kind: int) -> list[PhoneNumber]:
    """Return ten valid numbers, from one that ends in 00 on, none where they are not all valid."""
    example = phonenumbers.example_number_for_type(region, kind)
    if example is None or example.national_number is None:
        return []
    numbers = []
    for place in range(COUNT):
        number = PhoneNumber()
        number.merge_from(example)
        number.national_number = example.national_number // 100 * 100 + place
        numbers.append(number)
    return numbers if all(map(phonenumbers.is_valid_number, numbers)) else []


def _forms(numbers: list[PhoneNumber], form: int, country: str | None) -> Iterator[Written]:
    first, following, last = (
        phonenumbers.format_number(number, form) for number in (numbers[0], numbers[1], numbers[-1])
    )
    all_numbers = tuple(
        phonenumbers.format_number(number, PhoneNumberFormat.E164)[1:] for number in numbers
    )
    if not first.endswith("00"):
        return
    for templates, wanted in ((RANGES, all_numbers), (LISTS, all_numbers[:2])):
        for template in templates:
            text = template.format(
                first=first,
                last=last,
                next=following[-2:],
                ending=last[-2:],
                stem=first[:-2],
                count=len(numbers),
            )
            yield Written(text, country, wanted)
