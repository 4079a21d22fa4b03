"""The audit trail of an account at a vendor: also what failed there, or was lost on the way."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from numberpools.db import migrate
from numberpools.db.database import Database
from numberpools.domain.outcomes import Outcome
from numberpools.domain.pools import Fallback, PageRequest, Pool, PoolChanges, settings_of
from numberpools.errors import CannotBeUndone, NotConfirmed, NotSupported, WrongCredentials
from numberpools.services import audit, pools, undo
from numberpools.services.actors import Actor, ActorKind
from numberpools.services.audit import Action, Entry, Result, Wanted
from numberpools.stores import PoolStore, Stores
from tests.conftest import SECRET
from tests.vonage.vendor import (
    FakeClock,
    Vendor,
    answer,
    behave,
    client_of,
    reset_after_work,
    reset_unread,
)

PROBLEM = {"title": "No", "detail": "Not you."}
REJECT = PoolChanges(fallback=Fallback.REJECT)
ANN = Actor(ActorKind.PERSON, "Ann")


@pytest.fixture
def away(vendor: Vendor, clock: FakeClock, account_id: str, tmp_path: Path) -> Iterator[Stores]:
    """Our side, which keeps the trail in a database of its own."""
    client = client_of(vendor.url, account_id, SECRET, clock=clock)
    stores = Stores(Database(f"sqlite:///{tmp_path}/ours.db"), {account_id: client})
    migrate.upgrade(stores.database)
    yield stores
    stores.close()


def newest(stores: Stores, account_id: str) -> Entry:
    return audit.list_entries(stores.database, account_id, PageRequest(), Wanted()).items[0]


def test_a_change_is_recorded_after_the_answer(
    away: Stores, account_id: str, support: Pool
) -> None:
    pools.update_pool(away, account_id, "support", REJECT)
    entry = newest(away, account_id)
    assert (entry.action, entry.result) == (Action.CHANGE_POOL, Result.DONE)
    assert (entry.before, entry.after) == ({"fallback": "Pool"}, {"fallback": "Reject"})
    pools.add_numbers(away, account_id, "support", ["447400123456"])
    assert newest(away, account_id).after == {Outcome.ADDED: 1}


def test_settings_at_a_vendor_are_put_back(
    away: Stores, account_id: str, truth: PoolStore, support: Pool
) -> None:
    pools.update_pool(away, account_id, "support", REJECT)
    undo.undo(away, newest(away, account_id))
    assert truth.get_pool("support") == support


def test_a_lost_answer_is_recorded_as_not_confirmed(
    away: Stores, account_id: str, vendor: Vendor, support: Pool
) -> None:
    vendor.will(behave, reset_unread)
    with pytest.raises(NotConfirmed):
        pools.update_pool(away, account_id, "support", REJECT)
    entry = newest(away, account_id)
    assert (entry.action, entry.result) == (Action.CHANGE_POOL, Result.NOT_CONFIRMED)
    assert (entry.before, entry.after) == ({"fallback": "Pool"}, {"fallback": "Reject"})
    assert "does not have the new values" in entry.reason
    assert not undo.can_undo(away, entry)


def test_a_lost_answer_that_was_found_out_is_a_change_like_any_other(
    away: Stores, account_id: str, vendor: Vendor, support: Pool
) -> None:
    vendor.will(behave, reset_after_work)
    pools.update_pool(away, account_id, "support", REJECT)
    assert newest(away, account_id).result is Result.DONE


def test_what_the_vendor_refuses_is_recorded_as_a_failure(
    away: Stores, account_id: str, vendor: Vendor, support: Pool
) -> None:
    vendor.will(answer(401, PROBLEM))
    with audit.attempt(ANN) as attempt, pytest.raises(WrongCredentials):
        pools.add_numbers(away, account_id, "support", ["447400123456"])
    entry = newest(away, account_id)
    assert (entry.action, entry.result) == (Action.ADD_NUMBERS, Result.FAILED)
    assert "does not accept this account's API key" in entry.reason
    assert attempt.is_recorded, "the page must not record it once more"


def test_a_deletion_that_the_vendor_does_not_offer_is_a_refusal(
    away: Stores, account_id: str, vendor: Vendor, support: Pool
) -> None:
    vendor.will(behave, answer(405, PROBLEM))
    with audit.attempt(ANN) as attempt, pytest.raises(NotSupported):
        pools.delete_pool(away, account_id, "support")
    assert attempt.refusal is not None
    assert attempt.refusal.result is Result.REFUSED


def test_a_pool_deleted_at_a_vendor_does_not_come_back(
    away: Stores, account_id: str, support: Pool
) -> None:
    pools.delete_pool(away, account_id, "support")
    entry = newest(away, account_id)
    assert entry.before == settings_of(support)
    with pytest.raises(CannotBeUndone):
        undo.undo(away, entry)
