"""Which requests get a part of the page and which the whole."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from numberpools.domain.pools import Pool
from tests.web import FRAGMENT, POOLS

LISTS = [POOLS, f"{POOLS}/support"]


def _is_whole(text: str) -> bool:
    return text.startswith("<!doctype html>")


@pytest.mark.parametrize("address", LISTS)
def test_it_works(viewer: FlaskClient, support: Pool, address: str) -> None:
    assert _is_whole(viewer.get(address).text)
    assert not _is_whole(viewer.get(address, headers=FRAGMENT).text)


@pytest.mark.parametrize("header", ["HX-History-Restore-Request", "HX-Boosted"])
@pytest.mark.parametrize("address", LISTS)
def test_a_step_back_and_a_boosted_link_get_the_whole_page(
    viewer: FlaskClient, support: Pool, address: str, header: str
) -> None:
    assert _is_whole(viewer.get(address, headers=FRAGMENT | {header: "true"}).text)


@pytest.mark.parametrize("headers", [{}, FRAGMENT], ids=["page", "fragment"])
@pytest.mark.parametrize("address", [*LISTS, f"{POOLS}/support/settings", f"{POOLS}/nowhere"])
def test_caches_keep_the_two_apart(
    viewer: FlaskClient, support: Pool, address: str, headers: dict[str, str]
) -> None:
    assert "HX-Request" in viewer.get(address, headers=headers).vary


@pytest.mark.parametrize("address", LISTS)
def test_what_else_a_request_says_changes_nothing(
    viewer: FlaskClient, support: Pool, address: str
) -> None:
    plain = viewer.get(address, headers=FRAGMENT).text
    headers = FRAGMENT | {"HX-Trigger": "x", "HX-Target": "y", "HX-Current-URL": "http://z"}
    assert viewer.get(address, headers=headers).text == plain
