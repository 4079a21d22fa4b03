"""Entries of a list as rows of the table of items."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from typing import NamedTuple

from sqlalchemy import Connection

from numberpools.db.database import Database
from numberpools.db.tables import operation_items
from numberpools.domain.outcomes import Outcome
from numberpools.domain.phone import Entry
from numberpools.services.bulk.model import Change

_DUPLICATE = "The same number stands on line {}."


class ItemRow(NamedTuple):
    position: int
    line: int
    text: str
    number: str | None
    outcome: Outcome | None
    reason: str


def rows_of(entries: Iterable[Entry], accepted: Set[str] = frozenset()) -> Iterator[ItemRow]:
    """A row for each entry, in their order, as far as the list alone tells what becomes of it.

    Numbers that are no valid ones are refused unless they are accepted here.
    """
    first_lines: dict[str, int] = {}
    for position, entry in enumerate(entries):
        outcome, reason = None, ""
        if entry.number in first_lines:
            outcome, reason = Outcome.DUPLICATE, _DUPLICATE.format(first_lines[entry.number])
        elif entry.number is None or (entry.problem and entry.number not in accepted):
            outcome, reason = Outcome.INVALID, entry.problem or ""
        if entry.number is not None:
            first_lines.setdefault(entry.number, entry.line)
        yield ItemRow(position, entry.line, entry.text, entry.number, outcome, reason)


def insert_rows(
    database: Database,
    connection: Connection,
    operation_id: str,
    rows: Iterable[ItemRow],
    change: Change | None = None,
) -> None:
    """Straight through the driver: for so many rows all else takes several times as long."""
    columns = ("operation_id", "change", "is_half_done", *ItemRow._fields)
    marks = ", ".join(["?" if database.is_sqlite else "%s"] * len(columns))
    into = f"{operation_items.name} ({', '.join(columns)})"
    statement = f"INSERT INTO {into} VALUES ({marks})"  # noqa: S608 - every word of it is ours
    same = (operation_id, None if change is None else str(change), False)
    values = [(*same, *row[:4], row.outcome and str(row.outcome), row.reason) for row in rows]
    if values:
        connection.exec_driver_sql(statement, values)
