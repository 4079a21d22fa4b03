"""Entries of a list as rows of the table of items."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence, Set
from typing import NamedTuple

from sqlalchemy import Connection

from numberpools.db.database import Database
from numberpools.db.tables import operation_items
from numberpools.domain.outcomes import Outcome
from numberpools.domain.phone import Doubt, Entry
from numberpools.services.bulk.model import Change

_DUPLICATE = "The same number stands on line {}{}."
_LINES_OF_A_SHEET = 10_000_000


class ItemRow(NamedTuple):
    position: int
    line: int
    text: str
    number: str | None
    outcome: Outcome | None
    reason: str
    sheet: int = 0
    doubt: Doubt | None = None
    note: str = ""


def rows_of(
    entries: Iterable[Entry],
    accepted: Set[str] = frozenset(),
    sheet_names: Sequence[str] = (),
    countries: Counter[str] | None = None,
) -> Iterator[ItemRow]:
    """A row for each entry, in their order, as far as the list alone tells what becomes of it.

    Numbers that are no valid ones are refused unless they are accepted here; one that is taken is
    no duplicate of a refused one, and counted in `countries`. `sheet_names`: if there are several.
    """
    places: dict[str, int] = {}  # sheet and line in one, for half a million of them
    refused: set[str] = set()
    for position, entry in enumerate(entries):
        outcome, reason, number = None, "", entry.number
        is_refused = number is None or (entry.problem is not None and number not in accepted)
        if number in places and (is_refused or number not in refused):
            sheet, line = divmod(places[number], _LINES_OF_A_SHEET)
            outcome, reason = Outcome.DUPLICATE, duplicate_of(line, sheet, sheet_names)
        elif is_refused:
            outcome, reason = Outcome.INVALID, entry.problem or ""
        elif countries is not None:
            countries[entry.country or ""] += 1
        if number is not None and outcome is not Outcome.DUPLICATE:
            places[number] = entry.sheet * _LINES_OF_A_SHEET + entry.line
            if is_refused:
                refused.add(number)
            elif refused:
                refused.discard(number)
        about = (entry.sheet, entry.doubt, entry.note)
        yield ItemRow(position, entry.line, entry.text, number, outcome, reason, *about)


def duplicate_of(line: int, sheet: int, sheet_names: Sequence[str]) -> str:
    """Say where a number stands first."""
    return _DUPLICATE.format(line, f" of {sheet_names[sheet]}" if sheet_names else "")


def insert_rows(
    database: Database,
    connection: Connection,
    operation_id: str,
    rows: Iterable[ItemRow],
    change: Change | None = None,
) -> None:
    """Straight through the driver: for so many rows all else takes several times as long."""
    mark = "?" if database.is_sqlite else "%s"
    columns = ("operation_id", "change", "is_half_done", *ItemRow._fields)
    marks = ", ".join([mark, mark, "FALSE", *[mark] * len(ItemRow._fields)])
    into = f"{operation_items.name} ({', '.join(columns)})"
    statement = f"INSERT INTO {into} VALUES ({marks})"  # noqa: S608 - every word of it is ours
    same = (operation_id, None if change is None else str(change))
    values = [same + row for row in rows]
    if values:
        connection.exec_driver_sql(statement, values)
