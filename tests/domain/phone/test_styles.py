"""Numbers of every region in the styles of people: right, or refused with a reason."""

from __future__ import annotations

from itertools import islice

from numberpools.domain.phone import parse
from tests.domain.phone.styles import REGIONS, STYLES, cases, verdict

_STEP = 61  # a prime number, so that every style comes with many regions


def test_the_corpus_is_as_wide_as_it_claims() -> None:
    assert len(REGIONS) >= 200
    assert len(STYLES) >= 100


def test_no_style_is_misread_and_nearly_all_are_read() -> None:
    sample = list(islice(cases(), 0, None, _STEP))
    verdicts = [verdict(case, parse(case.text, case.country)) for case in sample]
    wrong = [case for case, said in zip(sample, verdicts, strict=True) if said == "wrong"]
    assert {case.style for case in sample} == set(STYLES)
    assert wrong == []
    assert verdicts.count("right") >= 0.992 * len(sample)
