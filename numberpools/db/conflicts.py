"""Which rule of the database a statement has broken: only some of them mean what we expect."""

from __future__ import annotations

import sqlite3

import psycopg
from sqlalchemy import PrimaryKeyConstraint, Table, UniqueConstraint
from sqlalchemy.exc import IntegrityError


def is_taken(exc: IntegrityError, *constraints: PrimaryKeyConstraint | UniqueConstraint) -> bool:
    """Whether another row has what one of these constraints lets only one have.

    Anything else, such as a missing value, is an error: the database is not the one that the
    program was written for.
    """
    if isinstance(exc.orig, psycopg.errors.UniqueViolation):
        return exc.orig.diag.constraint_name in {each.name for each in constraints}
    # SQLite names the columns.
    broken = isinstance(exc.orig, sqlite3.IntegrityError) and str(exc.orig)
    return broken in {f"UNIQUE constraint failed: {_columns(each)}" for each in constraints}


def unique(table: Table, *columns: str) -> UniqueConstraint:
    """The table's constraint by which only one row has these values."""
    for each in table.constraints:
        if isinstance(each, UniqueConstraint) and tuple(each.columns.keys()) == columns:
            return each
    raise LookupError(f"Table {table.name} has no such constraint: {columns}")


def _columns(constraint: PrimaryKeyConstraint | UniqueConstraint) -> str:
    return ", ".join(f"{column.table.name}.{column.name}" for column in constraint.columns)
