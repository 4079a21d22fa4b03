"""``/pools/<pool_id>/delete``."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from numberpools.domain.pools import Fallback, Pool, PoolChanges
from numberpools.errors import PoolNotFound
from numberpools.stores import PoolStore
from tests.web import POOLS
from tests.web.markup import alerts, form, read, words

DELETE = f"{POOLS}/support/delete"


def test_it_works(administrator: FlaskClient, store: PoolStore, support: Pool) -> None:
    served = form(read(administrator.get(DELETE)), DELETE)
    assert served["pool_id"] == ""
    answer = administrator.post(DELETE, data=served | {"pool_id": "support"})
    assert answer.status_code == 303
    assert answer.location == POOLS
    with pytest.raises(PoolNotFound):
        store.get_pool("support")
    assert alerts(read(administrator.get(POOLS))) == ["The pool support is deleted."]


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        ([], "It has no numbers."),
        (["12015550123"], "1 number goes with it."),
        (["12015550123", "12015550124"], "2 numbers go with it."),
    ],
)
def test_it_says_how_many_numbers_go_with_it(
    administrator: FlaskClient, empty_pool: Pool, store: PoolStore, numbers: list[str], said: str
) -> None:
    if numbers:
        store.add_numbers("empty", numbers)
    main = read(administrator.get(f"{POOLS}/empty/delete")).find(".//main")
    assert said in words(main)


@pytest.mark.parametrize("typed", ["", "Support", "suppor", "support2"])
def test_it_refuses_what_is_not_the_id(
    administrator: FlaskClient, store: PoolStore, support: Pool, typed: str
) -> None:
    served = form(read(administrator.get(DELETE)), DELETE)
    answer = administrator.post(DELETE, data=served | {"pool_id": typed})
    assert answer.status_code == 422
    page = read(answer)
    assert alerts(page) == ["Type support to confirm."]
    assert "3 numbers go with it." in words(page.find(".//main"))
    assert store.count_numbers("support") == 3


def test_it_needs_no_exact_spaces(
    administrator: FlaskClient, store: PoolStore, support: Pool
) -> None:
    served = form(read(administrator.get(DELETE)), DELETE)
    assert administrator.post(DELETE, data=served | {"pool_id": " support "}).status_code == 303


def test_a_change_by_somebody_else_stops_it(
    administrator: FlaskClient, store: PoolStore, support: Pool
) -> None:
    served = form(read(administrator.get(DELETE)), DELETE)
    theirs = store.update_pool("support", PoolChanges(fallback=Fallback.REJECT))
    answer = administrator.post(DELETE, data=served | {"pool_id": "support"})
    assert answer.status_code == 409
    assert alerts(read(answer)) == ["Somebody changed this pool in the meantime. Look at it first."]
    assert store.get_pool("support") == theirs


def test_an_editor_is_told_why_not(editor: FlaskClient, store: PoolStore, support: Pool) -> None:
    answer = editor.post(DELETE, data={"pool_id": "support", "etag": support.etag})
    assert answer.status_code == 403
    assert "You are signed in as editor; this takes the role of administrator." in answer.text
    assert store.get_pool("support") == support
