"""Accounts of ours: their API secrets and their inventories."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, and_, bindparam, delete, func, insert, inspect, select, update

from numberpools import clock
from numberpools.db.database import Database
from numberpools.db.tables import accounts, inventory, pools
from numberpools.domain.numbers import is_number
from numberpools.domain.pools import is_account_id, is_pool_id
from numberpools.errors import AccountNotFound, InvalidInput, InvalidParameter, SettingsError
from numberpools.services import audit
from numberpools.services.audit import Action, Draft
from numberpools.stores import Stores

_SECRET_BYTES = 32

_CALLER = (
    select(accounts.c.secret_salt, accounts.c.secret_hash, pools.c.numbers_version)
    .outerjoin(
        pools,
        and_(pools.c.account_id == accounts.c.account_id, pools.c.pool_id == bindparam("pool_id")),
    )
    .where(accounts.c.account_id == bindparam("account_id"))
)


@dataclass(frozen=True, slots=True)
class Account:
    account_id: str
    label: str
    has_inventory: bool


@dataclass(frozen=True, slots=True)
class Caller:
    """An account that has shown its API secret."""

    account_id: str
    numbers_version: str | None
    """Of the pool that the call is about: another one after each change. None: no such pool."""


def check_ids(stores: Stores) -> None:
    """Raises SettingsError where an account is the vendor's and one of ours."""
    named = list(stores.vendor_accounts)
    ours = select(accounts.c.account_id).where(accounts.c.account_id.in_(named))
    with stores.database.glance() as connection:
        if not named or not inspect(connection).has_table(accounts.name):
            return
        if account_id := connection.scalar(ours.order_by(accounts.c.account_id)):
            raise SettingsError(
                f"VONAGE_ACCOUNTS names {account_id}, which is also one of the service's own "
                "accounts: take it out there, or use another database."
            )


def create_account(
    database: Database,
    account_id: str,
    label: str,
    secret: str | None = None,
    *,
    taken: Collection[str] = (),
) -> str:
    """Store a new account; gives its API secret, which is not stored and cannot be shown again.

    `taken`: ids that it must not have, those of the vendor's accounts. Raises InvalidInput.
    """
    if not is_account_id(account_id):
        reason = "must be 8 characters: small letters a-z and digits."
        raise InvalidInput([InvalidParameter("account_id", reason)])
    if account_id in taken:
        reason = f"{account_id} is an account at the vendor: VONAGE_ACCOUNTS names it."
        raise InvalidInput([InvalidParameter("account_id", reason)])
    secret = secret or _new_secret()
    with database.write() as connection:
        exists = select(accounts.c.account_id).where(accounts.c.account_id == account_id)
        if connection.scalar(exists) is not None:
            raise InvalidInput([InvalidParameter("account_id", f"{account_id} exists already.")])
        connection.execute(
            insert(accounts),
            {
                "account_id": account_id,
                "label": label,
                "created_at": clock.now(),
                **_stored(secret),
            },
        )
        after = {"label": label}
        audit.record(connection, Draft(Action.CREATE_ACCOUNT, account_id, after=after))
    return secret


def rotate_secret(database: Database, account_id: str, secret: str | None = None) -> str:
    """Replace the account's API secret; gives the new one. Raises AccountNotFound."""
    secret = secret or _new_secret()
    query = update(accounts).where(accounts.c.account_id == account_id).values(_stored(secret))
    with database.write() as connection:
        if connection.execute(query).rowcount == 0:
            raise AccountNotFound(account_id)
        audit.record(connection, Draft(Action.REPLACE_SECRET, account_id))
    return secret


def list_accounts(stores: Stores) -> list[Account]:
    """The vendor's accounts in the order of the settings, then ours by id."""
    at_vendor = [Account(*each, has_inventory=False) for each in stores.vendor_accounts.items()]
    query = select(accounts.c.account_id, accounts.c.label, accounts.c.has_inventory)
    with stores.database.read() as connection:
        rows = connection.execute(query.order_by(accounts.c.account_id)).all()
    own = [Account(*row) for row in rows if row.account_id not in stores.vendor_accounts]
    return at_vendor + own


def get_account(stores: Stores, account_id: str) -> Account:
    """Raises AccountNotFound."""
    for account in list_accounts(stores):
        if account.account_id == account_id:
            return account
    raise AccountNotFound(account_id)


def authenticate(
    database: Database, account_id: str, secret: str, pool_id: str = ""
) -> Caller | None:
    """The caller, if this is the account's API secret. Takes as long for an unknown account.

    One query tells the state of the pool that the call is about as well.
    """
    if not is_account_id(account_id):
        return None
    wanted = {"account_id": account_id, "pool_id": pool_id if is_pool_id(pool_id) else ""}
    salt, stored, version = database.look_up(_CALLER, wanted) or (b"", b"", None)
    if not hmac.compare_digest(_hash(salt, secret), stored):
        return None
    return Caller(account_id, version)


def set_inventory(database: Database, account_id: str, numbers: Sequence[str] | None) -> None:
    """Say which numbers the account owns; None: not known, it may add any.

    Raises AccountNotFound, and InvalidInput that names the first number that is none.
    """
    for line, number in enumerate(numbers or (), start=1):
        if not is_number(number):
            reason = f"line {line} is not a number of 7 to 15 digits."
            raise InvalidInput([InvalidParameter("numbers", reason)])
    owned = None if numbers is None else sorted(set(numbers))
    action = Action.DROP_INVENTORY if owned is None else Action.SET_INVENTORY
    query = update(accounts).where(accounts.c.account_id == account_id)
    with database.write() as connection:
        draft = Draft(action, account_id, before=_owned(connection, account_id))
        if connection.execute(query.values(has_inventory=owned is not None)).rowcount == 0:
            raise AccountNotFound(account_id)
        connection.execute(delete(inventory).where(inventory.c.account_id == account_id))
        if owned:
            rows = [{"account_id": account_id, "number": number} for number in owned]
            connection.execute(insert(inventory), rows)
        draft.after = {"numbers": None if owned is None else len(owned)}
        audit.record(connection, draft)


def _owned(connection: Connection, account_id: str) -> audit.Values:
    """How many numbers the account owns, for the audit trail; None: not known."""
    has_inventory = select(accounts.c.has_inventory).where(accounts.c.account_id == account_id)
    count = select(func.count()).where(inventory.c.account_id == account_id)
    return {"numbers": connection.scalar(count) if connection.scalar(has_inventory) else None}


def _new_secret() -> str:
    return secrets.token_urlsafe(_SECRET_BYTES)


def _stored(secret: str) -> dict[str, bytes]:
    salt = secrets.token_bytes(16)
    return {"secret_salt": salt, "secret_hash": _hash(salt, secret)}


def _hash(salt: bytes, secret: str) -> bytes:
    # The secret is 32 random bytes: nobody can try them all, so a slow hash would only slow us.
    return hashlib.sha256(salt + secret.encode("utf-8", "surrogatepass")).digest()
