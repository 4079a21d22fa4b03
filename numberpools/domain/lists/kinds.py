"""What a file is by its content, and for what holds no list, the sentence that says what to do."""

from __future__ import annotations

import re
import zlib
from codecs import BOM_UTF8
from enum import Enum, auto
from io import BytesIO
from pathlib import PurePath
from struct import Struct
from zipfile import BadZipFile, ZipFile

from numberpools.domain.lists.workbook_reader.sheets import DAMAGED, TOO_LARGE
from numberpools.errors import UnreadableFile


class Kind(Enum):
    """How a file is read."""

    TEXT = auto()
    TABLE = auto()
    XLSX = auto()
    XLS = auto()
    XLSB = auto()
    ODS = auto()


_SAVE_AS = "open it and save the list as .csv or .xlsx."
_PASSWORD = "This workbook has a password: save it without one and bring it again."  # noqa: S105
_NO_WORKBOOK = f"This is an old Office file, but no Excel workbook: {_SAVE_AS}"

MAXIMUM_UNPACKED = 300_000_000
"""Bytes that all parts of a workbook may have together."""
MAXIMUM_RATIO = 200
"""How many times as large as the workbook its parts may be together."""
_MOST_PARTS = 10_000  # zipfile keeps half a kilobyte for each

_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_BROKEN = (BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError)
_ENCRYPTED = 1  # the lowest bit of a part's flags
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_GLOBALS = re.compile(rb"\x09\x08[\x08\x10]\0\0[\x05\x06]\x05\0")
_RECORD = Struct("<HH")  # what it is, and how many bytes follow
_FILE_PASS = 0x2F
_RECORDS_LOOKED_AT = 5
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
}


def kind_of(name: str, content: bytes) -> Kind:
    """Return how to read the file; text is a table if its name ends as that of a table.

    Raises `UnreadableFile` for every other kind, and for workbooks with a password or with more
    in them than their size lets expect.
    """
    if content.startswith(_ZIP):
        return _kind_of_zip(content)
    if content.startswith(_OLD_OFFICE):
        return _kind_of_old_office(content)
    markup = content[:64].removeprefix(BOM_UTF8).lstrip().lower()
    for beginning, marks in ((content, _OTHERS), (markup, _MARKUP)):
        for mark, what in marks.items():
            if beginning.startswith(mark):
                raise UnreadableFile(f"This is {what}: {_SAVE_AS}")
    if content[4:8] == b"ftyp" or content[8:12] == b"WEBP":
        raise UnreadableFile(f"This is an image or a film: {_SAVE_AS}")
    return Kind.TABLE if PurePath(name).suffix.lower() in _TABLES else Kind.TEXT


def _kind_of_old_office(content: bytes) -> Kind:
    """A folder of streams, of which a workbook's begins with its version and what encrypts it.

    The format: MS-XLS 2.1.7.20.3 (globals), 2.4.21 (BOF) and 2.4.117 (FilePass).
    """
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise UnreadableFile(_PASSWORD)
    names = [name.encode("utf-16-le") for name in ("Workbook", "Book", "WORKBOOK", "BOOK")]
    if not any(name in content for name in names):
        raise UnreadableFile(_NO_WORKBOOK)
    if globals_ := _GLOBALS.search(content):
        place = globals_.start()
        for _ in range(_RECORDS_LOOKED_AT):
            record, length = _RECORD.unpack(content[place : place + _RECORD.size].ljust(4, b"\0"))
            if record == _FILE_PASS:
                raise UnreadableFile(_PASSWORD)
            place += _RECORD.size + length
    return Kind.XLS


def _kind_of_zip(content: bytes) -> Kind:
    if content.count(b"PK\x01\x02") > _MOST_PARTS:
        raise UnreadableFile(TOO_LARGE)
    try:
        archive = ZipFile(BytesIO(content))
        parts = {part.filename: part for part in archive.infolist()}
        unpacked = sum(part.file_size for part in archive.infolist())
        if any(part.flag_bits & _ENCRYPTED for part in parts.values()):
            raise UnreadableFile(_PASSWORD)
        is_xlsx = any(name.startswith("xl/") for name in parts)
        mimetype = _start_of(archive, "mimetype")
        has_password = b"encryption-data" in _start_of(archive, "META-INF/manifest.xml")
    except _BROKEN as error:
        raise UnreadableFile(DAMAGED) from error
    for beginning, what in _OTHER_ZIPS.items():
        if any(name.startswith(beginning) for name in parts):
            raise UnreadableFile(f"This is {what}: {_SAVE_AS}")
    if not is_xlsx and not mimetype.startswith(b"application/vnd.oasis.opendocument.spreadsheet"):
        what = "an OpenDocument text or drawing" if mimetype else "a zip file"
        raise UnreadableFile(f"This is {what}: {_SAVE_AS}")
    if has_password:
        raise UnreadableFile(_PASSWORD)
    if unpacked > min(MAXIMUM_UNPACKED, MAXIMUM_RATIO * len(content)):
        raise UnreadableFile(TOO_LARGE)
    if "xl/workbook.bin" in parts:
        return Kind.XLSB
    return Kind.XLSX if is_xlsx else Kind.ODS


def _start_of(archive: ZipFile, part: str) -> bytes:
    """Return the first bytes of a part; none where there is no such part."""
    return archive.open(part).read(100_000) if part in archive.namelist() else b""
