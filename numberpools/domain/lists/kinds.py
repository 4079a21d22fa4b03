"""What a file is by its content, and for what holds no list, the sentence that says what to do."""

from __future__ import annotations

import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from enum import Enum, auto
from io import BytesIO
from pathlib import PurePath
from struct import Struct
from zipfile import ZipFile

from numberpools.domain.lists.archive import BROKEN
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
    JSON = auto()
    VCARD = auto()
    WEB_PAGE = auto()
    MAIL = auto()
    SPREADSHEET_XML = auto()
    ZIP = auto()


_SAVE_AS = "open it and save the list as .csv or .xlsx."
_PASSWORD = "This workbook has a password: save it without one and bring it again."  # noqa: S105
_NO_WORKBOOK = f"This is an old Office file, but no Excel workbook: {_SAVE_AS}"

MAXIMUM_UNPACKED = 300_000_000
"""Bytes that all parts of a workbook may have together."""
MAXIMUM_RATIO = 200
"""How many times as large as the workbook its parts may be together."""
_MOST_PARTS = 10_000  # zipfile keeps half a kilobyte for each

_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_ENCRYPTED = 1  # the lowest bit of a part's flags
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_GLOBALS = re.compile(rb"\x09\x08[\x08\x10]\0\0[\x05\x06]\x05\0")
_RECORD = Struct("<HH")  # what it is, and how many bytes follow
_FILE_PASS = 0x2F
_RECORDS_LOOKED_AT = 5
_TABLES = {".csv", ".tsv", ".tab", ".xls", ".xlsx", ".xlsm", ".ods"}
_COPY = "open it, copy the list and paste it."
_PICTURE = (
    "This is a photo or screenshot: no numbers can be read from a picture; "
    "bring the list as text or as a spreadsheet."
)
_SOUND = "This is a sound or film: bring the list as text or as a spreadsheet."
_COMPRESSED = "This is a compressed file: unpack it and bring the list that is in it."
_XML = f"This is an XML file: {_SAVE_AS}"
_WORD = f"This is a Word document: {_COPY}"
_SLIDES = f"This is a presentation: {_COPY}"
_APPLE = (
    "This is a Numbers, Pages or Keynote file: "
    "open it in Numbers, choose File > Export To > CSV, and bring that file."
)
_ZIP_TOO_LARGE = (
    "The file in this zip file is too large when unpacked: split it, or bring the numbers alone."
)
_ZIP_PASSWORD = "This file has a password: save it without one and bring it again."  # noqa: S105
_OTHERS = {
    b"%PDF": "This is a PDF: open it, copy the table and paste it.",
    b"\x89PNG": _PICTURE,
    b"\xff\xd8\xff": _PICTURE,
    b"GIF8": _PICTURE,
    b"II*\0": _PICTURE,
    b"MM\0*": _PICTURE,
    b"ID3\2": _SOUND,
    b"ID3\3": _SOUND,
    b"ID3\4": _SOUND,
    b"OggS\0": _SOUND,
    b"fLaC\0": _SOUND,
    b"\x1aE\xdf\xa3": _SOUND,
    b"{\\rtf": f"This is a text document (.rtf): {_COPY}",
    b"\x1f\x8b": _COMPRESSED,
    b"7z\xbc\xaf\x27\x1c": _COMPRESSED,
    b"Rar!": _COMPRESSED,
    b"BZh": _COMPRESSED,
    b"\xfd7zXZ": _COMPRESSED,
}
_RIFF = {b"WEBP": _PICTURE, b"WAVE": _SOUND, b"AVI ": _SOUND}
_PICTURES_IN_BOXES = (b"hei", b"hev", b"mif1", b"msf1", b"avi")
_OTHER_ZIPS = {
    "word/": _WORD,
    "ppt/": _SLIDES,
    "Index/": _APPLE,
    "Index.zip": _APPLE,
}
_OTHER_OLD_OFFICE = {
    "WordDocument": _WORD,
    "PowerPoint Document": _SLIDES,
    "__properties_version1.0": f"This is a saved Outlook message (.msg): {_COPY}",
}
_LOOKED_AT = 1 << 14  # bytes of a text; an e-mail may have many headers
_TEXTS = {"[": Kind.JSON, "{": Kind.JSON, "begin:vcard": Kind.VCARD}
_MAIL = re.compile(r"[a-z][a-z-]*: ?[^\n]*\n(?:[a-z][a-z-]*:|[ \t])")  # two headers, or one folded
_PAGE = re.compile(r"<(?:!doctype html|(?:html|head|body|meta|title|style|table|div|center)[\s>/])")


def kind_of(name: str, content: bytes) -> Kind:
    """Return how to read the file; text is a table if its name ends as that of a table.

    Raises `UnreadableFile` for every other kind, and for workbooks with a password or with more
    in them than their size lets expect.
    """
    if content.startswith(_ZIP):
        return _kind_of_zip(content)
    if content.startswith(_OLD_OFFICE):
        return _kind_of_old_office(content)
    for mark, sentence in _OTHERS.items():
        if content.startswith(mark):
            raise UnreadableFile(sentence)
    if content.startswith(b"RIFF") and content[8:12] in _RIFF:
        raise UnreadableFile(_RIFF[content[8:12]])
    if content[4:8] == b"ftyp":
        raise UnreadableFile(_PICTURE if content[8:].startswith(_PICTURES_IN_BOXES) else _SOUND)
    return _kind_of_text(_beginning(content)) or plain_kind_of(name)


def _kind_of_old_office(content: bytes) -> Kind:
    """A folder of streams, of which a workbook's begins with its version and what encrypts it.

    The format: MS-XLS 2.1.7.20.3 (globals), 2.4.21 (BOF) and 2.4.117 (FilePass).
    """
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise UnreadableFile(_PASSWORD)
    names = [name.encode("utf-16-le") for name in ("Workbook", "Book", "WORKBOOK", "BOOK")]
    if not any(name in content for name in names):
        raise UnreadableFile(_what_else(content))
    if globals_ := _GLOBALS.search(content):
        place = globals_.start()
        for _ in range(_RECORDS_LOOKED_AT):
            record, length = _RECORD.unpack(content[place : place + _RECORD.size].ljust(4, b"\0"))
            if record == _FILE_PASS:
                raise UnreadableFile(_PASSWORD)
            place += _RECORD.size + length
    return Kind.XLS


def _what_else(content: bytes) -> str:
    """Say what an old Office file is that is no workbook."""
    for stream, sentence in _OTHER_OLD_OFFICE.items():
        if stream.encode("utf-16-le") in content:
            return sentence
    return _NO_WORKBOOK


def plain_kind_of(name: str) -> Kind:
    """Return how to read a text that says nothing of itself."""
    return Kind.TABLE if PurePath(name).suffix.lower() in _TABLES else Kind.TEXT


def _beginning(content: bytes) -> str:
    """Return the first characters without regard to those that are no ASCII, in small letters."""
    is_wide = content.startswith((BOM_UTF16_LE, BOM_UTF16_BE))
    text = content[:_LOOKED_AT].removeprefix(BOM_UTF8)
    return text.decode("utf-16" if is_wide else "latin-1", "ignore").lstrip().lower()


def _kind_of_text(beginning: str) -> Kind | None:
    for mark, kind in _TEXTS.items():
        if beginning.startswith(mark):
            return kind
    if _MAIL.match(beginning) and "\nmime-version:" in f"\n{beginning}":
        return Kind.MAIL
    if not beginning.startswith("<"):
        return None
    is_xml = beginning.startswith(("<?xml", "<!--"))
    if is_xml and "urn:schemas-microsoft-com:office:spreadsheet" in beginning:
        return Kind.SPREADSHEET_XML
    if _PAGE.search(beginning) if is_xml else _PAGE.match(beginning):
        return Kind.WEB_PAGE
    if is_xml:
        raise UnreadableFile(_XML)
    return None


def _kind_of_zip(content: bytes) -> Kind:
    names, unpacked, mimetype = _look_into(content)
    for beginning, sentence in _OTHER_ZIPS.items():
        if any(name.startswith(beginning) for name in names):
            raise UnreadableFile(sentence)
    is_ods = mimetype.startswith(b"application/vnd.oasis.opendocument.spreadsheet")
    if mimetype and not is_ods:
        raise UnreadableFile(f"This is an OpenDocument text or drawing: {_SAVE_AS}")
    is_workbook = is_ods or any(name.startswith("xl/") for name in names)
    if unpacked > min(MAXIMUM_UNPACKED, MAXIMUM_RATIO * len(content)):
        raise UnreadableFile(TOO_LARGE if is_workbook else _ZIP_TOO_LARGE)
    if not is_workbook:
        return Kind.ZIP
    if "xl/workbook.bin" in names:
        return Kind.XLSB
    return Kind.ODS if is_ods else Kind.XLSX


def _look_into(content: bytes) -> tuple[set[str], int, bytes]:
    """Return the names of a zip file's parts, their bytes together, and what it calls itself.

    Raises `UnreadableFile` for one with a password, for too many parts, and for a damaged one.
    """
    if content.count(b"PK\x01\x02") > _MOST_PARTS:
        raise UnreadableFile(TOO_LARGE)
    try:
        archive = ZipFile(BytesIO(content))
        parts = archive.infolist()
        if any(part.flag_bits & _ENCRYPTED for part in parts):
            raise UnreadableFile(_ZIP_PASSWORD)
        mimetype = _start_of(archive, "mimetype")
        if b"encryption-data" in _start_of(archive, "META-INF/manifest.xml"):
            raise UnreadableFile(_PASSWORD)
    except BROKEN as error:
        raise UnreadableFile(DAMAGED) from error
    return {part.filename for part in parts}, sum(part.file_size for part in parts), mimetype


def _start_of(archive: ZipFile, part: str) -> bytes:
    """Return the first bytes of a part; none where there is no such part."""
    return archive.open(part).read(100_000) if part in archive.namelist() else b""
