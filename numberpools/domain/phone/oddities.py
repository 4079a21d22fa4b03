"""What stands on a pasted line and is no plain run of digits: dates, amounts, addresses, lists.

Each shape has a rule that says what it is. Like `pieces`, this only cuts text and judges no
phone number; every expression is bounded, so that the time is linear in the length of the line.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from numberpools.domain.numbers import MINIMUM_DIGITS
from numberpools.domain.phone.text import (
    ADDRESS,
    AMOUNT,
    COORDINATE,
    HIDDEN_DIGITS,
    IP_ADDRESS,
    LOST_DIGITS,
    SEPARATORS,
    TAX_NUMBER,
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
_MONTH_NAME = (
    r"(?:jan|feb|mar|apr|ma[iy]|jun|jul|aug|sep|o[ck]t|nov|de[cz]|mär|janv|fév|mars|avr|jui|aoû|déc"
    r"|ene|abr|ago|dic|gen|mag|giu|lug|set|ott|fev|out)[^\W\d_]{0,7}"
)
_DATE_IN_WORDS = re.compile(
    rf"(?<![\w+.])(?<![\d)] )(?:{_DAY}[. \-/]{{1,2}}{_MONTH_NAME}[. \-/]{{1,2}}"
    rf"|{_MONTH_NAME}\.? {_DAY}, ?){_YEAR}(?!\d|[-/.]\d)"
    rf"(?:,? {_TIME}(?: [+\-]0\d{{3}}(?!\d))?)?",
    re.IGNORECASE,
)
_OCTET = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_APART, _ENDS = r"(?<![\w+.\-/)])(?<![\d)] )", r"(?!\w|[.\-/]\d)"
_IP_ADDRESS = re.compile(rf"{_APART}(?:{_OCTET}\.){{3}}{_OCTET}(?!\w|[.\-]\d)")
_DEGREES = r"-?(?:[1-9]?\d|1[0-7]\d)\.\d{5,17}"
_COORDINATE = re.compile(rf"{_APART}{_DEGREES}(?:(?:[{SEPARATORS}] ?| ){_DEGREES})?{_ENDS}(?! \d)")
# CPF and CNPJ (Brazil), RUT (Chile), NIT (Colombia), CUIT (Argentina).
_TAX_NUMBER = re.compile(
    rf"{_APART}(?:\d{{3}}\.\d{{3}}\.\d{{3}}-\d\d|\d\d\.\d{{3}}\.\d{{3}}/\d{{4}}-\d\d"
    rf"|\d{{1,3}}\.\d{{3}}\.\d{{3}}-[\dkK]|[1-9]\d{{6,7}}-[\dkK]|\d\d-\d{{7,8}}-\d){_ENDS}"
)
_CURRENCY_SIGN = "[$€£¥₹₽₺₴₩₫₪฿₱₦]"
CURRENCY = (
    rf"(?:{_CURRENCY_SIGN}|(?<![^\W\d_])(?:AED|ARS|AUD|BRL|CAD|CHF|CLP|CNY|COP|CZK|DKK|EGP|EUR|GBP"
    r"|HKD|HUF|IDR|ILS|INR|JPY|KRW|MXN|MYR|NOK|NZD|PEN|PHP|PLN|RON|RUB|SAR|SEK|SGD|THB|TRY|UAH|USD"
    r"|VND|ZAR|[Ee]uros?|[Kk]r|Kč|Ft|zł|lei|R[ps]|TL)(?![^\W\d_]))"
)
"""What says that the digits beside it are an amount."""
_MONEY = re.compile(
    rf"(?<![\w.+*])(?<![\d)] )(?P<before>{CURRENCY}\.? ?)?"
    r"(?:[1-9]\d{0,2}(?P<thousands>[., ])\d{3}(?:(?P=thousands)\d{3}){1,3}|[1-9]\d{6,8})"
    rf"(?P<decimals>[.,]\d\d?)?(?![.,]?\d)(?P<behind> ?{CURRENCY}(?! ?\d))?"
)
_SCIENTIFIC = re.compile(
    rf"{_ALONE}(\+?\d{{1,3}})(?:[.,](\d{{1,40}}))?E(\+?)(\d{{1,3}})(?!\w)", re.IGNORECASE
)
_MOST_ZEROS_LEFT_OUT = 2  # behind the decimals of a power of ten: chance makes a third one rare
_DECIMAL = re.compile(rf"{_ALONE}(\+?\d{{1,20}})\.(\d{{1,2}})(?![\w.%]|[ \-/]{{1,3}}\d)")
_GROUPED = re.compile(r"(?<!\d)\+?\d{1,3}(?:,\d{3}(?!\d)){2,20}")
_AMOUNT_BEFORE = re.compile(r"[$€£¥.]\Z")
_DIGIT_BEFORE = re.compile(r"(?:\d[, )\-]|\) |[^\W_])\Z")
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
    return _refused(ADDRESS)(word)


def _judge_scientific(power: re.Match[str]) -> Candidate | bool:
    """4.47911123456E+11 has all of its digits, 4.47911E+11 has lost the last ones.

    Programs, which write no plus, leave zeros at the end out: 1.381234567E10 is 13812345670.
    """
    whole, decimals, plus, exponent = power.groups(default="")
    if not decimals and not plus:
        return False  # 12E5 is a house or a part, not a number
    missing = int(exponent) - len(decimals)
    if missing < 0:
        return Candidate(*power.span(), "", AMOUNT)
    if missing == 0 or (not plus and missing <= _MOST_ZEROS_LEFT_OUT):
        return Candidate(*power.span(), whole + decimals + "0" * missing)
    return Candidate(*power.span(), "", LOST_DIGITS)


def _judge_decimal(decimal: re.Match[str]) -> Candidate | bool:
    """447911123456.0 is how programs write a number of a spreadsheet, 7290.0 is an amount."""
    if len(digits_of(decimal[1])) < MINIMUM_DIGITS:
        return _refused(AMOUNT)(decimal)
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
    text = grouped.group()
    has_billions = text.count(",") > 2  # what is less may be an amount
    return Candidate(start, end, text.replace(",", "") if has_billions else text)


def _judge_money(money: re.Match[str]) -> Candidate | bool:
    """EUR 2.345.678 and 2.345.678,90 are amounts, 612 345 678 may be a number.

    In a row with commas, the decimals may as well be the next cell.
    """
    line, (start, end) = money.string, money.span()
    is_cell = "," not in line[max(0, start - 1) : start] + line[end : end + 1]
    has_decimals = (money["decimals"] or "").startswith(",") and money["thousands"] in (".", " ")
    if money["before"] or money["behind"] or (has_decimals and is_cell):
        return Candidate(start, end, "", AMOUNT)
    return False


def _judge_ip_address(address: re.Match[str]) -> Candidate | bool:
    """22.33.44.55 is a number where people write numbers so: in Denmark, not in Germany."""
    verdict = _refused(IP_ADDRESS)(address)
    if isinstance(verdict, Candidate):
        return verdict._replace(text=address.group(), is_dotted=True)
    return verdict


def _refused(fault: str) -> _Rule:
    """Return the rule for what is no number, whatever its digits; few digits would be none."""

    def judge(found: re.Match[str]) -> Candidate | bool:
        enough = len(digits_of(found.group())) >= MINIMUM_DIGITS
        return Candidate(*found.span(), "", fault) if enough else True

    return judge


def _judge_masked(masked: re.Match[str]) -> Candidate | bool:
    text = masked.group()
    digits = len(digits_of(text))
    signs = digits + sum(text.count(mask) for mask in _MASKS)
    if digits < 2 or signs < MINIMUM_DIGITS or not _MASK.search(text):
        return False
    return Candidate(*masked.span(), "", HIDDEN_DIGITS)


_ODDITIES: tuple[tuple[re.Pattern[str], re.Pattern[str], _Rule], ...] = (
    (re.compile("[@/]"), WORD, _judge_word),
    (re.compile(r"[^\W\d_]{3}"), _DATE_IN_WORDS, lambda _: True),
    (re.compile(r"\d[-/.:T]\d", re.IGNORECASE), _MOMENT, lambda _: True),
    (re.compile(r"\d\.\d"), _IP_ADDRESS, _judge_ip_address),
    (re.compile(r"\d\.\d{5}"), _COORDINATE, _refused(COORDINATE)),
    (re.compile(r"\d-(?:\d\d?(?!\d)|[kK])"), _TAX_NUMBER, _refused(TAX_NUMBER)),
    (re.compile(rf"[^\W\d_]|{_CURRENCY_SIGN}|\d,\d"), _MONEY, _judge_money),
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
