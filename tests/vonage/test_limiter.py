"""The pace of the calls to one account."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import monotonic

import pytest

from numberpools.domain.pools import Pool
from numberpools.errors import RateLimited
from numberpools.stores import PoolStore
from numberpools.stores.limiter import Clock, Limiter
from numberpools.stores.vonage_patience import patience
from tests.processes import LIMIT_SECONDS
from tests.vonage.vendor import FakeClock, Vendor


def calls_in(seconds: float, limiter: Limiter, clock: FakeClock, *, urgent: bool) -> int:
    """How many calls get through in that time."""
    ends_at, calls = clock.now() + seconds, 0
    while limiter.take(urgent=urgent, at_most=ends_at - clock.now()):
        calls += 1
    return calls


@pytest.mark.parametrize("rate", [0.5, 1, 3, 10, 100])
@pytest.mark.parametrize("urgent", [True, False])
def test_it_keeps_to_the_rate(clock: FakeClock, rate: float, urgent: bool) -> None:
    calls = calls_in(60, Limiter(rate, clock), clock, urgent=urgent)
    assert 60 * rate - 1 <= calls <= 60 * rate + max(2, rate / 2)


def test_a_page_of_several_calls_does_not_wait(clock: FakeClock) -> None:
    limiter = Limiter(10, clock)
    assert all(limiter.take(urgent=True, at_most=0) for _ in range(5))
    assert not limiter.take(urgent=True, at_most=0)


def test_a_page_finds_room_beside_work_in_the_background(clock: FakeClock) -> None:
    limiter = Limiter(10, clock)
    calls_in(60, limiter, clock, urgent=False)
    assert all(limiter.take(urgent=True, at_most=0) for _ in range(2))


def test_work_in_the_background_waits_until_the_pages_are_served(clock: FakeClock) -> None:
    limiter = Limiter(10, clock)
    calls_in(1, limiter, clock, urgent=True)
    assert not limiter.take(urgent=False, at_most=0.2)
    assert limiter.take(urgent=True, at_most=0.1)


def test_it_lets_nobody_through_in_a_pause(clock: FakeClock) -> None:
    limiter = Limiter(10, clock)
    limiter.pause(30)
    assert not limiter.take(urgent=True, at_most=29.9)
    assert clock.waits == []
    assert limiter.take(urgent=True, at_most=30)
    assert clock.time == pytest.approx(30)


def test_a_shorter_pause_does_not_end_a_longer_one(clock: FakeClock) -> None:
    limiter = Limiter(10, clock)
    limiter.pause(30)
    limiter.pause(1)
    assert not limiter.take(urgent=True, at_most=29)


def test_threads_share_it() -> None:
    limiter = Limiter(100, Clock())
    began = monotonic()
    with ThreadPoolExecutor(8) as executor:
        taken = [
            executor.submit(limiter.take, urgent=False, at_most=LIMIT_SECONDS) for _ in range(60)
        ]
    assert all(each.result() for each in taken)
    assert monotonic() - began >= (60 - 50) / 100


def test_the_calls_to_an_account_pass_it(
    vendor: Vendor, support: Pool, clock: FakeClock, open_vendor_store: Callable[..., PoolStore]
) -> None:
    store = open_vendor_store(vendor.url, clock=clock, calls_per_second=2)
    with patience(60):
        for _ in range(10):
            store.get_pool("support")
    assert clock.time == pytest.approx((10 - 2) / 2)


def test_who_would_wait_too_long_is_told(
    vendor: Vendor, support: Pool, clock: FakeClock, open_vendor_store: Callable[..., PoolStore]
) -> None:
    store = open_vendor_store(vendor.url, clock=clock, calls_per_second=0.1)
    store.get_pool("support")
    store.get_pool("support")
    with (
        pytest.raises(RateLimited, match="Too many calls to the vendor are under way"),
        patience(5),
    ):
        store.get_pool("support")
    assert len(vendor.calls) == 2
