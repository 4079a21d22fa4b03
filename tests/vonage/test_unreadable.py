"""Answers that are none of the API's: an error of ours, which quotes them, and no more."""

from __future__ import annotations

import gzip
import tracemalloc

import pytest

from numberpools.domain.pools import PageRequest, Pool
from numberpools.errors import UnreadableAnswer, VendorError
from numberpools.stores import PoolStore
from tests.vonage.vendor import Exchange, Vendor, answer, send_bytes


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"7",
        b'"text"',
        b"{",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"fallback": "Pool"}',
        b'{"pool_id": 7, "fallback": "Pool"}',
        b"<html>Welcome to the hotel</html>",
    ],
)
def test_it_is_an_error_of_ours(store: PoolStore, vendor: Vendor, body: bytes) -> None:
    vendor.will(answer(200, body))
    with pytest.raises(UnreadableAnswer, match="status 200"):
        store.get_pool("support")


@pytest.mark.parametrize("items", [7, "447700900001", {"a": 1}])
def test_what_is_no_list_of_numbers_is_not_shown(
    store: PoolStore, vendor: Vendor, items: object
) -> None:
    vendor.will(answer(200, {"_embedded": {"numbers": items}}))
    with pytest.raises(UnreadableAnswer):
        store.list_numbers("support", PageRequest())


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"status": 500, "message": "Down for maintenance"},
        {"page": 1, "total_pages": 1},
        {"total_items": 2, "total_pages": 1},
        {"total_items": 2, "_embedded": {"numbers": []}},
    ],
)
def test_a_page_that_does_not_say_what_is_there_is_not_taken_for_an_empty_one(
    store: PoolStore, vendor: Vendor, content: dict[str, object]
) -> None:
    vendor.will(answer(200, content))
    with pytest.raises(UnreadableAnswer):
        store.list_numbers("support", PageRequest())


def test_a_last_page_without_what_it_must_have_is_not_taken_for_an_empty_one(
    store: PoolStore, vendor: Vendor
) -> None:
    vendor.will(answer(200, {"total_items": 25, "_embedded": {"numbers": []}}))
    with pytest.raises(UnreadableAnswer):
        store.list_numbers("support", PageRequest(3, 10))


@pytest.mark.parametrize(
    "content",
    [{"total_items": 0}, {"_embedded": {}}, {"_embedded": {"numbers": []}, "total_items": 0}],
)
def test_a_page_that_says_so_is_empty(
    store: PoolStore, vendor: Vendor, content: dict[str, object]
) -> None:
    vendor.will(answer(200, content))
    assert store.list_numbers("support", PageRequest()).total_items == 0


def test_it_quotes_the_answer_for_the_vendors_support(store: PoolStore, vendor: Vendor) -> None:
    body = b"<html>\x00\x1b[31m\r\n  Welcome " + b"x" * 1000
    vendor.will(answer(200, body, {"X-Request-Id": "7f3a"}))
    with pytest.raises(UnreadableAnswer) as caught:
        store.get_pool("support")
    told = str(caught.value)
    assert "(status 200, application/json, 1,024 bytes, request id 7f3a)" in told
    assert "it begins with <html>\ufffd\ufffd[##m Welcome xxx" in told
    assert told.count("x") < 200
    assert told.isprintable()


def test_it_quotes_no_number(store: PoolStore, vendor: Vendor) -> None:
    vendor.will(answer(200, b"<p>+44 7700 900001 \xd9\xa4\xd9\xa5"))
    with pytest.raises(UnreadableAnswer, match="begins with <p>\\+## #### ###### ##"):
        store.get_pool("support")


@pytest.mark.parametrize(
    ("location", "told"),
    [
        (
            "https://me:secret@sso.example.com:8443/in?key=secret#x",
            "https://sso.example.com:8443/in",
        ),
        ("/numbers/447700900001?key=secret", "/numbers/############"),
        ("//example.com/in", "//example.com/in"),
        ("https://[", "no address"),
        (None, "no address"),
    ],
)
def test_it_names_where_a_redirect_leads(
    store: PoolStore, vendor: Vendor, location: str | None, told: str
) -> None:
    vendor.will(answer(302, headers={"Location": location} if location else {}))
    with pytest.raises(UnreadableAnswer, match="it leads to") as caught:
        store.get_pool("support")
    assert f"it leads to {told}: it is empty" in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_a_byte_order_mark_is_no_harm(
    store: PoolStore, vendor: Vendor, support: Pool, encoding: str
) -> None:
    def mark(exchange: Exchange) -> None:
        status, body = exchange.work()
        exchange.send(status, f"\ufeff{body.decode()}".encode(encoding))

    vendor.will(mark)
    assert store.get_pool("support") == support


def test_it_names_the_request_by_the_problems_instance(store: PoolStore, vendor: Vendor) -> None:
    vendor.will(answer(418, {"instance": "9b1c"}))
    with pytest.raises(UnreadableAnswer, match=r"status 418, .*, request id 9b1c"):
        store.get_pool("support")


@pytest.mark.parametrize("zipped", [False, True])
def test_a_large_body_is_refused_without_being_kept(
    store: PoolStore, vendor: Vendor, zipped: bool
) -> None:
    size = 50_000_000 if zipped else 10_000_000
    body = gzip.compress(b" " * size, 1) if zipped else b" " * size
    vendor.will(answer(200, body, {"Content-Encoding": "gzip"} if zipped else {}))
    tracemalloc.start()
    with pytest.raises(UnreadableAnswer, match="larger than 2 MB"):
        store.get_pool("support")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8_000_000


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "gzip, gzip"])
def test_a_body_that_is_not_packed_as_it_says(
    store: PoolStore, vendor: Vendor, encoding: str
) -> None:
    vendor.will(answer(200, b"not packed at all", {"Content-Encoding": encoding}))
    with pytest.raises(UnreadableAnswer, match="decompressed"):
        store.get_pool("support")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 two hundred\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\nContent-Length: 8\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 500 + b"\r\n{}",
        b"HTTP/1.1 200 " + b"O" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: http://[\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: \xff\xfe\r\nSet-Cookie: \xff=;\r\n\r\n",
        b"HTTP/1.1 999 What\r\nRetry-After: \xb2\r\n\r\n",
    ],
)
def test_what_is_hardly_http_is_an_error_of_ours(
    store: PoolStore, vendor: Vendor, data: bytes
) -> None:
    vendor.will(*[send_bytes(data)] * 4)
    with pytest.raises(VendorError):
        store.get_pool("support")
