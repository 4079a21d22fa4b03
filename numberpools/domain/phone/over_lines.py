"""Ranges that are written over two lines: "from: +34910050000", and below it "to: +34910050099"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from numberpools.domain.phone.model import Line

# In English, German, Dutch, French, Spanish, Portuguese, Italian, Polish, Czech, Nordic, Russian,
# Chinese.
_FIRST = (
    "from start starts starting begin begins beginning first low lower minimum von ab anfang"
    " beginn erste van vanaf eerste de du depuis début debut premier première desde inicio início"
    " primero primer primeiro inizio da dal primo od początek začátek från fra första første"
    " \u0441 от начало первый 从 從 自 起始 开始 開始"
)
_LAST = (
    "to until till thru through end ends ending last high upper maximum bis ende letzte tot"
    " eind einde laatste a à au fin dernier dernière hasta final último ultimo até ate fim fine al"
    " do koniec konec poslední til slut sista siste по до конец последний 至 到 结束 結束"
)
_UP_TO = frozenset(
    ("to", "until", "till", "thru", "through", "bis", "tot", "hasta", "до", "至", "到")
)
"""Words that mean a range wherever they stand between two numbers."""
_DASHES = frozenset("-\u2013\u2014")
_QUANTITY = re.compile(
    r"\W{0,3}(?:quantity|qty|count|size|block size|anzahl|menge|blockgröße|aantal|quantité|cantidad"
    r"|quantidade|quantità|ilość|numbers)[ .:=]{1,3}(\d{1,5})\W{0,3}",
    re.IGNORECASE,
)

_FIRST_WORDS, _LAST_WORDS = frozenset(_FIRST.split()), frozenset(_LAST.split())
_BEGINS_NUMBER = frozenset("+(0123456789")
_LABEL = re.compile(r"[^\d+(\[{<\"]{1,40}(?=[+(\[]{0,2}\d)")
_LONGEST_LABEL = 40
_WORD = re.compile(r"[^\W\d_]+")
_MOST_WORDS = 3  # "First number of"
_FEWEST_DIGITS = 5
_TO_LAST_DIGIT = re.compile(r".*\d", re.DOTALL)
_OPEN_END = re.compile(r" {1,3}([^\W\d_]{1,7}|[-\u2013\u2014])[ .:]{0,3}")


def joined(lines: Iterable[Line]) -> Iterator[Line]:
    """Yield the lines; of two that say together where a range begins and ends one, as the first.

    Words before both numbers say so ("First number:", "Last number:"), be it on lines of their own,
    or one that means a range before the second number or at the end of the first line. Behind a
    first number may also follow how many there are ("Quantity: 100").
    """
    before: list[Line] = []
    for labelled in _labelled(lines):
        if before and (text := _range(before, labelled)):
            yield before[-1]._replace(text=text)
            before = []
        else:
            yield from before
            before = labelled
    yield from before


def _labelled(lines: Iterable[Line]) -> Iterator[list[Line]]:
    """Yield each line, a number after the label that stands alone on the line before it."""
    labels: list[Line] = []
    for line in lines:
        if labels and line.text[:1] in _BEGINS_NUMBER:
            yield [*labels, line]
            labels = []
            continue
        if labels:
            yield labels
        labels = [line] if _is_label(line.text) else []
        if not labels:
            yield [line]
    if labels:
        yield labels


def _is_label(text: str) -> bool:
    if text[-1:].isdigit() or len(text) > _LONGEST_LABEL or any(map(str.isdigit, text)):
        return False
    return begins_range(text) or ends_range(text)


def _whole(lines: Sequence[Line]) -> Line:
    """Return a number with its label as one line."""
    return lines[-1]._replace(text=" ".join(line.text for line in lines)) if lines[1:] else lines[0]


def begins_range(label: str) -> bool:
    """Whether what stands before a number says that a range begins with it."""
    return _says(label, _FIRST_WORDS)


def ends_range(label: str) -> bool:
    """Whether what stands before a number says that a range ends with it."""
    return _says(label, _LAST_WORDS)


def _says(label: str, words: frozenset[str]) -> bool:
    found = _WORD.findall(label.casefold())
    return len(found) <= _MOST_WORDS and not words.isdisjoint(found)


def _range(before: Sequence[Line], behind: Sequence[Line]) -> str:
    """Return the range that two numbers are, each with its label, "" where they are none."""
    if behind[0].text[:1] in _BEGINS_NUMBER and before[-1].text[-1:].isdigit():
        return ""  # as nearly all lines are
    first, last = _whole(before), _whole(behind)
    label = _label(last.text)
    if first.country != last.country:
        return ""
    begin = _TO_LAST_DIGIT.match(first.text)
    if not begin or sum(map(str.isdigit, begin.group())) < _FEWEST_DIGITS:
        return ""
    if (count := _QUANTITY.fullmatch(last.text)) and begins_range(_label(first.text)):
        return f"{begin.group()} ({count[1]} numbers)"
    if label and ends_range(label):
        is_said = begins_range(_label(first.text)) or (
            _UP_TO.issuperset(_WORD.findall(label.casefold()))
            and not any(map(str.isalpha, first.text))
        )
    else:
        end = _OPEN_END.fullmatch(first.text, begin.end())
        is_end = last.text[:1] in _BEGINS_NUMBER and last.text[-1:] not in _DASHES
        is_said = bool(end and end[1].casefold() in _UP_TO | _DASHES and is_end)
    return f"{begin.group()} to {last.text[len(label) :]}" if is_said else ""


def _label(text: str) -> str:
    """Return what stands before the number with which a line begins otherwise."""
    found = _LABEL.match(text)
    return found.group() if found else ""
