"""Workbooks as nobody should write them: too large, made to take all memory, broken."""

from __future__ import annotations

import random
import tracemalloc
import zipfile
from contextlib import nullcontext
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from numberpools.domain.lists import Sheet, read
from numberpools.errors import UnreadableFile
from tests.domain.hangs import no_hang
from tests.domain.lists.workbooks import (
    DAMAGED,
    lines_of,
    ods,
    ods_row,
    ods_text,
    raw_xlsx,
    sheet,
    texts,
    xlsx,
    zipped,
)
from tests.examples import examples

CORNERS = raw_xlsx(
    '<row><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
)
ENTITIES = (
    '<!DOCTYPE x [<!ENTITY a "1234567890">'
    + "".join(
        f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + "]>"
)


def read_or_refuse(content: bytes) -> Sheet | None:
    try:
        return sheet("list.xlsx", content)
    except UnreadableFile:
        return None


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (raw_xlsx('<row r="500001"><c><v>1</v></c></row>'), "more than 500,000 lines"),
        (raw_xlsx('<row><c r="ALM1"><v>1</v></c></row>'), "more than 1,000 columns"),
        (CORNERS, "500,000 lines"),
        (
            ods(ods_row(ods_text("1"), attributes='table:number-rows-repeated="9999999999999"')),
            "500,000 lines",
        ),
        (ods(ods_row(ods_text("1", 'table:number-columns-repeated="1001"'))), "1,000 columns"),
        (ods(ods_row(ods_text("1", 'table:number-columns-repeated="9999999999"'))), DAMAGED),
        (raw_xlsx(f'<row><c t="str"><v>{"1" * 32_768}</v></c></row>'), "32,767 characters"),
    ],
)
def test_too_large_sheets_get_a_sentence(content: bytes, words: str) -> None:
    with pytest.raises(UnreadableFile, match=words):
        read("list.xlsx", content)


BOMBS = {
    "ratio": zipped({"xl/workbook.xml": " " * 20_000_000}),
    "parts": raw_xlsx("") + b"PK\x01\x02" * 10_001,
    "entities of ods": ods(ods_row(ods_text("&i;")), doctype=ENTITIES),
    "entities of xlsx": raw_xlsx('<row><c t="str"><v>&i;</v></c></row>', before=ENTITIES),
    "depth": raw_xlsx("<a>" * 500_000),
    "names": raw_xlsx("".join(f"<a{place}/>" for place in range(300_000))),
    "attributes": raw_xlsx("".join(f'<a b{place}="1"/>' for place in range(300_000))),
    "tag": raw_xlsx(f'<row a="{"".join(map(str, range(500_000)))}"/>'),
    "styles": ods(
        "",
        before="".join(
            f'<style:style style:name="{place}"><style:table-properties table:display="false"/>'
            "</style:style>"
            for place in range(1_001)
        ),
    ),
    "index": zipped(
        {
            "_rels/.rels": "<a/>" + " " * 2_000_000,
            "xl/random": random.Random(1).randbytes(20_000),  # noqa: S311
        }
    ),
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_refused_in_little_memory_and_do_not_hang(name: str) -> None:
    words = "too large when unpacked" if name in {"ratio", "parts"} else DAMAGED
    tracemalloc.start()
    try:
        with no_hang(), pytest.raises(UnreadableFile, match=words):
            read("list.xlsx", BOMBS[name])
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


def test_long_cells_named_often_take_little_memory() -> None:
    long = "\U0001f4de" * 32_767
    noise = "".join(random.Random(1).choices("0123456789", k=32_000))  # noqa: S311
    row = "<row>" + '<c t="s"><v>0</v></c>' * 900 + "</row>"
    several = raw_xlsx('<row><c t="s"><v>0</v></c></row>' * 2_000, shared=f"<si><t>{long}</t></si>")
    for content, words in (
        (raw_xlsx(row * 200, shared=f"<si><t>{long}</t></si>"), "A row .* too much text"),
        (ods(ods_row(ods_text(noise) * 50)), "A row .* too much text"),
        (several, ""),
    ):
        tracemalloc.start()
        try:
            with pytest.raises(UnreadableFile, match=words) if words else nullcontext():
                read("list.xlsx", content)
            assert tracemalloc.get_traced_memory()[1] < 80_000_000
        finally:
            tracemalloc.stop()


def test_shared_strings_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("numberpools.domain.lists.xlsx._MOST_SHARED_TEXT", 1000)
    content = raw_xlsx("<row><c><v>1</v></c></row>", shared="<si/>" * 300)
    with pytest.raises(UnreadableFile, match="holds too much text"):
        read("list.xlsx", content)


def test_unpacked_size_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    content = xlsx([["+447911123456"]])
    with zipfile.ZipFile(BytesIO(content)) as archive:
        unpacked = sum(part.file_size for part in archive.infolist())
    monkeypatch.setattr("numberpools.domain.lists.kinds.MAXIMUM_UNPACKED", unpacked)
    assert texts(content) == [(1, "+447911123456")]
    monkeypatch.setattr("numberpools.domain.lists.kinds.MAXIMUM_UNPACKED", unpacked - 1)
    with pytest.raises(UnreadableFile, match="too large when unpacked"):
        read("list.xlsx", content)


def test_a_large_sheet_is_read_in_little_memory() -> None:
    lines = 5_000
    content = raw_xlsx(
        "".join(
            f'<row r="{n}"><c r="A{n}" t="s"><v>{n - 1}</v></c>'
            f'<c r="B{n}"><v>{447911000000 + n}</v></c></row>'
            for n in range(1, lines + 1)
        ),
        shared="".join(f"<si><t>Jane Doe {n}</t></si>" for n in range(lines)),
    )
    tracemalloc.start()
    try:
        found = sheet("list.xlsx", content)
        assert sum(1 for _ in found.lines()) == found.line_count == lines
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()
    assert found.guessed == [1]
    assert lines_of(found, 0)[0] == (1, "Jane Doe 0")


GOOD = [xlsx([["Name", "Phone"], ["Jane", 447911123456]]), ods(ods_row(ods_text("+447911123456")))]


@examples(300)
@given(
    st.sampled_from(GOOD),
    st.lists(
        st.tuples(st.floats(0, 1, exclude_max=True), st.binary(min_size=1, max_size=4)), max_size=4
    ),
    st.floats(0, 1),
)
def test_broken_workbooks_are_read_or_refused(
    content: bytes, changes: list[tuple[float, bytes]], kept: float
) -> None:
    broken = bytearray(content)
    for place, change in changes:
        start = int(place * len(broken))
        broken[start : start + len(change)] = change
    for candidate in (bytes(broken), content[: int(kept * len(content))]):
        found = read_or_refuse(candidate)
        assert found is None or [line for line, *_ in found.lines()][-1:] == [found.line_count]


XML_PIECES = [
    "<row>",
    "</row>",
    '<row r="7">',
    '<c r="B2">',
    "<c>",
    "</c>",
    "<v>",
    "</v>",
    "1",
    '<c t="s">',
    "&#49;",
]


@examples(300)
@given(st.lists(st.sampled_from(XML_PIECES), max_size=30).map("".join))
def test_odd_sheets_are_read_or_refused(rows: str) -> None:
    found = read_or_refuse(raw_xlsx(rows, shared="<si><t>x</t></si>"))
    assert found is None or [line for line, *_ in found.lines()][-1:] == [found.line_count]
