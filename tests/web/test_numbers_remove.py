"""``POST /numbers/<number>/remove`` and ``.../restore``: one number, and its undo."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from numberpools.domain.pools import Pool
from numberpools.services.accounts import set_inventory
from numberpools.stores import PoolStore, Stores
from tests.web import FRAGMENT, POOLS
from tests.web.markup import alerts, find, read, rows, words

SUPPORT = f"{POOLS}/support"
NUMBER = "447400123456"
REMOVE = f"{SUPPORT}/numbers/{NUMBER}/remove"
RESTORE = f"{SUPPORT}/numbers/{NUMBER}/restore"


def _is_in_pool(store: PoolStore) -> bool:
    return NUMBER in store.look("support", [NUMBER]).present


def test_it_works(editor: FlaskClient, store: PoolStore, support: Pool) -> None:
    answer = editor.post(REMOVE)
    assert answer.status_code == 303
    assert answer.location == f"{SUPPORT}#numbers"
    assert not _is_in_pool(store)
    page = read(editor.get(SUPPORT))
    assert alerts(page) == ["Removed +44 7400 123456. Undo"]
    undone = editor.post(find(page, f".//form[@action='{RESTORE}']").get("action", ""))
    assert undone.status_code == 303
    assert _is_in_pool(store)
    assert alerts(read(editor.get(SUPPORT))) == ["+44 7400 123456 is back in the pool."]


def test_it_leads_back_to_the_place_in_the_list(editor: FlaskClient, support: Pool) -> None:
    place = {"page": "2", "page_size": "10", "containing": "+44 74"}
    answer = editor.post(REMOVE, data=place)
    assert answer.location == f"{SUPPORT}?page=2&page_size=10&containing=%2B44+74#numbers"


def test_in_place_the_row_turns_into_its_undo(
    editor: FlaskClient, store: PoolStore, support: Pool
) -> None:
    page = read(editor.post(REMOVE, headers=FRAGMENT))
    assert words(page.find("tr")) == "Undo Removed +44 7400 123456."
    assert find(page, ".//button").get("hx-post") == RESTORE
    assert words(page.find(".//*[@id='number-count']")) == "2 numbers"
    assert not _is_in_pool(store)


def test_in_place_undo_brings_the_row_back(
    editor: FlaskClient, store: PoolStore, support: Pool
) -> None:
    before = rows(read(editor.get(SUPPORT)))[1]
    editor.post(REMOVE, headers=FRAGMENT)
    page = read(editor.post(RESTORE, headers=FRAGMENT))
    assert [words(cell) for cell in find(page, "tr")] == before
    assert find(page, ".//button").get("hx-post") == REMOVE
    assert words(page.find(".//*[@id='number-count']")) == "3 numbers"
    assert _is_in_pool(store)


def test_a_number_that_is_gone_already_is_told(editor: FlaskClient, support: Pool) -> None:
    editor.post(REMOVE, headers=FRAGMENT)
    page = read(editor.post(REMOVE, headers=FRAGMENT))
    assert words(page.find("tr")) == "+44 7400 123456 was not in the pool any more."
    assert page.find(".//button") is None
    editor.post(REMOVE)
    assert alerts(read(editor.get(SUPPORT))) == ["+44 7400 123456 was not in the pool any more."]


def test_undoing_twice_is_harmless(editor: FlaskClient, store: PoolStore, support: Pool) -> None:
    assert editor.post(RESTORE).status_code == 303
    assert words(read(editor.post(RESTORE, headers=FRAGMENT)).find(".//button")) == "Remove"
    assert store.count_numbers("support") == 3


def test_a_number_that_is_no_longer_owned_stays_out(
    editor: FlaskClient, stores: Stores, account_id: str, support: Pool
) -> None:
    editor.post(REMOVE, headers=FRAGMENT)
    set_inventory(stores.database, account_id, ["12015550123"])
    fragment = read(editor.post(RESTORE, headers=FRAGMENT))
    assert (
        words(fragment.find("tr"))
        == "+44 7400 123456 was not put back: The account does not own this number."
    )
    editor.post(RESTORE)
    assert alerts(read(editor.get(SUPPORT))) == [
        "+44 7400 123456 was not put back: The account does not own this number."
    ]


@pytest.mark.parametrize("verb", ["remove", "restore"])
@pytest.mark.parametrize("headers", [{}, FRAGMENT], ids=["page", "fragment"])
@pytest.mark.parametrize("number", ["abc", "12", "1" * 16, "٤٤٧٤٠٠١٢٣٤٥٦", "%F0%9F%93%9E"])
def test_what_is_no_number_changes_nothing(
    editor: FlaskClient,
    store: PoolStore,
    support: Pool,
    verb: str,
    headers: dict[str, str],
    number: str,
) -> None:
    answer = editor.post(f"{SUPPORT}/numbers/{number}/{verb}", headers=headers)
    assert answer.status_code == 404
    assert store.count_numbers("support") == 3


@pytest.mark.parametrize("address", [REMOVE, RESTORE])
def test_an_unknown_pool_is_not_found(editor: FlaskClient, account_id: str, address: str) -> None:
    assert editor.post(address).status_code == 404
