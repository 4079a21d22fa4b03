"""What a person decides for a whole list: extensions, unknown numbers, digits with two readings."""

from __future__ import annotations

import pytest

from numberpools.domain.phone import Choices, Doubt, Entry, Meaning, parse

DROPS = Choices(drops_extensions=True)
TAKES = Choices(takes_examples=True)


def test_an_extension_is_left_out_by_choice() -> None:
    text = "+44 7911 123456 x123"
    problem = "An extension cannot receive messages: type the number without its extension."
    assert parse(text) == [Entry(1, text, "447911123456", "GG", problem, Doubt.EXTENSION)]
    note = "The extension was left out."
    assert parse(text, None, DROPS) == [
        Entry(1, text, "447911123456", "GG", None, Doubt.EXTENSION, note)
    ]


def test_an_extension_of_no_number_stays_refused() -> None:
    [entry] = parse("+44 7911 12345 x123", None, DROPS)
    assert entry.problem
    assert entry.doubt is None


def test_a_count_is_no_extension() -> None:
    [entry] = parse("+34 910 05 00 00 x100", None, DROPS)
    assert entry.doubt is Doubt.RANGE


@pytest.mark.parametrize(
    ("text", "country", "number"),
    [
        ("07700 900123", "GB", "447700900123"),
        ("01632 960123", "GB", "441632960123"),
        ("+44 7700 900123", None, "447700900123"),
        ("+33 6 39 98 12 34", None, "33639981234"),
        ("+353 20 910 1234", None, "353209101234"),
        ("15556660001", None, "15556660001"),
        ("15556660001", "DE", "15556660001"),  # where 01555 6660001 is a number
    ],
)
def test_example_numbers_are_told_as_what_they_are(
    text: str, country: str | None, number: str
) -> None:
    [entry] = parse(text, country)
    assert (entry.number, entry.doubt) == (number, Doubt.EXAMPLE)
    assert "This is an example number" in (entry.problem or "") or "vendor's manual" in (
        entry.problem or ""
    )
    [entry] = parse(text, country, TAKES)
    assert (entry.number, entry.problem, entry.doubt) == (number, None, Doubt.EXAMPLE)
    assert entry.note == "Not known to libphonenumber; taken on request."


@pytest.mark.parametrize("text", ["+1 212-555-0123", "+44 20 7946 0958", "+61 491 570 006"])
def test_example_numbers_that_are_valid_have_a_note(text: str) -> None:
    [entry] = parse(text)
    assert (entry.problem, entry.note) == (None, "An example number, not in use.")


def test_an_unknown_number_of_the_right_length_is_taken_by_choice() -> None:
    [entry] = parse("+34 010 05 00 00")
    assert entry.doubt is Doubt.EXAMPLE
    [entry] = parse("+34 010 05 00 00", None, TAKES)
    assert (entry.number, entry.problem) == ("34010050000", None)


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("+34 910 05 00", None),  # too short
        ("+34 910 05 00 00 0", None),  # too long
        ("+999 123 4567", None),  # no such calling code
        ("555-0123", "US"),  # without its area code
        ("5215512345678", "MX"),  # it is known what would be right
        ("447911123456 12", None),
        ("123456789", None),  # nothing says its country
        ("138-0013-8001", None),  # China's, and no number with +1
        ("138-0013-8001", "GB"),
    ],
)
def test_what_has_not_the_form_of_a_number_is_never_taken(text: str, country: str | None) -> None:
    for choices in (Choices(), TAKES):
        entries = parse(text, country, choices)
        assert all(entry.problem and entry.doubt is None for entry in entries), entries


def test_two_numbers_are_not_taken_as_one_unknown_number() -> None:
    entries = parse("1234567 2345678", "DE", TAKES)
    assert [entry.text for entry in entries] == ["1234567", "2345678"]


def test_digits_with_two_readings_are_read_as_chosen() -> None:
    [entry] = parse("17632345678", "DE")
    assert (entry.number, entry.doubt) == (None, Doubt.READING)
    [national] = parse("17632345678", "DE", Choices(meaning=Meaning.NATIONAL))
    assert (national.number, national.problem) == ("4917632345678", None)
    assert national.note == "Read as a national number, as chosen for all such lines."
    [foreign] = parse("17632345678", "DE", Choices(meaning=Meaning.INTERNATIONAL))
    assert (foreign.number, foreign.problem) == ("17632345678", None)
    assert foreign.note == "Read with its calling code first, as chosen for all such lines."


@pytest.mark.parametrize("meaning", Meaning)
def test_a_count_before_a_number_is_settled_by_nobody(meaning: Meaning) -> None:
    [entry] = parse("3 - 0171 1234567", "DE", Choices(meaning=meaning))
    assert entry.problem
    assert entry.doubt is None


@pytest.mark.parametrize("meaning", Meaning)
def test_a_meaning_changes_nothing_where_there_is_no_doubt(meaning: Meaning) -> None:
    text = "07911 123456\n447911123456\n+1 763 234 5678"
    assert parse(text, "GB", Choices(meaning=meaning)) == parse(text, "GB")


def test_choices_work_together_on_a_range() -> None:
    choices = Choices(expands_ranges=True, takes_examples=True)
    entries = parse("07700 900000 to 07700 900009", "GB", choices)
    assert [entry.number for entry in entries] == [str(447700900000 + i) for i in range(10)]
    assert entries[0].note == (
        "From the range 07700 900000 to 07700 900009. "
        "Not known to libphonenumber; taken on request."
    )
