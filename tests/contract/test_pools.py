from __future__ import annotations

from collections.abc import Callable

from numberpools.domain.pools import PageRequest, Pool
from numberpools.stores import PoolStore


def test_it_works(store: PoolStore, make_pool: Callable[..., Pool]) -> None:
    make_pool("support", ["447700900123", "447700900124"])
    page = store.list_numbers("support", PageRequest())
    assert list(page.items) == ["447700900123", "447700900124"]
    assert page.total_items == 2
