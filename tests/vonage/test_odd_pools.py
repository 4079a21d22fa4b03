"""Answers of which a part can't be read: it takes nothing away from the rest, and is never saved
over."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from numberpools.domain.pools import Fallback, OddPool, PageRequest, Pool, PoolChanges
from numberpools.errors import (
    CannotBeUndone,
    NotConfirmed,
    UnreadableAnswer,
    VendorError,
)
from numberpools.services import audit, mirror, pools, undo
from numberpools.services.audit import Wanted
from numberpools.stores import PoolStore, SqlPoolStore, Stores
from tests.conftest import ACCOUNT_ID
from tests.vonage.vendor import Behaviour, Vendor, answer, behave, change_answer
from tests.web import FRAGMENT, SEEN

POOLS = f"/accounts/{ACCOUNT_ID}/pools"
MISSING = object()


def odd(pool_id: str, /, **fields: object) -> Behaviour:
    """Do the work, and answer with other fields for this pool, alone or in a list."""

    def change(status: int, content: Any) -> tuple[int, Any]:
        entries = (content or {}).get("_embedded", {}).get("pools", [content])
        for entry in entries:
            if entry and entry.get("pool_id") == pool_id:
                entry.update(fields)
                for name in [name for name, value in fields.items() if value is MISSING]:
                    del entry[name]
        return status, content

    return change_answer(change)


def other_numbers(*numbers: object) -> Behaviour:
    """Do the work, and answer a list of numbers with these before all others."""

    def change(status: int, content: Any) -> tuple[int, Any]:
        if content and "numbers" in content.get("_embedded", {}):
            content["_embedded"]["numbers"][:0] = numbers
            content["total_items"] += len(numbers)
        return status, content

    return change_answer(change)


ROUND_ROBIN = odd("support", fallback="RoundRobin")


@pytest.fixture
def sales(truth: PoolStore, support: Pool) -> Pool:
    """Another pool at the vendor, of which everything can be read."""
    pool = Pool(ACCOUNT_ID, "sales", Fallback.REJECT, True, False)
    truth.create_pool(pool)
    return pool


@pytest.fixture
def at_vendor(dashboard: Flask) -> Stores:
    """The dashboard's stores."""
    found: Stores = dashboard.extensions["stores"]
    return found


class TestAnotherPool:
    """An answer about another pool than the one that was asked for."""

    def test_its_settings_are_not_shown(
        self, store: PoolStore, vendor: Vendor, support: Pool
    ) -> None:
        vendor.will(odd("support", pool_id="sales"))
        with pytest.raises(UnreadableAnswer, match="it is not about the pool support"):
            store.get_pool("support")

    def test_a_change_is_looked_up(self, store: PoolStore, vendor: Vendor, support: Pool) -> None:
        vendor.will(odd("support", pool_id="sales"))
        changed = store.update_pool("support", PoolChanges(fallback=Fallback.REJECT))
        assert (changed.pool_id, changed.fallback) == ("support", Fallback.REJECT)
        assert [call.partition(" ")[0] for call in vendor.calls] == ["PATCH", "GET"]

    def test_a_creation_is_looked_up(self, store: PoolStore, vendor: Vendor, support: Pool) -> None:
        pool = Pool(ACCOUNT_ID, "sales", Fallback.REJECT, True, False)
        vendor.will(odd("sales", pool_id="support"))
        assert store.create_pool(pool) == pool
        assert [call.partition(" ")[0] for call in vendor.calls] == ["POST", "GET"]

    def test_a_renaming_whose_answer_has_the_old_id_is_looked_up(
        self, store: PoolStore, vendor: Vendor, support: Pool
    ) -> None:
        vendor.will(odd("helpdesk", pool_id="support"))
        assert store.update_pool("support", PoolChanges(pool_id="helpdesk")).pool_id == "helpdesk"

    def test_a_change_that_cannot_be_looked_up_is_not_confirmed(
        self, store: PoolStore, vendor: Vendor, support: Pool
    ) -> None:
        vendor.will(odd("support", pool_id="sales"), answer(401))
        with pytest.raises(NotConfirmed):
            store.update_pool("support", PoolChanges(fallback=Fallback.REJECT))


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        (
            {"fallback": "RoundRobin"},
            'fallback is "RoundRobin", and should be Pool, CustomFrom or Reject',
        ),
        (
            {"localized_sender_preferred": None},
            "localized_sender_preferred is null, and should be true or false",
        ),
        ({"predictable_sender_preferred": MISSING}, "predictable_sender_preferred is missing"),
        ({"fallback": "447700900001"}, 'fallback is "############", and should be'),
    ],
)
def test_an_odd_pool_is_a_row_among_the_others(
    person: FlaskClient,
    vendor: Vendor,
    sales: Pool,
    fields: dict[str, object],
    problem: str,
) -> None:
    vendor.will(odd("support", **fields))
    page = person.get(POOLS)
    assert page.status_code == 200
    rows = [row for row in page.text.split("<tr>") if "</tr>" in row]
    [bad] = [row for row in rows if ">support</a>" in row]
    [good] = [row for row in rows if ">sales</a>" in row]
    assert problem in bad.replace("&#34;", '"')
    assert "should be" not in good
    assert "Don&#39;t send" in good


@pytest.mark.parametrize(
    ("pool_id", "told"),
    [
        (12, "pool_id is 12, and should be a text"),
        (None, "pool_id is null, and should be a text"),
        (MISSING, "pool_id is missing"),
        ({}, "pool_id is {}, and should be a text"),
    ],
)
def test_a_pool_without_a_proper_name_is_a_row_too(
    person: FlaskClient, vendor: Vendor, sales: Pool, pool_id: object, told: str
) -> None:
    vendor.will(odd("support", pool_id=pool_id))
    page = person.get(POOLS).text
    assert told in page
    assert ">sales</a>" in page
    assert (">12</a>" in page) == (pool_id == 12)
    assert ("It has no id that an address could name." in page) == (pool_id != 12)


@pytest.mark.parametrize("entry", [None, "support", 7, []])
def test_an_entry_that_is_no_pool_at_all_is_a_row_too(
    store: PoolStore, vendor: Vendor, entry: object
) -> None:
    vendor.will(answer(200, {"_embedded": {"pools": [entry]}, "total_items": 1}))
    [summary] = store.list_pools(PageRequest()).items
    assert isinstance(summary.pool, OddPool)
    assert "the entry is no pool, but" in summary.pool.told


@pytest.mark.parametrize("column", ["fallback", "localized", "predictable", "pool_id"])
def test_lists_with_odd_pools_are_sorted(
    person: FlaskClient, vendor: Vendor, sales: Pool, column: str
) -> None:
    vendor.will(
        odd("support", fallback=None, localized_sender_preferred=3, predictable_sender_preferred=4)
    )
    assert person.get(f"{POOLS}?sort={column}&direction=descending").text.count("should be") == 3


class TestItsPage:
    def test_it_opens_without_a_form_for_the_settings(
        self, person: FlaskClient, vendor: Vendor, support: Pool
    ) -> None:
        vendor.will(*[ROUND_ROBIN] * 9)
        page = person.get(f"{POOLS}/support").text
        assert "fallback is &#34;RoundRobin&#34;" in page
        assert "settings-save" not in page
        assert "+44 7700 900001" in page
        assert 'name="numbers"' in page
        assert "settings can&#39;t be changed here" in person.get(f"{POOLS}/support/settings").text

    @pytest.mark.parametrize("headers", [{}, FRAGMENT], ids=["page", "fragment"])
    def test_its_settings_are_not_saved_over(
        self, person: FlaskClient, vendor: Vendor, support: Pool, headers: dict[str, str]
    ) -> None:
        vendor.will(*[ROUND_ROBIN] * 9)
        form = {"fallback": "Reject", "seen": SEEN}
        refused = person.post(f"{POOLS}/support/settings", data=form, headers=headers)
        assert refused.status_code == 502
        assert "can&#39;t be saved over" in refused.text
        assert "Nothing was changed." in refused.text
        assert {call.partition(" ")[0] for call in vendor.calls} == {"GET"}
        history = person.get(f"{POOLS}/support/history").text
        assert "What the vendor tells of the pool support" in history

    def test_its_numbers_are_removed_and_put_back(
        self, person: FlaskClient, vendor: Vendor, support: Pool, truth: PoolStore
    ) -> None:
        vendor.will(*[ROUND_ROBIN] * 99)
        number = f"{POOLS}/support/numbers/447700900001"
        person.post(f"{number}/remove")
        assert truth.count_numbers("support") == 1
        person.post(f"{number}/restore")
        assert truth.count_numbers("support") == 2

    def test_operations_work_on_it(
        self, dashboard: Flask, person: FlaskClient, vendor: Vendor, support: Pool, truth: PoolStore
    ) -> None:
        vendor.will(*[ROUND_ROBIN] * 99)
        form = {"action": "add", "numbers": "+44 7400 123456", "form_id": FORM_ID, "country": ""}
        operation = person.post(f"{POOLS}/support/operations", data=form).location or ""
        while dashboard.extensions["jobs"].worker.work():
            pass
        assert "Added 1 number to support" in person.get(operation).text
        assert truth.count_numbers("support") == 3
        assert person.get(f"{POOLS}/support/operations").status_code == 200

    def test_it_is_renamed(
        self, person: FlaskClient, vendor: Vendor, support: Pool, truth: PoolStore
    ) -> None:
        vendor.will(*[odd("support", fallback=7)] * 2, odd("helpdesk", fallback=7))
        renamed = person.post(f"{POOLS}/support/rename", data={"pool_id": "helpdesk"})
        assert (renamed.location or "").endswith("/helpdesk")
        assert truth.get_pool("helpdesk").fallback is Fallback.POOL
        assert "Id: support → helpdesk" in person.get(f"{POOLS}/helpdesk/history").text

    def test_it_is_deleted(
        self, person: FlaskClient, vendor: Vendor, support: Pool, truth: PoolStore
    ) -> None:
        vendor.will(*[ROUND_ROBIN] * 9)
        page = person.get(f"{POOLS}/support/delete").text
        etag = page.partition('name="etag" value="')[2].partition('"')[0]
        form = {"pool_id": "support", "etag": etag}
        assert person.post(f"{POOLS}/support/delete", data=form).status_code == 303
        assert truth.list_pools(PageRequest()).total_items == 0


FORM_ID = "6f1b6d8e-4f0a-4a4e-9d8e-000000000001"


def test_a_pool_that_is_called_by_a_whole_number_opens_and_keeps_its_name(
    person: FlaskClient, vendor: Vendor, truth: PoolStore, support: Pool
) -> None:
    truth.create_pool(Pool(ACCOUNT_ID, "12", Fallback.POOL, True, True))
    vendor.will(*[odd("12", pool_id=12)] * 9)
    page = person.get(f"{POOLS}/12").text
    assert "pool_id is 12, and should be a text" in page
    assert "Any number of the pool" in page
    assert "/rename" not in page
    refused = person.post(f"{POOLS}/12/rename", data={"pool_id": "twelve"})
    assert refused.status_code == 502
    assert {call.partition(" ")[0] for call in vendor.calls} == {"GET"}


def test_what_can_be_read_of_it_can_be_changed_by_itself(
    at_vendor: Stores, vendor: Vendor, support: Pool, truth: PoolStore
) -> None:
    vendor.will(*[ROUND_ROBIN] * 3)
    changes = PoolChanges(predictable_sender_preferred=True)
    assert pools.update_pool(at_vendor, ACCOUNT_ID, "support", changes).fallback is None
    assert truth.get_pool("support").predictable_sender_preferred


def test_undo_does_not_save_over_what_cannot_be_read(
    at_vendor: Stores, vendor: Vendor, support: Pool, truth: PoolStore
) -> None:
    changes = PoolChanges(fallback=Fallback.REJECT)
    pools.update_pool(at_vendor, ACCOUNT_ID, "support", changes)
    [entry] = audit.list_entries(
        at_vendor.database, ACCOUNT_ID, PageRequest(), Wanted(pool_id="support")
    ).items
    vendor.will(*[ROUND_ROBIN] * 3)
    with pytest.raises(CannotBeUndone, match="fallback can't be read"):
        undo.undo(at_vendor, entry)
    assert truth.get_pool("support").fallback is Fallback.REJECT


def test_a_change_whose_answer_has_another_value_is_looked_up(
    store: PoolStore, vendor: Vendor, support: Pool
) -> None:
    changes = PoolChanges(fallback=Fallback.REJECT)
    vendor.will(ROUND_ROBIN)
    assert store.update_pool("support", changes).fallback is Fallback.REJECT
    vendor.will(ROUND_ROBIN, ROUND_ROBIN)
    with pytest.raises(NotConfirmed, match="does not have the new values now"):
        store.update_pool("support", changes)


def test_a_lost_creation_of_a_pool_that_is_odd_is_not_confirmed(
    store: PoolStore, vendor: Vendor, support: Pool
) -> None:
    vendor.will(answer(500), ROUND_ROBIN)
    with pytest.raises(NotConfirmed, match="There is one now: fallback is"):
        store.create_pool(support)


def test_its_copy_has_no_setting_that_was_made_up(
    at_vendor: Stores, vendor: Vendor, sales: Pool
) -> None:
    vendor.will(*[ROUND_ROBIN] * 9)
    mirror.copy_account(at_vendor, ACCOUNT_ID)
    copy = SqlPoolStore(at_vendor.database, ACCOUNT_ID)
    pool = copy.get_pool("support")
    assert isinstance(pool, OddPool)
    assert (pool.fallback, pool.localized_sender_preferred) == (None, True)
    assert pool.told.startswith('fallback is "RoundRobin"')
    assert copy.count_numbers("support") == 2
    assert copy.get_pool("sales") == sales
    vendor.forget()
    mirror.copy_account(at_vendor, ACCOUNT_ID)
    assert copy.get_pool("support").fallback is Fallback.POOL


NO_NUMBERS: list[object] = [None, "", "call me", True, 1.5, [], {"msisdn": 1}, "12345", "1" * 16]


@pytest.mark.parametrize("entry", NO_NUMBERS)
def test_what_is_no_number_is_a_marked_row_among_the_others(
    person: FlaskClient, vendor: Vendor, support: Pool, entry: object
) -> None:
    vendor.will(behave, other_numbers(entry))
    page = person.get(f"{POOLS}/support").text
    assert page.count("is no number of 7 to 15 digits") == 1
    assert "+44 7700 900001" in page
    assert page.count(">Remove</button>") == 2
    assert page.count('name="number"') == 2
    assert "3 numbers" in page
    assert "1–3 of 3" in page


def test_a_list_of_nothing_but_what_is_no_number_is_shown(
    person: FlaskClient, vendor: Vendor, support: Pool
) -> None:
    only = answer(200, {"_embedded": {"numbers": ["<b>", 1]}, "total_items": 2})
    vendor.will(behave, only)
    page = person.get(f"{POOLS}/support").text
    assert page.count("is no number of 7 to 15 digits") == 2
    assert "&#34;&lt;b&gt;&#34;" in page


def test_any_odd_value_is_an_error_of_ours_or_a_pool(
    store: PoolStore, vendor: Vendor, support: Pool
) -> None:
    values: list[object] = ["\x00\x1b[31m", "\u202e", "x" * 100_000, 10**400, {"a": [[]] * 99}]
    for value in values:
        vendor.will(odd("support", fallback=value))
        try:
            pool = store.get_pool("support")
        except VendorError:
            continue
        assert isinstance(pool, OddPool)
        assert pool.told.isprintable()
        assert len(pool.told) < 200
