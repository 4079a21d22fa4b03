from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import product

import pytest

from numberpools.domain.pools import Fallback, PageRequest, Pool, PoolChanges
from numberpools.errors import PoolChanged, PoolIdTaken, PoolNotFound
from numberpools.stores import PoolStore
from tests.contract.outcomes import numbers_in

MakePool = Callable[..., Pool]


def test_it_works(store: PoolStore, account_id: str) -> None:
    pool = Pool(account_id, "support", Fallback.REJECT, True, False)
    assert store.create_pool(pool) == pool
    assert store.get_pool("support") == pool


@pytest.mark.parametrize("pool_id", ["a", "A-b_9", "x" * 64, "-", "_"])
def test_any_id_that_is_allowed_is_kept(
    store: PoolStore, make_pool: MakePool, pool_id: str
) -> None:
    make_pool(pool_id)
    assert store.get_pool(pool_id).pool_id == pool_id


def test_ids_differ_by_upper_and_lower_case(store: PoolStore, make_pool: MakePool) -> None:
    make_pool("support")
    make_pool("Support")
    store.delete_pool("Support")
    assert store.get_pool("support").pool_id == "support"


def test_every_setting_is_kept(store: PoolStore, account_id: str) -> None:
    settings = product(Fallback, (True, False), (True, False))
    pools = [Pool(account_id, f"pool-{at}", *each) for at, each in enumerate(settings)]
    for pool in pools:
        store.create_pool(pool)
    assert [store.get_pool(pool.pool_id) for pool in pools] == pools


def test_it_refuses_an_id_that_is_taken(store: PoolStore, make_pool: MakePool) -> None:
    pool = make_pool("support", ["447700900001"])
    with pytest.raises(PoolIdTaken, match="support"):
        store.create_pool(replace(pool, fallback=Fallback.REJECT))
    assert store.get_pool("support") == pool
    assert store.count_numbers("support") == 1


@pytest.mark.parametrize("pool_id", ["support", "..", "", "a/b", "%", "é", "x" * 65])
def test_a_pool_that_is_not_there_is_not_found(store: PoolStore, pool_id: str) -> None:
    with pytest.raises(PoolNotFound):
        store.get_pool(pool_id)
    with pytest.raises(PoolNotFound):
        store.update_pool(pool_id, PoolChanges(fallback=Fallback.REJECT))
    with pytest.raises(PoolNotFound):
        store.delete_pool(pool_id)


class TestChanging:
    @pytest.mark.parametrize(
        "changes",
        [
            PoolChanges(),
            PoolChanges(fallback=Fallback.CUSTOM_FROM),
            PoolChanges(localized_sender_preferred=False),
            PoolChanges(predictable_sender_preferred=True),
            PoolChanges(pool_id="support"),
            PoolChanges("help", Fallback.REJECT, False, True),
        ],
    )
    def test_only_what_is_named_changes(
        self, store: PoolStore, make_pool: MakePool, changes: PoolChanges
    ) -> None:
        pool = changes.apply(make_pool())
        assert store.update_pool("support", changes) == pool
        assert store.get_pool(pool.pool_id) == pool

    def test_a_renamed_pool_keeps_its_numbers(self, store: PoolStore, make_pool: MakePool) -> None:
        make_pool("support", ["447700900001"])
        store.update_pool("support", PoolChanges(pool_id="help"))
        assert numbers_in(store, "help") == ["447700900001"]
        with pytest.raises(PoolNotFound):
            store.get_pool("support")

    def test_it_refuses_a_name_that_is_taken(self, store: PoolStore, make_pool: MakePool) -> None:
        support, sales = make_pool("support"), make_pool("sales")
        changes = PoolChanges(pool_id="sales", fallback=Fallback.REJECT)
        with pytest.raises(PoolIdTaken, match="sales"):
            store.update_pool("support", changes)
        assert store.get_pool("support") == support
        assert store.get_pool("sales") == sales

    def test_it_refuses_where_somebody_else_was_quicker(
        self, store: PoolStore, make_pool: MakePool
    ) -> None:
        seen = make_pool()
        changed = store.update_pool("support", PoolChanges(fallback=Fallback.REJECT), seen.etag)
        with pytest.raises(PoolChanged):
            store.update_pool("support", PoolChanges(fallback=Fallback.POOL), seen.etag)
        with pytest.raises(PoolChanged):
            store.update_pool("support", PoolChanges(), seen.etag)
        with pytest.raises(PoolChanged):
            store.delete_pool("support", seen.etag)
        assert store.get_pool("support") == changed


class TestDeleting:
    def test_it_gives_the_pool_as_it_was(self, store: PoolStore, make_pool: MakePool) -> None:
        pool = make_pool("support", ["447700900001"])
        assert store.delete_pool("support", pool.etag) == pool
        with pytest.raises(PoolNotFound):
            store.get_pool("support")

    def test_a_pool_that_is_made_again_is_empty(
        self, store: PoolStore, make_pool: MakePool
    ) -> None:
        make_pool("support", ["447700900001"])
        store.delete_pool("support")
        make_pool("support")
        assert store.count_numbers("support") == 0


class TestListing:
    def test_an_account_without_pools(self, store: PoolStore) -> None:
        page = store.list_pools(PageRequest())
        assert (list(page.items), page.total_items, page.total_pages) == ([], 0, 1)

    @pytest.mark.parametrize("filtered", [False, True])
    def test_pages_follow_the_ids(
        self, store: PoolStore, make_pool: MakePool, filtered: bool
    ) -> None:
        for pool_id in ("pool-b", "Pool-c", "pool-a", "pool_d", "pool-10", "pool-9", "pool-1"):
            make_pool(pool_id)
        pages = [
            store.list_pools(PageRequest(number, 3), containing="pool" if filtered else "")
            for number in range(1, 5)
        ]
        ids = [[summary.pool.pool_id for summary in page.items] for page in pages]
        assert ids == [
            ["Pool-c", "pool-1", "pool-10"],
            ["pool-9", "pool-a", "pool-b"],
            ["pool_d"],
            [],
        ]
        assert {(page.total_items, page.total_pages) for page in pages} == {(7, 3)}
        assert [page.page for page in pages] == [1, 2, 3, 4]

    @pytest.mark.parametrize(
        ("containing", "found"),
        [
            ("SUP", ["support-de", "support_at"]),
            ("_", ["support_at"]),
            ("%", []),
            ("-", ["s-1", "support-de"]),
        ],
    )
    def test_a_filter_looks_for_the_text_itself(
        self, store: PoolStore, make_pool: MakePool, containing: str, found: list[str]
    ) -> None:
        for pool_id in ("support_at", "support-de", "s-1", "sales"):
            make_pool(pool_id)
        page = store.list_pools(PageRequest(), containing=containing)
        assert [summary.pool.pool_id for summary in page.items] == found
        assert page.total_items == len(found)
