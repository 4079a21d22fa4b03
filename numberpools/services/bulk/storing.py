"""How operations and their batches are stored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import Connection, func, insert, select
from sqlalchemy.exc import IntegrityError

from numberpools import clock
from numberpools.db.conflicts import is_taken, unique
from numberpools.db.database import Database
from numberpools.db.tables import operation_batches as batches
from numberpools.db.tables import operations
from numberpools.errors import InvalidInput, InvalidParameter
from numberpools.services.bulk.brought import CHOICES, READING, ListChoices, Reading
from numberpools.services.bulk.model import State
from numberpools.services.bulk.report import get_operation

_ONE_UNDO = unique(operations, "undo_of")


def derived_id(form_id: str, name: str) -> str:
    """Return the id that an operation has by its form's and a name: the same for the same two."""
    try:
        return str(uuid5(UUID(form_id), name))
    except ValueError:
        raise InvalidInput([InvalidParameter("form_id", "The form's id must be a UUID.")]) from None


@contextmanager
def storing(database: Database, operation: Mapping[str, Any]) -> Iterator[Connection]:
    """Store an operation (`insert_operation`) and what belongs to it; nothing where it is stored.

    Raises OperationNotFound where that one is of another account.
    """
    try:
        with database.write() as connection:
            yield connection
    except IntegrityError as exc:
        if not is_taken(exc, operations.primary_key, _ONE_UNDO):
            raise
        get_operation(database, operation["account_id"], operation["operation_id"])


def insert_operation(connection: Connection, operation: Mapping[str, Any]) -> None:
    now = clock.shared(connection)
    queued_at = None if State(operation["state"]).is_list else now
    connection.execute(insert(operations), {**operation, "created_at": now, "queued_at": queued_at})


def insert_batch(
    connection: Connection, operation_id: str, step: str, *, is_done: bool = False
) -> None:
    """A batch that is about the operation as a whole."""
    mine = batches.c.operation_id == operation_id
    last = connection.scalar(select(func.max(batches.c.batch)).where(mine))
    connection.execute(
        insert(batches),
        {
            "operation_id": operation_id,
            "batch": 0 if last is None else last + 1,
            "step": step,
            "first": 0,
            "last": -1,
            "is_done": is_done,
        },
    )


def as_stored(choices: ListChoices, reading: Reading) -> dict[str, str]:
    """How a list is read, as an operation keeps it."""
    return {
        "list_choices": CHOICES.dump_json(choices).decode(),
        "list_reading": READING.dump_json(reading).decode(),
    }
