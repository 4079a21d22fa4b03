"""What is sent again, how often, and after how long."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from numberpools.domain.outcomes import Outcome
from numberpools.domain.pools import Fallback, PageRequest, Pool, PoolChanges
from numberpools.errors import (
    NoAnswerInTime,
    RateLimited,
    VendorError,
    VendorUnavailable,
)
from numberpools.stores import PoolStore
from numberpools.stores.vonage_patience import patience
from tests.clock import HeldClock
from tests.vonage.vendor import (
    Behaviour,
    FakeClock,
    Vendor,
    answer,
    behave,
    reset_unread,
    trickle,
)

PASSING: list[Behaviour] = [
    answer(429),
    answer(502, b"<html>Bad Gateway</html>", {"Content-Type": "text/html"}),
    answer(503),
    answer(504),
    reset_unread,
    trickle,
]


@pytest.mark.parametrize("behaviour", PASSING)
def test_reading_is_repeated(
    store: PoolStore, vendor: Vendor, support: Pool, behaviour: Behaviour
) -> None:
    vendor.will(behaviour)
    assert store.get_pool("support") == support


@pytest.mark.parametrize("behaviour", PASSING)
def test_a_batch_is_repeated(
    store: PoolStore,
    vendor: Vendor,
    truth: PoolStore,
    support: Pool,
    behaviour: Behaviour,
) -> None:
    vendor.will(behaviour)
    (group,) = store.add_numbers("support", ["447700900009"])
    assert group.outcome is Outcome.ADDED
    assert truth.count_numbers("support") == 3


def test_four_tries_are_the_most(store: PoolStore, vendor: Vendor, clock: FakeClock) -> None:
    vendor.will(*[answer(503)] * 10)
    with pytest.raises(VendorUnavailable, match="status 503"):
        store.get_pool("support")
    assert len(vendor.calls) == 4
    first, second, third = clock.waits
    assert 0.25 <= first <= 0.5
    assert 0.5 <= second <= 1
    assert 1 <= third <= 2


def test_the_waits_differ_from_one_another(
    store: PoolStore, vendor: Vendor, support: Pool, clock: FakeClock
) -> None:
    for _ in range(5):
        vendor.will(answer(503))
        store.get_pool("support")
    assert len(set(clock.waits)) == 5


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 418, 500, 501, 505])
def test_what_would_not_pass_is_not_repeated(
    store: PoolStore, vendor: Vendor, clock: FakeClock, status: int
) -> None:
    vendor.will(answer(status, {"detail": "No."}))
    with pytest.raises(Exception, match=r"\w"):
        store.list_pools(PageRequest())
    assert len(vendor.calls) == 1
    assert clock.waits == []


@pytest.mark.parametrize("behaviour", [each for each in PASSING if each is not reset_unread])
def test_a_change_of_a_pool_is_sent_once(
    store: PoolStore,
    vendor: Vendor,
    support: Pool,
    account_id: str,
    behaviour: Behaviour,
) -> None:
    vendor.will(behaviour)
    with suppress(VendorError):
        store.create_pool(Pool(account_id, "sales", Fallback.POOL, True, True))
    vendor.will(behaviour)
    with suppress(VendorError):
        store.update_pool("support", PoolChanges(localized_sender_preferred=False))
    vendor.will(behave, behaviour)
    with suppress(VendorError):
        store.delete_pool("support")
    methods = [call.split()[0] for call in vendor.calls]
    assert [method for method in methods if method != "GET"] == ["POST", "PATCH", "DELETE"]


class TestRetryAfter:
    @pytest.mark.parametrize("status", [429, 503])
    def test_seconds_are_waited(
        self,
        store: PoolStore,
        vendor: Vendor,
        support: Pool,
        clock: FakeClock,
        status: int,
    ) -> None:
        vendor.will(answer(status, headers={"Retry-After": "7"}))
        store.get_pool("support")
        assert 7 <= sum(clock.waits) < 8

    def test_a_date_is_waited_for(
        self, store: PoolStore, vendor: Vendor, support: Pool, clock: FakeClock
    ) -> None:
        date = format_datetime(datetime.now(UTC) + timedelta(seconds=9), usegmt=True)
        vendor.will(answer(429, headers={"Retry-After": date}))
        store.get_pool("support")
        assert 7 <= sum(clock.waits) < 10

    def test_longer_than_the_page_may_take_is_told_at_once(
        self, store: PoolStore, vendor: Vendor, clock: FakeClock
    ) -> None:
        vendor.will(answer(429, headers={"Retry-After": "90"}))
        with pytest.raises(RateLimited, match="try again in 90 seconds") as caught:
            store.get_pool("support")
        assert caught.value.retry_after == 90
        assert clock.waits == []

    @pytest.mark.parametrize(
        "header", ["", "soon", "-1", "1e9", "9" * 5000, "²", "Mon, 99 Nov 2026 00:00:00 GMT", "0"]
    )
    def test_nonsense_is_as_good_as_nothing(
        self, store: PoolStore, vendor: Vendor, clock: FakeClock, header: str
    ) -> None:
        data = header.encode()
        vendor.will(*[answer(429, headers={"Retry-After": data.decode("latin-1")})] * 4)
        with pytest.raises(RateLimited):
            store.get_pool("support")
        assert sum(clock.waits) < 10

    def test_everybody_waits_for_it(
        self, store: PoolStore, vendor: Vendor, support: Pool, clock: FakeClock
    ) -> None:
        vendor.will(answer(429, headers={"Retry-After": "30"}))
        with pytest.raises(RateLimited):
            store.get_pool("support")
        with pytest.raises(RateLimited, match="in 30 seconds"), patience(20):
            store.get_pool("support")
        assert len(vendor.calls) == 1
        clock.sleep(30)
        assert store.get_pool("support") == support


class TestLongRetryAfter:
    """The vendor asks to wait longer than anybody waits in place."""

    @pytest.mark.parametrize("seconds", [90_000, 20 * 86_400])
    @pytest.mark.parametrize("as_date", [False, True])
    def test_it_says_until_when_and_calls_no_more(
        self,
        store: PoolStore,
        vendor: Vendor,
        support: Pool,
        clock: FakeClock,
        time_of_day: HeldClock,
        seconds: int,
        as_date: bool,
    ) -> None:
        until = time_of_day() + timedelta(seconds=seconds)
        header = format_datetime(until, usegmt=True) if as_date else str(seconds)
        vendor.will(answer(429, headers={"Retry-After": header}))
        told = f"it asked to wait until {until:%d %b %Y %H:%M} UTC"
        for _ in range(3):
            with pytest.raises(RateLimited, match=told) as caught:
                store.get_pool("support")
            assert seconds - 1 <= (caught.value.retry_after or 0) <= seconds
        assert len(vendor.calls) == 1
        assert clock.waits == []
        clock.move(seconds - 30)
        with pytest.raises(RateLimited, match=r"in 3. seconds"):
            store.get_pool("support")
        clock.move(30)
        assert store.get_pool("support") == support

    def test_what_nobody_can_mean_is_shortened(self, store: PoolStore, vendor: Vendor) -> None:
        vendor.will(answer(429, headers={"Retry-After": "9" * 5000}))
        with pytest.raises(RateLimited) as caught:
            store.get_pool("support")
        assert caught.value.retry_after == 30 * 86_400

    @pytest.mark.parametrize("status", [429, 503])
    def test_work_in_the_background_does_not_wait_in_place(
        self, store: PoolStore, vendor: Vendor, clock: FakeClock, status: int
    ) -> None:
        vendor.will(answer(status, headers={"Retry-After": "1800"}))
        with patience(3600, urgent=False), pytest.raises(VendorError) as caught:
            store.get_pool("support")
        assert caught.value.retry_after == 1800
        assert clock.waits == []

    def test_the_end_of_a_long_wait_is_waited_for(
        self, store: PoolStore, vendor: Vendor, support: Pool, clock: FakeClock
    ) -> None:
        vendor.will(answer(429, headers={"Retry-After": "86400"}))
        with pytest.raises(RateLimited):
            store.get_pool("support")
        clock.move(86_390)
        assert store.get_pool("support") == support
        assert clock.time == pytest.approx(86_400)


class TestPatience:
    def test_twenty_seconds_are_the_most_for_a_call(
        self, store: PoolStore, vendor: Vendor, clock: FakeClock
    ) -> None:
        vendor.will(*[answer(503, headers={"Retry-After": "8"})] * 10)
        with pytest.raises(VendorUnavailable):
            store.get_pool("support")
        assert clock.time <= 20
        assert len(vendor.calls) == 3

    def test_the_calls_of_a_page_share_it(
        self, store: PoolStore, vendor: Vendor, support: Pool, clock: FakeClock
    ) -> None:
        slow = answer(503, headers={"Retry-After": "8"})
        with patience():
            vendor.will(slow, behave, slow)
            store.get_pool("support")
            store.get_pool("support")
            assert len(vendor.calls) == 4
            vendor.will(slow)
            with pytest.raises(VendorUnavailable):
                store.get_pool("support")
        assert clock.time <= 20

    def test_nothing_is_sent_once_it_is_over(
        self, store: PoolStore, vendor: Vendor, support: Pool
    ) -> None:
        with patience(0), pytest.raises(NoAnswerInTime, match="nothing more was sent"):
            store.get_pool("support")
        assert vendor.calls == []
        assert store.get_pool("support") == support

    def test_work_in_the_background_may_wait_longer(
        self, store: PoolStore, vendor: Vendor, support: Pool, clock: FakeClock
    ) -> None:
        vendor.will(*[answer(429, headers={"Retry-After": "60"})] * 3)
        with patience(600, urgent=False):
            assert store.get_pool("support") == support
        assert 180 <= clock.time < 182
