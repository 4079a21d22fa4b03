"""How values are put into words."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from numberpools.domain.outcomes import Outcome
from numberpools.domain.pools import Fallback
from numberpools.web import presentation


@pytest.mark.parametrize(
    ("number", "said"),
    [(0, "0 numbers"), (1, "1 number"), (2, "2 numbers"), (25_000, "25,000 numbers")],
)
def test_counts(number: int, said: str) -> None:
    assert presentation.count(number, "number") == said


def test_counts_with_a_plural_of_their_own() -> None:
    assert presentation.count(1, "country", "countries") == "1 country"
    assert presentation.count(2, "country", "countries") == "2 countries"


def test_moments_are_in_utc_for_people_and_for_scripts() -> None:
    moment = presentation.moment(datetime(2026, 3, 1, 9, 5, 59, 123, UTC))
    assert moment == '<time datetime="2026-03-01T09:05:59+00:00">01 Mar 2026 09:05 UTC</time>'


def test_every_fallback_and_outcome_has_its_words() -> None:
    assert set(presentation.FALLBACKS) == set(presentation.FALLBACK_EFFECTS) == set(Fallback)
    assert set(presentation.OUTCOMES) == {*Outcome, None}
