"""A vendor that hangs, fails or asks to wait: pages show our copy, and say so."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from numberpools import clock
from numberpools.domain.pools import Fallback, Pool, PoolChanges
from numberpools.services import mirror
from numberpools.settings import Settings
from numberpools.stores import PoolStore
from numberpools.stores.limiter import Clock
from tests.conftest import ACCOUNT_ID, SECRET, opened
from tests.vonage.vendor import Behaviour, Exchange, Vendor, answer, behave, say_nothing
from tests.web import FRAGMENT, SEEN

POOLS = f"/accounts/{ACCOUNT_ID}/pools"
COPY = "This is our copy of"


def hang(exchange: Exchange) -> None:
    """Answer nothing until the client has waited for long."""
    exchange.clock.move(60)
    exchange.reset()


@pytest.fixture
def copied(dashboard: Flask, vendor: Vendor, support: Pool) -> None:
    """The account has been copied."""
    mirror.copy_account(dashboard.extensions["stores"], ACCOUNT_ID)
    vendor.forget()


PASSING: list[Behaviour] = [hang, answer(500), answer(503), answer(429)]


@pytest.mark.usefixtures("copied")
@pytest.mark.parametrize("behaviour", PASSING, ids=["hangs", "500", "503", "429"])
@pytest.mark.parametrize(
    ("page", "headers", "shown"),
    [
        (POOLS, {}, ">support</a>"),
        (POOLS, FRAGMENT, ">support</a>"),
        (f"{POOLS}?containing=SUPP&sort=fallback", {}, ">support</a>"),
        (f"{POOLS}/support", {}, "+44 7700 900001"),
        (f"{POOLS}/support", FRAGMENT, "+44 7700 900001"),
        (f"{POOLS}/support?containing=0002", {}, "+44 7700 900002"),
    ],
)
def test_pages_show_the_copy(
    person: FlaskClient,
    vendor: Vendor,
    page: str,
    headers: dict[str, str],
    shown: str,
    behaviour: Behaviour,
) -> None:
    vendor.will(*[behaviour] * 9)
    answered = person.get(page, headers=headers)
    assert answered.status_code == 200
    assert answered.text.count(COPY) == 1
    assert shown in answered.text
    vendor.forget()
    vendor.clock.move(60)
    assert COPY not in person.get(page, headers=headers).text


@pytest.mark.usefixtures("copied")
def test_it_says_why_and_of_when(person: FlaskClient, vendor: Vendor) -> None:
    vendor.will(*[answer(503)] * 9)
    page = person.get(POOLS).text
    assert "The vendor answered with the status 503. <strong>This is our copy of <time" in page


@pytest.mark.usefixtures("copied")
def test_a_page_that_fails_halfway_is_all_of_the_copy(
    person: FlaskClient, vendor: Vendor, truth: PoolStore
) -> None:
    truth.update_pool("support", PoolChanges(fallback=Fallback.REJECT))
    vendor.will(behave, *[answer(500)] * 9)
    page = person.get(f"{POOLS}/support").text
    assert COPY in page
    assert 'value="Pool" checked' in page


@pytest.mark.usefixtures("copied")
def test_it_is_three_seconds_for_the_page_as_a_whole(person: FlaskClient, vendor: Vendor) -> None:
    def slow(exchange: Exchange) -> None:
        exchange.clock.move(2)
        answer(503)(exchange)

    vendor.will(*[slow] * 9)
    assert COPY in person.get(f"{POOLS}/support").text
    assert len(vendor.calls) == 2
    assert vendor.clock.time < 5


@pytest.fixture
def impatient(vendor: Vendor, dashboard: Flask) -> Iterator[FlaskClient]:
    """A browser on a service that waits in real time."""
    settings = {
        "NUMBERPOOLS_ENV": "development",
        "SECRET_KEY": "another key for the tests alone, long enough to be one",
        "DATABASE_URL": dashboard.extensions["settings"].database_url,
        "VONAGE_ACCOUNTS": f"Example:{ACCOUNT_ID}:{SECRET}",
        "VONAGE_API_URL": vendor.url,
    }
    with opened(Settings.parse(settings), Clock()) as app:
        client = app.test_client()
        app.config["WTF_CSRF_ENABLED"] = False
        client.post("/sign-in", data={"role": "VIEWER"})
        yield client


@pytest.mark.usefixtures("copied")
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_vendor_that_never_answers_is_called_once_for_a_page(
    impatient: FlaskClient, vendor: Vendor
) -> None:
    vendor.will(say_nothing)
    page = impatient.get(POOLS).text
    assert "The vendor did not answer in time." in page
    assert COPY in page
    assert len(vendor.calls) == 1


@pytest.mark.parametrize("page", [POOLS, f"{POOLS}/support"])
def test_without_a_copy_it_is_the_error(
    person: FlaskClient, vendor: Vendor, support: Pool, page: str
) -> None:
    vendor.will(hang)
    assert person.get(page).status_code == 503
    assert len(vendor.calls) == 1


def test_pools_of_an_account_that_was_never_copied_as_a_whole_are_no_list(
    dashboard: Flask, person: FlaskClient, vendor: Vendor, support: Pool
) -> None:
    mirror.copy_pool(dashboard.extensions["stores"], ACCOUNT_ID, "support", clock.now())
    vendor.will(hang)
    assert person.get(POOLS).status_code == 503
    vendor.will(hang)
    assert COPY in person.get(f"{POOLS}/support").text


@pytest.mark.usefixtures("copied")
@pytest.mark.parametrize(
    ("code", "status"), [(401, 502), (403, 502), (404, 404), (418, 502)], ids=str
)
def test_what_somebody_has_to_mend_is_no_reason_for_the_copy(
    person: FlaskClient, vendor: Vendor, code: int, status: int
) -> None:
    vendor.will(answer(code, {"title": "No", "detail": "Not you."}))
    assert person.get(f"{POOLS}/support").status_code == status


@pytest.mark.usefixtures("copied")
def test_settings_that_were_shown_from_the_copy_are_saved_after_the_vendors_answer_only(
    person: FlaskClient, vendor: Vendor, truth: PoolStore
) -> None:
    form = {"fallback": "Reject", "localized_sender_preferred": "y", "seen": SEEN}
    vendor.will(hang)
    assert person.post(f"{POOLS}/support/settings", data=form).status_code == 503
    truth.update_pool("support", PoolChanges(predictable_sender_preferred=True))
    refused = person.post(f"{POOLS}/support/settings", data=form)
    assert refused.status_code == 409
    assert "somebody changed this pool" in refused.text
    assert truth.get_pool("support").fallback is Fallback.POOL


@pytest.mark.usefixtures("copied")
@pytest.mark.parametrize("page", ["operations", "history"])
def test_what_is_ours_is_shown_all_the_same(person: FlaskClient, vendor: Vendor, page: str) -> None:
    vendor.will(hang)
    assert person.get(f"{POOLS}/support/{page}").status_code == 200


@pytest.mark.usefixtures("copied")
def test_a_pool_that_is_gone_at_the_vendor_is_not_shown_from_the_copy(
    person: FlaskClient, truth: PoolStore
) -> None:
    truth.delete_pool("support")
    assert person.get(f"{POOLS}/support").status_code == 404


@pytest.mark.usefixtures("copied")
def test_a_change_waits_longer_than_a_page(
    person: FlaskClient, vendor: Vendor, truth: PoolStore
) -> None:
    vendor.will(answer(503, headers={"Retry-After": "6"}))
    assert person.post(f"{POOLS}/support/numbers/447700900001/remove").status_code == 303
    assert truth.count_numbers("support") == 1
