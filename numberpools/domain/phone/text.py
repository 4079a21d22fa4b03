"""Pasted text as characters: what is written in many ways, in one way."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from numberpools.domain.phone.misread import repair

LOST_DIGITS = "A spreadsheet lost the last digits: format the column as text and copy it again."
AMOUNT = "This looks like an amount: type a phone number as digits only."
COORDINATE = "This looks like a coordinate: type a phone number as digits only."
IP_ADDRESS = "This looks like an IP address: type a phone number as digits only."
TAX_NUMBER = "This looks like a tax number: type a phone number as digits only."
PRICE = "A price may stand behind this number: type the number by itself."
TWO_IN_ONE = "Two numbers may be written as one here: type each in full, on a line of its own."
THOUSANDS = "Commas may part thousands or numbers here: type each number without commas."
HIDDEN_DIGITS = "Some digits of this number are hidden: paste it with all of its digits."
EXTENSION = "An extension cannot receive messages: type the number without its extension."
JOINED = "The character {} is joined to this number: type its digits only."
LETTERS = "There are letters in this number: type its digits only."
ADDRESS = "This is an e-mail or web address: type the phone number by itself."
UNREADABLE = "No phone number can be read here: type + and the calling code, then the digits."
SCATTERED = "The digits of a number may be in several cells here: type them as one number."
NO_NUMBER = "There is no phone number on this line."
SHORT_CODE = "This may be a short code: a pool's numbers have 7 to 15 digits with calling code."
TOO_SHORT = "This is too short: a phone number has 7 to 15 digits with its calling code."

SEPARATORS = ",;|\t"
"""What parts the cells of a line. A space parts numbers only where each side is a whole one."""

_TWINS = {
    # Quotes of all kinds: they say nothing that a space does not.
    " ": "\"'`\u00b4\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u00ab\u00bb\u2039\u203a"
    "\u2032\u2033\u02bc\uff02\uff07\u2800\u3164",
    "-": "\u2212\u30fc",
    "+": "\ufe62\u2795\u207a",
    "/": "\u2044\u2215",
    ".": "\u00b7\u2219\u30fb\u066b",
    ",": "\u060c\u3001\u066c",
    ";": "\u061b\u037e",
    "|": "\u00a6\u2502",
}
_TWINS_OF_CATEGORY = {"Zs": " ", "Cc": " ", "Pd": "-"}


def _tables() -> tuple[dict[int, str], dict[int, str], dict[int, str | None]]:
    """Three tables for `str.translate`: digits, ASCII twins of all kinds, and what nobody sees.

    Unicode has no decimal digit, dash or space beyond its second plane, which ends at 0x1FFFF.
    """
    digits: dict[int, str] = {}
    twins: dict[int, str] = {}
    invisible: dict[int, str | None] = {0: None, 0xFE0E: None, 0xFE0F: None, 0x20E3: None}
    for point in range(0x20000):
        category = unicodedata.category(chr(point))
        if category == "Nd" and point > 0x7F:
            digits[point] = str(unicodedata.decimal(chr(point)))
        elif category == "Cf":  # zero-width and bidi marks, byte-order mark, soft hyphen
            invisible[point] = None
        elif category == "Cs":  # half a character, which no database and no page would take
            invisible[point] = "\ufffd"
        elif category in _TWINS_OF_CATEGORY and chr(point) != "\t":
            twins[point] = _TWINS_OF_CATEGORY[category]
        elif 0xFF01 <= point <= 0xFF5E:  # full-width forms of ASCII
            twins[point] = chr(point - 0xFEE0)
    named = {ord(char): twin for twin, chars in _TWINS.items() for char in chars}
    return digits, twins | digits | named, invisible


_DIGITS, _ASCII_TWINS, _INVISIBLE = _tables()

_NOT_DIGITS = re.compile(r"\D+")
_BOLD = re.compile(r"(?<![\w*])(\*\*?)(?=[+(\[\d])[\d +().\-/]{7,40}(?<!\s)\1(?![\w*])")  # WhatsApp
_ENCODED_PLUS = re.compile("%2B", re.IGNORECASE)  # as links have it


def normalise_digits(text: str) -> str:
    """Return the text with the decimal digits of every script as 0 to 9, all else unchanged.

    The digits are those of Unicode's category Nd: Arabic-Indic, Persian, Devanagari, full-width.
    """
    return text if text.isascii() else text.translate(_DIGITS)


def visible(line: str) -> str:
    """Return the line without the characters that nobody sees; half characters become U+FFFD."""
    return line if line.isascii() and "\0" not in line else line.translate(_INVISIBLE)


def simplify(line: str) -> str:
    """Return the line with ASCII twins for digits, dashes and spaces, and spaces for quotes.

    One character stands for one, so that a place in the answer is the same place in the line.
    """
    simple = repair(line).translate(_ASCII_TWINS)
    if "*" in simple:
        simple = _BOLD.sub(lambda bold: bold.group().replace("*", " "), simple)
    return _ENCODED_PLUS.sub("+  ", simple) if "%" in simple else simple


def digits_of(text: str) -> str:
    """Return the digits of a simplified text, without anything between them."""
    return text if text.isdecimal() else _NOT_DIGITS.sub("", text)


class Candidate(NamedTuple):
    """A piece of a line that may be a phone number.

    `start` and `end` are its place in the line, in characters. `text` is what to read as a number,
    empty where nothing can be. `fault` is the reason, one sentence, why the piece is refused
    whatever libphonenumber says of `text`. `is_word` marks letters that may be a word spelled
    on a keypad (1-800-FLOWERS): it counts only where `text`, its digits, is a valid number.
    `is_dotted` marks what looks like something else, and counts only where people of the chosen
    country write their numbers so: 22.33.44.55.
    `ahead` are one to three digits that stand right before the piece, as a calling code may.
    `tail` is what stands behind `text` in the piece, and may be a price, a date or its last digits.
    """

    start: int
    end: int
    text: str
    fault: str | None = None
    is_word: bool = False
    ahead: str = ""
    tail: str = ""
    is_dotted: bool = False
