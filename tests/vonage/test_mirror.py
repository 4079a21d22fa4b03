from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from numberpools.db.tables import mirrors
from numberpools.domain.pools import Fallback, PageRequest, Pool, PoolChanges, PoolOrder
from numberpools.errors import Conflict, VendorFailed, WrongCredentials
from numberpools.jobs.tasks import Jobs
from numberpools.jobs.worker import start_embedded
from numberpools.services import mirror
from numberpools.services.accounts import create_account
from numberpools.stores import PoolStore, SqlPoolStore, Stores
from numberpools.stores.mirror import Mirror
from tests.conftest import ACCOUNT_ID
from tests.processes import wait_until
from tests.vonage.vendor import Vendor, answer, behave

HOUR = timedelta(hours=1)


@pytest.fixture
def mirrored(dashboard: Flask) -> Stores:
    """The dashboard's stores: the account's pools are at the vendor, their mirror is here."""
    found: Stores = dashboard.extensions["stores"]
    return found


@pytest.fixture
def copy(mirrored: Stores) -> SqlPoolStore:
    return SqlPoolStore(mirrored.database, ACCOUNT_ID)


def numbers_in(store: PoolStore, pool_id: str) -> list[str]:
    return list(store.list_numbers(pool_id, PageRequest(1, 1000)).items)


def test_it_works(mirrored: Stores, copy: SqlPoolStore, support: Pool) -> None:
    assert mirror.copy_account(mirrored, ACCOUNT_ID)
    assert copy.get_pool("support") == support
    assert numbers_in(copy, "support") == ["447700900001", "447700900002"]
    current = mirror.state(mirrored, ACCOUNT_ID)
    assert current is not None
    assert current.finished_at is not None
    assert not current.is_running


def test_a_pool_of_many_pages_is_copied_whole(
    mirrored: Stores, copy: SqlPoolStore, truth: PoolStore, support: Pool
) -> None:
    numbers = [f"4477009{index:05}" for index in range(950)]
    truth.add_numbers("support", numbers)
    mirror.copy_account(mirrored, ACCOUNT_ID)
    assert numbers_in(copy, "support") == numbers_in(truth, "support")


def test_a_page_that_fails_is_read_again(
    mirrored: Stores, copy: SqlPoolStore, vendor: Vendor, support: Pool
) -> None:
    page_of_somebody_else = answer(200, b"<html>Welcome!</html>")
    vendor.will(answer(500), behave, answer(500), page_of_somebody_else, *[answer(500)] * 2)
    assert mirror.copy_account(mirrored, ACCOUNT_ID)
    assert numbers_in(copy, "support") == ["447700900001", "447700900002"]
    assert [call.rpartition("/")[2] for call in vendor.calls] == ["pools"] * 2 + ["numbers"] * 5


def test_a_list_of_pools_that_always_fails_ends_the_copy(
    mirrored: Stores, vendor: Vendor, support: Pool
) -> None:
    vendor.will(*[answer(500)] * 5)
    with pytest.raises(VendorFailed):
        mirror.copy_account(mirrored, ACCOUNT_ID)
    assert len(vendor.calls) == 5


@pytest.mark.parametrize(
    ("copied", "told"),
    [
        (lambda jobs: jobs.copy_account(ACCOUNT_ID), "The copy of account abcd1234 ended early"),
        (
            lambda jobs: jobs.copy_pool(ACCOUNT_ID, "support"),
            "Pool support of account abcd1234 was not copied",
        ),
    ],
    ids=["account", "pool"],
)
def test_the_log_says_of_a_copy_that_the_worker_did_not_make(
    dashboard: Flask,
    vendor: Vendor,
    support: Pool,
    caplog: pytest.LogCaptureFixture,
    copied: Callable[[Jobs], None],
    told: str,
) -> None:
    jobs: Jobs = dashboard.extensions["jobs"]
    vendor.will(*[answer(500)] * 99)
    copied(jobs)
    worker = start_embedded(jobs)
    try:
        wait_until(lambda: told in caplog.text, "the worker has tried")
    finally:
        worker.stop(graceful=True)


def test_the_log_holds_no_number_of_an_answer_that_cannot_be_read(
    dashboard: Flask, vendor: Vendor, support: Pool, caplog: pytest.LogCaptureFixture
) -> None:
    jobs: Jobs = dashboard.extensions["jobs"]
    vendor.will(*[answer(200, b'[{"msisdn": "447700900001"}]', {"X-Request-Id": "7f3a"})] * 99)
    jobs.copy_account(ACCOUNT_ID)
    worker = start_embedded(jobs)
    try:
        wait_until(lambda: "ended early" in caplog.text, "the worker has tried")
    finally:
        worker.stop(graceful=True)
    assert "request id 7f3a" in caplog.text
    assert "447700900001" not in caplog.text


def test_what_is_gone_at_the_vendor_goes_here(
    mirrored: Stores, copy: SqlPoolStore, truth: PoolStore, support: Pool
) -> None:
    truth.create_pool(Pool(ACCOUNT_ID, "other", Fallback.REJECT, False, False))
    mirror.copy_account(mirrored, ACCOUNT_ID)
    truth.delete_pool("other")
    truth.remove_numbers("support", ["447700900001"])
    mirror.copy_account(mirrored, ACCOUNT_ID)
    assert [each.pool for each in copy.list_pools(PageRequest()).items] == [support]
    assert numbers_in(copy, "support") == ["447700900002"]


def test_one_pool_is_copied_after_its_change(
    mirrored: Stores, copy: SqlPoolStore, truth: PoolStore, support: Pool
) -> None:
    truth.update_pool("support", PoolChanges(fallback=Fallback.REJECT))
    mirror.copy_pool(mirrored, ACCOUNT_ID, "support", datetime.now(UTC))
    assert copy.get_pool("support").fallback is Fallback.REJECT


def test_a_pool_that_was_copied_since_its_change_is_not_read_again(
    mirrored: Stores, vendor: Vendor, support: Pool
) -> None:
    mirror.copy_account(mirrored, ACCOUNT_ID)
    vendor.requests.clear()
    mirror.copy_pool(mirrored, ACCOUNT_ID, "support", datetime.now(UTC) - HOUR)
    assert vendor.requests == []


def test_a_renamed_pool_leaves_no_copy_behind(
    mirrored: Stores, copy: SqlPoolStore, truth: PoolStore, support: Pool
) -> None:
    mirror.copy_account(mirrored, ACCOUNT_ID)
    truth.update_pool("support", PoolChanges(pool_id="helpdesk"))
    for pool_id in ("support", "helpdesk"):
        mirror.copy_pool(mirrored, ACCOUNT_ID, pool_id, datetime.now(UTC))
    assert set(copy.summaries()) == {"helpdesk"}


def test_a_failure_keeps_the_last_copy_and_says_why(
    mirrored: Stores, copy: SqlPoolStore, vendor: Vendor, support: Pool
) -> None:
    mirror.copy_account(mirrored, ACCOUNT_ID)
    vendor.will(answer(401))
    with pytest.raises(WrongCredentials):
        mirror.copy_account(mirrored, ACCOUNT_ID)
    assert numbers_in(copy, "support") == ["447700900001", "447700900002"]
    current = mirror.state(mirrored, ACCOUNT_ID)
    assert current is not None
    assert current.problem
    assert not current.is_running


def test_two_copies_at_once_are_one(mirrored: Stores, support: Pool) -> None:
    mirror.copy_account(mirrored, ACCOUNT_ID)
    with mirrored.database.write() as connection:
        connection.execute(update(mirrors).values(renewed_at=datetime.now(UTC)))
    assert not mirror.copy_account(mirrored, ACCOUNT_ID)


def test_a_copy_that_died_is_taken_up_where_it_stopped(
    mirrored: Stores, vendor: Vendor, truth: PoolStore, support: Pool
) -> None:
    truth.create_pool(Pool(ACCOUNT_ID, "other", Fallback.REJECT, False, False))
    began = datetime.now(UTC) - HOUR
    mirror.copy_account(mirrored, ACCOUNT_ID)
    with mirrored.database.write() as connection:
        connection.execute(update(mirrors).values(started_at=began, renewed_at=began))
    Mirror(mirrored.database, ACCOUNT_ID).forget("other")
    vendor.requests.clear()
    assert mirror.copy_account(mirrored, ACCOUNT_ID)
    assert [request.path.partition("?")[0].split("/")[-2] for request in vendor.requests] == [
        "abcd1234",
        "other",
    ]


def test_an_older_copy_does_not_replace_a_newer_one(mirrored: Stores, support: Pool) -> None:
    mirror.copy_account(mirrored, ACCOUNT_ID)
    Mirror(mirrored.database, ACCOUNT_ID).store(support, [], datetime.now(UTC) - HOUR)
    assert SqlPoolStore(mirrored.database, ACCOUNT_ID).count_numbers("support") == 2


def test_pools_of_ours_are_never_overwritten(
    mirrored: Stores, copy: SqlPoolStore, support: Pool
) -> None:
    create_account(mirrored.database, ACCOUNT_ID, "Ours")
    copy.create_pool(support)
    copy.add_numbers("support", ["4915112345678"])
    with pytest.raises(Conflict):
        mirror.copy_account(mirrored, ACCOUNT_ID)
    assert numbers_in(copy, "support") == ["4915112345678"]


def test_accounts_are_due_when_their_copy_is_old(mirrored: Stores, support: Pool) -> None:
    assert mirror.due(mirrored, HOUR) == [ACCOUNT_ID]
    mirror.copy_account(mirrored, ACCOUNT_ID)
    assert mirror.due(mirrored, HOUR) == []
    assert mirror.due(mirrored, timedelta(0)) == [ACCOUNT_ID]


def test_an_account_of_ours_has_no_mirror(mirrored: Stores) -> None:
    assert mirror.state(mirrored, "ours0001") is None


def test_the_vendors_lists_show_the_mirrors_counts(mirrored: Stores, support: Pool) -> None:
    store = mirrored.of(ACCOUNT_ID)
    [summary] = store.list_pools(PageRequest()).items
    assert (summary.number_count, summary.country_count) == (None, None)
    mirror.copy_account(mirrored, ACCOUNT_ID)
    [summary] = store.list_pools(PageRequest(), order=PoolOrder.NUMBERS, descending=True).items
    assert (summary.number_count, summary.country_count) == (2, 1)


def test_filters_and_previews_say_of_when_they_are(
    mirrored: Stores, truth: PoolStore, support: Pool
) -> None:
    mirror.copy_account(mirrored, ACCOUNT_ID)
    truth.add_numbers("support", ["447700900003"])
    store = mirrored.of(ACCOUNT_ID)
    found = store.list_numbers("support", PageRequest(), containing="7700")
    assert (found.total_items, found.as_of is not None) == (2, True)
    presence = store.presence("support", ["447700900003"])
    assert (presence.numbers, presence.as_of is not None) == (set(), True)
    assert store.look("support", ["447700900003"]).present == {"447700900003"}
    assert store.list_numbers("support", PageRequest()).total_items == 3


def test_the_command_copies_accounts(dashboard: Flask, copy: SqlPoolStore, support: Pool) -> None:
    runner = dashboard.test_cli_runner()
    assert "abcd1234: copied." in runner.invoke(args=["mirror", "sync"]).output
    assert set(copy.summaries()) == {"support"}
    unknown = runner.invoke(args=["mirror", "sync", "nobody00"])
    assert unknown.exit_code == 1
    assert "VONAGE_ACCOUNTS names no account nobody00." in unknown.output


def test_the_command_says_what_the_vendor_refused(dashboard: Flask, vendor: Vendor) -> None:
    vendor.will(answer(401))
    refused = dashboard.test_cli_runner().invoke(args=["mirror", "sync", ACCOUNT_ID])
    assert refused.exit_code == 1
    assert "does not accept" in refused.output
