"""Requests that may be sent again: the answer to the first is kept for 24 hours and replayed.

The answer is stored in the transaction that does the work, so either both happened or neither.
A second request with the same key waits for the first (on the key's row in PostgreSQL, for its
turn to write in SQLite) and then gets its answer. Only answers of requests that were carried out
are kept: one that was refused changes nothing when it is sent again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from json import dumps, loads

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from numberpools import clock
from numberpools.db.conflicts import is_taken
from numberpools.db.database import Database
from numberpools.db.tables import idempotency_keys
from numberpools.errors import IdempotencyKeyReused

KEPT_FOR = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer that can be stored: status, the headers worth keeping, body."""

    status: int
    body: bytes
    headers: Mapping[str, str]
    replayed: bool = False


def once(
    database: Database, account_id: str, key: str, fingerprint: bytes, work: Callable[[], Answer]
) -> Answer:
    """Do the work, or give the answer of the request that came with this key before.

    `fingerprint` stands for the request's method, path and body.
    Raises IdempotencyKeyReused where it is another one, and what `work` raises.
    """
    with database.write() as connection:
        if earlier := _earlier(connection, account_id, key, fingerprint):
            return earlier
        answer = work()
        connection.execute(
            update(idempotency_keys)
            .where(_is_for(account_id, key))
            .values(status=answer.status, headers=dumps(dict(answer.headers)), body=answer.body)
        )
        return answer


def _earlier(
    connection: Connection, account_id: str, key: str, fingerprint: bytes
) -> Answer | None:
    """Return the answer that the key has already; else take the key for the one that is to come."""
    now = clock.shared(connection)
    connection.execute(
        delete(idempotency_keys).where(idempotency_keys.c.created_at < now - KEPT_FOR)
    )
    empty = {"status": 0, "headers": "{}", "body": b"", "created_at": now}
    mine = {"account_id": account_id, "key": key, "fingerprint": fingerprint}
    try:
        with connection.begin_nested():
            connection.execute(insert(idempotency_keys), mine | empty)
    except IntegrityError as exc:
        if not is_taken(exc, idempotency_keys.primary_key):
            raise
    else:
        return None
    query = select(idempotency_keys).where(_is_for(account_id, key))
    stored = connection.execute(query).one()
    if stored.fingerprint != fingerprint:
        raise IdempotencyKeyReused
    return Answer(stored.status, stored.body, loads(stored.headers), replayed=True)


def _is_for(account_id: str, key: str) -> ColumnElement[bool]:
    return and_(idempotency_keys.c.account_id == account_id, idempotency_keys.c.key == key)
