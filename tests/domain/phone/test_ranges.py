"""Ranges and other short forms: offered as the numbers they stand for, never taken as others."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from numberpools.domain.phone import Choices, Doubt, Entry, parse, range_of_cells
from numberpools.domain.phone.model import Verdict
from numberpools.domain.phone.ranges import Ranges
from numberpools.domain.phone.shorthand import Shorthand
from tests.domain.hangs import no_hang
from tests.domain.phone.short_forms import written
from tests.examples import examples

EXPANDS = Choices(expands_ranges=True)
REGIONS = """
    AE AR AT AU BE BG BR BY CA CH CL CN CO CZ DE DK EG ES FI FR GB GR HK HR HU ID IE IL IN IS IT JP
    KE KR KZ LU MA MX MY NG NL NO NZ PE PH PL PT RO RS RU SA SE SG SI TH TK TR TW UA US VN ZA
"""


def numbers(text: str, country: str | None = None, choices: Choices = EXPANDS) -> list[str | None]:
    return [entry.number for entry in parse(text, country, choices) if entry.problem is None]


def test_it_works() -> None:
    text = "+34910050000 - +34910050099"
    assert parse(text) == [
        Entry(
            1,
            text,
            None,
            None,
            "This stands for 100 numbers, +34 910 05 00 00 to +34 910 05 00 99: "
            "choose to expand ranges, or type each number.",
            Doubt.RANGE,
        )
    ]
    entries = parse(text, None, EXPANDS)
    assert [entry.number for entry in entries] == [str(34910050000 + i) for i in range(100)]
    assert entries[7] == Entry(1, text, "34910050007", "ES", None, None, f"From the range {text}.")


@pytest.mark.parametrize("region", REGIONS.split())
def test_no_short_form_is_read_as_something_else(region: str) -> None:
    forms = [form for place, form in enumerate(written(region)) if (place + len(region)) % 3]
    for text, country, wanted in forms:
        assert [entry for entry in parse(text, country) if entry.problem is None] == [], text
        assert tuple(numbers(text, country)) in ((), wanted), text


@pytest.mark.parametrize("region", ["DE", "ES", "GB", "US"])
def test_nearly_every_short_form_can_be_expanded(region: str) -> None:
    refused = [
        form.text for form in written(region) if tuple(numbers(form.text, form.country)) == ()
    ]
    assert len(refused) <= 1, refused


class Case(NamedTuple):
    text: str
    country: str | None
    first: str
    size: int


@pytest.mark.parametrize(
    "case",
    [
        Case("212-555-0100 thru 0199", "US", "12125550100", 100),
        Case("212-555-0100 - 555-0199", "US", "12125550100", 100),
        Case("212-555-0100, 0101, 0102", "US", "12125550100", 3),
        Case("212-555-0100/0101/02", "US", "12125550100", 3),
        Case("212-555-0100 and 0101 and 0102", "US", "12125550100", 3),
        Case("030 12345600-99", "DE", "493012345600", 100),
        Case("030 123456/7", "DE", "4930123456", 2),
        Case("030 123456[00-99]", "DE", "493012345600", 100),
        Case("+49 30 12345600 - 12345699", None, "493012345600", 100),
        Case("+49 30 12345600 - 030 12345699", "DE", "493012345600", 100),
        Case("8 (495) 123-45-00 - 8 (495) 123-45-99", "RU", "74951234500", 100),
        Case("090-1234-5600～090-1234-5699", "JP", "819012345600", 100),
        Case("447911123456-447911123457", None, "447911123456", 2),
        Case("4 x 030 1234567", "DE", "49301234567", 4),
        Case("030 123456 100 numbers", "DE", "4930123456", 100),
        Case("Madrid\t910050000\t910050099\t100", "ES", "34910050000", 100),
        Case("910050000,910050009,10", "ES", "34910050000", 10),
        Case("910050000 (to 910050099)", "ES", "34910050000", 100),
        Case("910050000, up to 910050099", "ES", "34910050000", 100),
        Case("910050000, ..., 910050099", "ES", "34910050000", 100),
        Case("(212) 555-0100 to -0199", "US", "12125550100", 100),
        Case("212-555-0100, -0101, -0102", "US", "12125550100", 3),
        Case("0207946{0000-0999}", "GB", "442079460000", 1_000),
        Case("+34910050000\t-\t+34910050099", None, "34910050000", 100),
        Case("+34910050000\tto\t+34910050099", None, "34910050000", 100),
        Case("+34910050000 to: +34910050099", None, "34910050000", 100),
        Case("Range: +34910050000 +34910050099", None, "34910050000", 100),
        Case("Block +34910050000, +34910050099 (100 numbers)", None, "34910050000", 100),
        Case("first +34910050000 last +34910050099", None, "34910050000", 100),
    ],
    ids=lambda case: case.text,
)
def test_it_becomes_its_numbers_by_choice(case: Case) -> None:
    [entry] = parse(case.text, case.country)
    assert (entry.number, entry.doubt) == (None, Doubt.RANGE)
    wanted = [str(int(case.first) + place) for place in range(case.size)]
    assert numbers(case.text, case.country) == wanted


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "+34910050000 - +349100500990",
            "The last number of this range can't be read. A number in Spain has 9",
        ),
        ("+34910050099 - +34910050000", "which is not above it"),
        ("+34910050000 to +34910050000", "which is not above it"),
        ("+34910050000 to +34910950000", "has 900,001"),
        ("+34910050000 to +493012345699", "which is in another country"),
        ("+49301234560 to +493012345699", "which has another number of digits"),
        ("+34910050000 to +34910050099 (90 numbers)", "says 90 numbers, but"),
        ("+34910050000 (20,000 numbers)", "may have 10,000 numbers and this says 20,000"),
        (
            "+34010050000 to +34010050099",
            "The first number of this range can't be read. No such number",
        ),
        ("+34910050000 to 99, 0150", "type each number in full"),
        ("+34910050000 to +34910050010 to +34910050020", "type each number in full"),
        ("+34910050000 to +34910050099 ext 5", "An extension cannot receive messages"),
        ("030 123456-57", "can be one number, +49 30 12345657, or 2 numbers"),
        ("+447911299990 to 300010", "would be +44 7911 300010, and no such number is known"),
    ],
)
def test_it_says_why_a_range_cannot_be_expanded(text: str, words: str) -> None:
    [entry] = parse(text, "DE" if text.startswith("0") else None, EXPANDS)
    assert entry.number is None
    assert words in (entry.problem or "")
    assert entry.doubt in (Doubt.RANGE, Doubt.EXAMPLE)


@pytest.mark.parametrize(
    "text",
    [
        "+34910050000 ff.",
        "+34910050000 et seq.",
        "+34910050000 onwards",
        "+34910050000 (+99)",
        "+34910050000 + 99",
        "+34910050000 and next 99",
        "+49 30 123456-0 bis -99",
        "+49 30 123456 0-99",
    ],
)
def test_numbers_that_follow_in_an_unknown_number_are_not_left_out_silently(text: str) -> None:
    for choices in (Choices(), EXPANDS):
        [entry] = parse(text, None, choices)
        assert (entry.number, entry.doubt) == (None, Doubt.RANGE)
        assert "type each number in full" in (entry.problem or "")


@pytest.mark.parametrize(
    ("text", "country", "wanted"),
    [
        ("447911123456 / 447911123457", None, ["447911123456", "447911123457"]),
        ("447911123456, 447911123457", None, ["447911123456", "447911123457"]),
        ("447911123456 or 447911123457", None, ["447911123456", "447911123457"]),
        ("2 numbers: 447911123456, 447911123457", None, ["447911123456", "447911123457"]),
        ("030-123456 030-123457", "DE", ["4930123456", "4930123457"]),
        ("030 123456-12", "DE", ["493012345612"]),
        ("030 12345-0", "DE", ["4930123450"]),
        ("0171-2345678", "DE", ["491712345678"]),
        ("07911 123456 Mon-Fri 9-17", "GB", ["447911123456"]),
        ("07911 123456 (9:00-17:00)", "GB", ["447911123456"]),
        ("07911 123456 01/05/2024 - 02/05/2024", "GB", ["447911123456"]),
        ("07911 123456, 12 High Street", "GB", ["447911123456"]),
        ("12 High Street 5-7, 07911 123456", "GB", ["447911123456"]),
        ("+44 7911 123456: 20 more", None, ["447911123456"]),
        ("<447911123456> 447911123457", None, ["447911123456", "447911123457"]),
        ("447911123456 - jane1985123@example.com", None, ["447911123456"]),
        ("447911123456 (5 lines)", None, ["447911123456"]),
        ("447911123456,447911123457,2", None, ["447911123456", "447911123457"]),
        ("447911123456,447911123499,7", None, ["447911123456", "447911123499"]),
    ],
)
def test_what_is_no_range_is_read_as_ever(
    text: str, country: str | None, wanted: list[str]
) -> None:
    assert numbers(text, country, Choices()) == wanted
    assert numbers(text, country) == wanted


def judge(text: str, _: str | None) -> Verdict:
    """Know all numbers but those that end in 5."""
    number = text.strip("+")
    return Verdict(number, "ES", "No such number." if number.endswith("5") else None)


def test_numbers_of_a_range_that_do_not_exist_are_refused_one_by_one() -> None:
    short = Shorthand(0, 0, "+34910050004", said=3)
    note = "From the range +34910050004 x3."
    assert Ranges(judge, EXPANDS).read(short, "+34910050004 x3", None) == [
        Verdict("34910050004", "ES", None, None, note),
        Verdict("34910050005", "ES", "No such number."),
        Verdict("34910050006", "ES", None, None, note),
    ]


def test_all_ranges_of_a_list_have_a_limit() -> None:
    ranges = Ranges(judge, EXPANDS, left=150)
    short = Shorthand(0, 0, "+34910050000", said=100)
    assert len(ranges.read(short, "", None)) == 100
    [refused] = ranges.read(short, "", None)
    assert "put the others into a list of their own" in (refused.problem or "")


@pytest.mark.parametrize(
    ("cells", "wanted"),
    [
        (("+34910050000", "+34910050099", "100"), 100),
        (("+34910050000", "+34910050099", ""), 100),
        (("+34910050000", "99", "100.0"), 100),
        (("+34910050000", "", "1,000"), 1_000),
        (("+34910050000", "", "1"), 1),
        (("+34910050000", "+34910050000", "1"), 1),
        (("+34910050000", "+34910050099", "1"), 0),
        (("+34910050000", "+34910050000", "100"), 0),
        (("", "", "100"), 0),
    ],
)
def test_cells_of_a_table_are_a_range(cells: tuple[str, str, str], wanted: int) -> None:
    assert len(numbers(range_of_cells(*cells))) == wanted


@pytest.mark.parametrize(
    "piece",
    [
        "447911123456 to ",
        "1234567, 01, ",
        "1234567-12, ",
        "1234567/1/2/",
        "9 numbers 1234567; ",
        "9 x ",
    ],
)
def test_the_time_it_takes_does_not_explode(piece: str) -> None:
    with no_hang():
        parse(piece * (50_000 // len(piece)), "DE")


@examples(600)
@given(
    st.text("0123456789 -/,.()[]x~+:>", min_size=5, max_size=40),
    st.sampled_from([None, "DE", "US", "ES", "RU"]),
)
def test_any_text_expands_to_numbers_that_exist(text: str, country: str | None) -> None:
    every = Choices(expands_ranges=True, drops_extensions=True)
    for entry in parse(text, country, every):
        assert entry.problem or entry.number
        assert entry.doubt is not Doubt.RANGE
