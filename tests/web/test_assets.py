"""Stylesheets, scripts and icons."""

from __future__ import annotations

import contextlib
import hashlib
import re
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from xml.etree.ElementTree import Element

import phonenumbers
import pytest
from flask import Flask
from flask.testing import FlaskClient

from numberpools.domain.pools import Pool
from numberpools.web import assets
from tests.web import FRAGMENT, POOLS
from tests.web.markup import read

LIKE_A_BROWSER = {"Accept-Encoding": "gzip, deflate, br, zstd"}
FIRST_VISIT = 90_000
FRAGMENT_OF_FIFTY = 6_000
HTMX = "0895/pl2MU10Hqc6jd4RvrthNlDiE9U1tWmX7WRESftEDRosgxNsQG/Ze9YMRzHq"
"""The official build of htmx 2.0.3, as its makers publish its integrity: sha384."""


def _loaded(page: Element) -> set[str]:
    """The addresses of everything that a browser fetches for the page."""
    found = (
        element.get(name, "").partition("#")[0]
        for element in page.iter()
        for name in ("src", "href")
    )
    return {address for address in found if address.startswith(assets.PREFIX)}


@pytest.fixture
def addresses(viewer: FlaskClient, support: Pool) -> list[str]:
    return sorted(_loaded(read(viewer.get(f"{POOLS}/support"))))


def test_it_works(viewer: FlaskClient, addresses: list[str]) -> None:
    names = {re.sub(r"\.[0-9a-f]{12}", "", address.rpartition("/")[2]) for address in addresses}
    assert names == {
        "app.css",
        "app.js",
        "bootstrap.css",
        "bootstrap-dark.css",
        "favicon.svg",
        "htmx.js",
        "icons.svg",
    }
    for address in addresses:
        with contextlib.closing(viewer.get(address)) as answer:
            assert answer.status_code == 200
            assert answer.data


def test_htmx_is_the_official_build() -> None:
    assert b64encode(hashlib.sha384(assets.htmx()).digest()).decode() == HTMX


def test_names_carry_the_hash_of_what_they_hold(viewer: FlaskClient, addresses: list[str]) -> None:
    for address in addresses:
        with contextlib.closing(viewer.get(address)) as answer:
            assert hashlib.sha256(answer.data).hexdigest()[:12] in address


def test_browsers_keep_them_for_good(viewer: FlaskClient, addresses: list[str]) -> None:
    for address in addresses:
        with contextlib.closing(viewer.get(address)) as answer:
            assert answer.cache_control.immutable
            assert (answer.cache_control.max_age or 0) >= 31_536_000
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert "Set-Cookie" not in answer.headers


def test_they_need_no_sign_in(client: FlaskClient, addresses: list[str]) -> None:
    for address in addresses:
        with client.get(address) as answer:
            assert answer.status_code == 200


@pytest.mark.parametrize("name", ["", "app.css", "app.000000000000.css", "../app.css", "%2e%2e/x"])
def test_others_are_not_found(client: FlaskClient, name: str) -> None:
    assert client.get(assets.PREFIX + name).status_code == 404


def test_every_icon_is_there(viewer: FlaskClient, addresses: list[str]) -> None:
    [sprite] = [address for address in addresses if "icons" in address]
    with contextlib.closing(viewer.get(sprite)) as answer:
        assert {symbol.get("id") for symbol in read(answer).iter("symbol")} == set(assets.ICONS)


def test_the_icons_are_those_that_pages_show(app: Flask) -> None:
    texts = [
        path.read_text("utf-8")
        for path in Path(app.root_path, str(app.template_folder)).rglob("*.html")
    ]
    named = {name for text in texts for name in re.findall(r'"([a-z-]+)"', text)}
    assert set(re.findall(r'icon\("([a-z-]+)"', "".join(texts))) <= set(assets.ICONS) <= named


def test_nothing_is_fetched_from_elsewhere(viewer: FlaskClient, addresses: list[str]) -> None:
    for address in addresses:
        if not address.endswith((".css", ".js")):
            continue
        with contextlib.closing(viewer.get(address)) as answer:
            assert not re.search(r"url\(['\"]?(?!['\"]?data:)", answer.text), address
            assert "@import" not in answer.text
            assert "sourceMappingURL" not in answer.text


@pytest.fixture
def large_pool(make_pool: Callable[..., Pool]) -> Pool:
    """Two hundred numbers, each of another country than its neighbours where there are so many."""
    examples = (phonenumbers.example_number(region) for region in phonenumbers.SUPPORTED_REGIONS)
    numbers = [phonenumbers.format_number(each, 0).lstrip("+") for each in examples if each]
    return make_pool("support", sorted(numbers)[:200])


def _transferred(client: FlaskClient, address: str, **headers: str) -> int:
    with client.get(address, headers=LIKE_A_BROWSER | headers) as answer:
        assert answer.status_code == 200
        return len(answer.data)


@pytest.mark.parametrize("path", ["", "/support?page_size=100"])
def test_a_first_visit_is_small(administrator: FlaskClient, large_pool: Pool, path: str) -> None:
    address = f"{POOLS}{path}"
    fetched = _loaded(read(administrator.get(address)))
    sizes = {each: _transferred(administrator, each) for each in [address, *fetched]}
    assert sum(sizes.values()) <= FIRST_VISIT, sizes


def test_a_fragment_of_fifty_numbers_is_small(administrator: FlaskClient, large_pool: Pool) -> None:
    address = f"{POOLS}/support?page_size=50&page=2"
    assert _transferred(administrator, address, **FRAGMENT) <= FRAGMENT_OF_FIFTY
