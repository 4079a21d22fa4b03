"""A zip file that holds one list: the list is read as if it had been brought itself."""

from __future__ import annotations

import zlib
from io import BytesIO
from zipfile import BadZipFile, ZipFile, ZipInfo

from numberpools.errors import UnreadableFile

_NOTHING = "There is no file in this zip file: bring the list itself."
_SEVERAL = "This zip file has several files ({}): bring the one with the numbers."
_TOO_LARGE = "The file in this zip file is larger than 20 MB: split it, or bring the numbers alone."
NESTED = "There is a zip file in this zip file: unpack both and bring the list itself."
"""Nobody packs a list so, and bombs are made of such files."""
_DAMAGED = "This zip file is damaged or not complete: pack it again, or bring the list itself."

BROKEN = (BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError)
"""What `zipfile` raises for an archive that is damaged."""
_NAMED = 5
_LONGEST_NAME = 80
_NOT_MEANT = ("desktop.ini", "thumbs.db")  # what Windows puts beside files


def unpacked(content: bytes, most: int) -> tuple[str, bytes]:
    """Return the name and the content of the only file; at most `most` bytes.

    Raises `UnreadableFile` for none, for several, for a larger one, and for a damaged archive.
    """
    try:
        with ZipFile(BytesIO(content)) as archive:
            part = _only(archive)
            with archive.open(part) as stream:
                inner = stream.read(most + 1)
    except BROKEN as error:
        raise UnreadableFile(_DAMAGED) from error
    if len(inner) > most:
        raise UnreadableFile(_TOO_LARGE)
    return _short(part.filename), inner


def _only(archive: ZipFile) -> ZipInfo:
    files = [part for part in archive.infolist() if not part.is_dir()]
    meant = [part for part in files if not _is_hidden(part.filename)]
    if not meant:
        raise UnreadableFile(_NOTHING)
    if len(meant) > 1:
        names = [_short(part.filename) for part in meant[:_NAMED]]
        rest = [f"{len(meant) - _NAMED} more"] if len(meant) > _NAMED else []
        raise UnreadableFile(_SEVERAL.format(", ".join([*names, *rest])))
    return meant[0]


def _is_hidden(path: str) -> bool:
    name = path.rpartition("/")[2]
    return path.startswith("__MACOSX/") or name.startswith(".") or name.lower() in _NOT_MEANT


def _short(path: str) -> str:
    """Return a file's name without its folders, and without characters that can't be shown."""
    name = path.rpartition("/")[2]
    shown = "".join(char if char.isprintable() else "\ufffd" for char in name)
    return shown[-_LONGEST_NAME:]
