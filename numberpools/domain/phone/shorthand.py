"""Short forms for several numbers, as they stand in a line: ranges, counts and short endings.

"+34910050000 - +34910050099", "030 123456[00-99]", "212-555-0100, 0101, 0102", "100 numbers from
+34910050000"; `compact` has those that may be one number too. This only cuts text; `ranges` says
what it means. What is looked for stands right beside a candidate and is bounded, so the time is
linear.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from numberpools.domain.phone.open_ends import open_end
from numberpools.domain.phone.parting import with_own_trunk_digits
from numberpools.domain.phone.text import ADDRESS, EXTENSION, Candidate, digits_of

UNCLEAR = "Several numbers may be meant in a short form here: type each number in full."


class Shorthand(NamedTuple):
    """A piece of a line that may stand for several numbers.

    `start` and `end` are its place in the line. `first` is the text of the first number, `others`
    what follows it: the end of a range, or with `is_list` the endings of further numbers. `said`
    is how many numbers it says there are. `is_certain` is False where the same text may be
    something else, and `whole` the number that it is then, if it is one. `fault` is the reason why
    it is refused in any case. `parts` are the candidates in it.
    """

    start: int
    end: int
    first: str
    others: tuple[str, ...] = ()
    is_list: bool = False
    said: int | None = None
    is_certain: bool = True
    whole: str = ""
    fault: str | None = None
    parts: tuple[Candidate, ...] = ()


_DIGIT = re.compile(r"\d")

# What stands between the two ends of a range, in the languages that lists come in.
_WEAK = r"-{1,3}|:|>"
_SIGNS = r"-{1,3}>|÷|=>|<->|[.]{2,4}|…|~{1,2}|[→⇒↔➔➜]"
_WORDS = (
    r"(?:up )?to(?: and including)?|upto|through(?: to)?|thru|until|till?|til og med|t ?o ?m"
    r"|bis(?: zu[rm]?)?|a|al|à|au|ao|at[ée]|hasta|jusqu ?à|jusqu au|fino a|t/m|tot(?: en met)?|do"
    r"|(?:last|end|ende|letzte|fin|final|fim|fine|eind|koniec|konec|slut|конец)(?: number)?"
    r"|do konca|až do|až|la|p[âa]n[ăa] la|до|по|έως|ως|s/d|sampai|hingga|đến|ile|ila"
)
_SCRIPTS = r"から|至|到|부터|에서|إلى|الى|حتى|עד|ถึง|से"
_TO = re.compile(
    rf"[)\]]{{0,2}}(?:[ \t]{{0,3}}(?P<weak>{_WEAK})[ \t]{{0,3}}"
    rf"|[,;]?[ \t]{{0,3}}[(\[]?(?:{_SIGNS}|{_SCRIPTS})[)\],;]?[ \t]{{0,3}}"
    rf"|(?:[,;][ \t]{{0,3}}|[ \t]{{1,3}})[(\[]?(?:{_WORDS})[.:)\]]?[ \t]{{1,3}})"
    r"(?=[+(\[ \-]{0,3}\d)",
    re.IGNORECASE,
)
_AND = re.compile(r"[)\]]{0,2} {1,3}(?:and|und|y|et|e|en|og|och|i|и) {1,3}(?=[+(\[ ]{0,3}\d)")
_BETWEEN = re.compile(
    r"(?:between|zwischen|entre|tra|fra|tussen|mellan|między|между)[ :]{1,2}\Z", re.IGNORECASE
)
_NAMED = re.compile(
    r"(?:range|block|bereich|rango|plage|bloque|intervallo)[ :=]{1,3}\Z", re.IGNORECASE
)
_APART = re.compile(r"[)\]]? {0,3}[,;/|]? {0,3}(?=[+(\[ ]{0,3}\d)")
_ENDING = re.compile(r"[+(\[ \-]{0,3}(\d(?:[ .\-]?\d){0,5})(?![.:\-/]?\d|[^\W\d_])")
_MARK = r"(?:[,;/&]|(?<= )(?:and|or|und|oder|y|o|et|ou|e|en|of|og|och|i|и|или)(?= ))"
_NEXT = re.compile(
    rf" {{0,2}}(?P<mark>{_MARK} {{0,2}})-?(?P<digits>\d{{1,6}})(?= {{0,2}}(?:\Z|[|()\]\n]|{_MARK}))"
)
_GOES_ON = re.compile(
    rf"[)\]]?(?: ?{_MARK} ?|{_TO.pattern})(?P<digits>\d{{1,6}})(?!\d)", re.IGNORECASE
)
_IN_BRACKETS = re.compile(
    r"[ .\-/]{0,3}[\[({] ?(\d{1,6}) {0,2}"
    r"(?:-{1,2}|[.]{2,3}|…|:|~|to|bis|a|à) {0,2}(\d{1,6}) ?[\])}]"
)
_UNEVEN = re.compile(rf"-(\d{{1,6}})(?:{_TO.pattern})-(\d{{1,6}})\Z", re.IGNORECASE)

# How many numbers there are.
_MANY = r"(\d{1,3}[.,]\d{3}|\d{1,7})(?![\d.,]\d)"
_NOUN = (
    r"(?:(?:phone|telephone|mobile|consecutive|sequential) )?(?:numbers?|DDIs?|DIDs?|MSISDNs?"
    r"|(?:ruf|telefon)?nummern|n[úu]meros|num[ée]ros|numeri|numer[yó]w?|nummers?|номер\w{0,3}"
    r"|号码|番号|個|个)(?![^\W_])"
)
_OF = (
    r"(?:qty|quantity|count|anzahl|menge|cantidad|quantidade|quantit[éà]|aantal"
    r"|(?:number )?(?:block|range|group|batch)(?: size)?(?: of)?)[ .:=]{0,3}"
)
_FROM = (
    r"(?:(?:from|(?:start|beginn)ing(?: (?:at|from|with))?|at|ab|von|desde|(?:a|à) partir d[eou]"
    r"|depuis|da|dal|vanaf|od|in)(?: |:))?"
)
_COUNT_BEHIND = re.compile(
    rf"[ ,;:.\-/)\]]{{0,3}}[(\[{{]? ?"
    rf"(?:{_MANY} ?(?:{_NOUN}|[x\u00d7](?!\w)|(?:er)?[- ]?block(?!\w))|{_OF}{_MANY}(?: ?{_NOUN})?"
    rf"|[\u00d7*] ?{_MANY})[)\]}}]?",
    re.IGNORECASE,
)
_LAST_DIGITS = re.compile(r"(?<![\d+.,\-/])(\d{1,3}[.,]\d{3}|\d{1,7})(\D{0,50})\Z")
_AHEAD = rf"[ :,;\-]{{0,3}}{_FROM}[ :,;\-]{{0,3}}"
_COUNT_AHEAD = re.compile(rf" ?(?:{_NOUN}|[x\u00d7*]|(?:er)?[- ]?block){_AHEAD}", re.IGNORECASE)
_FROM_AHEAD = re.compile(_AHEAD, re.IGNORECASE)
_OF_AHEAD = re.compile(rf"{_OF}\Z", re.IGNORECASE)
_TIMES = re.compile(r"[ ,;(\[]{0,4}x ?(\d{2,5})[)\]]?\Z|[ ]?\((\d{2,5})\)", re.IGNORECASE)
_NOUN_BEHIND = re.compile(rf" ?(?:{_NOUN}|(?:er)?[- ]?block(?! ?(?:of|\w)))", re.IGNORECASE)
_LAST_GROUP = re.compile(r"(?<=\d)[)\]]?[ /\-]{1,3}[(\[]?(\d{1,6})\Z")
_CELLS = re.compile(r" {0,2}[,;|\t] {0,2}")
_CELL_OF_COUNT = re.compile(r" {0,2}[,;|\t] {0,2}(\d{1,5})(?!\d)")
_FEWEST_IN_CELLS = 3  # two numbers and a 2 may be so by chance
_FARTHEST_BEFORE = 60
_LONGEST_BEFORE = 16  # characters of "intervallo : "
_THOUSANDS = re.compile(r"\.\d{3}\.\d{3}\Z")


def linked(line: str, found: list[Candidate]) -> Sequence[Candidate | Shorthand]:
    """Return the candidates of a simplified line, those that make up a short form as one."""
    if len(found) == 1 and not found[0].fault and _stands_alone(line, found[0]):
        return found  # as nearly all lines are
    if "(" in line:
        found = with_own_trunk_digits(line, found)
    pieces: list[Candidate | Shorthand] = []
    place = 0
    while place < len(found):
        piece = _piece(line, found, place)
        pieces.append(piece)
        place += len(piece.parts) if isinstance(piece, Shorthand) else 1
        while place < len(found) and found[place].start < piece.end:
            place += 1  # the digits of "[0000-0999]"
    return pieces


def _stands_alone(line: str, candidate: Candidate) -> bool:
    """Whether nothing beside the candidate makes a short form of it."""
    start, end = candidate.start, candidate.end
    if start and _DIGIT.search(line, 0, start):
        return False
    if open_end(line, candidate) is not None:
        return False
    return end == len(line) or not (_DIGIT.search(line, end) or _NOUN_BEHIND.match(line, end))


def _piece(line: str, found: list[Candidate], place: int) -> Candidate | Shorthand:
    """Return the candidate, or the short form that begins with it."""
    first = found[place]
    chain = _chain(line, found, place)
    following = found[place + len(chain)] if place + len(chain) < len(found) else None
    limit = following.start if following else len(line)
    short = Shorthand(first.start, chain[-1].end, first.text, parts=tuple(chain))
    if following and len(chain) == 1 and (cells := _cells(line, first, following)):
        return cells
    if len(chain) > 1:
        others = tuple(candidate.text for candidate in chain[1:])
        fault = next((each.fault for each in chain if each.fault), None)
        short = short._replace(others=others, fault=fault or (UNCLEAR if len(chain) > 2 else None))
    elif first.text and not first.fault:
        short = _counted_within(line, short)
        short = _with_endings(line, short, limit)
    short = _with_count(line, short, found, limit)
    if not short.others and short.said is None:
        end = open_end(line, first)
        return first if end is None else short._replace(end=end, fault=UNCLEAR)
    if short.others and _is_uneven(line, short):
        return short._replace(fault=short.fault or UNCLEAR)
    goes_on = _GOES_ON.match(line, short.end)
    if goes_on and goes_on.start("digits") < limit:
        return short._replace(fault=short.fault or UNCLEAR, end=goes_on.end())
    return short


def _is_uneven(line: str, short: Shorthand) -> bool:
    ends = _UNEVEN.search(line, short.start, short.end)
    return ends is not None and len(ends[1]) != len(ends[ends.re.groups])


def _cells(line: str, first: Candidate, last: Candidate) -> Shorthand | None:
    """Return the range that stands in cells as its start, its end and the count of its numbers."""
    count = _CELL_OF_COUNT.match(line, last.end)
    if not count or first.fault or last.fault or not _CELLS.fullmatch(line, first.end, last.start):
        return None
    numbers = int(digits_of(last.text)[-6:]) - int(digits_of(first.text)[-6:]) + 1
    if numbers != int(count[1]) or numbers < _FEWEST_IN_CELLS:
        return None
    parts = (first, last)
    return Shorthand(first.start, count.end(), first.text, (last.text,), said=numbers, parts=parts)


def _chain(line: str, found: list[Candidate], place: int) -> list[Candidate]:
    """Return the candidates between which there is nothing but what stands for "to"."""
    chain = [found[place]]
    while place + len(chain) < len(found):
        before, candidate = chain[-1], found[place + len(chain)]
        to = _link(line, before, candidate, is_pair=len(found) == 2)
        if not to or line[to.end() : candidate.start].strip(" ([+"):
            break
        if not _is_range(line, before, candidate, to.groupdict().get("weak")):
            break
        chain.append(candidate)
    return chain


def _link(
    line: str, before: Candidate, candidate: Candidate, *, is_pair: bool
) -> re.Match[str] | None:
    """Return what stands for "to" between two candidates: where "between" or "range" comes before
    them, "and" does too, or a comma.
    """
    if to := _TO.match(line, before.end, candidate.end):
        return to
    said = line[max(0, before.start - _LONGEST_BEFORE) : before.start]
    if _BETWEEN.search(said):
        return _AND.match(line, before.end, candidate.end)
    if is_pair and _NAMED.search(said):
        return _APART.match(line, before.end, candidate.end)
    return None


def _is_range(line: str, first: Candidate, last: Candidate, sign: str | None) -> bool:
    """Whether what is between two candidates links them; a dash, colon or ">" may also part."""
    if sign is None:
        return ADDRESS not in {first.fault, last.fault}
    if not first.text or not last.text:
        return False
    if sign == ":":
        return (line[first.end] == " ") == (line[last.start - 1] == " ")
    return sign != ">" or line[first.start - 1 : first.start] != "<"


def _with_endings(line: str, short: Shorthand, limit: int) -> Shorthand:
    """Return the short form with what stands behind its number: "[00-99]", "to 0199", ", 0101"."""
    end = short.end
    if brackets := _IN_BRACKETS.match(line, end):
        first, last = brackets.groups()
        is_square = "[" in brackets.group()
        if len(first) == len(last) and first < last:
            return short._replace(
                end=brackets.end(), first=short.first + first, others=(last,), is_certain=is_square
            )
    to = _TO.match(line, end)
    ending = _ENDING.match(line, to.end()) if to else None
    if to and ending and ending.start(1) < limit and not _is_one_sided(to):
        is_certain = to["weak"] is None
        return short._replace(end=ending.end(), others=(ending[1],), is_certain=is_certain)
    endings: list[str] = []
    while (following := _NEXT.match(line, end)) and following.start("digits") < limit:
        if not endings and not _continues(short.first, following["mark"], following["digits"]):
            break
        endings.append(following["digits"])
        end = following.end()
    if not endings:
        return short
    return short._replace(end=end, others=tuple(endings), is_list=True, is_certain=False)


def _is_one_sided(to: re.Match[str]) -> bool:
    """Whether this is a colon or ">" that rather ends the number: "+44 7911 123456: 12"."""
    return to["weak"] in (":", ">") and to.group() != to["weak"]


def _continues(before: str, mark: str, ending: str) -> bool:
    """Whether the digits behind a comma may end a further number, rather than be a cell or a price.

    They follow those of the number before, or are three at least behind a space or a word.
    """
    if mark == "," and len(ending) == 2 and _THOUSANDS.search(before):
        return False  # 2.345.678,90
    if digits_of(before)[-len(ending) :] < ending:
        return True
    return len(ending) > 2 and " " in mark


def _counted_within(line: str, short: Shorthand) -> Shorthand:
    """Return the number without the count that seems a part of it: "030 123456 100 numbers"."""
    behind = _NOUN_BEHIND.match(line, short.end)
    count = _LAST_GROUP.search(short.first) if behind else None
    if not behind or not count:
        return short
    return short._replace(
        end=behind.end(),
        first=short.first[: count.start()],
        said=int(count[1]),
        is_certain=False,
    )


def _with_count(line: str, short: Shorthand, found: list[Candidate], limit: int) -> Shorthand:
    """Return the short form with the number of numbers that stands before or behind it."""
    first = short.parts[0]
    if len(short.parts) == 1 and (first.fault in (None, EXTENSION)) and first.text:
        times = _TIMES.search(line, first.start + len(first.text), first.end) or (
            None if first.fault else _TIMES.match(line, first.end)
        )
        if times and short.said is None and _is_round(first.text, times[1] or times[2]):
            count = int(times[1] or times[2])
            return short._replace(end=max(times.end(), short.end), said=count, is_certain=False)
    if first.fault and len(short.parts) == 1:
        return short
    start, end = short.start, short.end
    if behind := _COUNT_BEHIND.match(line, end, max(limit, end)):
        end, digits = behind.end(), str(next(filter(None, behind.groups())))
    else:
        start, digits = _count_before(line, start)
    said = int(digits_of(digits) or "0")
    # "2 numbers:" before two numbers only counts them.
    means_more = said > 0 if short.others else said > 1 and said != len(found)
    return short._replace(start=start, end=end, said=said) if means_more else short


def _count_before(line: str, start: int) -> tuple[int, str]:
    """Return how many numbers are said to begin here, and where it is said."""
    floor = max(0, start - _FARTHEST_BEFORE)
    digits = _LAST_DIGITS.search(line, floor, start) if start else None
    if digits and _COUNT_AHEAD.fullmatch(digits[2]):
        return digits.start(), digits[1]
    if digits and _FROM_AHEAD.fullmatch(digits[2]):
        said = _OF_AHEAD.search(line, floor, digits.start())
        return (said.start(), digits[1]) if said else (start, "")
    return start, ""


def _is_round(first: str, count: str) -> bool:
    """Whether "x100" behind a number counts numbers, as behind …00; behind others it extends."""
    return count.endswith("0") and not count.startswith("0") and first.rstrip(") ").endswith("0")
