"""Storing entries: with the change itself, or after it was refused."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from json import dumps

from sqlalchemy import Connection, insert, literal, select

from numberpools import clock
from numberpools.db.database import Database
from numberpools.db.tables import audit_entries, audit_numbers, pool_numbers, pools
from numberpools.domain.numbers import is_number
from numberpools.domain.outcomes import Outcome
from numberpools.errors import DatabaseUnavailable, NotConfirmed, NumberPoolsError, VendorError
from numberpools.services.actors import SYSTEM, Actor
from numberpools.services.audit.model import Draft, Result, Values
from numberpools.stores import PoolStore

_LONGEST_TEXT = 1_000


@dataclass(slots=True)
class Attempt:
    """One request or command that is to change something, and what the trail has of it so far."""

    actor: Actor
    is_recorded: bool = False
    refusal: Draft | None = None
    """What was refused. It is stored at the end: a transaction that fails would take it along."""


_attempt: ContextVar[Attempt | None] = ContextVar("attempt", default=None)


def begin_attempt(actor: Actor) -> None:
    """From now on, this actor does what is done, until `end_attempt`."""
    _attempt.set(Attempt(actor))


def end_attempt() -> None:
    _attempt.set(None)


@contextmanager
def attempt(actor: Actor) -> Iterator[Attempt]:
    current = Attempt(actor)
    token = _attempt.set(current)
    try:
        yield current
    finally:
        _attempt.reset(token)


def current_attempt() -> Attempt | None:
    """None where nobody acts but the service itself."""
    return _attempt.get()


@contextmanager
def recording(database: Database, store: PoolStore, draft: Draft) -> Iterator[None]:
    """Record the change of a pool that is made inside: what stands in the draft at its end.

    In an account of ours, change and entry are one transaction. At a vendor, the entry follows the
    answer; it says so where the vendor failed, or where the answer was lost.
    """
    try:
        with store.together():
            yield
            if draft.result is not Result.REFUSED and not draft.is_settled:
                _record(database, draft)
    except VendorError as exc:
        lost = isinstance(exc, NotConfirmed) or exc.may_have_been_done
        draft.result = Result.NOT_CONFIRMED if lost else Result.FAILED
        draft.reason = str(exc)
        _record(database, draft)
        raise
    except DatabaseUnavailable:
        raise  # nobody has refused anything
    except NumberPoolsError as exc:
        draft.result, draft.reason = Result.REFUSED, str(exc)
        _note_refusal(draft)
        raise
    if draft.result is Result.REFUSED:
        _note_refusal(draft)


def _record(database: Database, draft: Draft) -> None:
    with database.write() as connection:
        record(connection, draft)


def _note_refusal(draft: Draft) -> None:
    if current := _attempt.get():
        current.refusal, current.is_recorded = draft, False


def record(connection: Connection, draft: Draft, actor: Actor | None = None) -> int:
    """Store an entry; gives its id. The actor is whoever acts at present, unless one is given."""
    current = _attempt.get()
    if current is not None:
        current.is_recorded = True
        actor = actor or current.actor
    actor = actor or SYSTEM
    stored = connection.execute(
        insert(audit_entries),
        {
            "at": clock.shared(connection),
            "account_id": draft.account_id,
            "pool_id": draft.pool_id,
            "other_pool_id": draft.other_pool_id,
            "action": draft.action,
            "actor_kind": actor.kind,
            "actor": clean(actor.name),
            "address": actor.address,
            "request_id": actor.request_id,
            "operation_id": draft.operation_id,
            "undo_of": draft.undo_of,
            "before": _json(draft.before),
            "after": _json(draft.after),
            "result": draft.result,
            "reason": clean(draft.reason),
        },
    )
    (entry_id,) = stored.inserted_primary_key or (0,)
    _record_numbers(connection, entry_id, draft)
    return int(entry_id)


def record_refusal(database: Database, draft: Draft) -> None:
    """Store what was refused, after the transaction in which it was has ended."""
    _record(database, draft)


def record_deletion(database: Database, draft: Draft, number_count: int) -> None:
    """Record that a pool of ours goes, with all its numbers, before it does."""
    draft.before = {**(draft.before or {}), "numbers": number_count}
    draft.is_settled = True
    with database.write() as connection:
        record_with_numbers(connection, draft, Outcome.REMOVED)


def record_with_numbers(connection: Connection, draft: Draft, outcome: Outcome) -> None:
    """Record what becomes of a pool of ours as a whole: this, of all numbers that it has now."""
    entry_id = record(connection, draft)
    numbers = (
        select(literal(entry_id), pool_numbers.c.number, literal(str(outcome)))
        .join(pools, pools.c.pool_key == pool_numbers.c.pool_key)
        .where(pools.c.account_id == draft.account_id, pools.c.pool_id == draft.pool_id)
    )
    names = ["entry_id", "number", "outcome"]
    connection.execute(insert(audit_numbers).from_select(names, numbers))


def _record_numbers(connection: Connection, entry_id: int, draft: Draft) -> None:
    # What is no number at all can be any text, of any length.
    outcomes = {
        number: group.outcome
        for group in draft.numbers
        for number in group.numbers
        if is_number(number)
    }
    if outcomes:
        connection.execute(
            insert(audit_numbers),
            [
                {"entry_id": entry_id, "number": number, "outcome": outcome}
                for number, outcome in outcomes.items()
            ],
        )


def _json(values: Values | None) -> str | None:
    return None if values is None else dumps(values)


def clean(text: str) -> str:
    """What every database takes: no null characters, no halves of surrogate pairs, not too long."""
    return text.encode("utf-8", "replace").decode().replace("\0", "")[:_LONGEST_TEXT]
