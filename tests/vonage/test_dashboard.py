"""The pages on a vendor's account, through what a vendor does."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from numberpools.db.tables import pools
from numberpools.domain.pools import PageRequest, Pool
from numberpools.jobs.worker import start_embedded
from numberpools.services import mirror
from numberpools.stores import PoolStore
from tests.conftest import ACCOUNT_ID
from tests.processes import wait_until
from tests.vonage.vendor import Behaviour, Exchange, Vendor, answer, behave, reset_after_work
from tests.web import FRAGMENT, SEEN

Start = Callable[[str, str], str]
POOLS = f"/accounts/{ACCOUNT_ID}/pools"
PROBLEM = {"title": "No", "detail": "Not you."}


@pytest.fixture
def start(dashboard: Flask, person: FlaskClient, support: Pool) -> Start:
    """Send a list, and work it off; gives the page of the operation."""

    def send(action: str, numbers: str) -> str:
        form = {"action": action, "numbers": numbers, "form_id": str(uuid4()), "country": ""}
        operation = person.post(f"{POOLS}/support/operations", data=form).location or ""
        _work(dashboard)
        return person.get(operation).text

    return send


def _work(dashboard: Flask) -> None:
    while dashboard.extensions["jobs"].worker.work():
        pass


def test_it_works(person: FlaskClient, start: Start, support: Pool, truth: PoolStore) -> None:
    assert "support" in person.get(POOLS).text
    page = person.get(f"{POOLS}/support").text
    assert "+44 7700 900001" in page
    report = start("add", "+44 7400 123456\nnobody")
    assert "Added 1 number to support" in report
    assert truth.look("support", ["447400123456"]).present


def test_the_switcher_names_label_and_key(person: FlaskClient, support: Pool) -> None:
    page = person.get(POOLS).text
    assert "Example SMS" in page
    assert ACCOUNT_ID in page


def test_a_207_shows_every_number(
    person: FlaskClient, start: Start, vendor: Vendor, support: Pool, truth: PoolStore
) -> None:
    report = start("remove", "+447700900001\n+447400123456")
    assert "Removed 1 number from support" in report
    assert "Not in the pool" in report


def test_a_refused_deletion_says_who_deletes(
    person: FlaskClient, vendor: Vendor, support: Pool
) -> None:
    form = {"pool_id": "support", "etag": support.etag}
    vendor.will(*[behave] * 2, answer(405, PROBLEM))
    refused = person.post(f"{POOLS}/support/delete", data=form)
    assert refused.status_code == 501
    assert "does not delete pools through its API yet" in refused.text


@pytest.mark.parametrize(
    ("code", "status", "words"),
    [
        (401, 502, "does not accept the API key and secret"),
        (403, 502, "not enabled for this account"),
        (404, 404, "There is no pool"),
        (418, 502, "The vendor refused this"),
    ],
)
def test_each_refusal_has_its_page(
    person: FlaskClient, vendor: Vendor, support: Pool, code: int, status: int, words: str
) -> None:
    vendor.will(answer(code, PROBLEM))
    page = person.get(f"{POOLS}/support")
    assert page.status_code == status
    assert words in page.text


def test_after_a_failure_it_says_what_follows(
    person: FlaskClient, vendor: Vendor, support: Pool
) -> None:
    vendor.will(*[answer(503, PROBLEM)] * 9)
    looked = person.get(f"{POOLS}/support").text
    assert looked.count("The vendor is not available") == 2  # title and heading
    assert "The vendor answered with the status 503." in looked
    assert "Nothing was changed." not in looked
    vendor.forget()
    form = {"fallback": "Reject", "localized_sender_preferred": "y", "seen": SEEN}
    vendor.will(*[answer(500, PROBLEM)] * 9)
    assert "Nothing was changed." in person.post(f"{POOLS}/support/settings", data=form).text
    vendor.forget()
    vendor.will(behave, behave, *[answer(500, PROBLEM)] * 9)
    saved = person.post(f"{POOLS}/support/settings", data=form).text
    assert "What you sent may have been done all the same" in saved


def test_what_was_typed_is_sent_again_with_one_click(
    person: FlaskClient, vendor: Vendor, support: Pool
) -> None:
    form = {"pool_id": "support-emea", "fallback": "Reject"}
    vendor.will(answer(401, PROBLEM))
    page = person.post(POOLS, data=form).text
    assert 'name="pool_id" value="support-emea"' in page
    assert "Try again" in page


def test_a_fragments_error_stands_above_the_page(
    person: FlaskClient, vendor: Vendor, support: Pool
) -> None:
    vendor.will(answer(401, PROBLEM))
    fragment = person.get(f"{POOLS}/support", headers={"HX-Request": "true"})
    assert fragment.headers["HX-Retarget"] == "#messages"
    assert "does not accept the API key and secret" in fragment.text


def test_a_page_that_the_vendor_has_no_time_for_says_when_to_come_again(
    person: FlaskClient, vendor: Vendor, support: Pool
) -> None:
    vendor.will(*[answer(429, PROBLEM, {"Retry-After": "90"})] * 9)
    refused = person.get(f"{POOLS}/support")
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "90")


@pytest.mark.parametrize("is_copied", [True, False])
def test_a_vendor_that_asks_to_wait_for_long_is_not_called_again(
    dashboard: Flask, person: FlaskClient, vendor: Vendor, support: Pool, is_copied: bool
) -> None:
    if is_copied:
        mirror.copy_account(dashboard.extensions["stores"], ACCOUNT_ID)
    vendor.forget()
    vendor.will(answer(429, PROBLEM, {"Retry-After": "90000"}))
    for page in (POOLS, f"{POOLS}/support", POOLS):
        answered = person.get(page)
        assert answered.status_code == (200 if is_copied else 503)
        assert answered.headers["Retry-After"] == "90000"
        assert "it asked to wait until" in answered.text
    changed = person.post(f"{POOLS}/support/numbers/447700900001/remove")
    assert (changed.status_code, changed.headers["Retry-After"]) == (503, "90000")
    assert len(vendor.calls) == 1
    assert vendor.clock.waits == []


def test_a_return_without_an_answer_is_told_as_not_confirmed(
    person: FlaskClient, vendor: Vendor, support: Pool
) -> None:
    vendor.will(behave, behave, answer(200, b"Welcome"))
    person.post(f"{POOLS}/support/numbers/447400123456/restore")
    page = person.get(f"{POOLS}/support").text
    assert "It is not confirmed that +44 7400 123456 is back." in page


def test_a_lost_answer_to_a_creation_is_looked_up(
    person: FlaskClient, vendor: Vendor, support: Pool, truth: PoolStore
) -> None:
    vendor.will(reset_after_work)
    form = {"pool_id": "support-emea", "fallback": "Reject"}
    assert person.post(POOLS, data=form).status_code == 303
    assert truth.get_pool("support-emea").pool_id == "support-emea"


def test_wrong_credentials_pause_it_with_the_reason(
    dashboard: Flask, person: FlaskClient, start: Start, vendor: Vendor, truth: PoolStore
) -> None:
    vendor.will(*[_refuse_changes] * 9)
    report = start("add", "+44 7400 123456")
    vendor.forget()
    assert "The vendor does not accept this account" in report
    assert "It goes on by itself" not in report
    _press(dashboard, person, report, "resume")
    assert truth.look("support", ["447400123456"]).present


def test_what_was_done_before_the_vendor_failed_stands_in_the_report(
    dashboard: Flask, person: FlaskClient, start: Start, vendor: Vendor, truth: PoolStore
) -> None:
    numbers = "\n".join(f"+447400{index:06}" for index in range(123000, 123060))
    vendor.will(*[_refuse_small_changes] * 20)
    report = start("add", numbers)
    vendor.forget()
    assert 'value="50" max="60"' in report
    assert truth.count_numbers("support") == 52
    assert "Added 60 numbers to support" in _press(dashboard, person, report, "resume")
    assert truth.count_numbers("support") == 62


def _refuse_changes(exchange: Exchange) -> None:
    (behave if exchange.request.method == "GET" else answer(401, PROBLEM))(exchange)


def _refuse_small_changes(exchange: Exchange) -> None:
    is_small = exchange.request.method != "GET" and exchange.request.body.count(b"447400") < 50
    (answer(401, PROBLEM) if is_small else behave)(exchange)


def _press(dashboard: Flask, person: FlaskClient, page: str, name: str) -> str:
    [address] = re.findall(rf'formaction="([^"]+/{name})"', page)
    operation = person.post(address).location or ""
    _work(dashboard)
    return person.get(operation).text


def test_the_button_has_the_worker_count(
    dashboard: Flask, person: FlaskClient, support: Pool
) -> None:
    assert "Not counted yet" in person.get(POOLS).text
    assert '"vendor":"ok"' in person.get("/readyz").text
    assert person.post(f"/accounts/{ACCOUNT_ID}/mirror").status_code == 303
    fragment = person.post(f"/accounts/{ACCOUNT_ID}/mirror", headers=FRAGMENT)
    assert "hx-trigger" in fragment.text
    worker = start_embedded(dashboard.extensions["jobs"])
    try:
        page = f"/accounts/{ACCOUNT_ID}/mirror"
        wait_until(lambda: "Counts as of" in person.get(page).text, "the copy is made")
    finally:
        worker.stop(graceful=True)


def test_a_change_is_copied_by_the_worker(
    dashboard: Flask, person: FlaskClient, start: Start, support: Pool
) -> None:
    stores = dashboard.extensions["stores"]
    mirror.copy_account(stores, ACCOUNT_ID)
    start("add", "+44 7400 123456")
    worker = start_embedded(dashboard.extensions["jobs"])
    try:
        store = stores.of(ACCOUNT_ID)
        wait_until(
            lambda: store.list_numbers("support", PageRequest(), containing="7400").items,
            "the number is in the copy",
        )
    finally:
        worker.stop(graceful=True)


LONG_LIST = [f"4474001{number:05}" for number in range(1200)]


@pytest.mark.parametrize("headers", [{}, FRAGMENT], ids=["page", "fragment"])
@pytest.mark.parametrize(
    ("failing", "told"),
    [
        ([answer(503)] * 4, "It is not confirmed that +44 7400 100000 was removed."),
        ([answer(400, PROBLEM)], "+44 7400 100000 was not removed: Not you."),
        ([behave, *[answer(503)] * 4], "Removed +44 7400 100000."),
    ],
)
def test_of_one_number_no_more_is_told_than_is_known(
    person: FlaskClient,
    vendor: Vendor,
    support: Pool,
    truth: PoolStore,
    headers: dict[str, str],
    failing: list[Behaviour],
    told: str,
) -> None:
    truth.add_numbers("support", LONG_LIST)
    vendor.will(behave, *failing)  # it behaves when the pool is looked up
    answered = person.post(f"{POOLS}/support/numbers/447400100000/remove", headers=headers)
    if not headers:
        vendor.forget()
        answered = person.get(answered.location or "")
    assert told in answered.text
    assert "was not in the pool" not in answered.text


def test_a_list_says_of_when_the_pool_is_that_it_was_compared_with(
    dashboard: Flask, person: FlaskClient, start: Start, support: Pool
) -> None:
    stores = dashboard.extensions["stores"]
    mirror.copy_account(stores, ACCOUNT_ID)
    with stores.database.write() as connection:
        connection.execute(update(pools).values(mirrored_at=datetime(2026, 1, 1, 10, tzinfo=UTC)))
    page = start("look", "+44 7400 123456")
    assert re.search("Compared with the pool as of <time [^>]*>01 Jan 2026 10:00 UTC<", page)
