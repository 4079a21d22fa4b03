"""Who calls the API: the account and the API secret that a call names, checked with one query.

All secrets of an account share one salt, so that a call computes one hash, however many secrets
there are, and as many where there is no such account.
"""

from __future__ import annotations

import hashlib
import hmac
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Select, and_, bindparam, or_, select, update

from numberpools import clock
from numberpools.db.database import Database
from numberpools.db.tables import accounts, api_secrets, pools
from numberpools.domain.api_secrets import SecretRole
from numberpools.domain.pools import is_account_id, is_pool_id
from numberpools.errors import DatabaseUnavailable

_NOTED_AFTER_SECONDS = 60
"""How exact `last_used_at` is: writing it with every call would cost more than most calls."""

_columns = api_secrets.c


class _Found(NamedTuple):
    """A secret in force of the account that a call names."""

    salt: bytes
    secret_hash: bytes
    secret_id: str
    name: str
    role: str
    was_just_used: Any
    numbers_version: str | None


def _found_by(*, is_sqlite: bool) -> Select[Any]:
    now = clock.in_query(is_sqlite=is_sqlite)
    lately = clock.in_query(is_sqlite=is_sqlite, seconds_ago=_NOTED_AFTER_SECONDS)
    used = _columns.last_used_at > lately
    secret = (_columns.secret_hash, _columns.secret_id, _columns.name, _columns.role, used)
    is_in_force = or_(_columns.expires_at.is_(None), _columns.expires_at > now)
    of_pool = and_(
        pools.c.account_id == accounts.c.account_id, pools.c.pool_id == bindparam("pool_id")
    )
    return (
        select(accounts.c.secret_salt, *secret, pools.c.numbers_version)
        .select_from(accounts)
        .join(api_secrets, and_(_columns.account_id == accounts.c.account_id, is_in_force))
        .outerjoin(pools, of_pool)
        .where(accounts.c.account_id == bindparam("account_id"))
    )


_FOUND_BY = {is_sqlite: _found_by(is_sqlite=is_sqlite) for is_sqlite in (True, False)}


@dataclass(frozen=True, slots=True)
class Caller:
    """A program that has shown an API secret which is in force."""

    account_id: str
    secret_id: str
    secret_name: str
    role: SecretRole
    is_to_be_noted: bool
    """Whether what the list says of the secret's last use is too old."""
    numbers_version: str | None
    """Of the pool that the call is about: another one after each change. None: no such pool."""


def authenticate(
    database: Database, account_id: str, secret: str, pool_id: str = ""
) -> Caller | None:
    """The caller, if this is a secret of the account that is in force; takes as long where not.

    One query tells the state of the pool that the call is about as well.
    """
    if not is_account_id(account_id):
        return None
    wanted = {
        "account_id": account_id,
        "pool_id": pool_id if is_pool_id(pool_id) else "",
        "told": clock.told(),
    }
    rows = [_Found(*row) for row in database.look_up(_FOUND_BY[database.is_sqlite], wanted)]
    given = hash_of(rows[0].salt if rows else b"", secret)
    for found in rows:
        if hmac.compare_digest(given, found.secret_hash):
            is_to_be_noted = not found.was_just_used
            role = SecretRole(found.role)
            caller = (found.secret_id, found.name, role, is_to_be_noted, found.numbers_version)
            return Caller(account_id, *caller)
    return None


def note_use(database: Database, secret_id: str) -> None:
    """Note that the secret was used. It is no loss where the database has just gone away."""
    with suppress(DatabaseUnavailable), database.write() as connection:
        now = clock.shared(connection)
        query = update(api_secrets).where(_columns.secret_id == secret_id)
        connection.execute(query.values(last_used_at=now))


def hash_of(salt: bytes, secret: str) -> bytes:
    # The secret is 32 random bytes: nobody can try them all, so a slow hash would only slow us.
    return hashlib.sha256(salt + secret.encode("utf-8", "surrogatepass")).digest()
