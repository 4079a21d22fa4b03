"""``python -m bench``: measure what the product has to reach; exit status 1 where it does not.

docs/benchmarks.md explains each line. PostgreSQL is measured where TEST_POSTGRES_URL names a
server.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import (
    data,
    history,
    lists,
    looking,
    mirroring,
    operations,
    pages,
    phone,
    report,
    service,
    starting,
    storing,
    styles,
)
from bench.report import NotMeasured, Row
from bench.server import started

_POSTGRES_URL = os.environ.get("TEST_POSTGRES_URL", "")


def main() -> None:
    failed = False
    print(report.HEADING)
    with TemporaryDirectory() as folder:
        for row in _rows(Path(folder)):
            print(row, flush=True)
            failed |= row.failed
    raise SystemExit(failed)


def _rows(folder: Path) -> Iterator[Row | NotMeasured]:
    numbers = data.a_million_numbers()
    yield storing.row(folder, numbers)
    sqlite_url = data.create_sqlite_database(folder / "numberpools.db")
    yield from _database_rows("SQLite", sqlite_url, numbers, folder)
    with started(folder, sqlite_url) as server:
        yield service.memory_row(server)
        yield from service.size_rows(server)
    if _POSTGRES_URL:
        with data.postgres_database(_POSTGRES_URL) as postgres_url:
            yield from _database_rows("PostgreSQL", postgres_url, numbers, folder)
    else:
        yield NotMeasured("PostgreSQL", "TEST_POSTGRES_URL names no server")
    yield mirroring.row(folder)
    yield looking.row(folder)
    yield from operations.vendor_rows(folder)
    yield operations.browser_row(folder)
    yield operations.preview_row(folder)
    yield from lists.rows(folder)
    yield from operations.memory_rows(folder)
    yield from styles.rows()
    yield Row(
        "Parse 100,000 lines, to libphonenumber alone", phone.measure(), "x", at_most=phone.LIMIT
    )


def _database_rows(
    name: str, database_url: str, numbers: Sequence[str], folder: Path
) -> Iterator[Row]:
    yield operations.own_row(name, database_url)
    data.fill(database_url, numbers)
    yield starting.row(name, folder, database_url)
    yield pages.store_row(name, database_url)
    with started(folder, database_url) as server:
        yield pages.api_row(name, server.program())
        at_least = 0.5 if name == "SQLite" else None
        yield from service.throughput_rows(name, server, folder, database_url, at_least=at_least)
        yield service.pool_page_row(name, server)
        yield from service.filter_rows(name, server)
        yield from history.rows(name, server, database_url)


if __name__ == "__main__":
    main()
