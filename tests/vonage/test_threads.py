"""Many threads, one client."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from numberpools.domain.outcomes import Outcome
from numberpools.domain.pools import Pool
from numberpools.stores import PoolStore
from tests.vonage.vendor import Vendor


def test_each_gets_the_answer_to_its_own_request(
    vendor: Vendor,
    truth: PoolStore,
    support: Pool,
    open_vendor_store: Callable[..., PoolStore],
) -> None:
    store = open_vendor_store(vendor.url)
    batches = [[str(447700900100 + 10 * each + at) for at in range(10)] for each in range(24)]
    with ThreadPoolExecutor(8) as executor:
        reports = list(executor.map(lambda batch: store.add_numbers("support", batch), batches))
    assert [group.numbers for (group,) in reports] == batches
    assert {group.outcome for (group,) in reports} == {Outcome.ADDED}
    assert truth.count_numbers("support") == 2 + 240
    assert vendor.connection_count <= 8
