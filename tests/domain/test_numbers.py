"""Numbers as they are stored: what is one, whose it is, and how it is shown."""

from __future__ import annotations

import pytest

from numberpools.domain.numbers import (
    calling_code,
    country_name,
    country_of,
    country_of_prefix,
    country_prefix,
    flag,
    format_international,
    is_number,
)


@pytest.mark.parametrize("text", ["4479111", "447911123456789"])
def test_a_number_has_7_to_15_digits(text: str) -> None:
    assert is_number(text)


@pytest.mark.parametrize("text", ["447911", "4479111234567890", "+447911123456", "٤٤٧٩١١١٢٣٤٥٦"])
def test_anything_else_is_no_number(text: str) -> None:
    assert not is_number(text)


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("12015550123", "1"),
        ("447911123456", "44"),
        ("298211234", "298"),
        ("9991234567", None),
    ],
)
def test_calling_code(number: str, code: str | None) -> None:
    assert calling_code(number) == code


@pytest.mark.parametrize(
    ("number", "prefix"),
    [
        ("33612345678", "33"),
        ("12015550123", "1201"),
        ("447911123456", "4479111"),
        ("9991234567", "999"),
    ],
)
def test_a_prefix_is_as_long_as_tells_countries_apart(number: str, prefix: str) -> None:
    assert country_prefix(number) == prefix


@pytest.mark.parametrize(
    ("number", "country"),
    [
        ("33612345678", "FR"),
        ("12015550123", "US"),
        ("14165550123", "CA"),
        ("447911123456", "GG"),
        ("447624123456", "IM"),
        ("77012345678", "KZ"),
        ("262639012345", "YT"),  # known with nine digits behind the code, not with ten
    ],
)
def test_countries_that_share_a_calling_code_are_told_apart(number: str, country: str) -> None:
    assert country_of(number) == country


@pytest.mark.parametrize(("prefix", "country"), [("4488716", "GB"), ("599", "CW")])
def test_a_prefix_of_no_country_is_the_main_countrys(prefix: str, country: str) -> None:
    assert country_of_prefix(prefix) == country


@pytest.mark.parametrize("number", ["80012345678", "9991234567"])
def test_some_numbers_have_no_country(number: str) -> None:
    assert country_of(number) is None


@pytest.mark.parametrize(
    ("number", "written"),
    [
        ("447911123456", "+44 7911 123456"),
        ("390612345678", "+39 06 1234 5678"),
        ("3900123456", "+39 00123456"),
        ("9991234567", "+9991234567"),
    ],
)
def test_it_is_shown_as_people_read_it(number: str, written: str) -> None:
    assert format_international(number) == written


def test_a_country_has_a_name_and_a_flag() -> None:
    assert (country_name("GB"), flag("GB")) == ("United Kingdom", "🇬🇧")
    assert country_name("XX") == "XX"
