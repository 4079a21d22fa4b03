"""What a person is told when the vendor does not do what was asked."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from numberpools.domain.pools import Fallback, PageRequest, Pool, PoolChanges
from numberpools.errors import (
    InvalidInput,
    InvalidParameter,
    NotEnabled,
    NotSupported,
    NumberPoolsError,
    PoolChanged,
    PoolIdTaken,
    PoolNotFound,
    UnreadableAnswer,
    VendorError,
    VendorRefused,
    VendorUnavailable,
    WrongCredentials,
)
from numberpools.stores import PoolStore
from numberpools.stores import vonage_replies as replies
from numberpools.stores.vonage_session import Answer
from tests.conftest import ACCOUNT_ID
from tests.examples import examples
from tests.vonage.vendor import Vendor, answer, behave, send_bytes

HTML = (b"<html>Not here</html>", {"Content-Type": "text/html"})


def problem(kind: str, detail: str = "Because.") -> dict[str, object]:
    return {"type": f"https://developer.vonage.com/api-errors#{kind}", "detail": detail}


def test_wrong_credentials(vendor: Vendor, open_vendor_store: Callable[..., PoolStore]) -> None:
    store = open_vendor_store(vendor.url, "not the secret")
    with pytest.raises(WrongCredentials, match="does not accept this account's API key"):
        store.list_pools(PageRequest())
    assert len(vendor.calls) == 1


@pytest.mark.parametrize(
    ("status", "body"), [(403, b""), (403, problem("forbidden")), (404, problem("not-found"))]
)
def test_an_account_that_the_api_is_not_enabled_for(
    store: PoolStore, vendor: Vendor, status: int, body: object
) -> None:
    vendor.will(answer(status, body))
    with pytest.raises(NotEnabled, match="account manager enables it"):
        store.list_pools(PageRequest())


def test_another_refusal_is_told_in_the_vendors_words(
    store: PoolStore, vendor: Vendor, support: Pool
) -> None:
    vendor.will(answer(403, problem("low-balance", "Your balance is low.")))
    with pytest.raises(VendorRefused, match="Your balance is low"):
        store.remove_numbers("support", ["447700900009"])


def test_no_such_pool(store: PoolStore) -> None:
    with pytest.raises(PoolNotFound, match="There is no pool support"):
        store.get_pool("support")


def test_a_404_of_something_on_the_way_says_nothing_about_the_pool(
    store: PoolStore, vendor: Vendor, support: Pool
) -> None:
    vendor.will(answer(404, *HTML))
    with pytest.raises(UnreadableAnswer, match="Not here"):
        store.get_pool("support")


def test_a_name_that_is_taken(
    store: PoolStore, vendor: Vendor, truth: PoolStore, support: Pool
) -> None:
    with pytest.raises(PoolIdTaken, match="support"):
        store.create_pool(support)
    truth.create_pool(Pool(ACCOUNT_ID, "sales", Fallback.POOL, True, True))
    with pytest.raises(PoolIdTaken, match="support"):
        store.update_pool("sales", PoolChanges(pool_id="support"))


def test_another_conflict_is_not_taken_for_it(
    store: PoolStore, vendor: Vendor, support: Pool
) -> None:
    vendor.will(answer(409, problem("locked", "The pool is being sent from.")))
    with pytest.raises(VendorRefused, match="being sent from"):
        store.update_pool("support", PoolChanges(fallback=Fallback.REJECT))


@pytest.mark.parametrize("status", [400, 422])
def test_a_refused_value_stands_beside_its_field(
    store: PoolStore, vendor: Vendor, account_id: str, status: int
) -> None:
    parameters = [{"name": "pool_id", "reason": "is too rude"}, {"name": "fallback"}, "noise"]
    vendor.will(answer(status, {**problem("validation"), "invalid_parameters": parameters}))
    with pytest.raises(InvalidInput) as caught:
        store.create_pool(Pool(account_id, "sales", Fallback.POOL, True, True))
    assert caught.value.parameters == (
        InvalidParameter("pool_id", "is too rude"),
        InvalidParameter("fallback", "is refused by the vendor."),
    )


def test_a_vendor_that_fails(store: PoolStore, vendor: Vendor) -> None:
    vendor.will(answer(500, problem("internal", "Our fault.")))
    with pytest.raises(VendorUnavailable, match=r"status 500.*Our fault"):
        store.list_pools(PageRequest())


def test_a_pool_that_somebody_else_changed(
    store: PoolStore, vendor: Vendor, truth: PoolStore, support: Pool
) -> None:
    changed = truth.update_pool("support", PoolChanges(fallback=Fallback.REJECT))
    with pytest.raises(PoolChanged):
        store.update_pool("support", PoolChanges(pool_id="help"), support.etag)
    with pytest.raises(PoolChanged):
        store.delete_pool("support", support.etag)
    assert {call.split()[0] for call in vendor.calls} == {"GET"}
    assert truth.get_pool("support") == changed


class TestDeleting:
    @pytest.mark.parametrize("status", [403, 404, 405, 501])
    @pytest.mark.parametrize("body", [b"", HTML[0], problem("forbidden")])
    @pytest.mark.usefixtures("support")
    def test_a_refusal_is_told_as_what_it_is(
        self,
        store: PoolStore,
        vendor: Vendor,
        truth: PoolStore,
        status: int,
        body: object,
    ) -> None:
        vendor.will(behave, answer(status, body))
        with pytest.raises(NotSupported, match="does not delete pools through its API yet"):
            store.delete_pool("support")
        assert truth.count_numbers("support") == 2

    def test_a_pool_that_somebody_else_deleted_is_gone(
        self, store: PoolStore, vendor: Vendor, support: Pool
    ) -> None:
        vendor.will(behave, answer(404, after_work=True))
        with pytest.raises(PoolNotFound):
            store.delete_pool("support")

    def test_wrong_credentials_are_no_refusal(
        self, store: PoolStore, vendor: Vendor, support: Pool
    ) -> None:
        vendor.will(behave, answer(401))
        with pytest.raises(WrongCredentials):
            store.delete_pool("support")


@pytest.mark.parametrize("status", [405, 501])
def test_what_the_vendor_does_not_offer(
    store: PoolStore, vendor: Vendor, support: Pool, status: int
) -> None:
    vendor.will(answer(status, *HTML))
    with pytest.raises(NotSupported, match="does not offer this"):
        store.update_pool("support", PoolChanges(fallback=Fallback.REJECT))


HEADS = [
    b"",
    b"HTTP/1.1 ",
    b"HTTP/1.1 200 OK\r\n",
    b"HTTP/1.1 200 OK\r\n\r\n",
    b"HTTP/1.1 207 OK\r\nContent-Length: 90\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b",
    b"HTTP/1.1 301 Moved\r\nLocation: ",
    b"HTTP/1.1 429 Slow\r\nRetry-After: ",
]
NAMES = [
    *("_embedded", "numbers", "pools", "error", "errors", "total_items", "total_pages"),
    *("page_size", "type", "title", "detail", "instance", "invalid_parameters", "name", "reason"),
    *("pool_id", "fallback"),
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(NAMES),
            inner,
            max_size=4,
        )
    ),
)


@pytest.mark.parametrize(("status", "may_have_been"), [(200, True), (299, True), (300, False)])
def test_only_an_unreadable_success_may_have_been_one(status: int, may_have_been: bool) -> None:
    assert replies.unreadable(Answer(status, {}, b"?")).may_have_been_done is may_have_been


class TestNothingForeignEscapes:
    @examples(600)
    @given(head=st.sampled_from(HEADS), rest=st.binary(max_size=100))
    def test_whatever_comes_over_the_wire(
        self, store: PoolStore, vendor: Vendor, head: bytes, rest: bytes
    ) -> None:
        vendor.forget()
        vendor.will(*[send_bytes(head + rest)] * 8)
        with suppress(NumberPoolsError):
            store.remove_numbers("support", ["447700900001"])

    @examples(1_000)
    @given(status=st.integers(200, 599), body=st.binary(max_size=20) | JSON.map(json.dumps))
    def test_whatever_the_answer_says(self, status: int, body: str | bytes) -> None:
        content = body.encode() if isinstance(body, str) else body
        told = Answer(status, {}, content)
        assert replies.problem(told).told is not None
        assert str(replies.unreadable(told)).isprintable()
        for read in (
            lambda: replies.pool(told, ACCOUNT_ID, "support"),
            lambda: replies.pools(told, ACCOUNT_ID, PageRequest()),
            lambda: replies.numbers(told, PageRequest()),
            lambda: replies.batch(told),
        ):
            with suppress(VendorError):
                read()
