"""Storing a million numbers, compared with the `sqlite3` shell's `.import`."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from bench.data import ACCOUNT_ID, MILLION, create_sqlite_database
from bench.measuring import medians, seconds
from bench.report import NotMeasured, Row
from numberpools.db.database import Database
from numberpools.stores import SqlPoolStore

_ROUNDS = 3
_WHAT = "SQLite: storing 1,000,000 numbers, to the sqlite3 shell's .import"


def row(folder: Path, numbers: Sequence[str]) -> Row | NotMeasured:
    """Both take the numbers in ascending order: in any other the shell alone is far slower."""
    shell = shutil.which("sqlite3")
    if shell is None:
        return NotMeasured(_WHAT, "there is no sqlite3 shell here")
    empty, target, file = folder / "empty.db", folder / "target.db", folder / "numbers.csv"
    create_sqlite_database(empty)
    file.write_text("".join(f"1,{number}\n" for number in numbers), "ascii")

    def add() -> float:
        shutil.copy(empty, target)
        return seconds(lambda: _add(target, numbers))

    def import_() -> float:
        shutil.copy(empty, target)
        return seconds(lambda: _import(shell, target, file))

    ours, theirs = medians(_ROUNDS, add, import_)
    return Row(_WHAT, ours / theirs, "x", at_most=3)


def _add(target: Path, numbers: Sequence[str]) -> None:
    database = Database(f"sqlite:///{target}")
    SqlPoolStore(database, ACCOUNT_ID).add_numbers(MILLION, numbers)
    database.engine.dispose()


def _import(shell: str, target: Path, file: Path) -> None:
    """Into the same table of the same empty database: same key, write-ahead log, same syncing."""
    subprocess.run(
        [shell, "-csv", target, "PRAGMA synchronous = FULL", f".import {file} pool_numbers"],
        check=True,
        capture_output=True,
    )
