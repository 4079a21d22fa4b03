"""Workbooks for tests: .xlsx by openpyxl or, where it would not write such, part by part; .ods."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from struct import pack

from openpyxl import Workbook

from numberpools.domain.lists import Sheet, read

SAMPLES = Path(__file__).parent / "samples"
"""Workbooks that LibreOffice has saved: see `samples.make`."""
DAMAGED = "damaged or not complete"
"""What is said of a file that is no sound workbook."""

Cell = str | int | float | bool | None
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_OASIS = "urn:oasis:names:tc:opendocument:xmlns"


def zipped(parts: Mapping[str, str | bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return file.getvalue()


def xlsx(*sheets: Sequence[Sequence[Cell]], hidden: Sequence[int] = ()) -> bytes:
    """A workbook as openpyxl writes it; `hidden` are places of sheets."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for place, rows in enumerate(sheets):
        sheet = book.create_sheet()
        sheet.sheet_state = "hidden" if place in hidden else "visible"
        for row in rows:
            sheet.append(row)
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def raw_xlsx(rows: str, shared: str = "", before: str = "", prefix: str = "") -> bytes:
    """A workbook, not compressed, with one sheet of the XML of rows.

    `shared` is the XML of shared strings, `before` what comes before the sheet's first element,
    `prefix` the prefix of its namespace.
    """
    relationship = '<Relationship Id="{}" Type="{}/{}" Target="{}"/>'
    relationships = '<Relationships xmlns="r">{}</Relationships>'
    return zipped(
        {
            "[Content_Types].xml": '<?xml version="1.0"?><Types/>',
            "_rels/.rels": relationships.format(
                relationship.format("rId1", _OFFICE, "officeDocument", "xl/workbook.xml")
            ),
            "xl/workbook.xml": f'<workbook xmlns="m" xmlns:r="{_OFFICE}"><sheets>'
            '<sheet name="List" sheetId="1" r:id="rId1"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": relationships.format(
                relationship.format("rId1", _OFFICE, "worksheet", "/xl/worksheets/sheet1.xml")
                + relationship.format("rId2", _OFFICE, "sharedStrings", "sharedStrings.xml")
            ),
            "xl/sharedStrings.xml": f'<sst xmlns="m">{shared}</sst>',
            "xl/worksheets/sheet1.xml": f'{before}<{prefix}worksheet xmlns="m" xmlns:x="m">'
            f"<{prefix}sheetData>{rows}</{prefix}sheetData></{prefix}worksheet>",
        },
        zipfile.ZIP_STORED,
    )


def xlsb(rows: Mapping[int, Mapping[int, str | float]], state: int = 0) -> bytes:
    """A binary workbook (MS-XLSB 2.1.4, 2.3) with one sheet; places count from 0.

    `state` is 0 for a sheet that is visible, 1 for a hidden one.
    """
    relationships = '<Relationships xmlns="r">{}</Relationships>'
    relationship = f'<Relationship Id="{{}}" Type="{_OFFICE}/{{}}" Target="{{}}"/>'
    sheet = pack("<II", state, 1) + _wide("rId1") + _wide("List")
    cells = []
    for line, row in rows.items():
        cells.append(_record(0, pack("<IIHBBBI", line, 0, 300, 0, 0, 0, 0)))
        for column, value in row.items():
            place = pack("<II", column, 0)
            is_text = isinstance(value, str)
            text = _wide(value) if isinstance(value, str) else pack("<d", value)
            cells.append(_record(6 if is_text else 5, place + text))
    width = max(column for row in rows.values() for column in row)
    size = pack("<IIII", min(rows), max(rows), 0, width)
    return zipped(
        {
            "[Content_Types].xml": '<?xml version="1.0"?><Types/>',
            "_rels/.rels": relationships.format(
                relationship.format("rId1", "officeDocument", "xl/workbook.bin")
            ),
            "xl/_rels/workbook.bin.rels": relationships.format(
                relationship.format("rId1", "worksheet", "worksheets/sheet1.bin")
            ),
            "xl/workbook.bin": _record(131)
            + _record(143)
            + _record(156, sheet)
            + _record(144)
            + _record(132),
            "xl/worksheets/sheet1.bin": _record(129)
            + _record(148, size)
            + _record(145)
            + b"".join(cells)
            + _record(146)
            + _record(130),
        }
    )


def _record(kind: int, data: bytes = b"") -> bytes:
    """A record of a binary workbook: kind and length in two bytes of seven bits each, and data."""
    head = bytes([kind]) if kind < 128 else bytes([kind & 127 | 128, kind >> 7])
    length = (
        bytes([len(data)]) if len(data) < 128 else bytes([len(data) & 127 | 128, len(data) >> 7])
    )
    return head + length + data


def _wide(text: str) -> bytes:
    return pack("<I", len(text)) + text.encode("utf-16-le")


def ods(*tables: str, before: str = "", doctype: str = "") -> bytes:
    """A spreadsheet of tables, each the XML of its rows or a whole <table:table>."""
    names = "".join(
        f' xmlns:{name}="{_OASIS}:{name}:1.0"'
        for name in ("office", "table", "text", "style", "draw")
    )
    body = "".join(
        table
        if table.startswith("<table:table ")
        else f'<table:table table:name="List">{table}</table:table>'
        for table in tables
    )
    return zipped(
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "META-INF/manifest.xml": f'<manifest:manifest xmlns:manifest="{_OASIS}:manifest:1.0"/>',
            "content.xml": f'<?xml version="1.0"?>{doctype}<office:document-content{names}>{before}'
            f"<office:body><office:spreadsheet>{body}</office:spreadsheet></office:body>"
            "</office:document-content>",
        }
    )


def ods_row(*cells: str, attributes: str = "") -> str:
    return f"<table:table-row {attributes}>{''.join(cells)}</table:table-row>"


def ods_text(text: str, attributes: str = "") -> str:
    paragraphs = "".join(f"<text:p>{line}</text:p>" for line in text.split("\n"))
    return (
        f'<table:table-cell office:value-type="string" {attributes}>{paragraphs}</table:table-cell>'
    )


def ods_number(value: str) -> str:
    return (
        f'<table:table-cell office:value-type="float" office:value="{value}">'
        "<text:p>4.48E+11</text:p></table:table-cell>"
    )


def sheet(name: str, content: bytes, country: str | None = None) -> Sheet:
    """The only sheet of a list."""
    [found] = read(name, content, country).sheets
    return found


def lines_of(found: Sheet, *columns: int) -> list[tuple[int, str]]:
    """Lines and texts of these columns, or of the guessed ones."""
    return [(line, text) for line, text, _ in found.lines(columns)]


def texts(content: bytes, column: int | None = None) -> list[tuple[int, str]]:
    """Lines and texts of the sheets that are read unless somebody chooses."""
    found = read("list.xlsx", content)
    return [
        (line, text)
        for place, columns in found.guessed.items()
        for line, text, _ in found.sheets[place].lines(columns if column is None else [column])
    ]
