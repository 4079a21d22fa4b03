"""Workbooks as nobody should write them: too large, made to take all memory, broken."""

from __future__ import annotations

import random
import zipfile
from contextlib import nullcontext
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from numberpools.domain.lists import Sheet, read, workbooks
from numberpools.errors import UnreadableFile
from tests.domain.hangs import no_hang
from tests.domain.lists.workbooks import (
    DAMAGED,
    SAMPLES,
    lines_of,
    ods,
    ods_row,
    ods_text,
    raw_xlsx,
    sheet,
    texts,
    xlsb,
    xlsx,
    zipped,
)
from tests.domain.memory import memory_below
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


def read_or_refuse(content: bytes) -> list[Sheet]:
    try:
        return list(read("list.xlsx", content).sheets)
    except UnreadableFile:
        return []


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (raw_xlsx('<row r="500001"><c><v>1</v></c></row>'), "more than 500,000 lines"),
        (raw_xlsx('<row><c r="ALM1"><v>1</v></c></row>'), "more than 1,000 columns"),
        (CORNERS, "too large when unpacked"),
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
    "ratio": (zipped({"xl/workbook.xml": " " * 20_000_000}), "too large when unpacked"),
    "parts": (raw_xlsx("") + b"PK\x01\x02" * 10_001, "too large when unpacked"),
    "entities of ods": (ods(ods_row(ods_text("&i;")), doctype=ENTITIES), DAMAGED),
    "entities of xlsx": (
        raw_xlsx('<row><c t="str"><v>&i;</v></c></row>', before=ENTITIES),
        DAMAGED,
    ),
    "depth": (raw_xlsx("<a>" * 500_000), "empty"),
    "depth of ods": (ods("".join(f"<a{place}>" for place in range(300_000))), DAMAGED),
    "names": (raw_xlsx("".join(f"<a{place}/>" for place in range(300_000))), "empty"),
    "attributes": (raw_xlsx("".join(f'<a b{place}="1"/>' for place in range(300_000))), "empty"),
    "tag": (raw_xlsx(f'<row a="{"".join(map(str, range(500_000)))}"/>'), "empty"),
    "parts missing": (zipped({"_rels/.rels": "<a/>", "xl/random": "1"}), DAMAGED),
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_refused_in_little_memory_and_do_not_hang(name: str) -> None:
    content, words = BOMBS[name]
    with memory_below(2_000_000), no_hang(), pytest.raises(UnreadableFile, match=words):
        read("list.xlsx", content)


def test_long_cells_named_often_take_little_memory() -> None:
    long = f"<si><t>{chr(0x1F4DE) * 32_767}</t></si>"
    noise = "".join(random.Random(1).choices("0123456789", k=32_000))  # noqa: S311
    cell = '<c t="s"><v>0</v></c>'
    for content, words in (
        (raw_xlsx(f"<row>{cell * 900}</row>", shared=long), "A row .* too much text"),
        (raw_xlsx(f"<row>{cell * 900}</row>" * 200, shared=long), "too large when unpacked"),
        (ods(ods_row(ods_text(noise) * 50)), "A row .* too much text"),
        (raw_xlsx(f"<row>{cell}</row>" * 200, shared=long), ""),
    ):
        refused = pytest.raises(UnreadableFile, match=words) if words else nullcontext()
        with memory_below(30_000_000), refused:
            read("list.xlsx", content)


def test_memory_of_the_reader_is_bounded() -> None:
    """The sheet has two cells; laid out it takes 40 million."""
    rows = '<row><c r="A1"><v>1</v></c></row><row><c r="OJ100000"><v>1</v></c></row>'
    with pytest.raises(UnreadableFile, match="too large when unpacked"):
        read("list.xlsx", raw_xlsx(rows))


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ("program._SPOOL = 1000", "holds too much text"),
        ("program._SECONDS = 1\nprogram.write = lambda *_: any(iter(int, 1))", "too long"),
        ("program.write = lambda *_: bytearray(1 << 30)", "too large when unpacked"),
        ("program.write = lambda *_: os.abort()", "too large when unpacked"),
        ("program.write = lambda *_: os.kill(os.getpid(), signal.SIGSEGV)", DAMAGED),
        ("program.write = lambda *_: os._exit(1)", DAMAGED),
    ],
)
def test_whatever_ends_the_reader_gets_a_sentence(
    monkeypatch: pytest.MonkeyPatch, steps: str, words: str
) -> None:
    before, main = workbooks._PROGRAM.split("main(")
    changed = (
        f"{before}\nimport os, signal\nfrom workbook_reader import program\n{steps}\nmain({main}"
    )
    monkeypatch.setattr(workbooks, "_PROGRAM", changed)
    with pytest.raises(UnreadableFile, match=words):
        read("list.xlsx", xlsx([["+447911123456"]] * 100))


def test_a_reader_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbooks, "_PROGRAM", "import time; time.sleep(1000)")
    monkeypatch.setattr(workbooks, "_SECONDS", 0.01)
    with pytest.raises(UnreadableFile, match="too long to read"):
        read("list.xlsx", xlsx([["+447911123456"]]))


def test_the_reader_knows_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://secret")
    program = "import json, os; print(json.dumps({'refusal': ' '.join(os.environ)}))"
    monkeypatch.setattr(workbooks, "_PROGRAM", program)
    with pytest.raises(UnreadableFile) as refusal:
        read("list.xlsx", xlsx([["+447911123456"]]))
    assert "DATABASE_URL" not in str(refusal.value)


def test_sheets_are_bounded() -> None:
    assert len(read("list.xlsx", xlsx(*[[["17"]]] * 200)).sheets) == 200
    with pytest.raises(UnreadableFile, match="more than 200 sheets"):
        read("list.xlsx", xlsx(*[[["17"]]] * 201))


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
    with memory_below(1_000_000):
        found = sheet("list.xlsx", content)
        assert sum(1 for _ in found.lines()) == found.line_count == lines
    assert found.guessed == [1]
    assert lines_of(found, 0)[0] == (1, "Jane Doe 0")


def test_several_threads_read_a_sheet_at_once() -> None:
    rows = [[f"Jane Doe {place}", "+447911123456"] for place in range(3_000)]
    [found] = read("list.xlsx", xlsx(rows)).sheets
    one, other = found.lines([0]), found.lines([0])
    assert all(left == right for left, right in zip(one, other, strict=True))


GOOD = [
    xlsx([["Name", "Phone"], ["Jane", 447911123456]]),
    ods(ods_row(ods_text("+447911123456"))),
    xlsb({2: {1: "Jane", 3: 447911123456.0}}),
    (SAMPLES / "libreoffice.xls").read_bytes(),
]


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
        for found in read_or_refuse(candidate):
            assert [line for line, *_ in found.lines()][-1:] == [found.line_count]


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
    content = raw_xlsx(f"<row><c><v>1</v></c></row>{rows}", shared="<si><t>x</t></si>")
    for found in read_or_refuse(content):
        assert [line for line, *_ in found.lines()][-1:] == [found.line_count]
