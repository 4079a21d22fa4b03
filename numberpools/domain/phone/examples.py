"""Numbers that regulators keep free for films, books and manuals, so that nobody has them."""

from __future__ import annotations

import re

_RESERVED = re.compile(
    # North America (ATIS-0300115): 555-0100 to 555-0199 in every area, but not toll-free.
    r"1(?!8(?:00|33|44|55|66|77|88)|900)\d{3}55501\d\d"
    # The United Kingdom (Ofcom, Numbers for drama).
    r"|44(?:11[3-8]4960|1[2-6]14960|1914980|2079460|2890180|2896496|2920180)\d{3}"
    r"|44(?:1632960|3069990|7700900|8081570|9098790)\d{3}"
    # France (Arcep, decision 2018-0881).
    r"|33(?:19900|26191|35301|46571|53649|63998)\d{4}"
    # Australia (ACMA, Phone numbers for use in TV shows, films and creative works).
    r"|61[2378](?:5550|7010)\d{4}|61491570(?:006|156|157|158|159|110)"
    # Germany (Bundesnetzagentur, Drama numbers).
    r"|49(?:3023125|4066969|6990009|8999998)\d{3}|492214710\d{3}|4917139200\d\d"
    # Ireland (ComReg, National Numbering Conventions).
    r"|3532091\d{5}"
    # Sweden (PTS, numbers for books and films).
    r"|46(?:8465004|3139006|4062804|9803192)\d\d|467017406(?:0[5-9]|[1-9]\d)"
)
_OF_THE_VENDOR = re.compile(r"1555666000\d")  # numberpools/api/openapi.yaml

RESERVED = (
    "This is an example number, reserved for films and manuals and not in use: "
    "type a number that somebody has."
)
OF_THE_VENDOR = (
    "This is the example number of the vendor's manual, not in use: "
    "type a number that somebody has."
)
NOT_IN_USE = "An example number, not in use."


def is_reserved(number: str) -> bool:
    """Whether a number, E.164 without the plus, is kept free by those who give out numbers."""
    return _RESERVED.fullmatch(number) is not None


def is_of_the_vendor(number: str) -> bool:
    """Whether a number, E.164 without the plus, is one of the vendor's manual."""
    return _OF_THE_VENDOR.fullmatch(number) is not None


def why_example(number: str) -> str | None:
    """Return what to say of an example number that libphonenumber does not know."""
    if is_of_the_vendor(number):
        return OF_THE_VENDOR
    return RESERVED if is_reserved(number) else None
