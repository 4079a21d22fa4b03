"""Lists in JSON and JSON Lines: their fields become columns, and digits stay digits."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from numberpools.domain.lists import Sheet, read
from numberpools.errors import UnreadableFile
from tests.domain.hangs import no_hang
from tests.domain.lists.workbooks import lines_of, sheet
from tests.domain.memory import memory_below
from tests.examples import examples

JANE = {"name": "Jane", "phone": {"mobile": "+447911123456", "home": None}}
JOE = {"name": "Joe", "age": 5, "phones": [{"value": "+447911123457"}, {"value": "07911 123458"}]}


def table(found: Sheet) -> list[list[str]]:
    columns = [[text for _, text in lines_of(found, c.index)] for c in found.columns]
    return [[c.name for c in found.columns], *(list(row) for row in zip(*columns, strict=True))]


def read_json(text: str, name: str = "list.json") -> Sheet:
    return sheet(name, text.encode())


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_it_works(indent: int | None, encoding: str) -> None:
    found = sheet("list", json.dumps([JANE, JOE], indent=indent).encode(encoding))
    assert table(found) == [
        ["name", "phone.mobile", "phone.home", "age", "phones.value"],
        ["Jane", "+447911123456", "", "", ""],
        ["Joe", "", "", "5", "+447911123457; 07911 123458"],
    ]
    assert lines_of(found, 1) == [(1, "+447911123456"), (2, "")]


def test_numbers_keep_all_their_digits() -> None:
    text = "[447911123456, 447911123456.0, 4.47911123456E11, 00, 1]".replace("00, ", "")
    found = read_json(text)
    assert table(found)[1:] == [["447911123456"], ["447911123456.0"], ["4.47911123456E11"], ["1"]]
    assert lines_of(read_json(f"[{'9' * 5_000}]")) == [(1, "9" * 5_000)]


def test_json_lines_have_the_lines_of_the_file() -> None:
    found = read_json('{"p": "+447911123456", "n": "a"}\n\n{"n": "b", "p": 447911123457}\n')
    assert found.guessed == [0]
    assert lines_of(found) == [(1, "+447911123456"), (3, "447911123457")]


def test_lists_of_lists_are_rows() -> None:
    found = read_json('[["Name", "Phone"], ["Jane", "+447911123456"]]')
    assert table(found) == [["Name", "Phone"], ["Jane", "+447911123456"]]


def test_every_list_of_an_object_is_a_sheet_and_nothing_is_left_out() -> None:
    document: dict[str, Any] = {
        "count": 2,
        "data": {"contacts": [{"p": "+447911123456"}], "none": []},
        "more": ["+447911123457"],
        "support": "+442079460958",
    }
    sheets = read("list.json", json.dumps(document).encode()).sheets
    assert [(found.name, table(found)) for found in sheets] == [
        ("data.contacts", [["p"], ["+447911123456"]]),
        ("more", [["Value"], ["+447911123457"]]),
        ("Other fields", [["Field", "Value"], ["count", "2"], ["support", "+442079460958"]]),
    ]


def test_an_object_of_names_and_numbers_is_a_list() -> None:
    found = read_json('{"Jane": "+447911123456", "Joe": "+447911123457"}')
    assert found.guessed == [1]
    assert lines_of(found) == [(1, "+447911123456"), (2, "+447911123457")]


def test_what_lies_deep_is_shown_as_it_is() -> None:
    found = read_json('[{"a":{"a":{"a":{"a":{"a":{"b":"+447911123456"}}}}}}]')
    assert table(found) == [["a.a.a.a.a"], ['{"b": "+447911123456"}']]


def test_half_characters_can_be_shown() -> None:
    found = read_json('[{"\\ud800 x": "\\udfff +447911123456"}]')
    assert table(found) == [["\ufffd x"], ["\ufffd +447911123456"]]


@pytest.mark.parametrize(
    "text",
    [
        '["+447911123456",]',
        "[12:30] Jane\n[12:31] Joe +447911123456",
        "[1] +447911123456\n[2] +447911123457",
        "{Jane} +447911123456",
        "[+447911123456]",
    ],
)
def test_what_only_begins_like_json_is_text(text: str) -> None:
    found = sheet("list.txt", text.encode())
    assert [text for _, text in lines_of(found)] == text.splitlines()


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("list.txt", '[{"p": "+447911123456"},\n {"p": ', 2),
        ("list.txt", '{"p": "+447911123456"}\n{"p": "+4479', 2),
        ("list.txt", '[\n{"p": 1}]\n"more"', 3),
        ("list.json", '["+447911123456",]', 1),
        ("list.JSON", "[1,\n2,\nx]" + " " * 2_000_000, 3),
        ("list.json", "[" * 100_000, 1),
        ("list.json", '{"a" 1}', 1),
        ("list.json", '{"a": 1, 2: 3}', 1),
    ],
)
def test_damaged_json_gets_a_sentence_with_its_line(name: str, text: str, line: int) -> None:
    with pytest.raises(UnreadableFile, match=f"This JSON file is damaged at line {line}, "):
        read(name, text.encode())


@pytest.mark.parametrize("text", ["[]", "{}", "[{}]", "[[]]", '{"a": []}', '[null, ""]'])
def test_json_without_any_text_is_empty(text: str) -> None:
    with pytest.raises(UnreadableFile, match="This file is empty"):
        read("list.json", text.encode())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[" + "[]," * 20_001 + "1]", "more than 500,000 lines"),
        ('["' + "a" * 1_200_000 + '"]', "over 1,000,000 characters"),
        ("[1" + "1" * 1_200_000 + "]", "over 1,000,000 characters"),
        ("{" + ",".join(f'"{n}":[1]' for n in range(101)) + "}", "more than 100 lists"),
        (json.dumps([{str(n): n} for n in range(1_001)]), "more than 1,000 fields"),
        ('[{"a":' + "[" * 200_000, "damaged at line 1"),
    ],
)
def test_hostile_json_takes_little_memory_and_time(
    text: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("numberpools.domain.lists.rows.MAXIMUM_LINES", 20_000)
    content = text.encode()
    with no_hang(), memory_below(12_000_000), pytest.raises(UnreadableFile, match=words):
        read("list.json", content)


def test_a_large_list_is_read_in_little_memory() -> None:
    content = json.dumps([{"n": n, "p": f"+{447911000000 + n}"} for n in range(5_000)]).encode()
    with memory_below(1_500_000):
        found = sheet("list.json", content)
        assert sum(1 for _ in found.lines()) == found.line_count == 5_000


TEXTS = st.text(max_size=10)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)


@examples(500)
@given(VALUES, st.booleans(), st.floats(0, 1))
def test_any_json_is_read_or_refused(value: Any, is_indented: bool, kept: float) -> None:
    text = json.dumps(value, indent=1 if is_indented else None)
    for piece in (text, text[: int(kept * len(text))]):
        try:
            sheets = read("list.json", piece.encode()).sheets
        except UnreadableFile:
            continue
        for found in sheets:
            assert [line for line, *_ in found.lines()][-1:] == [found.line_count]


@examples(300)
@given(st.lists(st.dictionaries(TEXTS, TEXTS, min_size=1, max_size=3), min_size=1, max_size=5))
def test_no_text_of_an_entry_is_lost(entries: list[dict[str, str]]) -> None:
    try:
        found = read_json(json.dumps(entries))
    except UnreadableFile as error:
        assert "empty" in str(error)  # noqa: PT017
        return
    said = [text for row in table(found)[1:] for text in row]
    for entry in entries:
        for text in entry.values():
            assert not text.strip() or text in said
