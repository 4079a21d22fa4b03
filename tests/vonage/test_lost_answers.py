"""Requests whose answer never comes whole: what is reported is what the vendor then holds."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from numberpools.domain.outcomes import Outcome, OutcomeGroup
from numberpools.domain.pools import Fallback, PageRequest, Pool, PoolChanges
from numberpools.errors import (
    NoAnswerInTime,
    NotConfirmed,
    PoolIdTaken,
    PoolNotFound,
    VendorUnavailable,
)
from numberpools.stores import PoolStore, VonagePoolStore
from tests.vonage.vendor import (
    Behaviour,
    FakeClock,
    Vendor,
    answer,
    behave,
    cut_off,
    reset_after_work,
    reset_unread,
    say_nothing,
    trickle,
    trickle_headers,
)

OLD = "447700900001"
NEW = "447700900009"

AFTER_WORK: list[Behaviour] = [
    reset_after_work,
    cut_off,
    trickle,
    trickle_headers,
    say_nothing,
    answer(500, after_work=True),
    answer(502, b"<html>Bad Gateway</html>", {"Content-Type": "text/html"}, after_work=True),
    answer(200, b"<html>Welcome</html>", {"Content-Type": "text/html"}, after_work=True),
]
BEFORE_WORK: list[Behaviour] = [
    reset_unread,
    answer(500),
    answer(502, b"<html>Bad Gateway</html>", {"Content-Type": "text/html"}),
    answer(200, b"<html>Welcome</html>", {"Content-Type": "text/html"}),
]


def named(behaviour: Behaviour) -> str:
    return behaviour.__qualname__.partition(".")[0]


def outcomes(groups: Sequence[OutcomeGroup]) -> dict[str, Outcome]:
    """The outcome of each number, each of which stands in one group only."""
    numbers = [number for group in groups for number in group.numbers]
    assert len(numbers) == len(set(numbers))
    return {number: group.outcome for group in groups for number in group.numbers}


def numbers_in(truth: PoolStore) -> list[str]:
    return list(truth.list_numbers("support", PageRequest(1, 100)).items)


@pytest.mark.parametrize("behaviour", [*AFTER_WORK, *BEFORE_WORK], ids=named)
class TestAdding:
    def test_it_reports_what_is_in_the_pool(
        self,
        store: VonagePoolStore,
        vendor: Vendor,
        truth: PoolStore,
        support: Pool,
        behaviour: Behaviour,
    ) -> None:
        vendor.will(behaviour)
        reported = outcomes(store.add_numbers("support", [NEW, OLD]))
        in_pool = numbers_in(truth)
        assert OLD in in_pool
        assert reported[OLD] is Outcome.ADDED
        assert (reported[NEW] is Outcome.ADDED) is (NEW in in_pool)
        assert reported[NEW] in {Outcome.ADDED, Outcome.NOT_CONFIRMED}

    def test_it_confirms_nothing_while_the_vendor_stays_away(
        self,
        store: VonagePoolStore,
        vendor: Vendor,
        support: Pool,
        behaviour: Behaviour,
    ) -> None:
        vendor.will(behaviour, *[answer(503)] * 8)
        (group,) = store.add_numbers("support", [NEW, OLD])
        assert group.outcome is Outcome.NOT_CONFIRMED
        assert list(group.numbers) == [OLD, NEW]
        assert group.reason


@pytest.mark.parametrize("behaviour", [*AFTER_WORK, *BEFORE_WORK], ids=named)
def test_removing_reports_what_left_the_pool(
    store: VonagePoolStore, vendor: Vendor, truth: PoolStore, support: Pool, behaviour: Behaviour
) -> None:
    vendor.will(behaviour)
    reported = outcomes(store.remove_numbers("support", [OLD]))
    expected = Outcome.NOT_CONFIRMED if OLD in numbers_in(truth) else Outcome.REMOVED
    assert reported == {OLD: expected}


def test_removing_again_after_a_lost_answer_is_no_failure(
    store: VonagePoolStore, vendor: Vendor, truth: PoolStore, support: Pool
) -> None:
    vendor.will(reset_after_work)
    (group,) = store.remove_numbers("support", [OLD])
    assert vendor.calls[0] == vendor.calls[1]
    assert group.outcome is Outcome.REMOVED
    assert "lost" in group.reason
    assert OLD not in numbers_in(truth)


def test_removing_again_after_a_refusal_is_told_as_it_is(
    store: VonagePoolStore, vendor: Vendor, support: Pool
) -> None:
    vendor.will(answer(429))
    assert outcomes(store.remove_numbers("support", [NEW])) == {NEW: Outcome.NOT_IN_POOL}


def test_credentials_that_end_between_the_tries_leave_the_batch_unconfirmed(
    store: VonagePoolStore, vendor: Vendor, support: Pool
) -> None:
    vendor.will(reset_after_work, answer(401), answer(401))
    assert outcomes(store.add_numbers("support", [NEW])) == {NEW: Outcome.NOT_CONFIRMED}


def test_a_pool_that_goes_between_the_tries_is_told(
    store: VonagePoolStore, vendor: Vendor, truth: PoolStore, support: Pool
) -> None:
    vendor.will(reset_after_work, answer(404))
    with pytest.raises(PoolNotFound):
        store.add_numbers("support", [NEW])


@pytest.mark.parametrize("behaviour", AFTER_WORK, ids=named)
class TestChangesOfPools:
    def test_a_pool_was_created(
        self,
        store: VonagePoolStore,
        vendor: Vendor,
        truth: PoolStore,
        account_id: str,
        behaviour: Behaviour,
    ) -> None:
        vendor.will(behaviour)
        pool = Pool(account_id, "sales", Fallback.REJECT, True, True)
        assert store.create_pool(pool) == pool == truth.get_pool("sales")
        assert [call.split()[0] for call in vendor.calls] == ["POST", "GET"]

    def test_a_pool_was_changed(
        self,
        store: VonagePoolStore,
        vendor: Vendor,
        truth: PoolStore,
        support: Pool,
        behaviour: Behaviour,
    ) -> None:
        vendor.will(behaviour)
        changed = store.update_pool("support", PoolChanges(fallback=Fallback.REJECT))
        assert changed.fallback is Fallback.REJECT
        assert changed == truth.get_pool("support")
        assert [call.split()[0] for call in vendor.calls] == ["PATCH", "GET"]

    def test_a_pool_was_renamed(
        self,
        store: VonagePoolStore,
        vendor: Vendor,
        truth: PoolStore,
        support: Pool,
        behaviour: Behaviour,
    ) -> None:
        vendor.will(behaviour)
        renamed = store.update_pool("support", PoolChanges(pool_id="help"))
        assert renamed == truth.get_pool("help")


@pytest.mark.parametrize("behaviour", BEFORE_WORK, ids=named)
class TestChangesOfPoolsThatDidNotHappen:
    def test_a_pool_was_not_created(
        self,
        store: VonagePoolStore,
        vendor: Vendor,
        truth: PoolStore,
        account_id: str,
        behaviour: Behaviour,
    ) -> None:
        vendor.will(behaviour)
        with pytest.raises(NotConfirmed, match="The pool sales is not there now"):
            store.create_pool(Pool(account_id, "sales", Fallback.REJECT, True, True))
        with pytest.raises(PoolNotFound):
            truth.get_pool("sales")

    def test_a_pool_was_not_changed(
        self,
        store: VonagePoolStore,
        vendor: Vendor,
        truth: PoolStore,
        support: Pool,
        behaviour: Behaviour,
    ) -> None:
        vendor.will(behaviour)
        with pytest.raises(NotConfirmed, match="does not have the new values"):
            store.update_pool("support", PoolChanges(fallback=Fallback.REJECT))
        assert truth.get_pool("support") == support

    def test_a_pool_was_not_renamed_to_one_that_looks_like_it(
        self,
        store: VonagePoolStore,
        vendor: Vendor,
        truth: PoolStore,
        support: Pool,
        account_id: str,
        behaviour: Behaviour,
    ) -> None:
        truth.create_pool(Pool(account_id, "help", Fallback.POOL, True, False))
        vendor.will(behaviour)
        with pytest.raises(NotConfirmed, match="There is still a pool support"):
            store.update_pool("support", PoolChanges(pool_id="help"))

    def test_a_pool_that_somebody_else_created_is_not_taken_for_ours(
        self,
        store: VonagePoolStore,
        vendor: Vendor,
        support: Pool,
        account_id: str,
        behaviour: Behaviour,
    ) -> None:
        vendor.will(behaviour)
        with pytest.raises(PoolIdTaken):
            store.create_pool(Pool(account_id, "support", Fallback.REJECT, False, False))


@pytest.mark.parametrize("behaviour", AFTER_WORK, ids=named)
def test_a_pool_was_deleted(
    store: VonagePoolStore, vendor: Vendor, truth: PoolStore, support: Pool, behaviour: Behaviour
) -> None:
    vendor.will(behave, behaviour)
    assert store.delete_pool("support") == support
    with pytest.raises(PoolNotFound):
        truth.get_pool("support")


@pytest.mark.parametrize("behaviour", BEFORE_WORK, ids=named)
def test_a_pool_was_not_deleted(
    store: VonagePoolStore, vendor: Vendor, truth: PoolStore, support: Pool, behaviour: Behaviour
) -> None:
    vendor.will(behave, behaviour)
    with pytest.raises(NotConfirmed, match="The pool support is still there"):
        store.delete_pool("support")
    assert truth.get_pool("support") == support


def test_a_change_that_cannot_be_looked_up_is_not_confirmed(
    store: VonagePoolStore, vendor: Vendor, truth: PoolStore, support: Pool
) -> None:
    vendor.will(reset_after_work, *[answer(503)] * 4)
    with pytest.raises(NotConfirmed, match="Whether this was done is not known"):
        store.update_pool("support", PoolChanges(fallback=Fallback.REJECT))


def test_a_vendor_that_is_down_was_sent_nothing(
    store: VonagePoolStore, vendor: Vendor, account_id: str, clock: FakeClock
) -> None:
    vendor.close()
    with pytest.raises(VendorUnavailable, match="can't be reached") as caught:
        store.create_pool(Pool(account_id, "sales", Fallback.POOL, True, True))
    assert not caught.value.may_have_been_done
    assert len(clock.waits) == 3
    with pytest.raises(VendorUnavailable):
        store.add_numbers("support", [NEW])


@pytest.mark.parametrize("behaviour", [trickle, trickle_headers, say_nothing], ids=named)
def test_reading_ends_in_time(
    store: VonagePoolStore, vendor: Vendor, support: Pool, behaviour: Behaviour
) -> None:
    vendor.will(*[behaviour] * 4)
    with pytest.raises(NoAnswerInTime):
        store.get_pool("support")

