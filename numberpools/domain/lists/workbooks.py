"""The sheets of a workbook, which a process of its own reads: see `workbook_reader`.

Whatever is wrong with the file ends that process only. What it writes goes to a file without a
name, from which the rows are read as often as is needed, in little memory.
"""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
from functools import partial
from io import BufferedReader, RawIOBase, TextIOWrapper
from pathlib import Path
from tempfile import TemporaryFile
from threading import BoundedSemaphore
from typing import Any

from numberpools.domain.lists.columns import column_letters
from numberpools.domain.lists.rows import Rows, Table
from numberpools.domain.lists.workbook_reader.sheets import DAMAGED, TOO_LARGE
from numberpools.errors import UnreadableFile

_TOO_SLOW = "This workbook takes too long to read: save the sheet with the numbers alone as .csv."
_FOLDER = str(Path(__file__).parent)
_PROGRAM = """
import sys
_, folder, kind, spool = sys.argv
sys.path.append(folder)
from workbook_reader.program import main
main(kind, int(spool))
"""
_SECONDS = 120  # by the clock; the reader has a limit of its own on processor time
_SIGNALS: dict[int, str] = {
    signal.SIGXCPU: _TOO_SLOW,
    signal.SIGABRT: TOO_LARGE,  # calamine has no memory left
    signal.SIGKILL: TOO_LARGE,  # the machine has none
}
_AT_ONCE = BoundedSemaphore(2)
"""Each reader may take 300 MB of memory."""
_ENVIRONMENT = {"LD_LIBRARY_PATH"}  # some hosts' Python needs it; nothing else is handed on


def workbook_tables(kind: str, content: bytes) -> list[Table]:
    """Return the sheets of an xlsx, xls, xlsb or ods (`kind`), the hidden and the empty ones too.

    Raises `UnreadableFile` for what is no sound workbook, or one that is too large.
    """
    spool = _Spool()
    return [
        Table(
            partial(spool.rows, sheet["start"], sheet["end"]),
            sheet["name"],
            sheet["is_hidden"],
            remarks=_remarks(sheet["without_value"], sheet["places"]),
        )
        for sheet in _read(kind, content, spool)
    ]


def _read(kind: str, content: bytes, spool: _Spool) -> list[dict[str, Any]]:
    """Run the reader; return what it says of each sheet."""
    try:
        with _AT_ONCE:
            ended = subprocess.run(  # noqa: S603
                [sys.executable, "-I", "-c", _PROGRAM, _FOLDER, kind, str(spool.fileno())],
                input=content,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                pass_fds=[spool.fileno()],
                env={name: os.environ[name] for name in _ENVIRONMENT.intersection(os.environ)},
                timeout=_SECONDS,
                check=False,
            )
    except subprocess.TimeoutExpired as error:
        raise UnreadableFile(_TOO_SLOW) from error
    if ended.returncode:
        raise UnreadableFile(_SIGNALS.get(-ended.returncode, DAMAGED))
    answer: dict[str, Any] = json.loads(ended.stdout)
    if "refusal" in answer:
        raise UnreadableFile(answer["refusal"])
    sheets: list[dict[str, Any]] = answer["sheets"]
    return sheets


def _remarks(count: int, places: list[tuple[int, int]]) -> tuple[str, ...]:
    if not count:
        return ()
    what = "1 formula has" if count == 1 else f"{count:,} formulas have"
    where = ", ".join(f"{column_letters(column)}{line}" for line, column in places)
    more = ", …" if count > len(places) else ""
    return (
        f"{what} no stored value ({where}{more}): open the file in its program and save it again.",
    )


class _Spool:
    """A file without a name, which is there as long as somebody refers to it."""

    def __init__(self) -> None:
        self._file = TemporaryFile()  # noqa: SIM115

    def __del__(self) -> None:
        self._file.close()

    def fileno(self) -> int:
        return self._file.fileno()

    def rows(self, start: int, end: int) -> Rows:
        """Yield the rows that stand between two bytes; several threads may do so at once."""
        bytes_ = BufferedReader(_Piece(self.fileno(), start, end))
        for row in csv.reader(TextIOWrapper(bytes_, "utf-8", newline="")):
            yield int(row.pop(0)), row


class _Piece(RawIOBase):
    """A piece of a file, read without moving the place at which others read it."""

    def __init__(self, file: int, start: int, end: int) -> None:
        super().__init__()
        self._file, self._place, self._end = file, start, end

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = os.pread(self._file, min(len(buffer), self._end - self._place), self._place)
        buffer[: len(data)] = data
        self._place += len(data)
        return len(data)
