"""Lists in .xlsx and .ods files, as programs write them."""

from __future__ import annotations

import pytest

from numberpools.domain.lists import read
from numberpools.domain.phone import parse_lines
from numberpools.errors import UnreadableFile
from tests.domain.lists.workbooks import (
    DAMAGED,
    SAMPLES,
    lines_of,
    ods,
    ods_number,
    ods_row,
    ods_text,
    raw_xlsx,
    sheet,
    texts,
    xlsb,
    xlsx,
    zipped,
)


def test_it_works() -> None:
    content = xlsx(
        [["Name", "Mobile", "Since"], ["Jane", "+44 7911 123456", 45413], [], ["Joe", 447911123457]]
    )
    found = sheet("list.xlsx", content)
    assert [column.name for column in found.columns] == ["Name", "Mobile", "Since"]
    assert found.columns[1].samples == ["+44 7911 123456", "447911123457"]
    assert found.columns[1].number_share == 1
    assert found.guessed == [1]
    assert found.line_count == 4
    assert lines_of(found) == [(2, "+44 7911 123456"), (4, "447911123457")]
    assert lines_of(found, 0) == [(2, "Jane"), (4, "Joe")]
    assert lines_of(found) == lines_of(found)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("447911123456", "447911123456"),
        ("447911123456.0", "447911123456"),
        ("4.47911123456E11", "447911123456"),
        ("4.47911E+11", "447911000000"),
        ("999999999999999", "999999999999999"),
        ("12345678901234567890", "1.23456789012346E+19"),
        ("1e15", "1E+15"),
        ("12.5", "12.5"),
        ("-7", "-7"),
    ],
)
def test_number_cells_are_digits_unless_digits_are_lost(value: str, shown: str) -> None:
    assert texts(raw_xlsx(f"<row><c><v>{value}</v></c></row>")) == [(1, shown)]
    assert texts(ods(ods_row(ods_number(value)))) == [(1, shown)]


def test_lost_digits_are_refused_by_the_parser() -> None:
    content = raw_xlsx("<row><c><v>44791112345612345</v></c></row>")
    [entry] = parse_lines(sheet("list.xlsx", content).lines())
    assert entry.number is None
    assert "lost the last digits" in (entry.problem or "")


def test_cells_of_every_kind() -> None:
    rows = (
        '<row r="3"><c r="B3" t="s"><v>1</v></c><c r="C3" t="str"><f>A1</f><v>+447911123456</v></c>'
        '<c t="inlineStr"><is><r><t xml:space="preserve">+44 </t></r><r><t>7911</t></r></is></c>'
        '<c t="e"><v>#N/A</v></c>'
        '<c r="AA3" t="b"><v>1</v></c></row><row r="4"/><row><c r="B5"><f>1+1</f></c><c/></row>'
        '<row><c r="B6"><v>1</v></c></row>'
    )
    shared = "<si><t>no</t></si><si><t>東京</t><rPh><t>トウキョウ</t></rPh></si>"
    content = raw_xlsx(rows, shared=shared)
    wanted = ["東京", "+447911123456", "+44 7911", "#N/A"]
    assert [texts(content, column)[0] for column in range(1, 5)] == [(3, text) for text in wanted]
    found = sheet("list.xlsx", content)
    assert found.line_count == 6
    assert found.remarks == (
        "1 formula has no stored value (B5): open the file in its program and save it again.",
    )
    assert (len(found.columns), found.columns[26].name) == (27, "Column AA")


def test_cells_between_others_are_empty() -> None:
    content = raw_xlsx('<row><c r="C1"><v>447911123456</v></c></row>')
    assert texts(content, 0) == texts(content, 1) == [(1, "")]


def test_reading_aids_are_left_out_and_nothing_else() -> None:
    shared = "<si><t>東京</t><rPh><t>トウキョウ</t></rPh><t>都</t></si><si><t>大阪</t></si>"
    rows = "".join(f'<row><c t="s"><v>{place}</v></c></row>' for place in (0, 1))
    [column] = sheet("list.xlsx", raw_xlsx(rows, shared=shared)).columns
    assert (column.name, column.samples) == ("東京都", ["大阪"])


def test_prefixed_names_are_read() -> None:
    rows = "<x:row><x:c><x:v>7</x:v></x:c><x:c><x:f>1+1</x:f></x:c></x:row>"
    content = raw_xlsx(rows, prefix="x:")
    assert texts(content, 0) == [(1, "7")]
    assert "(B1)" in sheet("list.xlsx", content).remarks[0]


WITHOUT_VALUE = '<c><f>"0"&amp;A1</f></c><c t="str"><f>A1</f></c><c><f>1+1</f><v/></c>'
WITH_VALUE = '<c t="str"><f>""</f><v></v></c><c><f>1+1</f><v>2</v></c><c/><c t="str"><v/></c>'


def test_formulas_without_a_stored_value_are_named() -> None:
    content = raw_xlsx(f"<row><c><v>1</v></c>{WITHOUT_VALUE}{WITH_VALUE}</row>")
    [remark] = sheet("list.xlsx", content).remarks
    assert remark.startswith("3 formulas have no stored value (B1, C1, D1): open the file in its")
    content = raw_xlsx(f'<row><c><v>1</v></c></row><row r="7">{WITHOUT_VALUE * 400}</row>')
    assert (
        "1,200 formulas have no stored value (A7, B7, C7, …):"
        in (sheet("list.xlsx", content).remarks[0])
    )
    without = '<table:table-cell table:formula="of:=1+1"/>'
    stored = without.replace("/>", "><text:p/></table:table-cell>")
    content = ods(ods_row(ods_text("1"), stored, without))
    assert "1 formula has no stored value (C1):" in sheet("list.ods", content).remarks[0]


def test_a_sheet_of_formulas_without_values_is_not_left_out_without_a_word() -> None:
    only = [["=A2"]]
    with pytest.raises(UnreadableFile, match=r"1 formula has no stored value \(A1\)"):
        read("list.xlsx", xlsx(only))
    found = read("list.xlsx", xlsx(only, ONE))
    assert [bool(sheet.remarks) for sheet in found.sheets] == [True, False]
    assert found.guessed == {1: [0]}


@pytest.mark.parametrize("ending", ["xlsx", "xls", "ods"])
def test_workbooks_of_libreoffice(ending: str) -> None:
    content = (SAMPLES / f"libreoffice.{ending}").read_bytes()
    found = read(f"list.{ending}", content)
    assert [(sheet.name, sheet.is_hidden) for sheet in found.sheets] == [
        ("Instructions", False),
        ("Numbers", False),
        ("Old", True),
    ]
    instructions, numbers, old = found.sheets
    assert lines_of(instructions) == [(1, "Questions: call the help desk")]
    assert lines_of(old, 1) == [(5, "447911123450")]
    assert not numbers.remarks
    columns = {column.name: column.index for column in numbers.columns}
    cells = {name: [text for _, text in lines_of(numbers, columns[name])] for name in columns}
    assert columns["Mobile"] == 3
    assert [line for line, _ in lines_of(numbers, 3)] == [4, 5, 6, 7]
    assert cells["Name"] == ["Jane", "Joe", "Zoë", "Max"]
    assert cells["Mobile"] == [
        "447911123456",
        "+44 7911 123457\n+44 7911 123458",
        "'00447911123459",
        "4.47911123456123E+16",
    ]
    assert cells["Since"] == ["2024-05-01", "", "", ""]
    assert cells["Seen"] == ["2024-05-01 10:20:30", "", "", ""]
    assert cells["At"][1].lstrip("0") == "7:30:00"
    assert cells["Code"] == ["", "12.5", "0007", ""]
    error = "" if ending == "xls" else "#DIV/0!"  # calamine does not tell, the format is its own
    assert cells["Next"] == ["447911123457", "", error, ""]


def test_binary_workbooks_are_read() -> None:
    content = xlsb({2: {1: "Jane", 3: 447911123456.0}, 4: {1: "Joe", 3: "+447911123457"}})
    assert texts(content, 3) == [(3, "447911123456"), (5, "+447911123457")]
    assert texts(content, 1) == [(3, "Jane"), (5, "Joe")]
    assert sheet("list.xlsb", xlsb({0: {0: "1"}}, state=1)).is_hidden


def test_an_xls_with_a_password_gets_a_sentence() -> None:
    content = bytearray((SAMPLES / "libreoffice.xls").read_bytes())
    second = content.index(b"\x09\x08\x10\0\0\x06\x05\0") + 20  # the record after the first
    content[second] = 0x2F
    with pytest.raises(UnreadableFile, match="has a password"):
        read("list.xls", bytes(content))


ONE, TWO = [["447911123456"]], [["447911123457"]]
COVER = [["Numbers of our customers"], ["Written", "2024-05-01"], ["By", "jane@example.com"]]


def test_all_visible_sheets_with_numbers_are_read() -> None:
    assert texts(xlsx([], ONE, COVER, TWO)) == [(1, "447911123456"), (1, "447911123457")]
    assert texts(xlsx(ONE, TWO, hidden=[0])) == [(1, "447911123457")]
    found = read("list.xlsx", xlsx(ONE, COVER, [], TWO, hidden=[0]))
    assert [(sheet.name, sheet.is_hidden, sheet.guessed) for sheet in found.sheets] == [
        ("Sheet", True, [0]),
        ("Sheet1", False, []),
        ("Sheet3", False, [0]),
    ]
    assert found.guessed == {2: [0]}


def test_where_nothing_looks_like_a_number_the_first_column_shows_why() -> None:
    assert texts(xlsx([["Id"], ["17"]], COVER)) == [(2, "17")]
    assert texts(xlsx(ONE, [["Id"], ["17"]], hidden=[0])) == [(2, "17")]
    assert texts(xlsx(ONE, [], hidden=[0])) == [(1, "447911123456")]


def test_hidden_tables_of_ods_are_told_apart() -> None:
    styles = (
        '<style:style style:name="ta2"><style:table-properties table:display="false"/>'
        '</style:style><style:style style:name="ta1"><style:table-properties/></style:style>'
    )
    rows = ods_row(ods_number("447911123456"))
    empty = '<table:table table:style-name="ta1"></table:table>'
    hidden = f'<table:table table:name="Old" table:style-name="ta2">{rows}</table:table>'
    visible = f'<table:table table:name="New" table:style-name="ta1">{rows}</table:table>'
    found = read("list.ods", ods(empty, hidden, visible, before=styles))
    assert [(sheet.name, sheet.is_hidden) for sheet in found.sheets] == [
        ("Old", True),
        ("New", False),
    ]
    assert found.guessed == {1: [0]}


def test_repeated_cells_and_rows_of_ods() -> None:
    gap = '<table:table-cell table:number-columns-repeated="2"/>'
    content = ods(
        ods_row(gap, attributes='table:number-rows-repeated="4"'),
    )
    with pytest.raises(UnreadableFile, match="empty"):
        read("list.ods", content)
    content = ods(
        ods_row(gap, attributes='table:number-rows-repeated="4"')
        + ods_row(
            gap,
            ods_text("+447911123456", 'table:number-columns-repeated="2"'),
            attributes='table:number-rows-repeated="2"',
        )
        + ods_row(gap, attributes='table:number-rows-repeated="1048000"')
    )
    found = sheet("list.ods", content)
    assert (found.line_count, len(found.columns), found.guessed) == (6, 4, [2])
    assert lines_of(found, 3) == [(5, "+447911123456"), (6, "+447911123456")]


def test_texts_and_dates_of_ods() -> None:
    comment = "<office:annotation><text:p>+447911000000</text:p></office:annotation>"
    date = (
        '<table:table-cell office:date-value="2024-05-01"><text:p>1 May</text:p></table:table-cell>'
    )
    spaced = "+44<text:s/>7911<text:tab/>1<text:span>23456</text:span>"
    covered = "<table:covered-table-cell/>"
    content = ods(
        ods_row(date, covered, ods_text(spaced).replace("<text:p>", f"{comment}<text:p>"))
    )
    assert texts(content, 0) == [(1, "2024-05-01")]
    assert texts(content, 2) == [(1, "+44 7911\t123456")]
    assert texts(ods(ods_row(ods_text("1\n2")))) == [(1, "1\n2")]
    assert texts(ods(ods_row(ods_text("1<text:line-break/>2")))) == [(1, "1\n2")]


def test_comments_of_ods_may_lie_in_drawings() -> None:
    note = "<office:annotation><text:p>+447911000000</text:p></office:annotation>"
    drawing = f"<draw:frame>{note}<text:p>+447911000001</text:p></draw:frame>"
    cell = ods_text("+447911123456").replace("<text:p>", f"{drawing}<text:p>")
    assert texts(ods(ods_row(cell))) == [(1, "+447911123456")]


def test_drawings_of_ods_may_hold_tables() -> None:
    table = f"<table:table>{ods_row(ods_text('+447911000001'))}</table:table>"
    drawing = f"<draw:frame>{table}</draw:frame>"
    rows = ods_row(
        ods_text("Jane"), ods_text("+447911123456").replace("<text:p>", drawing + "<text:p>")
    )
    assert texts(ods(rows + ods_row(ods_text("Joe"), ods_text("+447911123457")))) == [
        (1, "+447911123456"),
        (2, "+447911123457"),
    ]


def test_a_cell_of_ods_that_is_repeated_no_times_stands_once() -> None:
    cell = ods_text("Jane", 'table:number-columns-repeated="0"')
    assert texts(ods(ods_row(cell, ods_text("+447911123456")))) == [(1, "+447911123456")]


def test_a_workbook_is_one_whatever_its_name() -> None:
    content = xlsx([["+447911123456"]])
    assert lines_of(sheet("list.csv", content)) == [(1, "+447911123456")]
    assert lines_of(sheet("list.xlsx", b"Name,Phone\nJane,+447911123456\n")) == [
        (2, "+447911123456")
    ]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), "no Excel workbook"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            "has a password",
        ),
        (zipped({"xl/workbook.bin": ""}), DAMAGED),
        (zipped({"mimetype": "application/vnd.oasis.opendocument.text"}), "an OpenDocument text"),
        (zipped({"xl/workbook.xml": ""}), DAMAGED),
        (xlsx([[1]])[:-100], DAMAGED),
        (xlsx([[1]])[:500], DAMAGED),
        (raw_xlsx("<row><c><v>1</v>"), DAMAGED),
        (raw_xlsx('<row><c t="n"><v>one</v></c></row>'), DAMAGED),
        (raw_xlsx("<row><c><v>447911123456</v></c></row>").replace(b"3456<", b"3457<"), DAMAGED),
        (raw_xlsx('<row><c t="s"><v>1</v></c></row>'), DAMAGED),
        (raw_xlsx('<row><c t="s"><v>-1</v></c></row>'), DAMAGED),
        (raw_xlsx('<row r="x"><c><v>1</v></c></row>'), DAMAGED),
        (raw_xlsx('<row><c r="ZZZZZZZ1"><v>1</v></c></row>'), DAMAGED),
        (ods(ods_row(ods_text("1").replace("<text:p>", "<table:table/><text:p>"))), DAMAGED),
        (raw_xlsx(""), "empty"),
        (ods(""), "empty"),
    ],
)
def test_other_kinds_and_broken_files_get_a_sentence(content: bytes, words: str) -> None:
    with pytest.raises(UnreadableFile, match=words.replace(".", r"\.")) as refusal:
        read("list.csv", content)
    assert str(refusal.value).endswith(".")


def test_an_encrypted_ods_gets_a_sentence() -> None:
    manifest = '<manifest:file-entry><manifest:encryption-data manifest:checksum="x"/>'
    content = zipped(
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "META-INF/manifest.xml": manifest,
            "content.xml": b"\x8f\x01",
        }
    )
    with pytest.raises(UnreadableFile, match="has a password"):
        read("list.ods", content)


def test_a_zip_with_a_password_gets_a_sentence() -> None:
    content = bytearray(ods(ods_row(ods_text("1"))))
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = -1
        while (place := content.find(mark, place + 1)) >= 0:
            content[place + flags] |= 1
    with pytest.raises(UnreadableFile, match="has a password"):
        read("list.ods", bytes(content))
