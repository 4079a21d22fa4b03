"""Numbers whose spaces and dashes another program has read in the wrong encoding."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from numberpools.domain.phone import parse
from numberpools.domain.phone.misread import repair
from tests.examples import examples

WRITINGS = [
    "+44\u00a07400\u00a0123123",
    "+44\u202f7400\u2013123123",
    "+44\u20117400\u2011123123",
    "\u202a+44 7400 123123\u202c",
    "\ufeff+44\u200b7400123123",
]


@pytest.mark.parametrize("encoding", ["latin-1", "mac_roman", "cp437", "cp850"])
@pytest.mark.parametrize("writing", WRITINGS)
def test_it_works(writing: str, encoding: str) -> None:
    [entry] = parse(writing.encode().decode(encoding))
    assert (entry.number, entry.problem) == ("447400123123", None)


@pytest.mark.parametrize("text", ["+44Â 7400Â 123123", "+44Â\u00a07400Â\u00a0123123"])
def test_the_text_stays_as_typed(text: str) -> None:
    [entry] = parse(text)
    assert (entry.number, entry.text) == ("447400123123", text)


@pytest.mark.parametrize("text", ["+447400123123Â", "Ângela +447400123123", "Â+447400123123"])
def test_a_letter_that_is_left_over_spoils_nothing(text: str) -> None:
    assert [entry.number for entry in parse(text)] == ["447400123123"]


@pytest.mark.parametrize("text", ["Zoë Müller", "Ângela Â", "Москва", "山田", "07400\u00a0123123"])
def test_what_is_no_misreading_stays(text: str) -> None:
    assert repair(text) == text


@examples(500)
@given(st.text(st.sampled_from("+4470 Ââ€‘¬†\u00a0Äë\u200b1"), max_size=20))
def test_no_digit_comes_or_goes_and_no_place_moves(text: str) -> None:
    repaired = repair(text)
    assert len(repaired) == len(text)
    assert [(n, c) for n, c in enumerate(repaired) if c.isdigit()] == [
        (n, c) for n, c in enumerate(text) if c.isdigit()
    ]
