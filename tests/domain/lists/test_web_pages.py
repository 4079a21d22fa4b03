"""Tables of web pages, also those that are called .xls, and Excel's own XML."""

from __future__ import annotations

import pytest

from numberpools.domain.lists import Sheet, read
from numberpools.errors import UnreadableFile
from tests.domain.hangs import no_hang
from tests.domain.lists.workbooks import lines_of, sheet
from tests.domain.memory import memory_below

PAGE = """<html xmlns:x="urn:schemas-microsoft-com:office:excel"><head><title>+447911000000</title>
<style>td { color: "<table>" }</style></head><body><h1>Report 2024</h1>
<TABLE border=1>
<tr><th>Name</th><th colspan="2">Phone</th><th>Note</th></tr>
<tr><td rowspan=2>Jane &amp; Co</td><td>+44&nbsp;7911
 123456</td><td>x</td><td title="a>b">one<br>two</td></tr>
<tr><td x:num="447911123457">4.47911E+11</td><td>y</td></tr>
<!-- <tr><td>Nobody</td><td>+447911999999</td></tr> -->
<tr><td>Joe<td>&#43;44 7911 <b>123458</b><td>z
</TABLE></body></html>"""
WORKBOOK = """<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>
<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"
 xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">
<Worksheet ss:Name="Numbers"><Table>
<Row><Cell ss:MergeAcross="1"><Data ss:Type="String">Name</Data></Cell>
<Cell><Data ss:Type="String">Phone</Data></Cell></Row>
<Row ss:Index="4"><Cell ss:Index="3"><Data ss:Type="Number">447911123456</Data>
<Comment><ss:Data>old</ss:Data></Comment></Cell></Row>
</Table></Worksheet>
<Worksheet ss:Name="Old"><Table><Row><Cell><Data ss:Type="Number">447911123457</Data></Cell></Row>
</Table><WorksheetOptions><Visible>SheetHidden</Visible></WorksheetOptions></Worksheet>
</Workbook>"""
DAMAGED = "This XML file is damaged"


def cells(found: Sheet) -> list[list[str]]:
    columns = [[text for _, text in lines_of(found, c.index)] for c in found.columns]
    return [list(row) for row in zip(*columns, strict=True)]


@pytest.mark.parametrize("name", ["list.xls", "list.html", "list"])
def test_it_works(name: str) -> None:
    found = sheet(name, PAGE.encode())
    assert [column.name for column in found.columns] == ["Name", "Phone", "Column C", "Note"]
    assert cells(found) == [
        ["Jane & Co", "+44 7911 123456", "x", "one\ntwo"],
        ["", "447911123457", "y", ""],
        ["Joe", "+44 7911 123458", "z", ""],
    ]
    assert found.guessed == [1]
    assert [line for line, _ in lines_of(found)] == [2, 3, 4]
    assert found.remarks == ()


def test_tables_within_tables_are_tables_of_their_own() -> None:
    page = (
        "<table><tr><td>Menu<table><tr><td>Name<td>Phone<tr><td>Jane<td>+447911123456</table>"
        "</td></tr></table><table><tr><td> </table>"
    )
    sheets = read("list.xls", page.encode()).sheets
    assert [(found.name, found.row_count) for found in sheets] == [("Table 1", 1), ("Table 2", 1)]
    assert lines_of(sheets[1]) == [(2, "+447911123456")]


def test_digits_outside_the_tables_are_told() -> None:
    page = "<html><p>Help desk: +44 20 7946 0958</p><table><tr><td>+447911123456</table>"
    [remark] = sheet("list.html", page.encode()).remarks
    assert remark.startswith("The text outside the tables of this page is not read")


def test_a_page_without_tables_is_text() -> None:
    page = "<html><body><p>Hi,<p>call <b>+44 7911</b>\n123456<br>Bye<script>447911999999</script>"
    found = sheet("list.html", page.encode())
    assert lines_of(found) == [(1, "Hi,"), (2, "call +44 7911 123456"), (3, "Bye")]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252", "cp932"])
def test_every_encoding_of_pages(encoding: str) -> None:
    name = "山田太郎と佐藤花子" if encoding == "cp932" else "Zoë"
    page = f"<table><tr><td>{name}</td><td>+447911123456</td></tr></table>"
    assert cells(sheet("list.xls", page.encode(encoding))) == [[name, "+447911123456"]]


@pytest.mark.parametrize(
    "body",
    [
        "<" * 200_000,
        "<a " * 200_000,
        '<a "' * 200_000,
        "<!--" * 200_000,
        "<script>" * 100_000,
        "<table>" * 100_000,
        "<table>" + "<tr>" * 20_001,
        "<table>" + "<td>" * 200_000,
        "<table>" + "<tr><td colspan=1000>" * 20_001,
        "<table>" + "<tr><td rowspan=65534 colspan=1000>" * 20_000,
        "<table>" + "<tr><td colspan=999><td>x" * 20_000,
        "<table><td>" + "&amp;" * 200_000,
        "<p>a" * 20_001,
        "a " * 200_000,
    ],
)
def test_hostile_pages_take_little_memory_and_time(
    body: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("numberpools.domain.lists.rows.MAXIMUM_LINES", 20_000)
    monkeypatch.setattr("numberpools.domain.lists.rows._MOST_KEPT", 2_000_000)
    content = f"<html>{body}".encode()
    with no_hang(), memory_below(12_000_000), pytest.raises(UnreadableFile):
        read("list.html", content)


def test_a_large_page_is_read_in_little_memory() -> None:
    row = "<tr><td>Jane</td><td>+447911{:06}</td></tr>\n"
    content = ("<table>" + "".join(map(row.format, range(3_000)))).encode()
    with memory_below(3_000_000):
        assert sum(1 for _ in sheet("list.xls", content).lines()) == 3_000


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_excels_xml_is_read(encoding: str) -> None:
    first, second = read("list.xls", WORKBOOK.encode(encoding)).sheets
    assert (first.name, first.is_hidden, first.guessed) == ("Numbers", False, [2])
    assert [column.name for column in first.columns] == ["Name", "Column B", "Phone"]
    assert lines_of(first) == [(4, "447911123456")]
    assert (second.name, second.is_hidden) == ("Old", True)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("</Table>", "", DAMAGED),
        ("<Workbook", '<!DOCTYPE a [<!ENTITY b "c">]><Workbook', DAMAGED),
        ('Index="4"', 'Index="x"', DAMAGED),
        ('Index="3"', 'Index="-3"', DAMAGED),
        ('Index="3"', 'Index="1001"', "more than 1,000 columns"),
        ('Index="4"', 'Index="500001"', "more than 500,000 lines"),
        ("447911123456", "1" * 32_768, "over 32,767 characters"),
        ("<Row>", "<a>" * 2_000, DAMAGED),
        ("<Row>", "<a " + "b='1' " * 30_000, DAMAGED),
        ("<Row>", "".join(f"<a{n}/>" for n in range(2_000)), DAMAGED),
    ],
)
def test_broken_and_hostile_xml_gets_a_sentence(old: str, new: str, words: str) -> None:
    content = WORKBOOK.replace(old, new, 1).encode()
    with memory_below(8_000_000), pytest.raises(UnreadableFile, match=words):
        read("list.xls", content)
