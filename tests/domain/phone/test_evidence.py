"""What the lines of a list say together about those that leave a choice."""

from __future__ import annotations

import pytest

from numberpools.domain.phone import Doubt, Entry, Line, Meaning, parse
from numberpools.domain.phone.evidence import MOST_LINES, NO_EVIDENCE, Evidence, gather

TO_BELGIUM = "Read as a number of Belgium, as the other lines are."
TO_THE_US = "Read as a number of the United States, as the other lines are."
TO_GERMANY = "Read as a number of Germany, as the other lines are."


def lines(*texts: str) -> list[Line]:
    return [Line(place, text) for place, text in enumerate(texts, 1)]


def last(country: str | None, *texts: str) -> Entry:
    return parse("\n".join(texts), country)[-1]


def test_it_works() -> None:
    entry = last("US", "7135550132", "2125550132", "9175550132", "3212345678")
    assert (entry.number, entry.problem, entry.note) == ("13212345678", None, TO_THE_US)
    entry = last("US", "32470123456", "4915123456789", "3212345678")
    assert (entry.number, entry.problem, entry.note) == ("3212345678", None, TO_BELGIUM)


@pytest.mark.parametrize(
    "others",
    [
        [],
        ["2125550132"],  # one line may be the odd one
        ["2125550132", "9175550132", "32470123456"],
        ["(212) 555-0132", "(917) 555-0132"],
        ["+32470123456", "+4915123456789"],
        ["12125550132", "19175550132"],  # dialled so at home, and written so by the vendor
        ["3212345679", "3212345670"],
    ],
)
def test_lines_that_say_nothing_or_contradict_each_other_leave_the_choice(
    others: list[str],
) -> None:
    entry = last("US", *others, "3212345678")
    assert (entry.number, entry.doubt) == (None, Doubt.READING)
    assert "+1 321-234-5678 (the United States) or +32 12 34 56 78 (Belgium)" in str(entry.problem)


def test_a_zero_that_a_spreadsheet_took_is_put_back() -> None:
    entry = last("DE", "17612345678", "1601234567", "15123456789")
    assert (entry.number, entry.problem, entry.note) == ("4915123456789", None, TO_GERMANY)


@pytest.mark.parametrize("others", [["15123456788", "15123456787"], ["17612345678", "16012345678"]])
def test_so_it_is_where_every_number_of_several_may_lack_it(others: list[str]) -> None:
    """All of them may be numbers of the United States, which nobody means who chooses Germany."""
    entry = last("DE", *others, "15123456789")
    assert (entry.number, entry.problem, entry.note) == ("4915123456789", None, TO_GERMANY)


@pytest.mark.parametrize(
    "others",
    [
        [],
        ["15123456788"],  # two are no list
        ["17612345678", "1601234567", "447911123456"],
        ["15123456788", "15123456787", "447911123456"],
        ["15123456788", "15123456787", "12125550132"],  # no number of Germany
    ],
)
def test_few_numbers_or_those_with_calling_code_among_them_stop_that(others: list[str]) -> None:
    assert last("DE", *others, "15123456789").doubt is Doubt.READING


def test_what_is_clear_has_no_note() -> None:
    assert {entry.note for entry in parse("2125551132\n9175551132\n(321) 234-5678", "US")} == {""}


@pytest.mark.parametrize("mark", ["{} ", "{} - ", "{}) ", "({}) ", "{}. ", "{}.", "#{} ", "{}/ "])
def test_the_numbers_of_lines_are_left_out(mark: str) -> None:
    text = "\n".join(f"{mark.format(place)}07153 56631{place}" for place in range(1, 10))
    assert [entry.number for entry in parse(text, "DE")] == [
        f"49715356631{place}" for place in range(1, 10)
    ]


def test_what_is_left_out_is_said() -> None:
    [_, second, _] = parse("1 07153 566313\n2 07153 566314\n3 07153 566315", "DE")
    assert second.text == "2 07153 566314"
    assert second.note == "The 2 before this number counts the entries and was left out."


def test_a_list_may_begin_anywhere_and_have_other_lines() -> None:
    text = "Numbers\n98 07153 566313\n99 07153 566314\n\n100 07153 566315\n101 07153 566316"
    assert [entry.number for entry in parse(text, "DE")] == [
        None,
        *(f"49715356631{place}" for place in range(3, 7)),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "3 07153 566313",
        "1 07153 566313\n2 07153 566314",  # two are no list
        "3 07153 566313\n3 07153 566314\n3 07153 566315",
        "3 07153 566313\n2 07153 566314\n1 07153 566315",
        "07153 566313\n" * 4 + "1 07153 566313\n2 07153 566314\n3 07153 566315",
    ],
)
def test_numbers_that_do_not_count_up_may_be_a_part(text: str) -> None:
    assert parse(text, "DE")[-1].problem is not None


def test_area_codes_that_count_up_stay() -> None:
    text = "201 555 0123\n202 555 0123\n203 555 0123"
    assert [entry.number for entry in parse(text, "US")] == [
        f"1{area}5550123" for area in (201, 202, 203)
    ]


def test_what_both_may_be_a_number_with_its_count_and_without_is_refused() -> None:
    entries = parse("30 715356\n31 715356\n32 715356", "DE")
    assert all(
        entry.number in {None, "4930715356", "4931715356", "4932715356"} for entry in entries
    )


def test_of_a_pasted_text_the_first_lines_are_enough() -> None:
    first = [f"71355501{place % 100:02}" for place in range(MOST_LINES)]
    read = parse("\n".join([*first, "447400123456", "3212345678"]), "US")
    assert read[-1].number == "13212345678"


def test_a_line_may_have_a_country_of_its_own() -> None:
    said = gather([Line(1, "2125550132", "US"), Line(2, "17612345678", "DE")], None)
    assert said == Evidence(Meaning.NATIONAL)


def test_without_a_country_nothing_is_a_national_number() -> None:
    assert gather(lines("2125550132", "9175550132"), None) == NO_EVIDENCE
    assert gather([], "US") == NO_EVIDENCE


def test_a_cell_before_digits_that_nobody_groups_so_may_be_their_code() -> None:
    [entry] = parse("49\t30 12345670", "US")
    assert entry.problem
    assert "+49 30 12345670 (Germany)" in entry.problem
    [plain] = parse("49\t212-456-1000", "US")
    assert plain.number == "12124561000"
    assert not plain.problem
