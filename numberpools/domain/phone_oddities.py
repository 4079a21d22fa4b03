"""What stands on a pasted line and is no plain run of digits: dates, amounts, addresses, lists.

Each shape has a rule that says what it is. Like `phone_pieces`, this only cuts text and judges no
phone number; every expression is bounded, so that the time is linear in the length of the line.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from numberpools.domain.numbers import MINIMUM_DIGITS
from numberpools.domain.phone_text import (
    ADDRESS,
    AMOUNT,
    HIDDEN_DIGITS,
    LOST_DIGITS,
    SEPARATORS,
    THOUSANDS,
    Candidate,
    digits_of,
)

WORD = re.compile(rf"[^\s<>{SEPARATORS}]+")
"""What stands between spaces, angle brackets and separators."""

# What is no plain run of digits, each with the rule that says what it is: a candidate, nothing
# that counts (True), or no such thing after all (False).
_Rule = Callable[[re.Match[str]], Candidate | bool]

_MAIL = re.compile(r"[^@]@[^@]*[^\W\d_]")
_LINK = re.compile(r"://|\Awww\.|[a-z]\.[a-z]{2,10}/", re.IGNORECASE)
_PHONE_LINK = re.compile(r"\bwa\.me/|whatsapp|viber|phone=|number=|\b(?:tel|sms):", re.IGNORECASE)
_ALONE = r"(?<![\w.$€£¥*])(?<![\d)] )"  # not the end of a number that began before
_DAY, _MONTH, _YEAR = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])", r"(?:19|20)\d\d"
_TIME = (
    r"(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:[.,]\d{1,9})?)?"
    r"(?: ?(?:[ap]\.?m\b\.?|Z\b|UTC|GMT|[+\-]\d\d:\d\d)|[+\-]\d{4})?(?!\d)"
)
_MOMENT = re.compile(
    rf"(?<![\d+])(?<!\d[-/.])(?:(?:{_YEAR}([-/.]){_MONTH}\1{_DAY}|{_DAY}([-/.]){_DAY}\2{_YEAR}"
    rf"|{_DAY}/{_DAY}/\d\d)(?:(?:T|,? ){_TIME}|(?!\d|[-/.]\d))"
    rf"|{_YEAR}(?:0[1-9]|1[0-2])[0-3]\dT\d{{4,6}}(?:Z|(?!\d))|{_TIME})",
    re.IGNORECASE,
)
_SCIENTIFIC = re.compile(
    rf"{_ALONE}(\+?\d{{1,3}})(?:[.,](\d{{1,40}}))?E(\+?)(\d{{1,3}})(?!\w)", re.IGNORECASE
)
_DECIMAL = re.compile(rf"{_ALONE}(\+?\d{{7,20}})\.(\d{{1,2}})(?![\w.%])")
_GROUPED = re.compile(r"(?<!\d)\+?\d{1,3}(?:,\d{3}(?!\d)){2,20}")
_AMOUNT_BEFORE = re.compile(r"[$€£¥.]\Z")
_DIGIT_BEFORE = re.compile(r"(?:\d[, )]|\) |[^\W_])\Z")
_MASKS = "*•●xX#"
_MASKED = re.compile(rf"(?<!\w)[+(]?[\d{_MASKS}][\d{_MASKS} ().\-/]*(?![^\W\d_])")
_MASK = re.compile(rf"[{_MASKS}]{{2,}}|\d\*+\d")
# The number of a line in its list, or any behind "#". A whole number must follow: of ten digits
# where "201) 555-0123" may have lost a bracket.
_FOLLOWS = rf"(?=(?:[^\d\n{SEPARATORS}]{{0,20}}\d)"
_LIST_NUMBER = re.compile(
    rf"(?:\A|(?<=[{SEPARATORS}])) *(?:[1-9]\d?[.)](?= ){_FOLLOWS}{{7}})"
    rf"|[1-9]\d{{2,3}}[.)](?= ){_FOLLOWS}{{10}}))"
    rf"|(?<![^\s{SEPARATORS}])(?<![\d)] )# ?[1-9]\d{{0,3}}(?=[ .):\-]){_FOLLOWS}{{7}})"
)


def _judge_word(word: re.Match[str]) -> Candidate | bool:
    text = word.group()
    if not _MAIL.search(text) and (not _LINK.search(text) or _PHONE_LINK.search(text)):
        return False
    enough = len(digits_of(text)) >= MINIMUM_DIGITS
    return Candidate(*word.span(), "", ADDRESS) if enough else True


def _judge_scientific(power: re.Match[str]) -> Candidate | bool:
    """4.47911123456E+11 has all of its digits, 4.47911E+11 has lost the last ones."""
    whole, decimals, plus, exponent = power.groups(default="")
    if not decimals and not plus:
        return False  # 12E5 is a house or a part, not a number
    if len(decimals) == int(exponent):
        return Candidate(*power.span(), whole + decimals)
    return Candidate(*power.span(), "", LOST_DIGITS)


def _judge_decimal(decimal: re.Match[str]) -> Candidate | bool:
    """447911123456.0 is how programs write a number of a spreadsheet."""
    if int(decimal[2]) == 0:
        return Candidate(*decimal.span(), decimal[1])
    return Candidate(*decimal.span(), "", AMOUNT)


def _judge_grouped(grouped: re.Match[str]) -> Candidate | bool:
    """447,911,123,456 is one number: none of its groups could be one.

    Beside another digit and comma, nobody can say where the thousands begin or end.
    """
    line, (start, end) = grouped.string, grouped.span()
    before, after = line[max(0, start - 2) : start], line[end : end + 2]
    if _AMOUNT_BEFORE.search(before) or re.match(r"\.\d", after):
        return Candidate(start, end, "", AMOUNT)
    if _DIGIT_BEFORE.search(before) or re.match(r",\d|\w", after):
        return Candidate(start, end, "", THOUSANDS)
    return Candidate(start, end, grouped.group())


def _judge_masked(masked: re.Match[str]) -> Candidate | bool:
    text = masked.group()
    digits = len(digits_of(text))
    signs = digits + sum(text.count(mask) for mask in _MASKS)
    if digits < 2 or signs < MINIMUM_DIGITS or not _MASK.search(text):
        return False
    return Candidate(*masked.span(), "", HIDDEN_DIGITS)


_ODDITIES: tuple[tuple[re.Pattern[str], re.Pattern[str], _Rule], ...] = (
    (re.compile("[@/]"), WORD, _judge_word),
    (re.compile(r"\d[-/.:T]\d", re.IGNORECASE), _MOMENT, lambda _: True),
    (re.compile("E", re.IGNORECASE), _SCIENTIFIC, _judge_scientific),
    (re.compile(r"\d,\d"), _GROUPED, _judge_grouped),
    (re.compile(r"\d\.\d"), _DECIMAL, _judge_decimal),
    (_MASK, _MASKED, _judge_masked),
    (re.compile("[.)] |#"), _LIST_NUMBER, lambda _: True),
)


def take_out_oddities(line: str, found: list[Candidate]) -> str:
    """Return the line with what is no plain run of digits blanked; add to `found` what counts."""
    for sign, pattern, rule in _ODDITIES:
        if not sign.search(line):
            continue

        def blank(match: re.Match[str], rule: _Rule = rule) -> str:
            verdict = rule(match)
            if isinstance(verdict, Candidate):
                found.append(verdict)
            return "\n" * len(match.group()) if verdict else match.group()

        line = pattern.sub(blank, line)
    return line
