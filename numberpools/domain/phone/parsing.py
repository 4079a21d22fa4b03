"""Pasted text in, phone numbers out, each with its line, its country or why it is refused.

libphonenumber judges every number; `numberpools.domain.phone.pieces` only cuts the text, and
`numberpools.domain.phone.readings` asks. What a number may mean where its writing leaves a choice:

- With a plus, `00`, or 011 where only a dialling prefix can begin so: the calling code follows.
- Without one, the number of the chosen country counts if there is one, else the digits are read
  as the vendor writes numbers, calling code first. Where both are valid, the country's counts if
  it is of the usual length and written as nobody else writes it: with its trunk prefix, its area
  code in brackets, or in the groups of its people. If it is longer or shorter than usual, the only
  one that can be a mobile number counts (447911123456 is not a long German landline number without
  its 0). Else bare digits are read as the other lines of the list are, where `evidence` has that,
  and the number is refused where it has not: 3212345678, with the United States chosen.
- Digits in groups and without a plus are read with a calling code only where the groups allow
  it: none cuts through the code, and the code is a group or there are more digits than national
  numbers have. So 201-555-0123 is never read as +20 (Egypt).
- 2015550123 is the vendor's writing of a number of Egypt, unless a cell before it has a 1 that
  makes it one of the United States: then it is refused.
- 31 06 12 34 56 78 is a number of the Netherlands, or the 31st line or house and a number of the
  chosen country, France: where both are valid, it is refused. Only "31. ", "31) " at the head of
  a cell and "#31 " are never a part of a number.
- 447,911,123,456 is one number with thousands separators, because none of its groups could be
  one; beside a further digit and comma it is refused.
- A number before each entry that counts up is left out; the entry's note says so.
- What stands behind a whole number is none of it: a remark in brackets, a price, date or time. It
  is refused if its digits may as well be the last ones.
- What stands for several numbers is never taken for one: a range, a count, "/8" for a second line.
  It is refused with the numbers that it stands for, and becomes these by `expands_ranges`. Where
  it may be one number as well (030 12345600-99), it becomes a range only of a whole block.
- Numbers that libphonenumber does not know are refused; with a length that numbers of their
  country have, they are taken by `takes_examples`, unless they are set in groups without + and are
  of another country than the chosen one. Those that it knows, but that are kept free for
  films, are taken with a note.
- Digits between calling code and number are a trunk prefix only if they stand apart, or if a plus
  or 00 shows where the code begins. Inside bare digits they may be a slip: then it is refused.
- 22.33.44.55 is a number only where people of the chosen country write numbers so.
- A number that a spreadsheet wrote as a power of ten counts if no digit is missing.
- Numbers with spaces or slashes between them are parted where every group is a whole number, the
  groups repeat one shape, or each part is written as people of the country write it. Several valid
  numbers of the country are never one with a calling code: 490 9928 / 495 1834.
- Numbers that read differently once written as E.164 are refused, so that every accepted number
  can be pasted again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache, partial
from itertools import pairwise

from phonenumbers import PhoneNumberType

from numberpools.domain.numbers import MINIMUM_DIGITS
from numberpools.domain.phone.choosing import NOTHING_CHOSEN, settled
from numberpools.domain.phone.evidence import MOST_LINES, NO_EVIDENCE, Evidence, count_of, gather
from numberpools.domain.phone.judging import Given, judge, may_be_number
from numberpools.domain.phone.model import Choices, Doubt, Entry, Line, Verdict
from numberpools.domain.phone.over_lines import joined
from numberpools.domain.phone.parting import as_people_write, at_separators, of_one_shape
from numberpools.domain.phone.pieces import candidates, why_no_candidates
from numberpools.domain.phone.ranges import Ranges
from numberpools.domain.phone.readings import (
    is_written_so,
    readings_behind_count,
    region_of,
    usual_length,
)
from numberpools.domain.phone.shorthand import Shorthand, linked
from numberpools.domain.phone.text import (
    EXTENSION,
    PRICE,
    SEPARATORS,
    TWO_IN_ONE,
    Candidate,
    digits_of,
    simplify,
    visible,
)

_LONGEST_TEXT = 200
_DASH = re.compile(r"[\-~]|\.\.")  # behind which a range may go on

_Part = tuple[int, int, Verdict]


def parse(text: str, country: str | None = None, choices: Choices = NOTHING_CHOSEN) -> list[Entry]:
    """Read a pasted text as `parse_lines` reads its lines, which are those of `str.splitlines`."""
    numbered = enumerate(text.splitlines(), start=1)
    lines = [Line(place, line) for place, line in numbered if line and not line.isspace()]
    evidence = gather(lines[:MOST_LINES], country)
    return list(parse_lines(joined(lines), country, choices, evidence))


def parse_lines(
    lines: Iterable[Line],
    country: str | None = None,
    choices: Choices = NOTHING_CHOSEN,
    evidence: Evidence = NO_EVIDENCE,
) -> Iterator[Entry]:
    """Yield every phone number of numbered lines, in the order in which they stand.

    `country` (ISO 3166-1 alpha-2) is where national numbers belong whose line does not say it;
    None, or a country without phone numbers, if none is chosen. `evidence` is what the lines say
    together. A line of spaces and separators gives no entry, every other line at least one, with
    the number that is given for it. A line break within a line (a cell of a spreadsheet may have
    some) parts numbers as a semicolon does. Raises nothing, whatever the text; the time is linear
    in its length and in the numbers that its ranges stand for.
    """
    general = region_of(country)
    ranges = Ranges(partial(_judge_alone, choices), choices)
    last = 0
    for place, text, own in lines:
        region = region_of(own) if own else general
        given = Given(region, _fewest_digits(region), choices.meaning, evidence.meaning)
        if evidence.is_counted and (count := count_of(text)):
            if last in (0, int(count) - 1):
                given = given._replace(own_count=count)
            last = int(count)
        line = text if text.isprintable() else ";".join(text.splitlines())
        yield from _read_line(place, visible(line), given, ranges)


@cache
def _fewest_digits(region: str | None) -> int:
    """Return how few digits are a number: 7, or less where the country's mobile numbers have less.

    Greenland's have 6, the Falklands' 5. Short codes elsewhere must not pass for numbers.
    """
    mobile = usual_length(region, PhoneNumberType.MOBILE) if region else 0
    return min(MINIMUM_DIGITS, mobile or MINIMUM_DIGITS)


def _judge_alone(choices: Choices, text: str, region: str | None) -> Verdict:
    """Judge one of the numbers of a short form."""
    return judge(text, Given(region, _fewest_digits(region), choices.meaning))


def _read_line(place: int, line: str, given: Given, ranges: Ranges) -> list[Entry]:
    simple = simplify(line)
    entries: list[Entry] = []
    # Fewer than 7 digits are a number only where nothing else on the line is: else they are an id.
    found = candidates(simple, MINIMUM_DIGITS) or candidates(simple, given.fewest)
    for piece in linked(simple, found):
        if given.own_count and line[: piece.start].strip(" ([#"):
            given = given._replace(own_count="")
        said = (
            _read_candidate(piece, simple, given, ranges)
            if isinstance(piece, Candidate)
            else _read_shorthand(piece, simple, given, ranges)
        )
        for start, end, verdict in said:
            decided = settled(verdict, ranges.choices) if verdict.doubt else verdict
            entries.append(Entry(place, _cut(line[start:end]), *decided))
    if not entries and simple.strip(f" {SEPARATORS}"):
        entries.append(Entry(place, _cut(line), None, None, why_no_candidates(simple)))
    return entries


def _cut(text: str) -> str:
    text = text.strip()
    return text if len(text) <= _LONGEST_TEXT else text[: _LONGEST_TEXT - 1] + "…"


def _read_shorthand(short: Shorthand, line: str, given: Given, ranges: Ranges) -> Iterator[_Part]:
    """Yield the numbers that a short form stands for, with its place, or what is in it instead."""
    verdicts = ranges.read(short, line[short.start : short.end].strip(), given.region)
    for verdict in verdicts:
        yield short.start, short.end, verdict
    if not verdicts:
        for candidate in short.parts:
            yield from _read_candidate(candidate, line, given, ranges)


def _read_candidate(
    candidate: Candidate, line: str, given: Given, ranges: Ranges
) -> Iterator[_Part]:
    """Yield what the candidate says, with its place in the line: one number or several."""
    start, end, text, fault, _, ahead, tail, is_dotted = candidate
    if is_dotted and is_written_so(text, given.region):
        fault = None
    if fault and (not text or is_dotted):
        yield start, end, Verdict(None, None, fault)
        return
    verdict = judge(text, given, ahead)
    if tail and (whole := _with_tail(text, tail, verdict, given)):
        verdict, end = whole, end + len(tail)
    if fault:
        yield from _read_faulty(candidate, line, verdict, given, ranges)
    elif parts := _parts(text, given, verdict, ranges):
        for part_start, part_end, part in parts:
            yield start + part_start, start + part_end, part
    else:
        for each in ranges.expanded(text, verdict, given.region):
            yield start, end, each


def _read_faulty(
    candidate: Candidate, line: str, verdict: Verdict, given: Given, ranges: Ranges
) -> Iterator[_Part]:
    """Yield what is said of a candidate with a fault, whose text alone has the verdict."""
    start, end, fault = candidate.start, candidate.end, candidate.fault
    if candidate.is_word:
        if verdict.problem is None:
            yield start, end, Verdict(None, None, fault)
    elif fault == EXTENSION:
        doubt = None if verdict.problem else Doubt.EXTENSION
        yield start, end, verdict._replace(problem=fault, doubt=doubt, note="")
    else:
        refused = verdict._replace(problem=fault, doubt=None, note="")
        for each in ranges.expanded(line[start:end], refused, given.region):
            yield start, end, each


def _with_tail(text: str, tail: str, verdict: Verdict, given: Given) -> Verdict | None:
    """Return what to say of text and tail as one, or None if the tail is none of the number."""
    if verdict.problem and not may_be_number(text, given):
        whole = judge(text + tail, given)
        is_price = whole.problem is None and "." not in tail
        return Verdict(None, None, PRICE) if is_price else whole
    return Verdict(None, None, PRICE) if may_be_number(text + tail, given) else None


def _parts(text: str, given: Given, verdict: Verdict, ranges: Ranges) -> list[_Part]:
    """Return the several numbers with their places that a text without separators is, or none.

    447911123456 447911123457 parts where each group is long enough for a number, whatever each
    turns out to be; 07911 123456 07911 123457 because the second half has the shape of the first,
    which counts only if every part is a valid number. So do parts that are written as people of
    the country write them. None does behind a dash, as of a range.
    """
    if verdict.problem is None:
        return _parts_of_one(text, given, verdict, ranges)
    if readings_behind_count(text, given.region, []):
        return []  # "10)01512 3456789" is one number
    if spans := at_separators(text, given.fewest):
        return _judge_parts(text, spans, given, ranges)
    return _valid_parts(text, given, ranges)


def _parts_of_one(text: str, given: Given, verdict: Verdict, ranges: Ranges) -> list[_Part]:
    """Return the parts of what is one number with a calling code, or several without.

    Several short ones are much more likely: 490 9928 / 495 1834 is none of Germany in Iceland.
    """
    if "+" in text or text.isdecimal() or len(digits_of(text)) < 2 * given.fewest:
        return []
    if verdict.country == given.region and "/" not in text:
        return []
    is_sure = bool(spans := at_separators(text, given.fewest))
    spans = spans or _other_spans(text, given)
    parts = _judge_parts(text, spans, given, ranges)
    is_several = _are_numbers(parts) and re.search("[ /]", text)
    if is_several and not is_written_so(f"+{text}", given.region):
        return parts
    is_doubtful = is_sure or all(may_be_number(text[a:b], given) for a, b in spans)
    return [(0, len(text), Verdict(None, None, TWO_IN_ONE))] if spans and is_doubtful else []


def _valid_parts(text: str, given: Given, ranges: Ranges) -> list[_Part]:
    """Return the parts that text of one shape has, or is written in, if each is a number."""
    parts = _judge_parts(text, _other_spans(text, given), given, ranges)
    return parts if _are_numbers(parts) else []


def _other_spans(text: str, given: Given) -> list[tuple[int, int]]:
    shape = of_one_shape(text, given.fewest)
    spans = shape or as_people_write(text, given.region, given.fewest)
    is_range = any(_DASH.search(text, end, start) for (_, end), (start, _) in pairwise(spans))
    return [] if is_range else spans


def _judge_parts(
    text: str, spans: list[tuple[int, int]], given: Given, ranges: Ranges
) -> list[_Part]:
    return [
        (start, end, verdict)
        for start, end in spans
        for verdict in ranges.expanded(text[start:end], judge(text[start:end], given), given.region)
    ]


def _are_numbers(parts: list[_Part]) -> bool:
    return all(part.problem is None or part.doubt is Doubt.RANGE for *_, part in parts)
