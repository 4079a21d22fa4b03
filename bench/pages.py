"""Any page of a million numbers, compared with the first one."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

from bench.data import ACCOUNT_ID, MILLION
from bench.measuring import medians, seconds, slowest_page
from bench.report import Row
from bench.server import API, Client
from numberpools.db.database import Database
from numberpools.domain.pools import PageRequest
from numberpools.stores import SqlPoolStore

_PAGE_SIZE = 100
_LAST = 10_000
_SCANNED = [*range(2, 50, 3), *range(50, _LAST, 67), _LAST - 1, _LAST]
_ROUNDS = 200


def store_row(name: str, database_url: str) -> Row:
    database = Database(database_url)
    store = SqlPoolStore(database, ACCOUNT_ID)

    def visit(page: int) -> None:
        assert store.list_numbers(MILLION, PageRequest(page, _PAGE_SIZE)).total_items == 1_000_000

    row = _row(f"{name}: the slowest page, to the first, in the store", visit)
    database.engine.dispose()
    return row


def api_row(name: str, client: Client) -> Row:
    visits = count()

    def visit(page: int) -> None:
        # What was asked for before comes from memory: each visit asks a little differently.
        query = f"page={page}&page_size={_PAGE_SIZE}&visit={next(visits)}"
        client.get(f"{API}/pools/{MILLION}/numbers?{query}")

    return _row(f"{name}: the slowest page, to the first, through the API", visit, at_most=2)


def _row(what: str, visit: Callable[[int], None], at_most: float | None = None) -> Row:
    slowest = slowest_page(_SCANNED, visit)
    slow, first = medians(
        _ROUNDS, lambda: seconds(lambda: visit(slowest)), lambda: seconds(lambda: visit(1))
    )
    return Row(f"{what} (page {slowest:,})", slow / first, "x", at_most=at_most)
