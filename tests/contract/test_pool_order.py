from __future__ import annotations

import pytest

from numberpools.domain.pools import Fallback, PageRequest, Pool, PoolOrder
from numberpools.stores import PoolStore


@pytest.mark.parametrize(
    ("order", "ascending", "descending"),
    [
        (PoolOrder.POOL_ID, "abcd", "dcba"),
        (PoolOrder.FALLBACK, "dbca", "abcd"),
        (PoolOrder.LOCALIZED, "acbd", "bdac"),
        (PoolOrder.PREDICTABLE, "cdab", "abcd"),
    ],
)
def test_pools_that_are_equal_follow_their_ids(
    store: PoolStore, account_id: str, order: PoolOrder, ascending: str, descending: str
) -> None:
    for pool in (
        Pool(account_id, "d", Fallback.CUSTOM_FROM, True, False),
        Pool(account_id, "c", Fallback.POOL, False, False),
        Pool(account_id, "b", Fallback.POOL, True, True),
        Pool(account_id, "a", Fallback.REJECT, False, True),
    ):
        store.create_pool(pool)
    for wanted, is_descending in ((ascending, False), (descending, True)):
        page = store.list_pools(PageRequest(), order=order, descending=is_descending)
        assert "".join(summary.pool.pool_id for summary in page.items) == wanted
