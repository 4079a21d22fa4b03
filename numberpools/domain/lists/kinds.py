"""What a file is by its content, and for what holds no list, the sentence that says what to do."""

from __future__ import annotations

from codecs import BOM_UTF8
from enum import Enum, auto
from io import BytesIO
from pathlib import PurePath
from zipfile import ZipFile

from numberpools.domain.lists.xml import refuse_broken
from numberpools.errors import UnreadableFile


class Kind(Enum):
    """How a file is read."""

    TEXT = auto()
    TABLE = auto()
    XLSX = auto()
    ODS = auto()


_SAVE_AS = "open it and save the list as .csv or .xlsx."
_PASSWORD = "This workbook has a password: save it without one and bring it again."  # noqa: S105
_OLD_EXCEL = "This is an old Excel file (.xls): open it and save it as .xlsx or .csv."
_TOO_LARGE_INSIDE = (
    "This workbook is too large when unpacked: save the sheet with the numbers alone as .csv."
)

MAXIMUM_UNPACKED = 300_000_000
"""Bytes that all parts of a workbook may have together."""
MAXIMUM_RATIO = 200
"""How many times as large as the workbook its parts may be together."""
_MOST_PARTS = 10_000  # zipfile keeps half a kilobyte for each

_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_ENCRYPTED = 1  # the lowest bit of a part's flags
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_TABLES = {".csv", ".tsv", ".tab", ".xls", ".xlsx", ".xlsm", ".ods"}
_OTHERS = {
    b"%PDF": "a PDF",
    b"\x89PNG": "an image",
    b"\xff\xd8\xff": "an image",
    b"GIF8": "an image",
    b"II*\0": "an image",
    b"MM\0*": "an image",
    b"{\\rtf": "a text document (.rtf)",
    b"\x1f\x8b": "a compressed file",
    b"7z\xbc\xaf\x27\x1c": "a compressed file",
    b"Rar!": "a compressed file",
    b"BZh": "a compressed file",
    b"\xfd7zXZ": "a compressed file",
}
_MARKUP = {
    b"<!doctype html": "a web page",
    b"<html": "a web page",
    b"<?xml": "an XML file",
}
_OTHER_ZIPS = {
    "word/": "a Word document",
    "ppt/": "a presentation",
    "Index/": "a Numbers, Pages or Keynote file",
    "Index.zip": "a Numbers, Pages or Keynote file",
    "xl/workbook.bin": "a binary Excel workbook (.xlsb)",
}


def kind_of(name: str, content: bytes) -> Kind:
    """Return how to read the file; text is a table if its name ends as that of a table.

    Raises `UnreadableFile` for every other kind, and for workbooks with a password or with more
    in them than their size lets expect.
    """
    if content.startswith(_ZIP):
        return _kind_of_zip(content)
    if content.startswith(_OLD_OFFICE):
        has_password = "EncryptedPackage".encode("utf-16-le") in content
        raise UnreadableFile(_PASSWORD if has_password else _OLD_EXCEL)
    markup = content[:64].removeprefix(BOM_UTF8).lstrip().lower()
    for beginning, marks in ((content, _OTHERS), (markup, _MARKUP)):
        for mark, what in marks.items():
            if beginning.startswith(mark):
                raise UnreadableFile(f"This is {what}: {_SAVE_AS}")
    if content[4:8] == b"ftyp" or content[8:12] == b"WEBP":
        raise UnreadableFile(f"This is an image or a film: {_SAVE_AS}")
    return Kind.TABLE if PurePath(name).suffix.lower() in _TABLES else Kind.TEXT


def _kind_of_zip(content: bytes) -> Kind:
    if content.count(b"PK\x01\x02") > _MOST_PARTS:
        raise UnreadableFile(_TOO_LARGE_INSIDE)
    with refuse_broken():
        archive = ZipFile(BytesIO(content))
        parts = {part.filename: part for part in archive.infolist()}
        unpacked = sum(part.file_size for part in archive.infolist())
        if any(part.flag_bits & _ENCRYPTED for part in parts.values()):
            raise UnreadableFile(_PASSWORD)
        is_xlsx = any(name.startswith("xl/") for name in parts)
        mimetype = _start_of(archive, "mimetype")
        has_password = b"encryption-data" in _start_of(archive, "META-INF/manifest.xml")
    for beginning, what in _OTHER_ZIPS.items():
        if any(name.startswith(beginning) for name in parts):
            raise UnreadableFile(f"This is {what}: {_SAVE_AS}")
    if not is_xlsx and not mimetype.startswith(b"application/vnd.oasis.opendocument.spreadsheet"):
        what = "an OpenDocument text or drawing" if mimetype else "a zip file"
        raise UnreadableFile(f"This is {what}: {_SAVE_AS}")
    if has_password:
        raise UnreadableFile(_PASSWORD)
    if unpacked > min(MAXIMUM_UNPACKED, MAXIMUM_RATIO * len(content)):
        raise UnreadableFile(_TOO_LARGE_INSIDE)
    return Kind.XLSX if is_xlsx else Kind.ODS


def _start_of(archive: ZipFile, part: str) -> bytes:
    """Return the first bytes of a part; none where there is no such part."""
    return archive.open(part).read(100_000) if part in archive.namelist() else b""
