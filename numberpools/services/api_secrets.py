"""API secrets: what programs show to call the API, several for each account.

A secret is in no other place than the answer that makes it: the database has its hash.
`services/authentication.py` checks calls by it.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4, uuid5

from sqlalchemy import Connection, Row, delete, func, insert, or_, select, update

from numberpools import clock
from numberpools.db.database import Database
from numberpools.db.tables import accounts, api_secrets
from numberpools.domain.api_secrets import (
    FIRST,
    LONGEST_LIFE,
    MOST_SECRETS,
    NAME_RULE,
    SOON,
    SecretRole,
    SecretState,
    is_secret_name,
)
from numberpools.errors import (
    AccountNotFound,
    InvalidInput,
    InvalidParameter,
    SecretMadeAlready,
    SecretNotFound,
    SecretReplaced,
)
from numberpools.services import audit
from numberpools.services.audit import Action, Draft
from numberpools.services.authentication import hash_of

_SECRET_BYTES = 32
_SALT_BYTES = 16
_LISTED_FOR = timedelta(days=30)
"""So long an expired secret is still listed, for whoever wonders why a program gets 401."""
_columns = api_secrets.c


@dataclass(frozen=True, slots=True)
class ApiSecret:
    """What is known of a secret. The secret itself is not."""

    secret_id: str
    name: str
    role: SecretRole
    state: SecretState
    created_at: datetime
    created_by: str
    """Empty where it is not known."""
    expires_at: datetime | None
    last_used_at: datetime | None
    """To the minute."""


@dataclass(frozen=True, slots=True)
class NewSecret:
    """A secret that was just made: to be shown now, or never."""

    account_id: str
    name: str
    role: SecretRole
    expires_at: datetime | None
    secret: str = field(repr=False)
    old_until: datetime | None = None
    """How long the secret that it replaces is taken; None: there is none that is taken."""


def list_secrets(database: Database, account_id: str) -> list[ApiSecret]:
    """By name, the newest of each first; of those that were replaced, only what is still taken."""
    query = select(api_secrets).where(_columns.account_id == account_id)
    with database.read() as connection:
        now = clock.shared(connection)
        is_listed = or_(~_columns.is_replaced, _columns.expires_at > now)
        order = (func.lower(_columns.name), _columns.name, _columns.created_at.desc())
        rows = connection.execute(query.where(is_listed).order_by(*order)).all()
    return [_known(row, now) for row in rows]


def get_secret(database: Database, account_id: str, secret_id: str) -> ApiSecret:
    """Raises SecretNotFound."""
    for each in list_secrets(database, account_id):
        if each.secret_id == secret_id:
            return each
    raise SecretNotFound


def create_secret(
    database: Database,
    account_id: str,
    name: str,
    role: SecretRole,
    life: timedelta | None = None,
    *,
    form_id: str | None = None,
    secret: str | None = None,
) -> NewSecret:
    """Make a secret that expires after so long; None: never. It cannot be shown again.

    Raises AccountNotFound, InvalidInput, and SecretMadeAlready where this form has made one.
    """
    if not is_secret_name(name):
        raise InvalidInput([InvalidParameter("name", NAME_RULE)])
    _check_life("expires", life)
    with database.write() as connection:
        salt = _lock(connection, account_id)
        now = clock.shared(connection)
        _forget_expired(connection, account_id, now, name)
        secret_id = _new_id(connection, account_id, form_id)
        _check_name(connection, account_id, name)
        _check_room(connection, account_id)
        expires_at = now + life if life else None
        new = NewSecret(account_id, name, role, expires_at, secret or _new_secret())
        _store(connection, secret_id, new, salt, now)
        audit.record(connection, Draft(Action.CREATE_SECRET, account_id, after=_told(new)))
    return new


def replace_secret(
    database: Database,
    account_id: str,
    secret_id: str,
    overlap: timedelta = timedelta(0),
    *,
    form_id: str | None = None,
    secret: str | None = None,
) -> NewSecret:
    """Give a secret's name, role and life to a new one; the old one is taken for so long still.

    Raises AccountNotFound, SecretNotFound, SecretReplaced, InvalidInput, and SecretMadeAlready
    where this form has made one.
    """
    _check_life("overlap", overlap or None)
    with database.write() as connection:
        salt = _lock(connection, account_id)
        now = clock.shared(connection)
        new_id = _new_id(connection, account_id, form_id)
        old = _get(connection, account_id, secret_id)
        if old.is_replaced:
            raise SecretReplaced(old.name)
        ends = [each for each in (old.expires_at, now + overlap) if each is not None]
        old_until = min(ends) if min(ends) > now else None
        _retire(connection, old, old_until)
        _forget_expired(connection, account_id, now)
        _check_room(connection, account_id)
        expires_at = old.expires_at and now + (old.expires_at - old.created_at)
        made = (old.name, SecretRole(old.role), expires_at, secret or _new_secret(), old_until)
        new = NewSecret(account_id, *made)
        _store(connection, new_id, new, salt, now)
        after = _told(new) | {"old_until": old_until and old_until.isoformat()}
        audit.record(connection, Draft(Action.REPLACE_SECRET, account_id, after=after))
    return new


def rotate_secret(
    database: Database,
    account_id: str,
    name: str | None = None,
    overlap: timedelta = timedelta(0),
    secret: str | None = None,
) -> NewSecret:
    """Replace the secret of this name; None: the account's only one.

    Raises AccountNotFound, and InvalidInput where there is none, or where several could be meant.
    """
    with database.write():
        old = _named(database, account_id, name)
        return replace_secret(database, account_id, old.secret_id, overlap, secret=secret)


def revoke_named(database: Database, account_id: str, name: str) -> None:
    """End a secret and what it replaces. Raises AccountNotFound, InvalidInput where it is none."""
    with database.write():
        _named(database, account_id, name)
        for each in list_secrets(database, account_id):
            if each.name == name:
                revoke_secret(database, account_id, each.secret_id)


def revoke_secret(database: Database, account_id: str, secret_id: str) -> str:
    """End a secret at once; returns its name. Raises SecretNotFound, AccountNotFound."""
    with database.write() as connection:
        _lock(connection, account_id)
        old = _get(connection, account_id, secret_id)
        _retire(connection, old, None)
        before = {"name": old.name, "role": old.role}
        audit.record(connection, Draft(Action.REVOKE_SECRET, account_id, before=before))
        name: str = old.name
    return name


def first_secret(connection: Connection, account_id: str, secret: str | None) -> str:
    """Store the secret that a new account comes with; returns it."""
    salt = _lock(connection, account_id)
    new = NewSecret(account_id, FIRST, SecretRole.CHANGES, None, secret or _new_secret())
    _store(connection, str(uuid4()), new, salt, clock.shared(connection))
    return new.secret


def new_salt() -> bytes:
    """For the secrets of a new account."""
    return secrets.token_bytes(_SALT_BYTES)


def _check_life(name: str, life: timedelta | None) -> None:
    """Raises InvalidInput."""
    if life is not None and not timedelta(minutes=1) <= life <= LONGEST_LIFE:
        reason = f"must be from a minute to {LONGEST_LIFE.days:,} days."
        raise InvalidInput([InvalidParameter(name, reason)])


def _named(database: Database, account_id: str, name: str | None) -> ApiSecret:
    with database.write() as connection:
        _lock(connection, account_id)
        found = list_secrets(database, account_id)
    current = [each for each in found if each.state is not SecretState.REPLACED]
    meant = [each for each in current if name in {None, each.name}]
    if len(meant) == 1:
        return meant[0]
    names = ", ".join(each.name for each in current) or "none"
    reason = f"must be one of the secrets of {account_id}: {names}."
    raise InvalidInput([InvalidParameter("name", reason)])


def _lock(connection: Connection, account_id: str) -> bytes:
    """Wait for whoever changes the account's secrets; returns its salt. Raises AccountNotFound."""
    query = select(accounts.c.secret_salt).where(accounts.c.account_id == account_id)
    salt: bytes | None = connection.scalar(query.with_for_update(key_share=True))
    if salt is None:
        raise AccountNotFound(account_id)
    return salt


def _get(connection: Connection, account_id: str, secret_id: str) -> Row[*tuple[Any, ...]]:
    query = select(api_secrets).where(
        _columns.account_id == account_id, _columns.secret_id == secret_id
    )
    found = connection.execute(query).one_or_none()
    if found is None:
        raise SecretNotFound
    return found


def _retire(connection: Connection, old: Row[*tuple[Any, ...]], until: datetime | None) -> None:
    """Leave a replaced secret in force until then; None: end it at once."""
    is_old = _columns.secret_id == old.secret_id
    if until is None:
        connection.execute(delete(api_secrets).where(is_old))
        # A process of the release before would still take it (db/tables/accounts.py).
        known = (accounts.c.account_id == old.account_id, accounts.c.secret_hash == old.secret_hash)
        connection.execute(update(accounts).where(*known).values(secret_hash=b""))
        return
    changes = {"expires_at": until, "is_replaced": True}
    connection.execute(update(api_secrets).where(is_old).values(changes))


def _forget_expired(
    connection: Connection, account_id: str, now: datetime, name: str | None = None
) -> None:
    """Of what has expired: what was replaced, what is long over, and what has this name."""
    is_over = or_(
        _columns.is_replaced, _columns.expires_at <= now - _LISTED_FOR, _columns.name == name
    )
    connection.execute(
        delete(api_secrets).where(
            _columns.account_id == account_id, _columns.expires_at <= now, is_over
        )
    )


def _new_id(connection: Connection, account_id: str, form_id: str | None) -> str:
    """Raises InvalidInput, and SecretMadeAlready where this form has made one."""
    if form_id is None:
        return str(uuid4())
    try:
        secret_id = str(uuid5(UUID(form_id), account_id))
    except ValueError:
        reason = "The form's id must be a UUID."
        raise InvalidInput([InvalidParameter("form_id", reason)]) from None
    made = select(_columns.name).where(_columns.secret_id == secret_id)
    if (name := connection.scalar(made)) is not None:
        raise SecretMadeAlready(name)
    return secret_id


def _check_name(connection: Connection, account_id: str, name: str) -> None:
    same = (_columns.account_id == account_id, _columns.name == name, ~_columns.is_replaced)
    if connection.scalar(select(_columns.secret_id).where(*same)) is not None:
        reason = f"There is a secret called {name}: choose another name, or replace that one."
        raise InvalidInput([InvalidParameter("name", reason)])


def _check_room(connection: Connection, account_id: str) -> None:
    count = select(func.count()).where(_columns.account_id == account_id)
    if (connection.scalar(count) or 0) >= MOST_SECRETS:
        reason = f"An account has {MOST_SECRETS} API secrets at most: revoke one first."
        raise InvalidInput([InvalidParameter("name", reason)])


def _store(
    connection: Connection, secret_id: str, new: NewSecret, salt: bytes, now: datetime
) -> None:
    attempt = audit.current_attempt()
    connection.execute(
        insert(api_secrets),
        {
            "secret_id": secret_id,
            "account_id": new.account_id,
            "name": new.name,
            "role": new.role,
            "secret_hash": hash_of(salt, new.secret),
            "created_at": now,
            "created_by": audit.clean(attempt.actor.words) if attempt else "",
            "expires_at": new.expires_at,
            "is_replaced": False,
        },
    )


def _told(new: NewSecret) -> dict[str, Any]:
    """For the trail."""
    expires_at = new.expires_at and new.expires_at.isoformat()
    return {"name": new.name, "role": new.role, "expires_at": expires_at}


def _known(row: Row[*tuple[Any, ...]], now: datetime) -> ApiSecret:
    return ApiSecret(
        row.secret_id,
        row.name,
        SecretRole(row.role),
        _state(row.is_replaced, row.expires_at, now),
        row.created_at,
        row.created_by,
        row.expires_at,
        row.last_used_at,
    )


def _state(is_replaced: bool, expires_at: datetime | None, now: datetime) -> SecretState:
    if expires_at is not None and expires_at <= now:
        return SecretState.EXPIRED
    if is_replaced:
        return SecretState.REPLACED
    if expires_at is not None and expires_at - now <= SOON:
        return SecretState.EXPIRES_SOON
    return SecretState.IN_FORCE


def _new_secret() -> str:
    return secrets.token_urlsafe(_SECRET_BYTES)
