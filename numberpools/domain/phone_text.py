"""Cutting a line of pasted text into the pieces that may be phone numbers.

This module knows how people write: separators, quotes, digits of every script, dates, amounts and
addresses beside the numbers. It never judges a phone number; `numberpools.domain.phone` asks
libphonenumber for that. Its regular expressions only cut, and what they look ahead is bounded or
consumed, so the time is linear in the length of the line.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import NamedTuple

import phonenumbers

from numberpools.domain.numbers import MAXIMUM_DIGITS, MINIMUM_DIGITS

LOST_DIGITS = "A spreadsheet lost the last digits: format the column as text and copy it again."
AMOUNT = "This looks like an amount: type a phone number as digits only."
THOUSANDS = "Commas may part thousands or numbers here: type each number without commas."
HIDDEN_DIGITS = "Some digits of this number are hidden: paste it with all of its digits."
EXTENSION = "An extension cannot receive messages: type the number without its extension."
JOINED = "The character {} is joined to this number: type its digits only."
LETTERS = "There are letters in this number: type its digits only."
ADDRESS = "This is an e-mail or web address: type the phone number by itself."
UNREADABLE = "No phone number can be read here: type + and the calling code, then the digits."
NO_NUMBER = "There is no phone number on this line."
SHORT_CODE = "This is a short code: a number in a pool has 7 to 15 digits with its calling code."
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
    simple = line.translate(_ASCII_TWINS)
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
    `ahead` are one to three digits that stand right before the piece, as a calling code may.
    """

    start: int
    end: int
    text: str
    fault: str | None = None
    is_word: bool = False
    ahead: str = ""


# What the pieces are cut with. Distances are bounded: four characters between two digits of one
# number are many already ("(201) - 555"), and nothing may be read twice.
_RUN = re.compile(r"(?:[+(\[][+(\[ ]{0,3})?\d(?:[ ().\-/\[\]~]{0,4}\d)*")
_EXTENSION = re.compile(
    r"(?:[ ,;(\[.\-]{0,4}(?:extension|ext|xtn|x|доб|добавочный|вн|anexo|ramal|poste|interno|int"
    r"|durchwahl|dw)[ .:#=]{0,3}|[ (]{0,2}[#~] ?)\d{1,7}(?!\d)",
    re.IGNORECASE,
)
_JOINED_BEFORE = re.compile(r"([^\W\d]|[*%$€£¥^])-?\Z")
_JOINED_AFTER = re.compile(r"-?([^\W\d]|[*%$€£¥^#@]|;(?=phone-context))")
_DIGITS_AND_SPACES = re.compile(r"[\d +]*")
_NOT_DIGITS = re.compile(r"\D+")
_ENCODED_PLUS = re.compile("%2B", re.IGNORECASE)  # as links have it
_CLOSING = re.compile(r"[)\]]")
_WORD = re.compile(rf"[^\s<>{SEPARATORS}]+")
_WORD_END = re.compile(rf"[\s<>{SEPARATORS}]|\Z")
_WITHOUT_LETTERS = re.compile(rf"(?:(?![\n{SEPARATORS}])[\W\d_])+")
_KEYPAD_WORD = re.compile(r"[ (+]*\d[\d ().\-]*(?:[A-Z][A-Z\d \-]*|(?<=-)[A-Za-z][A-Za-z\d\-]*)")
_LETTER = r"[^\W\d_]"
_LOOKALIKES = dict.fromkeys("Oo\u041e\u043e\u039f\u03bf", "0") | dict.fromkeys("Il", "1")
_LIKE, _LIKE_DIGITS = "".join(_LOOKALIKES), str.maketrans(_LOOKALIKES)
_LOOKALIKE = re.compile(rf"(?<!{_LETTER})(?:(?<=\d)[{_LIKE}]++|[{_LIKE}]++(?=\d))(?!{_LETTER})")
AREA_CODE_IN_BRACKETS = re.compile(r"[(\[] ?\d+ ?[)\]]")
_LONGEST_NATIONAL = 10  # digits of a national number, as a rule, where it is not written with 0


def candidates(line: str, fewest: int) -> list[Candidate]:
    """Return the pieces of a simplified line that may be phone numbers, in their order.

    `fewest` is how many digits a number has at least. Anything with that many digits that is no
    date or time is in the answer; a shorter piece only where it begins with a plus.
    """
    found: list[Candidate] = []
    rest = numerals = line
    if not _DIGITS_AND_SPACES.fullmatch(line):
        rest = _take_out_oddities(line, found)
        numerals = _LOOKALIKE.sub(lambda letters: letters.group().translate(_LIKE_DIGITS), rest)
    if _take_out_runs(numerals, rest, fewest, found):
        found += _leftovers(_blank(rest, found), fewest)
    found.sort(key=lambda candidate: candidate.start)
    return found


def groups_allow_code(text: str, code: str) -> bool:
    """Whether digits without a plus are grouped as digits that begin with a calling code are."""
    if AREA_CODE_IN_BRACKETS.match(text):
        return False
    first, *others = re.findall(r"\d+", text)
    if not others or first == code:
        return True
    return len(first) > len(code) and len(digits_of(text)) > _LONGEST_NATIONAL


def why_no_candidates(line: str) -> str:
    """Return what to say of a line without candidates."""
    cells = [cell.strip() for cell in re.split(f"[{SEPARATORS}]", line)]
    lengths = [len(digits_of(cell)) for cell in cells if re.fullmatch(r"[+\d ]+", cell)]
    if any(length in (5, 6) for length in lengths):
        return SHORT_CODE
    return TOO_SHORT if lengths and len(lengths) == len(cells) else NO_NUMBER


def _take_out_runs(numerals: str, line: str, fewest: int, found: list[Candidate]) -> bool:
    """Add the runs of digits to `found`; return whether some are too short to be numbers.

    `numerals` is the line with digits for the letters that look like digits.
    """
    some_short = False
    end = 0
    before: re.Match[str] | None = None  # a short run, perhaps of a calling code
    for run in _RUN.finditer(numerals):
        if run.start() < end:
            continue
        text = run.group()
        length = len(digits_of(text))
        if length < fewest and not ("+" in text and length > 3):
            some_short = True
            before = run
            continue
        candidate = _candidate(run, line, end)
        if before and "+" not in text and not candidate.fault:
            candidate = _with_calling_code(before, candidate)
        before = None
        found.append(candidate)
        end = candidate.end
    return some_short


def _with_calling_code(before: re.Match[str], candidate: Candidate) -> Candidate:
    """Return the candidate with the calling code that has a cell, bracket or word of its own.

    A plus makes it one ("+44", "7911 123456"); without a plus it may as well count the lines.
    """
    between = before.string[before.end() : candidate.start]
    if "+" in before.group():
        # What is taken out between the two may be a part of the number: "+49 15:12 3456789".
        fault = UNREADABLE if "\n" in between else None
        whole = "" if fault else before.string[before.start() : candidate.end]
        return Candidate(before.start(), candidate.end, whole, fault)
    digits = digits_of(before.group()).lstrip("0")
    is_near = len(digits) <= 3 and not re.search(r"[\w\n]", between)
    return candidate._replace(ahead=digits) if is_near else candidate


def _candidate(run: re.Match[str], line: str, floor: int) -> Candidate:
    """Return the run of digits with its fault, if one can be seen without judging the number.

    `floor` is the place in the line before which everything belongs to another candidate.
    """
    numerals, (start, end) = run.string, run.span()
    if line[start:end] != run.group():
        letter = next(char for char in line[start:end] if char in _LOOKALIKES)
        fault = f"This has the letter {letter} in it: type the digit {_LOOKALIKES[letter]} instead."
        return Candidate(start, end, "", fault)
    if extension := _EXTENSION.match(numerals, end):
        return Candidate(start, extension.end(), run.group(), EXTENSION)
    char = _joined_character(numerals, start, end, floor)
    if not char:
        if _CLOSING.search(run.group()):
            return Candidate(start, end, run.group())
        text = run.group().lstrip("([ ")  # brackets around the whole number are none of it
        return Candidate(end - len(text), end, text)
    start = max(floor, *(line.rfind(mark, floor, start) + 1 for mark in f" \n<>{SEPARATORS}"))
    end = word_end.start() if (word_end := _WORD_END.search(line, end)) else len(line)
    return Candidate(start, end, "", LETTERS if char.isalpha() else JOINED.format(char))


def _joined_character(line: str, start: int, end: int, floor: int) -> str | None:
    """Return the character that makes the digits a part of something longer, if there is one.

    Letters of scripts without capitals do not: Chinese or Arabic words are never part of a number,
    and some stand beside one without a space.
    """
    after = _JOINED_AFTER.match(line, end)
    before = None
    if line[start].isdigit():  # a bracket or a plus shows where a number begins
        before = _JOINED_BEFORE.search(line, max(floor, start - 2), start)
    for joined in (after, before):
        if joined and not (joined[1].isalpha() and joined[1].lower() == joined[1].upper()):
            return joined[1]
    return None


def _leftovers(line: str, fewest: int) -> Iterator[Candidate]:
    """Yield what is left of the line and still has the digits of a number, in pieces."""
    for pattern in (_WITHOUT_LETTERS, _WORD):
        found = [
            Candidate(*piece.span(), "", UNREADABLE)
            for piece in pattern.finditer(line)
            if len(digits_of(piece.group())) >= fewest
        ]
        yield from found
        line = _blank(line, found)
    for cell in re.finditer(rf"[^\n{SEPARATORS}]+", line):
        if _KEYPAD_WORD.fullmatch(cell.group().rstrip()):
            digits = phonenumbers.convert_alpha_characters_in_number(cell.group())
            if MINIMUM_DIGITS <= len(digits_of(digits)) <= MAXIMUM_DIGITS:
                yield Candidate(*cell.span(), digits, LETTERS, is_word=True)


def _blank(line: str, found: list[Candidate]) -> str:
    """Return the line with the characters of the candidates as line feeds, which no line has."""
    pieces: list[str] = []
    place = 0
    for start, end, *_ in sorted(found, key=lambda candidate: candidate.start):
        pieces += line[place:start], "\n" * (end - max(start, place))
        place = max(place, end)
    return "".join((*pieces, line[place:]))


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
_MASKED = re.compile(rf"(?<!\w)[+(]?[\d{_MASKS}][\d{_MASKS} ().\-/]*(?!{_LETTER})")
_MASK = re.compile(rf"[{_MASKS}]{{2,}}|\d\*+\d")
# A number in a list. Ten digits must follow, so that "201) 555-0123" stays whole.
_LIST_NUMBER = re.compile(r"\A *[1-9]\d{0,3}[.)](?= )(?=(?:\D*\d){10})")


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
    (re.compile("[@/]"), _WORD, _judge_word),
    (re.compile(r"\d[-/.:T]\d", re.IGNORECASE), _MOMENT, lambda _: True),
    (re.compile("E", re.IGNORECASE), _SCIENTIFIC, _judge_scientific),
    (re.compile(r"\d,\d"), _GROUPED, _judge_grouped),
    (re.compile(r"\d\.\d"), _DECIMAL, _judge_decimal),
    (_MASK, _MASKED, _judge_masked),
    (re.compile("[.)] "), _LIST_NUMBER, lambda _: True),
)


def _take_out_oddities(line: str, found: list[Candidate]) -> str:
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
