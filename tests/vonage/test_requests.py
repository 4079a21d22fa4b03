"""What goes out to the vendor."""

from __future__ import annotations

import socket
from base64 import b64encode
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

from numberpools.domain.pools import Fallback, PageRequest, Pool, PoolChanges
from numberpools.errors import PoolNotFound, UnreadableAnswer, VendorUnavailable
from numberpools.stores import PoolStore
from numberpools.version import VERSION
from tests.conftest import ACCOUNT_ID, SECRET
from tests.vonage.vendor import FakeClock, Vendor, answer

POOLS = f"/v2/numberpools/accounts/{ACCOUNT_ID}/pools"


def test_it_says_who_calls_and_what_it_reads(
    store: PoolStore, vendor: Vendor, support: Pool
) -> None:
    store.get_pool("support")
    headers = vendor.requests[0].headers
    token = b64encode(f"{ACCOUNT_ID}:{SECRET}".encode()).decode()
    assert headers["Authorization"] == f"Basic {token}"
    assert headers["User-Agent"] == f"NumberPools/{VERSION}"
    assert "application/json" in headers["Accept"]


def test_it_sends_pages_and_bodies_as_the_reference_has_them(
    store: PoolStore, vendor: Vendor, account_id: str
) -> None:
    store.create_pool(Pool(account_id, "sales", Fallback.REJECT, False, True))
    store.update_pool("sales", PoolChanges(fallback=Fallback.CUSTOM_FROM))
    store.add_numbers("sales", ["447700900002", "447700900001", "447700900002"])
    store.remove_numbers("sales", ["447700900001"])
    store.list_numbers("sales", PageRequest(2, 25))
    assert [(each.method, each.path) for each in vendor.requests] == [
        ("POST", POOLS),
        ("PATCH", f"{POOLS}/sales"),
        ("GET", f"{POOLS}/sales/numbers?page=1&page_size=1000"),
        ("POST", f"{POOLS}/sales/numbers"),
        ("POST", f"{POOLS}/sales/numbers/delete"),
        ("GET", f"{POOLS}/sales/numbers?page=2&page_size=25"),
    ]
    assert [each.json for each in vendor.requests if each.body] == [
        {
            "pool_id": "sales",
            "fallback": "Reject",
            "localized_sender_preferred": False,
            "predictable_sender_preferred": True,
        },
        {"fallback": "CustomFrom"},
        {"numbers": ["447700900001", "447700900002"]},
        {"numbers": ["447700900001"]},
    ]


@pytest.mark.parametrize(
    ("pool_id", "in_path"),
    [
        ("a/b", "a%2Fb"),
        ("a?b#c", "a%3Fb%23c"),
        ("50%", "50%25"),
        ("%2e%2e", "%252e%252e"),
        ("é", "%C3%A9"),
        ("\ud800", "%ED%A0%80"),
    ],
)
def test_it_encodes_a_pool_id_in_the_path(
    store: PoolStore, vendor: Vendor, pool_id: str, in_path: str
) -> None:
    vendor.will(answer(404))
    with pytest.raises(PoolNotFound):
        store.get_pool(pool_id)
    assert vendor.requests[0].path == f"{POOLS}/{in_path}"


@pytest.mark.parametrize("pool_id", ["", ".", ".."])
def test_it_asks_nothing_where_a_pool_id_would_lead_to_another_address(
    store: PoolStore, vendor: Vendor, pool_id: str
) -> None:
    with pytest.raises(PoolNotFound):
        store.get_pool(pool_id)
    with pytest.raises(PoolNotFound):
        store.remove_numbers(pool_id, ["447700900001"])
    assert vendor.requests == []


def test_it_keeps_a_path_in_front_of_the_api(
    vendor: Vendor, open_vendor_store: Callable[..., PoolStore]
) -> None:
    store = open_vendor_store(f"{vendor.url}/gateway/")
    vendor.will(answer(404))
    with pytest.raises(PoolNotFound):
        store.get_pool("support")
    assert vendor.requests[0].path == f"/gateway{POOLS}/support"


def test_it_keeps_the_connection_and_no_cookies(
    store: PoolStore, vendor: Vendor, support: Pool
) -> None:
    vendor.will(answer(404, headers={"Set-Cookie": "session=1; Path=/"}))
    with pytest.raises(PoolNotFound):
        store.get_pool("elsewhere")
    store.add_numbers("support", ["447700900001"])
    store.get_pool("support")
    assert vendor.connection_count == 1
    assert all("Cookie" not in each.headers for each in vendor.requests)


def test_it_sends_any_secret(vendor: Vendor, open_vendor_store: Callable[..., PoolStore]) -> None:
    secret = 'ü€:, "%41'
    store = open_vendor_store(vendor.url, secret)
    vendor.will(answer(404))
    with pytest.raises(PoolNotFound):
        store.get_pool("support")
    token = b64encode(f"{ACCOUNT_ID}:{secret}".encode()).decode()
    assert vendor.requests[0].headers["Authorization"] == f"Basic {token}"


def test_it_follows_no_redirect(
    store: PoolStore, vendor: Vendor, truth: PoolStore, support: Pool
) -> None:
    with Vendor(vendor.app) as elsewhere:
        there = {"Location": f"{elsewhere.url}{POOLS}/support"}
        vendor.will(answer(302, headers=there), answer(308, headers=there))
        with pytest.raises(UnreadableAnswer, match="status 302"):
            store.get_pool("support")
        with pytest.raises(UnreadableAnswer, match="status 308"):
            store.update_pool("support", PoolChanges(fallback=Fallback.REJECT))
        assert elsewhere.requests == []
    assert truth.get_pool("support") == support


def test_each_address_of_the_vendors_name_is_tried(
    vendor: Vendor,
    support: Pool,
    open_vendor_store: Callable[..., PoolStore],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The resolver is the system's: no server of a test can stand in for it."""
    port = urlsplit(vendor.url).port
    found = [
        (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (address, port))
        for address in ("127.0.0.2", "127.0.0.1")
    ]
    resolve = socket.getaddrinfo

    def resolved(host: str, *rest: Any, **more: Any) -> Any:
        return found if host == "localhost" else resolve(host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    store = open_vendor_store(f"http://localhost:{port}")
    assert store.get_pool("support") == support
    found.pop()
    vendor.forget()
    with pytest.raises(VendorUnavailable, match="can't be reached"):
        open_vendor_store(f"http://localhost:{port}", clock=FakeClock()).get_pool("support")
