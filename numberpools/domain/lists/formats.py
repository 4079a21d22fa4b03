"""Files of every kind but plain text become tables."""

from __future__ import annotations

from collections.abc import Sequence

from numberpools.domain.lists.json_text import json_tables
from numberpools.domain.lists.kinds import Kind
from numberpools.domain.lists.mail import mail_tables
from numberpools.domain.lists.rows import Table
from numberpools.domain.lists.spreadsheet_xml import spreadsheet_xml_tables
from numberpools.domain.lists.vcard import vcard_tables
from numberpools.domain.lists.web_page import web_page_tables
from numberpools.domain.lists.workbooks import workbook_tables

_WORKBOOKS = {Kind.XLSX: "xlsx", Kind.XLS: "xls", Kind.XLSB: "xlsb", Kind.ODS: "ods"}
_READERS = {
    Kind.VCARD: vcard_tables,
    Kind.WEB_PAGE: web_page_tables,
    Kind.MAIL: mail_tables,
    Kind.SPREADSHEET_XML: spreadsheet_xml_tables,
}


def tables_of(kind: Kind, name: str, content: bytes) -> Sequence[Table] | None:
    """Return the tables of a file; None for one that is to be read as a plain text.

    Raises `UnreadableFile` for one that is damaged or holds too much.
    """
    if kind is Kind.JSON:
        return json_tables(name, content)
    if kind in _WORKBOOKS:
        return workbook_tables(_WORKBOOKS[kind], content)
    return _READERS[kind](content) if kind in _READERS else None
