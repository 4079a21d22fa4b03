"""Pasted text to phone numbers: a corpus of what people have, and what must hold of any text."""

from __future__ import annotations

from collections.abc import Iterator

import phonenumbers
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from phonenumbers import PhoneNumber, PhoneNumberFormat, PhoneNumberType

from numberpools.domain.phone import Entry, Line, normalise_digits, parse, parse_lines
from numberpools.domain.phone.readings import read, read_international
from numberpools.domain.phone.text import simplify
from tests.domain.hangs import no_hang
from tests.domain.phone.corpus import CORPUS
from tests.examples import examples

REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
LINE_ENDS = ["\n", "\r\n", "\r", "\u2028", "\u2029"]
QUOTES = [
    ("", ""),
    ('"', '"'),
    ("'", "'"),
    ("'", ""),
    ('="', '"'),
    ("“", "”"),
    ("«", "»"),
    ("<", ">"),
]
NEIGHBOURS = ["", "Jane Doe", "jane@example.com", "2024-05-01", "12:30", "N/A", "12.50", "Flat 2"]
NATIONAL_DIGITS = st.text("0123456789", min_size=4, max_size=12)


def test_it_works() -> None:
    text = "Name;Mobile\r\n\r\nJane;+44 7911 123456\r\nJoe;07911 123457"
    assert parse(text, "GB") == [
        Entry(1, "Name;Mobile", None, None, "There is no phone number on this line."),
        Entry(3, "+44 7911 123456", "447911123456", "GG", None),
        Entry(4, "07911 123457", "447911123457", "GG", None),
    ]


@pytest.mark.parametrize(("text", "country", "expected"), CORPUS)
def test_corpus(text: str, country: str | None, expected: tuple[str, ...]) -> None:
    entries = parse(text, country)
    assert len(entries) == len(expected), entries
    for entry, wanted in zip(entries, expected, strict=True):
        number, has_problem, words = wanted.partition(": ") if ": " in wanted else (wanted, "", "")
        assert (entry.number or "") == number, entry
        assert words in (entry.problem or ""), entry
        assert bool(entry.problem) == bool(has_problem), entry


def test_corpus_as_one_paste() -> None:
    without_country = [(text, expected) for text, country, expected in CORPUS if country is None]
    entries = parse("\r\n".join(text for text, _ in without_country))
    for line, (text, expected) in enumerate(without_country, start=1):
        assert sum(entry.line == line for entry in entries) == len(expected), text


@pytest.mark.parametrize("text", ["", " ", "\n", ",,;\t|", '""', "\ufeff", "\u200e \u00a0", "\0"])
def test_blank_lines_give_no_entry(text: str) -> None:
    assert parse(text) == []


@pytest.mark.parametrize("end", LINE_ENDS)
def test_lines_end_as_anywhere(end: str) -> None:
    entries = parse(f"\ufeff447911123456{end}{end}447911123457{end}")
    assert [(entry.line, entry.number) for entry in entries] == [
        (1, "447911123456"),
        (3, "447911123457"),
    ]


def test_numbered_lines_are_read_one_by_one() -> None:
    taken: list[int] = []

    def lines() -> Iterator[Line]:
        for place in (7, 70, 5):
            taken.append(place)
            yield Line(place, f"07911 12345{place % 10}")

    entries = parse_lines(lines(), "gb")
    assert next(entries) == Entry(7, "07911 123457", "447911123457", "GG", None)
    assert taken == [7]
    assert [(entry.line, entry.number) for entry in entries] == [
        (70, "447911123450"),
        (5, "447911123455"),
    ]


@pytest.mark.parametrize("line_end", LINE_ENDS)
def test_a_line_break_within_a_line_parts_numbers(line_end: str) -> None:
    line = line_end.join(["Jane", "+447911123456", "", "447911123457", ""])
    assert [(entry.line, entry.text) for entry in parse_lines([Line(3, line)])] == [
        (3, "+447911123456"),
        (3, "447911123457"),
    ]
    assert [
        entry.number for entry in parse_lines([Line(3, line_end), Line(4, f"1{line_end}2")])
    ] == [None]


def test_text_is_cut_to_200_characters() -> None:
    [entry] = parse("no number " * 100)
    assert len(entry.text) == 200
    assert entry.text.endswith("…")


def test_text_is_what_was_typed() -> None:
    assert [
        entry.text for entry in parse("Tel. «(+٤٤) 7911–123456», (447911123456), 447911123457x5")
    ] == [
        "(+٤٤) 7911–123456",
        "447911123456",
        "447911123457x5",
    ]


def test_what_is_joined_to_a_number_is_shown_with_it() -> None:
    [entry] = parse("Jane Doe, see id_447911123456 (new)")
    assert entry.text == "id_447911123456"


def test_no_country_for_numbers_of_none() -> None:
    assert [entry.country for entry in parse("+800 1234 5678\n+15555550123")] == [None, "US"]


@pytest.mark.parametrize("country", ["", "AQ", "ZZ", "gb-eng", "001", "\ud800"])
def test_a_country_without_numbers_is_none_chosen(country: str) -> None:
    assert parse("07911 123456", country) == parse("07911 123456")


def test_no_character_can_break_the_database() -> None:
    [entry] = parse("a\0b\ud800c")
    assert entry.text == "ab\ufffdc"


def test_many_numbers_on_one_line() -> None:
    numbers = [str(447911100000 + place) for place in range(200)]
    for separator in (" ", ",", ", ", ";", "\t", " / "):
        assert [entry.number for entry in parse(separator.join(numbers))] == numbers


SHORT_PIECES = ["0", "1 ", "1,", "(", "+", "O1", "a@", "1/", "x", "*1", "1.", "\0", "\u0661"]
LONG_PIECES = ["a1234567", "1-a", "a@1 ", "1.1e+1 ", "xx1 ", "+44,", "1 A ", "1111 ", "1     "]


@pytest.mark.parametrize("piece", [*SHORT_PIECES, *LONG_PIECES, "111,", "1) ", "1234-A "])
def test_the_time_it_takes_does_not_explode(piece: str) -> None:
    with no_hang():
        parse(piece * (200_000 // len(piece)), "DE")


def test_normalise_digits() -> None:
    assert normalise_digits("４٤۴४ abc²") == "4444 abc²"


def test_full_width_forms_are_read_as_ascii_and_nothing_else() -> None:
    ascii_signs = "".join(chr(point) for point in range(0x21, 0x7F) if chr(point) not in "\"'")
    full_width = "".join(chr(ord(sign) + 0xFEE0) for sign in ascii_signs)
    assert simplify(f"{full_width}｟") == f"{ascii_signs}｟"


messy = st.text(
    st.one_of(
        st.sampled_from("0123456789+-().,;|/ \t\n:'\"@#*xXoOlIeE%&=~[]<>$€"),
        st.characters(),
        st.sampled_from("\0\ud800\u200b\u202a\u2028\u00a0\u202f٤４–−＋"),
    ),
    max_size=60,
)
countries = st.sampled_from([None, "GB", "US", "DE", "IT", "RU", "FO", "TK", "BR"])


@examples(600)
@given(messy, countries)
@example("447911123456\x1c447911123457\x85", None)
def test_any_text_gives_sound_entries(text: str, country: str | None) -> None:
    entries = parse(text, country)
    lines = text.splitlines()
    places = [entry.line for entry in entries]
    assert places == sorted(places)
    assert all(1 <= place <= len(lines) for place in places)
    for entry in entries:
        assert len(entry.text) <= 200
        assert (entry.number is None) or (entry.number.isascii() and entry.number.isdigit())
        assert (entry.number is None) or 7 <= len(entry.number) <= 15
        assert (entry.number is not None) or entry.problem
        if entry.problem is None:
            assert phonenumbers.is_valid_number(phonenumbers.parse(f"+{entry.number}"))
            assert [(e.number, e.problem) for e in parse(entry.number or "")] == [
                (entry.number, None)
            ]
    with_a_digit = {place for place, line in enumerate(lines, 1) if any(map(str.isdecimal, line))}
    assert with_a_digit <= set(places)


@st.composite
def valid_numbers(draw: st.DrawFn) -> PhoneNumber:
    """A valid number near one of libphonenumber's examples, of any country and kind."""
    region = draw(st.sampled_from(REGIONS))
    kind = draw(st.sampled_from([PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE]))
    sample = phonenumbers.example_number_for_type(region, kind)
    assume(sample is not None)
    assert sample is not None
    national = phonenumbers.national_significant_number(sample)
    kept = draw(st.integers(1, len(national)))
    digits = national[:kept] + draw(NATIONAL_DIGITS)[: len(national) - kept].ljust(
        len(national) - kept, "7"
    )
    number = phonenumbers.parse(f"+{sample.country_code}{digits}")
    if not phonenumbers.is_valid_number(number):
        number = sample
    return number


@st.composite
def decorations(draw: st.DrawFn) -> tuple[bool, str, tuple[str, str], str, str, str]:
    return (
        draw(st.booleans()),
        draw(st.sampled_from([" ", "\u00a0", "\u202f", "\u200b \u200e"])),
        draw(st.sampled_from(QUOTES)),
        draw(st.sampled_from([",", ";", "\t", "|", ", "])),
        draw(st.sampled_from(NEIGHBOURS)),
        draw(st.sampled_from(NEIGHBOURS)),
    )


def decorate(written: str, decoration: tuple[bool, str, tuple[str, str], str, str, str]) -> str:
    full_width, space, (opening, closing), separator, before, after = decoration
    if full_width:
        written = written.translate({ord(char): ord(char) + 0xFEE0 for char in "0123456789+-()"})
    return separator.join((before, opening + written.replace(" ", space) + closing, after))


@examples(500)
@given(
    valid_numbers(),
    st.sampled_from(
        [PhoneNumberFormat.INTERNATIONAL, PhoneNumberFormat.E164, PhoneNumberFormat.RFC3966]
    ),
    decorations(),
    countries,
)
def test_international_formats_are_read_back(
    number: PhoneNumber,
    form: int,
    decoration: tuple[bool, str, tuple[str, str], str, str, str],
    country: str | None,
) -> None:
    text = decorate(phonenumbers.format_number(number, form), decoration)
    assert [(entry.number, entry.problem) for entry in parse(text, country)] == [
        (phonenumbers.format_number(number, PhoneNumberFormat.E164)[1:], None)
    ]


@examples(500)
@given(valid_numbers(), decorations())
def test_national_format_is_read_back_where_its_country_is_chosen(
    number: PhoneNumber, decoration: tuple[bool, str, tuple[str, str], str, str, str]
) -> None:
    country = phonenumbers.region_code_for_number(number)
    written = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
    assert country is not None
    assume(sum(map(str.isdigit, written)) >= 7)  # shorter ones may be short codes
    assert [(e.number, e.problem) for e in parse(decorate(written, decoration), country)] == [
        (phonenumbers.format_number(number, PhoneNumberFormat.E164)[1:], None)
    ]


@examples(500)
@given(valid_numbers())
def test_vendor_format_is_read_back(number: PhoneNumber) -> None:
    written = phonenumbers.format_number(number, PhoneNumberFormat.E164)[1:]
    country = phonenumbers.region_code_for_number(number)
    assert parse(written) == [Entry(1, written, written, country, None)]


@examples(500)
@given(
    valid_numbers(),
    st.sampled_from([PhoneNumberFormat.INTERNATIONAL, PhoneNumberFormat.NATIONAL]),
    st.sampled_from(["{} (1)", "{} [2]", "{}(3)", "{} (5 lines)", "7. {}", "12) {}", "#9 {}"]),
)
def test_what_stands_beside_a_number_leaves_it_as_it_is(
    number: PhoneNumber, form: int, beside: str
) -> None:
    country = phonenumbers.region_code_for_number(number)
    written = phonenumbers.format_number(number, form)
    assume(sum(map(str.isdigit, written)) >= 7)
    assert [(entry.number, entry.problem) for entry in parse(beside.format(written), country)] == [
        (phonenumbers.format_number(number, PhoneNumberFormat.E164)[1:], None)
    ]


@examples(1_000)
@given(
    valid_numbers(),
    st.sampled_from([PhoneNumberFormat.INTERNATIONAL, PhoneNumberFormat.NATIONAL]),
    st.sampled_from(["{} ", "{} - ", "{}/ ", "({}) ", "High Street {} ", "{}. ", "{}.", "{})"]),
    st.integers(1, 9999),
)
def test_a_count_before_a_number_never_makes_another(
    number: PhoneNumber, form: int, before: str, count: int
) -> None:
    country = phonenumbers.region_code_for_number(number)
    written = phonenumbers.format_number(number, form)
    assume(sum(map(str.isdigit, written)) >= 7)
    text = before.format(count) + written
    right = phonenumbers.format_number(number, PhoneNumberFormat.E164)[1:]
    assert [e for e in parse(text, country) if e.problem is None and e.number != right] == []


@examples(200)
@given(st.lists(valid_numbers(), min_size=2, max_size=5), st.sampled_from([" ", ",", " / ", "\t"]))
def test_several_on_a_line_are_parted(numbers: list[PhoneNumber], separator: str) -> None:
    written = [phonenumbers.format_number(each, PhoneNumberFormat.E164) for each in numbers]
    assert [entry.number for entry in parse(separator.join(written))] == [
        each[1:] for each in written
    ]


@examples(300)
@given(st.text("0123456789", min_size=7, max_size=15), countries)
@example("999999999999", None)
@example("0123456789", "GB")
@example("440791112345", "DE")
def test_a_refused_entry_with_a_plus_names_the_number_that_a_pool_may_hold(
    number: str, country: str | None
) -> None:
    [entry] = parse(f"+{number}", country)
    assert entry.problem is None or entry.number == number


@examples(2_000)
@given(
    st.sampled_from([*map(str, phonenumbers.COUNTRY_CODE_TO_REGION_CODE), "0", "210", "999"]),
    st.sampled_from(["", "0", "00", "8", "1", "06"]),
    st.text("0123456789", max_size=14),
)
def test_digits_with_a_calling_code_are_read_as_libphonenumber_does(
    code: str, trunk: str, rest: str
) -> None:
    digits = f"{code}{trunk}{rest}"
    assert read_international(digits) == read(f"+{digits}", None)


@pytest.mark.parametrize("country", [None, "GB"])
def test_a_refused_entry_as_the_vendor_writes_it_names_the_number_too(country: str | None) -> None:
    [entry] = parse("999999999999", country)
    assert entry.problem is not None
    assert entry.number == "999999999999"
