"""Accounts of ours and their inventories."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, insert, inspect, select, update

from numberpools import clock
from numberpools.db.database import Database
from numberpools.db.tables import accounts, inventory
from numberpools.domain.numbers import is_number
from numberpools.domain.pools import is_account_id
from numberpools.errors import AccountNotFound, InvalidInput, InvalidParameter, SettingsError
from numberpools.services import api_secrets, audit
from numberpools.services.audit import Action, Draft
from numberpools.stores import Stores


@dataclass(frozen=True, slots=True)
class Account:
    account_id: str
    label: str
    has_inventory: bool


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
                "secret_salt": api_secrets.new_salt(),
            },
        )
        secret = api_secrets.first_secret(connection, account_id, secret)
        after = {"label": label}
        audit.record(connection, Draft(Action.CREATE_ACCOUNT, account_id, after=after))
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
