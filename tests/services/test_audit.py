"""The audit trail: finding entries, and taking back what they say."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from numberpools.db.database import Database
from numberpools.domain import phone
from numberpools.domain.outcomes import Outcome
from numberpools.domain.pools import Fallback, PageRequest, Pool, PoolChanges, readable, settings_of
from numberpools.errors import CannotBeUndone, EntryNotFound, PoolIdTaken
from numberpools.services import accounts, audit, bulk, pools, undo
from numberpools.services.actors import Actor, ActorKind
from numberpools.services.audit import Action, Entry, Wanted
from numberpools.stores import PoolStore, Stores

ANN = Actor(ActorKind.PERSON, "Ann <ann@example.com>", "203.0.113.7", "request-1")
NUMBER = "447400123456"
OTHER = "447400123457"

Find = Callable[..., list[Entry]]


@pytest.fixture
def support(stores: Stores, account_id: str) -> Pool:
    """A pool with two numbers, made by Ann."""
    with audit.attempt(ANN):
        pool = Pool(account_id, "support", Fallback.POOL, True, False)
        pools.create_pool(stores, pool)
        pools.add_numbers(stores, account_id, "support", [NUMBER, OTHER])
    return pool


@pytest.fixture
def find(database: Database, account_id: str) -> Find:
    """Entries, the newest first: ``find(action=Action.CREATE_POOL)``."""

    def entries(**wanted: object) -> list[Entry]:
        page = audit.list_entries(
            database,
            account_id,
            PageRequest(1, 100),
            Wanted(**wanted),  # type: ignore[arg-type]
        )
        every = list(audit.all_entries(database, account_id, Wanted(**wanted)))  # type: ignore[arg-type]
        assert every == list(page.items)
        assert page.total_items == len(every)
        return every

    return entries


def change(stores: Stores, pool: str, /, **changes: object) -> Pool:
    named = PoolChanges(**changes)  # type: ignore[arg-type]
    return readable(pools.update_pool(stores, "abcd1234", pool, named))


def test_it_finds_by_person_action_pool_and_time(
    stores: Stores, account_id: str, support: Pool, find: Find
) -> None:
    change(stores, "support", fallback=Fallback.REJECT)
    assert len(find()) == 4
    assert {each.actor for each in find(actor="ANN@example")} == {ANN}
    assert len(find(actor="ann")) == 2
    assert find(actor="ann%") == []
    (changed,) = find(action=Action.CHANGE_POOL)
    assert changed.actor.kind is ActorKind.SYSTEM
    assert len(find(pool_id="support")) == 3
    assert find(pool_id="suppor") == []
    assert find(since=changed.at)[0] == changed
    assert changed not in find(until=changed.at)
    assert find(since=datetime.now(UTC) + timedelta(days=1)) == []


def test_another_accounts_entries_are_not_found(
    stores: Stores, database: Database, support: Pool, find: Find
) -> None:
    accounts.create_account(database, "efgh5678", "Other Ltd")
    pools.create_pool(stores, Pool("efgh5678", "secret", Fallback.POOL, True, True))
    pools.add_numbers(stores, "efgh5678", "secret", [NUMBER])
    assert {each.account_id for each in find()} == {"abcd1234"}
    assert {each.account_id for each in find(number=NUMBER)} == {"abcd1234"}
    (foreign, *_) = audit.list_entries(database, "efgh5678", PageRequest(1, 10), Wanted()).items
    with pytest.raises(EntryNotFound):
        audit.get_entry(database, "abcd1234", foreign.entry_id)


def test_one_search_tells_what_happened_to_a_number(
    stores: Stores, account_id: str, support: Pool, find: Find, work_off: Callable[[], None]
) -> None:
    pools.remove_numbers(stores, account_id, "support", [NUMBER])
    operation_id = bulk.start(
        stores,
        form_id=str(uuid4()),
        account_id=account_id,
        pool_id="support",
        action=bulk.Action.ADD,
        entries=phone.parse(f"+{NUMBER}, +{NUMBER}\n+447400123999"),
        started_by="Ann",
    )
    work_off()
    pools.delete_pool(stores, account_id, "support")
    found = [(each.action, each.number_outcome) for each in find(number=NUMBER)]
    assert found == [
        (Action.DELETE_POOL, Outcome.REMOVED),
        (Action.END_OPERATION, Outcome.ADDED),
        (Action.START_OPERATION, None),
        (Action.REMOVE_NUMBERS, Outcome.REMOVED),
        (Action.ADD_NUMBERS, Outcome.ADDED),
    ]
    assert find(number=NUMBER)[1].operation_id == operation_id
    assert len(find(number="447400123999")) == 3
    assert find(number="447400000000") == []


def test_a_pools_history_goes_back_through_its_names(
    stores: Stores, account_id: str, support: Pool, find: Find
) -> None:
    change(stores, "support", pool_id="help")
    pools.create_pool(stores, Pool(account_id, "support", Fallback.REJECT, True, False))
    change(stores, "help", fallback=Fallback.CUSTOM_FROM, pool_id="desk")
    told = [(each.action, each.pool_id) for each in find(history_of="desk")]
    assert told == [
        (Action.CHANGE_POOL, "desk"),
        (Action.CHANGE_POOL, "help"),
        (Action.ADD_NUMBERS, "support"),
        (Action.CREATE_POOL, "support"),
    ]
    assert find(history_of="support")[0].after == {
        **settings_of(support),
        "fallback": "Reject",
    }


def test_a_history_ends_though_names_go_round(stores: Stores, support: Pool, find: Find) -> None:
    change(stores, "support", pool_id="help")
    change(stores, "help", pool_id="support")
    assert len(find(history_of="support")) == 4


def test_settings_are_put_back(stores: Stores, store: PoolStore, support: Pool, find: Find) -> None:
    change(stores, "support", fallback=Fallback.REJECT, predictable_sender_preferred=True)
    entry = find()[0]
    with audit.attempt(ANN):
        assert undo.undo(stores, entry) == "support"
    assert store.get_pool("support") == support
    undoing, undone = find()[:2]
    assert (undoing.undo_of, undone.undone_by) == (entry.entry_id, undoing.entry_id)
    assert (undoing.before, undoing.after) == (entry.after, entry.before)
    assert undoing.actor == ANN
    with pytest.raises(CannotBeUndone, match="taken back already"):
        undo.undo(stores, undone)
    undo.undo(stores, undoing)
    assert store.get_pool("support").fallback is Fallback.REJECT


def test_only_what_the_entry_changed_is_put_back_also_after_a_renaming(
    stores: Stores, store: PoolStore, support: Pool, find: Find
) -> None:
    change(stores, "support", fallback=Fallback.REJECT)
    entry = find()[0]
    change(stores, "support", predictable_sender_preferred=True)
    change(stores, "support", pool_id="help")
    assert undo.undo(stores, entry) == "help"
    pool = store.get_pool("help")
    assert (pool.fallback, pool.predictable_sender_preferred) == (Fallback.POOL, True)


def test_what_was_changed_again_is_not_put_back(
    stores: Stores, store: PoolStore, support: Pool, find: Find
) -> None:
    change(stores, "support", fallback=Fallback.REJECT)
    entry = find()[0]
    change(stores, "support", fallback=Fallback.CUSTOM_FROM)
    with pytest.raises(CannotBeUndone, match="fallback was changed again since: it is CustomFrom"):
        undo.undo(stores, entry)
    assert store.get_pool("support").fallback is Fallback.CUSTOM_FROM


def test_what_was_changed_again_and_back_is_not_put_back_unless_that_was_taken_back(
    stores: Stores, store: PoolStore, support: Pool, find: Find
) -> None:
    for fallback in (Fallback.REJECT, Fallback.CUSTOM_FROM, Fallback.REJECT):
        change(stores, "support", fallback=fallback)
    last, middle, first, *_ = find()
    with pytest.raises(CannotBeUndone, match="fallback was changed again since"):
        undo.undo(stores, first)
    for entry in (last, middle, first):
        undo.undo(stores, entry)
    assert store.get_pool("support") == support


@pytest.mark.parametrize("is_renamed", [False, True])
def test_another_pool_of_the_same_id_is_left_alone(
    stores: Stores, store: PoolStore, account_id: str, support: Pool, find: Find, is_renamed: bool
) -> None:
    change(stores, "support", fallback=Fallback.REJECT)
    entry = find()[0]
    pools.delete_pool(stores, account_id, "support")
    pool_id = "other" if is_renamed else "support"
    pools.create_pool(stores, Pool(account_id, pool_id, Fallback.REJECT, True, False))
    if is_renamed:
        change(stores, "other", pool_id="support")
    with pytest.raises(CannotBeUndone, match="was deleted since"):
        undo.undo(stores, entry)
    assert store.get_pool("support").fallback is Fallback.REJECT


def test_a_pool_is_followed_when_another_takes_its_id(
    stores: Stores, store: PoolStore, account_id: str, support: Pool, find: Find
) -> None:
    change(stores, "support", fallback=Fallback.REJECT)
    entry = find()[0]
    change(stores, "support", pool_id="help")
    pools.create_pool(stores, Pool(account_id, "support", Fallback.REJECT, True, False))
    assert undo.undo(stores, entry) == "help"
    assert store.get_pool("help").fallback is Fallback.POOL
    assert store.get_pool("support").fallback is Fallback.REJECT


def test_a_pool_that_came_back_is_the_same_one(
    stores: Stores, store: PoolStore, account_id: str, support: Pool, find: Find
) -> None:
    change(stores, "support", fallback=Fallback.REJECT)
    entry = find()[0]
    pools.delete_pool(stores, account_id, "support")
    deletion = find()[0]
    pools.create_pool(stores, Pool(account_id, "support", Fallback.REJECT, True, False))
    change(stores, "support", pool_id="other")
    undo.undo(stores, deletion)
    undo.undo(stores, entry)
    assert store.get_pool("support") == support
    assert store.get_pool("other").fallback is Fallback.REJECT


def test_a_pool_gets_its_name_back_unless_another_has_it(
    stores: Stores, account_id: str, store: PoolStore, support: Pool, find: Find
) -> None:
    change(stores, "support", pool_id="help")
    entry = find()[0]
    pools.create_pool(stores, Pool(account_id, "support", Fallback.POOL, True, False))
    with pytest.raises(CannotBeUndone, match="Another pool is called support now"):
        undo.undo(stores, entry)
    pools.delete_pool(stores, account_id, "support")
    assert undo.undo(stores, entry) == "support"
    assert store.count_numbers("support") == 2


def test_a_deleted_pool_comes_back_with_its_numbers(
    stores: Stores, account_id: str, store: PoolStore, support: Pool, find: Find
) -> None:
    pools.delete_pool(stores, account_id, "support")
    entry = find()[0]
    assert undo.undo(stores, entry) == "support"
    assert store.get_pool("support") == support
    assert list(store.list_numbers("support", PageRequest()).items) == [NUMBER, OTHER]
    undoing = find()[0]
    assert undoing.undo_of == entry.entry_id
    assert undoing.after == {**settings_of(support), "numbers": {"added": 2}}
    with pytest.raises(CannotBeUndone):
        undo.undo(stores, audit.get_entry(stores.database, account_id, entry.entry_id))


def test_a_deleted_pool_does_not_come_back_over_another(
    stores: Stores, account_id: str, support: Pool, find: Find
) -> None:
    pools.delete_pool(stores, account_id, "support")
    entry = find()[0]
    pools.create_pool(stores, Pool(account_id, "support", Fallback.REJECT, True, False))
    with pytest.raises(CannotBeUndone, match="There is a pool support again"):
        undo.undo(stores, entry)


def test_numbers_that_are_not_owned_any_more_stay_away(
    stores: Stores, account_id: str, store: PoolStore, support: Pool, find: Find
) -> None:
    pools.delete_pool(stores, account_id, "support")
    entry = find()[0]
    accounts.set_inventory(stores.database, account_id, [NUMBER])
    undo.undo(stores, entry)
    assert list(store.list_numbers("support", PageRequest()).items) == [NUMBER]
    after = find()[0].after
    assert after is not None
    assert after["numbers"] == {"added": 1, "not-owned": 1}


def test_other_entries_cannot_be_undone(stores: Stores, support: Pool, find: Find) -> None:
    for entry in find():
        assert not undo.can_undo(stores, entry)
        with pytest.raises(CannotBeUndone):
            undo.undo(stores, entry)


def test_a_change_that_is_refused_is_noted_for_the_end_of_the_attempt(
    stores: Stores, account_id: str, support: Pool, find: Find
) -> None:
    before = find()
    with audit.attempt(ANN) as attempt, pytest.raises(PoolIdTaken):
        pools.create_pool(stores, support)
    assert find() == before
    assert attempt.refusal is not None
    assert not attempt.is_recorded
    audit.record_refusal(stores.database, attempt.refusal)
    assert find()[0].reason == "A pool with the id support exists already in this account."


def test_texts_that_no_database_takes_are_mended(database: Database, find: Find) -> None:
    reason = "null \0 half \ud800 " + "long " * 1_000
    audit.record_refusal(database, audit.Draft(Action.UNDO, "abcd1234", reason=reason))
    (entry,) = find(action=Action.UNDO)
    assert entry.reason.startswith("null  half ? long")
    assert len(entry.reason) <= 1_000
