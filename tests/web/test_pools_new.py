"""``/new-pool`` and ``POST /pools``: a new pool."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from numberpools.domain.pools import Fallback, Pool
from numberpools.errors import PoolNotFound
from numberpools.stores import PoolStore
from tests.web import NEW_POOL, POOLS
from tests.web.markup import alerts, find, form, read, words


def _filled_in(**changes: str) -> dict[str, str]:
    return {"pool_id": "sales", "fallback": "Reject", **changes}


def test_it_works(editor: FlaskClient, store: PoolStore, account_id: str) -> None:
    answer = editor.post(POOLS, data=_filled_in(predictable_sender_preferred="y"))
    assert answer.status_code == 303
    assert answer.location == f"{POOLS}/sales"
    assert store.get_pool("sales") == Pool(account_id, "sales", Fallback.REJECT, False, True)
    assert alerts(read(editor.get(answer.location))) == [
        "The pool sales is there. Now give it numbers."
    ]


def test_the_form_as_it_is_served_makes_a_pool(editor: FlaskClient, store: PoolStore) -> None:
    served = form(read(editor.get(NEW_POOL)), POOLS)
    editor.post(POOLS, data=served | {"pool_id": "a"})
    assert store.get_pool("a") == Pool(store.account_id, "a", Fallback.POOL, True, False)


@pytest.mark.parametrize("pool_id", ["A", "a-b_C-9", "x" * 64, "  padded\t"])
def test_it_takes_every_allowed_id(editor: FlaskClient, store: PoolStore, pool_id: str) -> None:
    assert editor.post(POOLS, data=_filled_in(pool_id=pool_id)).status_code == 303
    assert store.get_pool(pool_id.strip()).pool_id == pool_id.strip()


@pytest.mark.parametrize(
    ("pool_id", "said"),
    [
        ("", "Name the pool."),
        ("   ", "Use 1 to 64 letters"),
        ("two words", "Use 1 to 64 letters"),
        ("x" * 65, "Use 1 to 64 letters"),
        ("naïve", "Use 1 to 64 letters"),
        ("a/b", "Use 1 to 64 letters"),
        ("a\nb", "Use 1 to 64 letters"),
        ("a\x00b", "Use 1 to 64 letters"),
    ],
)
def test_it_refuses_an_id_that_is_none(
    editor: FlaskClient, store: PoolStore, pool_id: str, said: str
) -> None:
    answer = editor.post(POOLS, data=_filled_in(pool_id=pool_id))
    assert answer.status_code == 422
    [message] = alerts(read(answer))
    assert message.startswith(said)
    with pytest.raises(PoolNotFound):
        store.get_pool(pool_id)


def test_it_refuses_an_id_that_is_taken(
    editor: FlaskClient, store: PoolStore, support: Pool
) -> None:
    answer = editor.post(POOLS, data=_filled_in(pool_id="support"))
    assert answer.status_code == 422
    assert alerts(read(answer)) == ["There is a pool with this id already. Choose another."]
    assert store.get_pool("support") == support


@pytest.mark.parametrize("fallback", ["", "pool", "Somewhere"])
def test_it_refuses_a_fallback_that_is_none(
    editor: FlaskClient, store: PoolStore, fallback: str
) -> None:
    answer = editor.post(POOLS, data=_filled_in(fallback=fallback))
    assert answer.status_code == 422
    assert len(alerts(read(answer))) == 1
    with pytest.raises(PoolNotFound):
        store.get_pool("sales")


def test_a_refusal_comes_back_filled_in(editor: FlaskClient, account_id: str) -> None:
    sent = _filled_in(pool_id='"two words"', predictable_sender_preferred="y")
    page = read(editor.post(POOLS, data=sent))
    assert form(page, POOLS) == sent
    field = find(page, ".//input[@name='pool_id']")
    assert field.get("aria-invalid") == "true"
    hint, error = (
        words(find(page, f".//*[@id='{each}']"))
        for each in field.get("aria-describedby", "").split()
    )
    assert hint.startswith("Programs name the pool by it.")
    assert error.startswith("Use 1 to 64 letters")
