"""Ids of a vendor's pools that are beyond our own rule."""

from __future__ import annotations

import re
from html import escape, unescape
from json import dumps
from urllib.parse import quote
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

from numberpools.domain.pools import PageRequest, Pool
from numberpools.services import mirror
from numberpools.stores import PoolStore, Stores
from tests.conftest import ACCOUNT_ID
from tests.databases import on_both_databases
from tests.vonage.vendor import Behaviour, Exchange, Result, Vendor, answer
from tests.web import FRAGMENT, SEEN

POOLS = f"/accounts/{ACCOUNT_ID}/pools"
IDS = ["new", "a b", " a  b ", "a.b", "日本語", "a?b#c%2Fd&e=f", "...", "a\\b", '<b>"x"', "😀" * 20]
few_ids = pytest.mark.parametrize("pool_id", ["a b", "日本語", "a?b#c%2Fd&e=f"], indirect=True)
"""For what goes the same ways with the others."""
NUMBERS = ["447700900001", "447700900002"]


def named(pool_id: str) -> Behaviour:
    """Do the work for the pool `support` as if it were called so."""

    def behaviour(exchange: Exchange) -> None:
        there = f"/pools/{quote(pool_id, safe='')}"
        path = re.sub(f"{re.escape(there)}(?=/|$)", "/pools/support", exchange.request.path)
        exchange.request = exchange.request._replace(path=path)
        done = exchange.work()
        exchange.send(*Result(done.status, _with_id(done.body, pool_id)))

    return behaviour


def _with_id(body: bytes, pool_id: str) -> bytes:
    return body.replace(b'"pool_id":"support"', b'"pool_id":' + dumps(pool_id).encode())


@pytest.fixture(params=IDS)
def pool_id(request: pytest.FixtureRequest, vendor: Vendor, support: Pool) -> str:
    """How the vendor calls the one pool that it has."""
    found: str = request.param
    vendor.will(*[named(found)] * 200)
    return found


@pytest.fixture
def page(pool_id: str, person: FlaskClient) -> str:
    """The pool's address, as the list of pools has it."""
    [address] = re.findall(rf'class="pool-id" href="({POOLS}/[^"]+)">', person.get(POOLS).text)
    return unescape(address)


def test_all_its_pages_open(person: FlaskClient, page: str) -> None:
    parts = ("", "/settings", "/rename", "/delete", "/paste", "/operations")
    assert [person.get(page + part).status_code for part in parts] == [200] * len(parts)


@few_ids
@on_both_databases
def test_its_settings_are_saved(person: FlaskClient, page: str, truth: PoolStore) -> None:
    form = {"fallback": "Reject", "localized_sender_preferred": "y", "seen": SEEN}
    saved = person.post(f"{page}/settings", data=form)
    assert saved.location == page
    assert "Saved." in person.get(page).text
    assert truth.get_pool("support").fallback == "Reject"
    assert "Fallback: Pool → Reject" in person.get(f"{page}/history").text
    assert "Fallback: Pool → Reject" in person.get(f"/accounts/{ACCOUNT_ID}/audit").text
    file = person.get(f"{page}/history.csv")
    assert "Reject" in file.text
    assert file.headers["Content-Disposition"].isascii()


@few_ids
def test_a_number_is_removed_and_put_back(person: FlaskClient, page: str, truth: PoolStore) -> None:
    removed = person.post(f"{page}/numbers/{NUMBERS[0]}/remove")
    assert removed.location == f"{page}#numbers"
    assert "Undo" in person.get(page).text
    assert truth.count_numbers("support") == 1
    person.post(f"{page}/numbers/{NUMBERS[0]}/restore", headers=FRAGMENT)
    assert truth.count_numbers("support") == 2


@few_ids
def test_a_paste_is_looked_at_and_added(
    dashboard: Flask, person: FlaskClient, page: str, truth: PoolStore, pool_id: str
) -> None:
    form = {"numbers": "+44 7400 123456", "form_id": str(uuid4()), "country": ""}
    preview = person.post(f"{page}/preview", data=form, headers=FRAGMENT)
    assert "<dt>New</dt><dd" in preview.text.replace("\n", "")
    assert person.post(f"{page}/preview.csv", data=form).status_code == 200
    operation = person.post(f"{page}/operations", data={**form, "action": "add"}).location or ""
    while dashboard.extensions["jobs"].worker.work():
        pass
    report = person.get(operation).text
    assert "Added 1 number to" in report
    assert f'href="{escape(page)}"' in report
    assert truth.count_numbers("support") == 3


@few_ids
def test_it_is_renamed_by_our_own_rule(
    person: FlaskClient, page: str, truth: PoolStore, vendor: Vendor
) -> None:
    refused = person.post(f"{page}/rename", data={"pool_id": "still a b"})
    assert refused.status_code == 422
    renamed = person.post(f"{page}/rename", data={"pool_id": "helpdesk"})
    assert renamed.location == f"{POOLS}/helpdesk"
    assert truth.get_pool("helpdesk")
    vendor.forget()
    assert "now called helpdesk" in person.get(f"{POOLS}/helpdesk").text


@few_ids
def test_it_is_deleted(
    person: FlaskClient, page: str, truth: PoolStore, pool_id: str, vendor: Vendor
) -> None:
    form = person.get(f"{page}/delete").text
    etag = form.partition('name="etag" value="')[2].partition('"')[0]
    deleted = person.post(f"{page}/delete", data={"pool_id": pool_id, "etag": etag})
    assert deleted.status_code == 303
    assert truth.list_pools(PageRequest()).total_items == 0


@few_ids
def test_a_refusal_names_it_in_the_trail(person: FlaskClient, page: str, vendor: Vendor) -> None:
    vendor.forget()
    vendor.will(*[answer(401)] * 9)
    assert person.post(f"{page}/numbers/{NUMBERS[0]}/remove").status_code == 502
    assert "does not accept" in person.get(f"{page}/history").text


@few_ids
def test_it_is_copied_and_searched(
    dashboard: Flask, person: FlaskClient, page: str, vendor: Vendor
) -> None:
    stores: Stores = dashboard.extensions["stores"]
    mirror.copy_account(stores, ACCOUNT_ID)
    assert "+44 7700 900002" in person.get(f"{page}?containing=0002").text
    vendor.forget()
    vendor.will(*[answer(503)] * 9)
    assert "This is our copy of" in person.get(page).text


@pytest.mark.parametrize(
    ("unnamed", "why"),
    [
        ("a/b", "a slash"),
        (".", "for another page"),
        ("..", "for another page"),
        ("", "no id that an address could name"),
        ("a\0b", "a character that an address"),
        ("日本語" * 100, "too long for an address"),
    ],
)
def test_what_no_address_can_hold_is_listed_without_a_link(
    dashboard: Flask, person: FlaskClient, vendor: Vendor, support: Pool, unnamed: str, why: str
) -> None:
    vendor.will(*[named(unnamed)] * 9)
    page = person.get(POOLS).text
    assert why in page
    assert f'href="{POOLS}/"' not in page
    assert not re.findall(rf'href="{POOLS}/(?!new")', page)
    stores: Stores = dashboard.extensions["stores"]
    mirror.copy_account(stores, ACCOUNT_ID)
    assert why in person.get(f"/accounts/{ACCOUNT_ID}/mirror").text


@pytest.mark.parametrize("pool_id", ["a%20b", "%0A", "a%5Cb", "%ED%A0%80", "%FF"])
def test_an_id_that_nobody_has_is_not_found(person: FlaskClient, pool_id: str) -> None:
    assert person.get(f"{POOLS}/{pool_id}").status_code == 404
    assert person.get(f"{POOLS}/{pool_id}/history").status_code == 404
    assert person.post(f"{POOLS}/{pool_id}/settings").status_code == 404
