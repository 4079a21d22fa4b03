"""Files that hold no list, or none that can be read: each gets a sentence that says what to do."""

from __future__ import annotations

import pytest

from numberpools.domain.lists import read
from numberpools.errors import UnreadableFile
from tests.domain.lists.workbooks import zipped

OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
PICTURE = "photo or screenshot: no numbers can be read from a picture"
SOUND = "sound or film"
COMPRESSED = "compressed file: unpack it"
APPLE = "open it in Numbers, choose File > Export To > CSV"
WORD = "Word document: open it, copy the list and paste it"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"%PDF-1.7 ...", "This is a PDF: open it, copy the table and paste it."),
        (b"\x89PNG\r\n\x1a\n", PICTURE),
        (b"\xff\xd8\xff\xe0", PICTURE),
        (b"GIF89a", PICTURE),
        (b"II*\0", PICTURE),
        (b"MM\0*", PICTURE),
        (b"\0\0\0\x18ftypheic", PICTURE),
        (b"RIFF\1\2\3\4WEBPVP8 ", PICTURE),
        (b"RIFF\1\2\3\4WAVEfmt ", SOUND),
        (b"\0\0\0\x18ftypmp42", SOUND),
        (b"ID3\3\0", SOUND),
        (b"OggS\0", SOUND),
        (b"{\\rtf1 +44", "a text document (.rtf): open it, copy the list and paste it"),
        (b"\xef\xbb\xbf<?xml version='1.0'?><Contacts/>", "an XML file"),
        (b"\x1f\x8b\x08", COMPRESSED),
        (b"7z\xbc\xaf\x27\x1c", COMPRESSED),
        (b"Rar!\x1a\x07", COMPRESSED),
        (b"BZh9", COMPRESSED),
        (b"\xfd7zXZ\0", COMPRESSED),
        (OLD_OFFICE + "WordDocument".encode("utf-16-le"), WORD),
        (OLD_OFFICE + "__properties_version1.0".encode("utf-16-le"), "a saved Outlook message"),
        (zipped({"[Content_Types].xml": "", "word/document.xml": ""}), WORD),
        (zipped({"ppt/presentation.xml": ""}), "a presentation"),
        (zipped({"Index/Document.iwa": ""}), APPLE),
        (zipped({"Index.zip": ""}), APPLE),
        (zipped({"mimetype": "application/vnd.oasis.opendocument.text"}), "an OpenDocument text"),
    ],
)
def test_other_kinds_get_a_sentence_that_says_what_to_do(content: bytes, words: str) -> None:
    with pytest.raises(UnreadableFile) as refusal:
        read("list.csv", content)
    assert words in str(refusal.value)
    assert str(refusal.value).endswith(".")


@pytest.mark.parametrize(
    "line", ["<John>", "ID3", "[A] Jane", "{Jane}", "RIFF x", "<5>", "begin", "<titles>"]
)
def test_names_are_not_taken_for_other_kinds(line: str) -> None:
    found = read("list.csv", f"{line};+447911123456\nJoe;+447911123457\n".encode())
    assert [text for _, text, _ in found.sheets[0].lines()] == ["+447911123456", "+447911123457"]
