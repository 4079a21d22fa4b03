"""Storing a million numbers, compared with the `sqlite3` shell's `.import`."""

from __future__ import annotations

import random
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.data import ACCOUNT_ID, MILLION, create_sqlite_database
from bench.measuring import medians, seconds
from bench.report import NotMeasured, Row
from numberpools.db.database import Database
from numberpools.stores import SqlPoolStore

_ROUNDS = 3
_WHAT = "Store 1,000,000 numbers, to the sqlite3 shell's .import"


def rows(folder: Path, numbers: Sequence[str]) -> Iterator[Row | NotMeasured]:
    shell = shutil.which("sqlite3")
    if shell is None:
        yield NotMeasured(_WHAT, "there is no sqlite3 shell here")
        return
    empty = folder / "empty.db"
    create_sqlite_database(empty)
    shuffled = random.Random(2).sample(numbers, len(numbers))
    for order, given in (("ascending", numbers), ("in random order", shuffled)):
        yield Row(f"{_WHAT}, {order}", _ratio(shell, empty, given), "x", at_most=3)
    empty.unlink()


def _ratio(shell: str, empty: Path, numbers: Sequence[str]) -> float:
    file = empty.with_name("numbers.csv")
    file.write_text("".join(f"1,{number}\n" for number in numbers), "ascii")
    target = empty.with_name("target.db")

    def add() -> float:
        shutil.copy(empty, target)
        return seconds(lambda: _add(target, numbers))

    def import_() -> float:
        shutil.copy(empty, target)
        return seconds(lambda: _import(shell, target, file))

    ours, theirs = medians(_ROUNDS, add, import_)
    target.unlink()
    file.unlink()
    return ours / theirs


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
