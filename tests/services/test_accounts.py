"""Accounts, their API secrets and their inventories."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from numberpools.db.database import Database
from numberpools.db.tables import inventory
from numberpools.domain.outcomes import Outcome
from numberpools.domain.pools import Pool
from numberpools.errors import AccountNotFound, InvalidInput
from numberpools.services import accounts as service
from numberpools.services.authentication import authenticate
from numberpools.stores import PoolStore, Stores
from tests.conftest import SECRET


def test_it_works(stores: Stores) -> None:
    service.create_account(stores.database, "zzzz9999", "Last Ltd")
    service.create_account(stores.database, "aaaa0000", "First Ltd")
    listed = service.list_accounts(stores)
    assert [(each.account_id, each.label, each.has_inventory) for each in listed] == [
        ("aaaa0000", "First Ltd", False),
        ("zzzz9999", "Last Ltd", False),
    ]
    assert service.get_account(stores, "zzzz9999") == listed[1]


def test_without_accounts_the_list_is_empty(stores: Stores) -> None:
    assert service.list_accounts(stores) == []


@pytest.mark.parametrize("account_id", ["", "abc", "ABCD1234", "abcd 123", "abcd12345", "äbcd1234"])
def test_it_refuses_an_id_that_is_none(database: Database, account_id: str) -> None:
    with pytest.raises(InvalidInput, match="account_id: must be 8 characters"):
        service.create_account(database, account_id, "")


def test_it_refuses_an_id_that_is_taken(database: Database, account_id: str) -> None:
    with pytest.raises(InvalidInput, match="abcd1234 exists already"):
        service.create_account(database, account_id, "Another")
    assert authenticate(database, account_id, SECRET)


def test_an_unknown_account_is_not_found(stores: Stores) -> None:
    with pytest.raises(AccountNotFound):
        service.get_account(stores, "zzzz9999")


def test_every_account_gets_a_secret_of_its_own(database: Database) -> None:
    first = service.create_account(database, "aaaa0000", "")
    second = service.create_account(database, "bbbb0000", "")
    assert first != second
    assert min(len(first), len(second)) >= 43  # 32 bytes in base64
    assert authenticate(database, "aaaa0000", first)
    assert not authenticate(database, "aaaa0000", second)


def _owned(database: Database) -> list[str]:
    with database.read() as connection:
        query = select(inventory.c.number).order_by(inventory.c.number)
        return list(connection.scalars(query))


def test_an_inventory_is_replaced_as_a_whole(stores: Stores, account_id: str) -> None:
    service.set_inventory(stores.database, account_id, ["447400123456", "12015550123"] * 2)
    assert _owned(stores.database) == ["12015550123", "447400123456"]
    assert service.get_account(stores, account_id).has_inventory
    service.set_inventory(stores.database, account_id, ["12015550199"])
    assert _owned(stores.database) == ["12015550199"]


def test_an_empty_inventory_owns_nothing_and_none_owns_anything(
    database: Database, account_id: str, store: PoolStore, empty_pool: Pool
) -> None:
    service.set_inventory(database, account_id, [])
    assert [each.outcome for each in store.add_numbers("empty", ["447400123456"])] == [
        Outcome.NOT_OWNED
    ]
    service.set_inventory(database, account_id, None)
    assert [each.outcome for each in store.add_numbers("empty", ["447400123456"])] == [
        Outcome.ADDED
    ]


@pytest.mark.parametrize("malformed", ["", "+447400123456", "123456", "abc", "1" * 16, "a\x00b"])
def test_an_inventory_with_what_is_no_number_changes_nothing(
    database: Database, account_id: str, malformed: str
) -> None:
    service.set_inventory(database, account_id, ["12015550123"])
    with pytest.raises(InvalidInput, match="line 2 is not a number"):
        service.set_inventory(database, account_id, ["447400123456", malformed])
    assert _owned(database) == ["12015550123"]


def test_an_unknown_account_gets_no_inventory(database: Database) -> None:
    with pytest.raises(AccountNotFound):
        service.set_inventory(database, "zzzz9999", ["12015550123"])
    assert _owned(database) == []
