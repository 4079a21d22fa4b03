"""Copies of an account in which some pools can't be copied: the others are, and all is named."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from numberpools import clock
from numberpools.domain.pools import Fallback, PageRequest, Pool
from numberpools.errors import NumberPoolsError, RateLimited, VendorUnavailable
from numberpools.jobs.tasks import Jobs
from numberpools.jobs.worker import start_embedded
from numberpools.services import mirror
from numberpools.stores import PoolStore, SqlPoolStore, Stores
from tests.conftest import ACCOUNT_ID
from tests.processes import wait_until
from tests.vonage.vendor import Behaviour, Exchange, Vendor, answer, behave, change_answer

POOLS = f"/accounts/{ACCOUNT_ID}/pools"
NUMBER = "447700900001"


@pytest.fixture
def at_vendor(dashboard: Flask) -> Stores:
    found: Stores = dashboard.extensions["stores"]
    return found


@pytest.fixture
def others(truth: PoolStore, support: Pool) -> None:
    """Pools before and after `support`, each with a number."""
    for pool_id in ("alpha", "zulu"):
        truth.create_pool(Pool(ACCOUNT_ID, pool_id, Fallback.REJECT, False, False))
        truth.add_numbers(pool_id, [NUMBER])


@pytest.fixture
def copy(at_vendor: Stores) -> SqlPoolStore:
    return SqlPoolStore(at_vendor.database, ACCOUNT_ID)


def for_pool(pool_id: str, behaviour: Behaviour) -> Behaviour:
    """Behave so where the numbers of this pool are asked for."""

    def either(exchange: Exchange) -> None:
        wanted = f"/pools/{pool_id}/numbers" in exchange.request.path
        (behaviour if wanted else behave)(exchange)

    return either


def totals(total: int) -> Behaviour:
    """Do the work, and tell of so many entries in all."""

    def change(status: int, content: Any) -> tuple[int, Any]:
        return status, {**content, "total_items": total, "total_pages": -(-total // 10)}

    return change_answer(change)


def the_same_again(exchange: Exchange) -> None:
    """The first page, whatever page is asked for, of a list without an end."""
    numbers = [str(447700900000 + each) for each in range(1000)]
    body = {"page_size": 1000, "total_items": 9_000_000, "_embedded": {"numbers": numbers}}
    answer(200, body)(exchange)


def missing(stores: Stores) -> dict[str, str]:
    current = mirror.state(stores, ACCOUNT_ID)
    assert current is not None
    return dict(current.missing)


@pytest.mark.usefixtures("others")
@pytest.mark.parametrize(
    ("behaviour", "why"),
    [
        (answer(500), "The vendor failed to do this (status 500)."),
        (answer(503), "The vendor answered with the status 503."),
        (answer(200, b"<html>447700900001"), "it begins with <html>############"),
        (answer(200, b" " * 2_000_001), "larger than 2 MB"),
        (answer(418, {"title": "No", "detail": "Not this one."}), "Not this one."),
        (answer(405), "does not offer this"),
        (totals(500), "can't be read"),
        (totals(3), "it has 3 numbers, and lists 2"),
        (totals(10**12), "it has 1,000,000,000,000 entries"),
        (the_same_again, "the same numbers on several pages"),
    ],
)
def test_a_pool_that_cannot_be_copied_is_skipped_and_named(
    at_vendor: Stores,
    copy: SqlPoolStore,
    person: FlaskClient,
    vendor: Vendor,
    behaviour: Behaviour,
    why: str,
) -> None:
    vendor.will(*[for_pool("support", behaviour)] * 60)
    assert mirror.copy_account(at_vendor, ACCOUNT_ID)
    vendor.forget()
    assert set(copy.summaries()) == {"alpha", "zulu"}
    assert list(missing(at_vendor)) == ["support"]
    assert why in missing(at_vendor)["support"]
    panel = person.get(f"/accounts/{ACCOUNT_ID}/mirror").text
    assert "1 pool was not copied whole" in panel
    assert '<span class="pool-id">support</span>: ' in panel
    assert "Counts as of" in panel
    assert '"vendor":"ok"' in person.get("/readyz").text


@pytest.mark.usefixtures("others")
def test_the_last_copy_of_a_skipped_pool_is_kept(
    at_vendor: Stores, copy: SqlPoolStore, vendor: Vendor
) -> None:
    mirror.copy_account(at_vendor, ACCOUNT_ID)
    vendor.will(*[for_pool("support", answer(500))] * 60)
    mirror.copy_account(at_vendor, ACCOUNT_ID)
    assert copy.count_numbers("support") == 2
    vendor.forget()
    mirror.copy_account(at_vendor, ACCOUNT_ID)
    assert missing(at_vendor) == {}


@pytest.mark.usefixtures("others")
def test_a_pool_that_is_copied_by_itself_is_missing_no_more(
    at_vendor: Stores, vendor: Vendor
) -> None:
    vendor.will(*[for_pool("support", answer(500))] * 60)
    mirror.copy_account(at_vendor, ACCOUNT_ID)
    vendor.forget()
    mirror.copy_pool(at_vendor, ACCOUNT_ID, "support", clock.now())
    assert missing(at_vendor) == {}
    vendor.will(*[for_pool("support", answer(500))] * 60)
    with pytest.raises(NumberPoolsError):
        mirror.copy_pool(at_vendor, ACCOUNT_ID, "support", clock.now())
    assert list(missing(at_vendor)) == ["support"]


@pytest.mark.usefixtures("others")
@pytest.mark.parametrize(
    ("behaviour", "error"),
    [
        (answer(503), VendorUnavailable),
        (answer(429, headers={"Retry-After": "90000"}), RateLimited),
    ],
)
def test_a_vendor_that_is_away_for_all_pools_ends_the_copy(
    at_vendor: Stores,
    vendor: Vendor,
    person: FlaskClient,
    behaviour: Behaviour,
    error: type[Exception],
) -> None:
    vendor.will(behave, *[behaviour] * 99)
    with pytest.raises(error):
        mirror.copy_account(at_vendor, ACCOUNT_ID)
    assert len(vendor.calls) <= 1 + 3 * 4
    assert missing(at_vendor) == {}
    assert '"vendor":"failing"' in person.get("/readyz").text


def test_a_pool_that_goes_in_the_meantime_is_not_missing(
    at_vendor: Stores, copy: SqlPoolStore, vendor: Vendor, truth: PoolStore, others: None
) -> None:
    mirror.copy_account(at_vendor, ACCOUNT_ID)

    def delete(exchange: Exchange) -> None:
        truth.delete_pool("alpha")
        behave(exchange)

    vendor.will(behave, delete)
    mirror.copy_account(at_vendor, ACCOUNT_ID)
    assert set(copy.summaries()) == {"support", "zulu"}
    assert missing(at_vendor) == {}


def test_what_is_no_number_is_left_out_and_named(
    at_vendor: Stores, copy: SqlPoolStore, vendor: Vendor, support: Pool
) -> None:
    def add(status: int, content: Any) -> tuple[int, Any]:
        content["_embedded"]["numbers"].append("nobody")
        return status, {**content, "total_items": 3}

    vendor.will(behave, change_answer(add))
    mirror.copy_account(at_vendor, ACCOUNT_ID)
    assert copy.count_numbers("support") == 2
    assert missing(at_vendor) == {
        "support": "1 of the entries in its list are no numbers.",
    }


def test_the_command_names_what_is_missing(dashboard: Flask, vendor: Vendor, others: None) -> None:
    vendor.will(*[for_pool("support", answer(500))] * 60)
    told = dashboard.test_cli_runner().invoke(args=["mirror", "sync"]).output
    assert "abcd1234: copied." in told
    assert "abcd1234: the pool support is not copied whole: The vendor failed" in told


def sizes(vendor: Vendor) -> list[str]:
    return [each.path.rpartition("=")[2] for each in vendor.requests]


def test_pages_are_as_large_as_the_vendor_gives_them(
    at_vendor: Stores, copy: SqlPoolStore, vendor: Vendor, truth: PoolStore, support: Pool
) -> None:
    numbers = [f"4477019{index:05}" for index in range(2500)]
    truth.add_numbers("support", numbers)
    mirror.copy_account(at_vendor, ACCOUNT_ID)
    pages, across = sizes(vendor)[:4], sizes(vendor)[4:]
    assert pages == ["1000"] * 4
    assert len(across) == 2
    assert all(500 <= int(size) <= 1_000 for size in across)
    assert copy.count_numbers("support") == 2502


def test_a_vendor_that_refuses_large_pages_is_asked_for_smaller_ones(
    at_vendor: Stores, copy: SqlPoolStore, vendor: Vendor, truth: PoolStore, support: Pool
) -> None:
    def small(exchange: Exchange) -> None:
        is_large = "page_size=1000" in exchange.request.path
        refusal = {"invalid_parameters": [{"name": "page_size", "reason": "100 is the most"}]}
        (answer(400, refusal) if is_large else behave)(exchange)

    truth.add_numbers("support", [f"4477019{index:05}" for index in range(250)])
    vendor.will(*[small] * 9)
    mirror.copy_account(at_vendor, ACCOUNT_ID)
    assert sizes(vendor)[:6] == ["1000", "100", "1000", "100", "100", "100"]
    assert all(50 <= int(size) <= 100 for size in sizes(vendor)[6:])
    assert copy.count_numbers("support") == 252


def test_a_vendor_that_shortens_pages_without_a_word_is_read_to_the_end(
    at_vendor: Stores, copy: SqlPoolStore, vendor: Vendor, truth: PoolStore, support: Pool
) -> None:
    def shorten(status: int, content: Any) -> tuple[int, Any]:
        if "numbers" in content["_embedded"]:
            del content["_embedded"]["numbers"][100:]
            content = {**content, "page_size": None}
        return status, content

    truth.add_numbers("support", [f"4477019{index:05}" for index in range(250)])
    vendor.will(*[change_answer(shorten)] * 9)
    mirror.copy_account(at_vendor, ACCOUNT_ID)
    assert copy.count_numbers("support") == 252


class TestNewPools:
    """Pools that were made since the account was copied."""

    @pytest.mark.parametrize("page", [POOLS, f"{POOLS}/fresh"])
    def test_one_is_counted_when_it_is_first_looked_at(
        self,
        dashboard: Flask,
        at_vendor: Stores,
        person: FlaskClient,
        truth: PoolStore,
        support: Pool,
        page: str,
    ) -> None:
        mirror.copy_account(at_vendor, ACCOUNT_ID)
        truth.create_pool(Pool(ACCOUNT_ID, "fresh", Fallback.POOL, True, False))
        truth.add_numbers("fresh", [NUMBER])
        person.get(page)
        worker = start_embedded(dashboard.extensions["jobs"])
        store = at_vendor.of(ACCOUNT_ID)
        try:
            wait_until(
                lambda: store.list_pools(PageRequest()).items[0].number_count == 1,
                "the new pool is counted",
            )
        finally:
            worker.stop(graceful=True)

    def test_it_is_asked_for_once_in_a_while(
        self,
        dashboard: Flask,
        at_vendor: Stores,
        person: FlaskClient,
        truth: PoolStore,
        support: Pool,
    ) -> None:
        jobs: Jobs = dashboard.extensions["jobs"]
        mirror.copy_account(at_vendor, ACCOUNT_ID)
        person.get(POOLS)
        assert jobs.queue.pending_count() == 0
        truth.create_pool(Pool(ACCOUNT_ID, "fresh", Fallback.POOL, True, False))
        for _ in range(3):
            person.get(POOLS)
            person.get(f"{POOLS}/fresh")
        assert jobs.queue.pending_count() == 1

    @pytest.mark.usefixtures("others")
    def test_one_that_could_not_be_copied_waits_for_the_next_copy(
        self, dashboard: Flask, at_vendor: Stores, person: FlaskClient, vendor: Vendor
    ) -> None:
        vendor.will(*[for_pool("support", answer(500))] * 60)
        mirror.copy_account(at_vendor, ACCOUNT_ID)
        vendor.forget()
        person.get(POOLS)
        person.get(f"{POOLS}/support")
        assert dashboard.extensions["jobs"].queue.pending_count() == 0

    def test_before_the_first_copy_none_is_asked_for(
        self, dashboard: Flask, person: FlaskClient, support: Pool
    ) -> None:
        person.get(POOLS)
        assert dashboard.extensions["jobs"].queue.pending_count() == 0
