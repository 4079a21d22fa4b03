"""``/pools/<pool_id>/rename``."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from numberpools.domain.pools import Pool
from numberpools.errors import PoolNotFound
from numberpools.stores import PoolStore
from tests.web import POOLS
from tests.web.markup import alerts, form, read

RENAME = f"{POOLS}/support/rename"


def test_it_works(editor: FlaskClient, store: PoolStore, support: Pool) -> None:
    served = form(read(editor.get(RENAME)), RENAME)
    assert served["pool_id"] == "support"
    answer = editor.post(RENAME, data=served | {"pool_id": "help"})
    assert answer.status_code == 303
    assert answer.location == f"{POOLS}/help"
    assert store.count_numbers("help") == 3
    with pytest.raises(PoolNotFound):
        store.get_pool("support")
    assert alerts(read(editor.get(answer.location))) == ["The pool support is now called help."]


def test_the_same_id_again_changes_nothing(
    editor: FlaskClient, store: PoolStore, support: Pool
) -> None:
    assert editor.post(RENAME, data={"pool_id": "support"}).status_code == 303
    assert store.get_pool("support") == support


@pytest.mark.parametrize("pool_id", ["", "two words", "x" * 65, "é"])
def test_it_refuses_an_id_that_is_none(
    editor: FlaskClient, store: PoolStore, support: Pool, pool_id: str
) -> None:
    answer = editor.post(RENAME, data={"pool_id": pool_id})
    assert answer.status_code == 422
    page = read(answer)
    assert len(alerts(page)) == 1
    assert form(page, RENAME)["pool_id"] == pool_id
    assert store.get_pool("support") == support


def test_it_refuses_an_id_that_is_taken(
    editor: FlaskClient, support: Pool, make_pool: Callable[..., Pool]
) -> None:
    make_pool("sales")
    answer = editor.post(RENAME, data={"pool_id": "sales"})
    assert answer.status_code == 422
    assert alerts(read(answer)) == ["Another pool has this id. Choose another."]
