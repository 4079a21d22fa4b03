"""Lists that people bring: how long it takes until they can be looked at, and what memory it takes.

The numbers are those of `bench.phone`, each once, as cells of a table.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from itertools import cycle, islice
from pathlib import Path

from openpyxl import Workbook

from bench import data, phone
from bench.measuring import medians, seconds
from bench.operations import operation_of, read, until, upload
from bench.report import Row
from bench.server import Server, most_megabytes, started
from numberpools.db.database import Database
from numberpools.domain.phone import parse
from numberpools.domain.pools import PageRequest
from numberpools.services import bulk
from numberpools.stores import Stores

_LINES = 500_000
_ROWS = 300_000
_PASTE = 1_000_000


def rows(folder: Path) -> Iterator[Row]:
    stores = Stores(Database(data.create_sqlite_database(folder / "lists.db")))
    lines = list(islice(cycle(phone.lines()), _LINES - 1))  # and a heading
    table = "\n".join(["Phone", *(f'"{line}"' for line in lines)]).encode()
    text = "\n".join(lines)
    ours, theirs = medians(
        3,
        lambda: seconds(lambda: _until_seen(stores, "list.csv", table)),
        lambda: seconds(lambda: parse(text, phone.COUNTRY)),
    )
    what = f"{_LINES:,} lines of .csv, until they can be looked at, to parsing alone"
    yield Row(what, ours / theirs, "x", at_most=1.4)
    few = lines[:_ROWS]
    table = "\n".join(["Phone", *(f'"{line}"' for line in few)]).encode()
    workbook = _workbook(few)
    ours, theirs = medians(
        3,
        lambda: seconds(lambda: _until_seen(stores, "list.xlsx", workbook)),
        lambda: seconds(lambda: _until_seen(stores, "list.csv", table)),
    )
    stores.close()
    yield Row(f"{_ROWS:,} rows of .xlsx, to the same as .csv", ours / theirs, "x", at_most=1.2)
    yield from _paste_rows(folder)


def _until_seen(stores: Stores, name: str, content: bytes) -> None:
    operation_id = read(stores, content, name)
    operation = operation_of(stores, operation_id)
    assert operation.state is bulk.State.READY, operation.problem
    bulk.look(stores.database, operation)
    bulk.list_items(stores.database, operation_id, PageRequest(1, 50))


def _workbook(lines: list[str]) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Numbers")
    for line in ["Phone", *lines]:
        sheet.append([line])
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def _paste_rows(folder: Path) -> Iterator[Row]:
    """What the web process holds at most while 1 MB of one character is pasted."""
    url = data.create_sqlite_database(folder / "paste.db")
    stores = Stores(Database(url))
    for name, character in (("(", "("), ("newlines", "\n"), (";", ";"), ('"', '"')):
        with started(folder, url) as server:
            _pasted(server, stores, "+447400123456\n" * 2_000)
            before = most_megabytes(server.web_pid)
            _pasted(server, stores, character * _PASTE + "\n+447400123456")
            more = most_megabytes(server.web_pid) - before
        yield Row(f"Memory of web, more, for 1 MB of {name} pasted", more, "MB", at_most=25)
    stores.close()


def _pasted(server: Server, stores: Stores, text: str) -> None:
    """The worker in the web process reads it."""
    operation_id = upload(server, pasted=text)
    until(lambda: operation_of(stores, operation_id).state is not bulk.State.READING)
