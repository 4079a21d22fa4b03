"""Requests whose answer never comes whole: what is reported is what the vendor then holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from numberpools.domain.outcomes import Outcome
from numberpools.domain.pools import Fallback, Pool, PoolChanges
from numberpools.errors import (
    NoAnswerInTime,
    NotConfirmed,
    PoolIdTaken,
    PoolNotFound,
    VendorError,
    VendorUnavailable,
    WrongCredentials,
)
from numberpools.stores import PoolStore
from tests.contract.outcomes import numbers_in, outcomes
from tests.vonage.operation import OLD, OTHER, add, remove
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

NEW = "447700900009"

AFTER_WORK: list[Behaviour] = [
    reset_after_work,
    cut_off,
    trickle,
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


@pytest.mark.parametrize("behaviour", [*AFTER_WORK, *BEFORE_WORK], ids=named)
class TestAdding:
    def test_it_reports_what_is_in_the_pool(
        self,
        store: PoolStore,
        vendor: Vendor,
        truth: PoolStore,
        support: Pool,
        behaviour: Behaviour,
    ) -> None:
        vendor.will(behaviour)
        reported = outcomes(add(store, [NEW, OLD]))
        in_pool = numbers_in(truth)
        assert OLD in in_pool
        assert reported[OLD] is Outcome.ALREADY_IN_POOL
        assert (reported[NEW] is Outcome.ADDED) is (NEW in in_pool)
        assert reported[NEW] in {Outcome.ADDED, Outcome.NOT_CONFIRMED}

    def test_it_confirms_nothing_while_the_vendor_stays_away(
        self,
        store: PoolStore,
        vendor: Vendor,
        support: Pool,
        behaviour: Behaviour,
    ) -> None:
        vendor.will(behaviour, *[answer(503)] * 8)
        with pytest.raises(NotConfirmed, match="status 503") as caught:
            add(store, [NEW, OLD])
        assert caught.value.may_have_been_done
        assert isinstance(caught.value.__cause__, VendorError)


@pytest.mark.parametrize("behaviour", [*AFTER_WORK, *BEFORE_WORK], ids=named)
def test_removing_reports_what_left_the_pool(
    store: PoolStore, vendor: Vendor, truth: PoolStore, support: Pool, behaviour: Behaviour
) -> None:
    vendor.will(behaviour)
    reported = outcomes(remove(store, [OLD]))
    expected = Outcome.NOT_CONFIRMED if OLD in numbers_in(truth) else Outcome.REMOVED
    assert reported == {OLD: expected}


def test_removing_again_after_a_lost_answer_is_no_failure(
    store: PoolStore, vendor: Vendor, truth: PoolStore, support: Pool
) -> None:
    vendor.will(reset_after_work)
    (group,) = remove(store, [OLD])
    assert vendor.calls[0] == vendor.calls[1]
    assert group.outcome is Outcome.REMOVED
    assert "lost" in group.reason
    assert OLD not in numbers_in(truth)


@pytest.mark.parametrize(
    "refusal",
    [
        {"detail": "None was changed."},
        {"errors": [{"type": "#as-it-should-be", "numbers": [OLD, NEW]}]},
        {"errors": [{"error": {"type": "#as-it-should-be", "numbers": [OLD, NEW]}}]},
    ],
)
def test_a_repeat_that_is_refused_for_whatever_reason_is_looked_up(
    store: PoolStore, vendor: Vendor, support: Pool, refusal: dict[str, object]
) -> None:
    vendor.will(reset_after_work, answer(400, refusal))
    assert outcomes(add(store, [NEW])) == {NEW: Outcome.ADDED}
    vendor.will(reset_after_work, answer(400, refusal))
    assert outcomes(remove(store, [OLD])) == {OLD: Outcome.REMOVED}
    vendor.will(reset_unread, answer(400, refusal))
    assert outcomes(remove(store, [OTHER])) == {OTHER: Outcome.NOT_CONFIRMED}


def test_removing_again_after_a_refusal_is_told_as_it_is(
    store: PoolStore, vendor: Vendor, support: Pool
) -> None:
    vendor.will(answer(429))
    assert outcomes(remove(store, [NEW])) == {NEW: Outcome.NOT_IN_POOL}


def test_credentials_that_end_between_the_tries_leave_the_batch_unconfirmed(
    store: PoolStore, vendor: Vendor, support: Pool
) -> None:
    vendor.will(reset_after_work, answer(401), answer(401))
    with pytest.raises(NotConfirmed) as caught:
        add(store, [NEW])
    assert isinstance(caught.value.__cause__, WrongCredentials)


def test_a_pool_that_goes_between_the_tries_is_told(
    store: PoolStore, vendor: Vendor, truth: PoolStore, support: Pool
) -> None:
    vendor.will(reset_after_work, answer(404))
    with pytest.raises(PoolNotFound):
        add(store, [NEW])


@pytest.mark.parametrize("behaviour", AFTER_WORK, ids=named)
class TestChangesOfPools:
    def test_a_pool_was_created(
        self,
        store: PoolStore,
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
        store: PoolStore,
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
        store: PoolStore,
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
        store: PoolStore,
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
        store: PoolStore,
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
        store: PoolStore,
        vendor: Vendor,
        truth: PoolStore,
        support: Pool,
        behaviour: Behaviour,
    ) -> None:
        truth.create_pool(replace(support, pool_id="help"))
        vendor.will(behaviour)
        with pytest.raises(NotConfirmed, match="There is still a pool support"):
            store.update_pool("support", PoolChanges(pool_id="help"))

    def test_a_pool_that_somebody_else_created_is_not_taken_for_ours(
        self,
        store: PoolStore,
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
    store: PoolStore, vendor: Vendor, truth: PoolStore, support: Pool, behaviour: Behaviour
) -> None:
    vendor.will(behave, behaviour)
    assert store.delete_pool("support") == support
    with pytest.raises(PoolNotFound):
        truth.get_pool("support")


@pytest.mark.parametrize("behaviour", BEFORE_WORK, ids=named)
def test_a_pool_was_not_deleted(
    store: PoolStore, vendor: Vendor, truth: PoolStore, support: Pool, behaviour: Behaviour
) -> None:
    vendor.will(behave, behaviour)
    with pytest.raises(NotConfirmed, match="The pool support is still there"):
        store.delete_pool("support")
    assert truth.get_pool("support") == support


def test_a_change_that_cannot_be_looked_up_is_not_confirmed(
    store: PoolStore, vendor: Vendor, truth: PoolStore, support: Pool
) -> None:
    vendor.will(reset_after_work, *[answer(503)] * 4)
    with pytest.raises(NotConfirmed, match="Whether this was done is not known"):
        store.update_pool("support", PoolChanges(fallback=Fallback.REJECT))


def test_a_vendor_that_is_down_was_sent_nothing(
    store: PoolStore, vendor: Vendor, account_id: str, clock: FakeClock
) -> None:
    vendor.close()
    with pytest.raises(VendorUnavailable, match="can't be reached") as caught:
        store.create_pool(Pool(account_id, "sales", Fallback.POOL, True, True))
    assert not caught.value.may_have_been_done
    assert len(clock.waits) == 3
    with pytest.raises(VendorUnavailable):
        add(store, [NEW])


@pytest.mark.parametrize(
    ("behaviour", "answer_within"),
    [(trickle, 4), (trickle_headers, 4), (say_nothing, 0.05)],
)
def test_reading_ends_in_time(
    vendor: Vendor,
    support: Pool,
    clock: FakeClock,
    open_vendor_store: Callable[..., PoolStore],
    behaviour: Behaviour,
    answer_within: float,
) -> None:
    store = open_vendor_store(vendor.url, clock=clock, answer_within=answer_within)
    vendor.will(*[behaviour] * 4)
    with pytest.raises(NoAnswerInTime):
        store.get_pool("support")
