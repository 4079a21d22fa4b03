"""How much longer `phone.parse` takes than libphonenumber alone, on the same 100,000 numbers.

    python -m bench.phone

prints the ratio of the processor times; 2.0 is the most that is allowed. The numbers are written
as staff paste them: a third each as the vendor does, in international and in national format.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from numberpools.domain import phone

LINES = 100_000
LIMIT = 2.0
_ROUNDS = 3
COUNTRY = "GB"
_ABROAD = ("US", "DE", "FR", "IN", "BR", "ES", "NO", "PL", "ZA", "AU")


def measure() -> float:
    """Return the lowest of several ratios of `phone.parse` to libphonenumber's processor time."""
    texts = lines()
    text = "\n".join(texts)
    ratios = []
    for _ in range(_ROUNDS):
        ours = _seconds(lambda: phone.parse(text, COUNTRY))
        theirs = _seconds(lambda: _ask_libphonenumber(texts))
        ratios.append(ours / theirs)
    return min(ratios)


def _ask_libphonenumber(lines: list[str]) -> None:
    for line in lines:
        # It reads a calling code only behind a plus.
        is_vendor_format = line.isdigit() and not line.startswith("0")
        number = phonenumbers.parse(f"+{line}" if is_vendor_format else line, COUNTRY)
        phonenumbers.is_valid_number(number)


def _seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def lines() -> list[str]:
    chance = random.Random(1)  # the same numbers every time
    at_home = _valid_numbers(COUNTRY, chance)
    abroad = [_valid_numbers(country, chance) for country in _ABROAD]
    found = []
    for place in range(LINES):
        number = chance.choice(chance.choice(abroad) if place % 3 else at_home)
        if place % 3 == 0:
            found.append(phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL))
        elif place % 3 == 1:
            found.append(phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL))
        else:
            found.append(phonenumbers.format_number(number, PhoneNumberFormat.E164)[1:])
    return found


def _valid_numbers(country: str, chance: random.Random) -> list[phonenumbers.PhoneNumber]:
    """Return a hundred valid numbers near the country's example of a mobile number."""
    example = phonenumbers.example_number_for_type(country, PhoneNumberType.MOBILE)
    assert example is not None, country
    found: list[phonenumbers.PhoneNumber] = []
    while len(found) < 100:
        national = (example.national_number or 0) + chance.randrange(-50_000, 50_000)
        number = phonenumbers.PhoneNumber(example.country_code, national)
        if phonenumbers.is_valid_number(number):
            found.append(number)
    return found


def main() -> None:
    ratio = measure()
    print(f"phone.parse takes {ratio:.2f} times as long as libphonenumber (at most {LIMIT})")
    raise SystemExit(ratio > LIMIT)


if __name__ == "__main__":
    main()
