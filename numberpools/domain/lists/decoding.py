"""Bytes become text: which encoding a file has, without ever changing a digit.

Most files are UTF-8, or say what they are by a byte-order mark. Older ones say nothing; for these
charset-normalizer looks at the bytes that are no ASCII. Its answer counts only where the whole file
can be read so and all digits stay digits. Failing that, only the bytes that are no UTF-8 are read
as Windows-1252: one stray line must not decide about all others.
"""

from __future__ import annotations

import codecs
import re
from io import BytesIO, TextIOWrapper

from charset_normalizer import from_bytes

from numberpools.errors import UnreadableFile

_NO_TEXT = (
    "This file is neither text nor a spreadsheet: save the list as .txt, .csv, .xlsx or .ods."
)

_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
"""In this order: the mark of UTF-32 begins with that of UTF-16."""
_LATIN = ("cp1252", "cp1250", "cp1254", "cp1257")
"""In the order of preference where several explain the bytes equally well."""
_OTHER_SCRIPTS = (
    *("cp932", "euc_jp", "gb18030", "big5", "cp949"),
    *("cp1251", "iso8859_5", "cp1253", "cp1255", "cp1256", "cp874"),
)
_OLD_BYTES = "numberpools.old_bytes"
_NO_ASCII = re.compile(rb"[\x80-\xff]+")
_WORDS = re.compile(rb"[\x80-\xff][0-9@-~\x80-\xff ]*")  # second bytes may be ASCII, even digits
_LETTERS_BEFORE = re.compile(rb"[@-~]*$")
_CAPITALS = re.compile(rb"[\xc0-\xdf]")
_CONTROLS = [chr(code) for code in range(32) if chr(code) not in "\t\n\v\f\r\x1a\x1f"]
_PIECE = 1 << 20
_LOOKED_AT = 4096  # bytes at the beginning, for the zeros of UTF-16 and UTF-32
_FEWEST_OF_OTHER_SCRIPTS = 8  # bytes that are no ASCII; a name or two
_SAMPLE = 1 << 16  # bytes; charset-normalizer takes 30 ms for them


def open_text(
    content: bytes, encoding: str | None = None, newline: str | None = None
) -> TextIOWrapper:
    """Return the text as a stream, with line ends as for `open`.

    Raises `UnreadableFile` where no encoding is given and the bytes are no text.
    """
    name = encoding or encoding_of(content)
    return TextIOWrapper(BytesIO(content), name, _OLD_BYTES, newline)


def encoding_of(content: bytes) -> str:
    """Return the name of the encoding in which the bytes are text.

    Raises `UnreadableFile` for what is no text.
    """
    marked = next((name for mark, name in _MARKS.items() if content.startswith(mark)), None)
    name = marked or _wide(content[:_LOOKED_AT])
    if name:
        if not _is_text(content, name):
            raise UnreadableFile(_NO_TEXT)
        return name
    if not _is_text(content, "utf-8"):
        raise UnreadableFile(_NO_TEXT)
    return "utf-8" if _is_utf_8(content) else _older(content)


def _wide(first: bytes) -> str | None:
    """Return UTF-16 or UTF-32 where zeros stand in the places that ASCII leaves empty."""
    few, many = len(first) // 50 + 1, len(first) // 5
    quarters = [first[place::4].count(0) for place in range(4)]
    if len(first) % 4 == 0 and len(first) > 4:
        most = len(first) // 4 * 0.9
        if min(quarters[2:]) >= most and quarters[0] <= few:
            return "utf-32-le"
        if min(quarters[:2]) >= most and quarters[3] <= few:
            return "utf-32-be"
    even, odd = quarters[0] + quarters[2], quarters[1] + quarters[3]
    if max(even, odd) > many and min(even, odd) < few:
        return "utf-16-be" if even > odd else "utf-16-le"
    return None


def _is_text(content: bytes, encoding: str) -> bool:
    """Whether all bytes can be decoded and hardly any character is one that text has not."""
    controls = characters = 0
    stream = open_text(content, encoding, newline="")
    try:
        while piece := stream.read(_PIECE):
            controls += sum(map(piece.count, _CONTROLS))
            characters += len(piece)
    except UnicodeError:
        return False
    return controls <= characters // 100


def _is_utf_8(content: bytes) -> bool:
    if content.isascii():
        return True
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for place in range(0, len(content), _PIECE):
            decoder.decode(content[place : place + _PIECE])
        decoder.decode(b"", True)
    except UnicodeError:
        return False
    return True


def _older(content: bytes) -> str:
    """Return the encoding of a text that is not all UTF-8; UTF-8 where no other is sure."""
    sample = _sample(content)
    runs = _NO_ASCII.findall(sample)
    if 2 * sum(map(_is_utf_8, runs)) >= len(runs):
        return "utf-8"
    guess = _guess(sample)
    return guess if guess and _keeps_digits(content, guess) else "utf-8"


def _sample(content: bytes) -> bytes:
    """Return the words that are not all ASCII, each from its beginning, a line for each."""
    words: list[bytes] = []
    length = end = 0
    for word in _WORDS.finditer(content):
        before = content[max(end, word.start() - 20) : word.start()]
        end = word.end()
        if letters := _LETTERS_BEFORE.search(before):
            words.append(letters[0] + word[0])
        length += len(words[-1])
        if length > _SAMPLE:
            break
    return b"\n".join(words)[:_SAMPLE]


def _guess(sample: bytes) -> str | None:
    """Return the likeliest encoding; None for Windows-1252, which needs no guess.

    In words of Latin letters most are ASCII, which those of other scripts are not, even where a
    second byte is: such scripts are not considered there, and Latin ones not elsewhere.
    """
    letters = sum(map(len, re.findall(rb"[A-Za-z\x80-\xff]+", sample)))
    others = sum(map(len, _NO_ASCII.findall(sample)))
    is_latin = others < max(_FEWEST_OF_OTHER_SCRIPTS, 0.45 * letters)
    matches = from_bytes(
        sample, cp_isolation=[*(_LATIN if is_latin else _OTHER_SCRIPTS)], threshold=0.3
    )
    if is_latin:
        found = {match.encoding: (match.chaos, -match.coherence) for match in matches}
        best = min((name for name in _LATIN if name in found), key=found.__getitem__, default=None)
        return best if best != "cp1252" else None
    match = matches.best()
    if match and match.encoding == "cp1251" and not _CAPITALS.search(sample):
        return "cp1255"  # Hebrew, which has none, at the places of small Cyrillic letters
    return match.encoding if match else None


def _keeps_digits(content: bytes, encoding: str) -> bool:
    """Whether all can be read so, and no digit becomes a part of another character.

    In GB18030 rare characters have two bytes that are digits by themselves; a tenth of all that
    are no ASCII may be such.
    """
    lost = sum(map(content.count, b"0123456789"))
    others = 0
    stream = open_text(content, encoding, newline="")
    try:
        while piece := stream.read(_PIECE):
            lost -= sum(map(piece.count, "0123456789"))
            others += len(piece) - len(piece.encode("ascii", "ignore"))
    except UnicodeError:
        return False
    return lost == 0 or (encoding == "gb18030" and 0 < 5 * lost <= others)


def _read_old_bytes(error: UnicodeError) -> tuple[str, int]:
    """Read what is no UTF-8 as older programs on Windows write it; all the rest stays UTF-8.

    One file may have lines of both, or end within a character. Were all of it read the older way,
    a space within a number could become a letter, and the rest of it pass for a number.
    """
    if isinstance(error, UnicodeDecodeError) and error.encoding == "utf-8":
        end = error.end
        if run := _NO_ASCII.match(error.object, error.start):
            end = run.end()
        return error.object[error.start : end].decode("cp1252", "replace"), end
    raise error


codecs.register_error(_OLD_BYTES, _read_old_bytes)
