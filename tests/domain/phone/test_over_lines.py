"""Ranges that are written over two lines are offered as ranges, and never taken for their ends."""

from __future__ import annotations

import pytest

from numberpools.domain.phone import Choices, Doubt, parse

FIRST, LAST = "+34910050000", "+34910050099"


@pytest.mark.parametrize(
    "text",
    [
        f"from: {FIRST}\nto: {LAST}",
        f"Von {FIRST}\n\nBis {LAST}",
        f"Start: {FIRST} (Madrid)\nEnd: {LAST} (Madrid)",
        f"First number: {FIRST}\nLast number: 0099",
        f"de {FIRST}\na {LAST}",
        f"c {FIRST}\nпо {LAST}".replace("c", "\u0441"),
        f"{FIRST}\nto {LAST}",
        f"{FIRST} bis\n{LAST}",
        f"{FIRST} -\n{LAST}",
        f"Start: {FIRST}\nQuantity: 100",
        f"our numbers are {FIRST} to\n{LAST}, thank you",
        f"Start number\n{FIRST}\nEnd number\n{LAST}",
        f"{FIRST}\nto\n{LAST}",
        f"Start: {FIRST}, end: {LAST}",
    ],
)
def test_a_range_over_lines_is_offered(text: str) -> None:
    [entry] = parse(text)
    assert (entry.number, entry.doubt) == (None, Doubt.RANGE)
    assert len(parse(text, choices=Choices(expands_ranges=True))) == 100


def test_each_pair_of_lines_is_a_range_of_its_own() -> None:
    text = f"from {FIRST}\nto {LAST}\nHello\nfrom +34910050100\nto +34910050199"
    found = [(entry.line, entry.doubt) for entry in parse(text)]
    assert found == [(1, Doubt.RANGE), (3, None), (4, Doubt.RANGE)]


def test_two_ends_that_are_no_range_are_refused() -> None:
    [entry] = parse(f"from: {FIRST}\nto: +447400123456")
    assert entry.number is None
    assert "put each alone on a line" in (entry.problem or "")


@pytest.mark.parametrize(
    "text",
    [
        f"{FIRST}\n{LAST}",
        f"- {FIRST}\n- {LAST}",
        f"from {FIRST}\nfrom {LAST}",
        f"from {FIRST}\nJane {LAST}",
        f"Jane {FIRST}\nto {LAST}",
        f"{FIRST} Bo\n{LAST}",
        f"{FIRST} -\n{LAST} -",
    ],
)
def test_other_neighbours_are_two_numbers(text: str) -> None:
    assert [entry.number for entry in parse(text)] == [FIRST[1:], LAST[1:]]
