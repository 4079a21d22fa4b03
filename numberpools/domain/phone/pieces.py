"""Cutting a line of pasted text into the pieces that may be phone numbers.

This module knows how people write numbers and what they put beside them. It never judges a phone
number; `readings` asks libphonenumber for that. Its regular expressions only cut, and what they
look ahead is bounded or consumed, so the time is linear in the length of the line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import phonenumbers

from numberpools.domain.numbers import MAXIMUM_DIGITS, MINIMUM_DIGITS
from numberpools.domain.phone.oddities import CURRENCY, WORD, take_out_oddities
from numberpools.domain.phone.text import (
    EXTENSION,
    JOINED,
    LETTERS,
    NO_NUMBER,
    SCATTERED,
    SEPARATORS,
    SHORT_CODE,
    TOO_SHORT,
    TWO_IN_ONE,
    UNREADABLE,
    Candidate,
    digits_of,
)

# What the pieces are cut with. Distances are bounded: four characters between two digits of one
# number are many already ("(201) - 555"), and nothing may be read twice.
_BETWEEN = r"[ ().\-/\[\]~]{0,4}"
_REMARK = rf"[ .\-/~]{{0,3}}[(\[][(\[ ]{{0,2}}\d{{1,3}}(?!{_BETWEEN}\d)"
# Brackets are a part of a number around its code, and nowhere else: "030 123456 (2 lines)". So none
# opens behind its seventh digit or to hold its last ones, and none closes behind its ninth, the 00
# before a calling code not counted. A few digits before brackets begin the next number:
# "0 (532) 123 45 67 0 (532) 123 45 68".
_NEXT = rf"[ .\-/~]{{1,4}}\d{{1,3}} ?[(\[]\d{{2,5}}[)\]](?:{_BETWEEN}\d){{4}}"
_RUN = re.compile(
    rf"(?:[+(\[][+(\[ ]{{0,3}})?(?:00[ \-]?)?\d(?:(?!{_REMARK}){_BETWEEN}\d){{0,6}}"
    rf"(?:[ ).\-/\]~]{{0,4}}\d){{0,2}}(?:(?!{_NEXT})[ .\-/~]{{0,4}}\d)*"
)
_REST_BEHIND_BRACKET = re.compile(
    r"(?:[)\]][ .\-/]{0,3}|[(\[]\d{1,9}[)\]][.\-/]?)\d[\d .\-/()\[\]]*"
)
_EXTENSION = re.compile(
    r"(?:[ ,;(\[.\-]{0,4}(?:extensi[oó]n|extensão|ext|xtn|x|доб|добавочный|вн|anexo|ramal|poste"
    r"|interno|int|durchwahl|dw|nebenstelle|toestel|wewn|wew|dahili|分機|分机|內線|内線|内线)"
    r"[ .:#=]{0,3}|[ (]{0,2}[#~] ?)\d{1,7}(?!\d)",
    re.IGNORECASE,
)
# What often stands right behind a number: "/8" for a second line, "12.50" or "12.5.24", "12,50 €".
_SECOND_LINE = re.compile(r"(?:\d\d(?= ?/ ?\d\Z)|\d{3}(?= ?/ ?\d\d\Z))")
_WITH_DOTS = re.compile(r" {1,4}\d{1,4}(?:\.\d{1,3}){1,2}\Z")
_LAST_GROUP = re.compile(r"(?<!\d)(\d+) {1,4}\d{1,4}\Z")
_DECIMALS = re.compile(rf"(,\d\d)?(?!\d)( ?{CURRENCY}(?! ?\d))?")
_JOINED_BEFORE = re.compile(r"([^\W\d]|[*%$€£¥^])-?\Z")
_JOINED_AFTER = re.compile(r"-?([^\W\d]|[*%$€£¥^#@]|\?(?=\?)|;(?=phone-context))")
_DIGITS_AND_SPACES = re.compile(r"[\d +]*")
_CLOSING = re.compile(r"[)\]]")
_WORD_END = re.compile(rf"[\s<>{SEPARATORS}]|\Z")
_WITHOUT_LETTERS = re.compile(rf"(?:(?![\n{SEPARATORS}])[\W\d_])+")
_KEYPAD_WORD = re.compile(r"[ (+]*\d[\d ().\-]*(?:[A-Z][A-Z\d \-]*|(?<=-)[A-Za-z][A-Za-z\d\-]*)")
_PLUS_AND_DIGIT = re.compile(r"\+ ?\d")
_LETTER = r"[^\W\d_]"
_LOOKALIKES = dict.fromkeys("Oo\u041e\u043e\u039f\u03bf", "0") | dict.fromkeys("Il", "1")
_LIKE, _LIKE_DIGITS = "".join(_LOOKALIKES), str.maketrans(_LOOKALIKES)
_LOOKALIKE = re.compile(rf"(?<!{_LETTER})(?:(?<=\d)[{_LIKE}]++|[{_LIKE}]++(?=\d))(?!{_LETTER})")


def candidates(line: str, fewest: int) -> list[Candidate]:
    """Return the pieces of a simplified line that may be phone numbers, in their order.

    `fewest` is how many digits a number has at least. Anything with that many digits that is no
    date or time is in the answer; a shorter piece only where it begins with a plus.
    """
    found: list[Candidate] = []
    rest = numerals = line
    if not _DIGITS_AND_SPACES.fullmatch(line):
        rest = take_out_oddities(line, found)
        numerals = _LOOKALIKE.sub(lambda letters: letters.group().translate(_LIKE_DIGITS), rest)
    if _take_out_runs(numerals, rest, fewest, found):
        found += _leftovers(_blank(rest, found), fewest)
    found.sort(key=lambda candidate: candidate.start)
    return found


def why_no_candidates(line: str) -> str:
    """Return what to say of a line without candidates."""
    cells = [cell.strip() for cell in re.split(f"[{SEPARATORS}]", line)]
    numeric = [cell for cell in cells if re.fullmatch(r"[+\d ]+", cell)]
    lengths = [len(digits_of(cell)) for cell in numeric]
    if sum(lengths) >= MINIMUM_DIGITS and any(cell.startswith(("+", "0")) for cell in numeric):
        return SCATTERED
    if len(digits_of(line)) >= MINIMUM_DIGITS and _PLUS_AND_DIGIT.search(line):
        return UNREADABLE
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
    text = run.group()
    if extension := _EXTENSION.match(numerals, end):
        return Candidate(start, extension.end(), text, EXTENSION)
    if "/" in text and (second := _SECOND_LINE.search(text)) and _is_whole(text[: second.end()]):
        return Candidate(start, end, text[: second.end()], TWO_IN_ONE)
    rest = _REST_BEHIND_BRACKET.match(numerals, end)
    if rest and (numerals[end] in "([" or "(" in text[2:]):
        return Candidate(start, rest.end(), "", UNREADABLE)
    tail = _dots_behind(text) if "." in text else ""
    if not tail and end < len(numerals):
        tail = _price_behind(text, numerals, end)
    text = text.removesuffix(tail)
    end -= len(tail)
    if "." in tail and "." not in text:
        tail = ""  # "030 123456 12.50" cannot be meant as one number
    char = _joined_character(numerals, start, end, floor)
    if not char:
        if not _CLOSING.search(text):
            text = text.lstrip("([ ")  # brackets around the whole number are none of it
        return Candidate(end - len(text), end, text, tail=tail)
    start = max(floor, *(line.rfind(mark, floor, start) + 1 for mark in f" \n<>{SEPARATORS}"))
    end = word_end.start() if (word_end := _WORD_END.search(line, end)) else len(line)
    return Candidate(start, end, "", LETTERS if char.isalpha() else JOINED.format(char))


def _is_whole(text: str) -> bool:
    """Whether the text, without what stands behind it, has the digits of a number."""
    return len(digits_of(text)) >= MINIMUM_DIGITS


def _dots_behind(text: str) -> str:
    """Return the last group with the blank before it if it has dots: "12.50" or "27.11.24"."""
    behind = _WITH_DOTS.search(text)
    return behind.group() if behind and _is_whole(text[: behind.start()]) else ""


def _price_behind(text: str, line: str, end: int) -> str:
    """Return the last group with the blank before it if it may be a price: "030 123456 12,50".

    Of "030 12 34 56,50" the comma rather begins the next cell.
    """
    group, decimals = _LAST_GROUP.search(text), _DECIMALS.match(line, end)
    if not group or not decimals or not _is_whole(text[: group.end(1)]):
        return ""
    is_price = decimals[2] or (decimals[1] and len(group[1]) > 4)
    return text[group.end(1) :] if is_price else ""


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
    for pattern in (_WITHOUT_LETTERS, WORD):
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
