from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from numberpools.domain.pools import Pool
from numberpools.stores import PoolStore
from tests.api.expectations import NEW_POOL, NUMBERS, POOL, POOLS, SUPPORT, invalid, problem


@pytest.fixture(autouse=True)
def pool(make_pool: Callable[..., Pool]) -> Pool:
    return make_pool("support", ["447700900123"])


def test_it_works(api: FlaskClient) -> None:
    answer = api.patch(SUPPORT, json={"fallback": "Reject"})
    assert answer.status_code == 200
    assert answer.get_json() == {**POOL, "fallback": "Reject"}
    assert answer.headers["ETag"] == api.get(SUPPORT).headers["ETag"]
    assert api.get(SUPPORT).get_json() == {**POOL, "fallback": "Reject"}


def test_it_changes_only_what_is_named(api: FlaskClient) -> None:
    pool: dict[str, Any] = {**POOL}
    for changes in (
        {"localized_sender_preferred": False},
        {"predictable_sender_preferred": True},
        {"fallback": "CustomFrom", "predictable_sender_preferred": False},
        {},
    ):
        pool.update(changes)
        assert api.patch(SUPPORT, json=changes).get_json() == pool
        assert api.get(SUPPORT).get_json() == pool


def test_it_takes_back_what_it_gave(api: FlaskClient) -> None:
    answer = api.patch(SUPPORT, json=api.get(SUPPORT).get_json())
    assert answer.status_code == 200
    assert answer.get_json() == POOL


def test_another_id_renames_the_pool_with_its_numbers(api: FlaskClient, store: PoolStore) -> None:
    answer = api.patch(SUPPORT, json={"pool_id": "sales"})
    assert answer.get_json()["_links"]["self"]["href"] == f"{POOLS}/sales"
    problem(api.get(SUPPORT), 404, "not-found")
    assert store.look("sales", ["447700900123"]).present == {"447700900123"}


def test_it_refuses_an_id_that_is_taken(api: FlaskClient, make_pool: Callable[..., Pool]) -> None:
    make_pool("sales")
    answer = api.patch(SUPPORT, json={"pool_id": "sales", "fallback": "Reject"})
    problem(answer, 409, "pool-id-exists")
    assert api.get(SUPPORT).get_json() == POOL


def test_it_refuses_another_account_id(api: FlaskClient) -> None:
    answer = api.patch(SUPPORT, json={"account_id": "efgh5678", "fallback": "Reject"})
    problem(answer, 409, "account-id-mismatch")
    assert api.get(SUPPORT).get_json() == POOL


def test_it_refuses_null_and_unknown_fields(api: FlaskClient) -> None:
    body = dict.fromkeys([*NEW_POOL, "account_id", "color"])
    assert set(invalid(api.patch(SUPPORT, json=body))) == set(body)


def test_it_refuses_a_pool_that_is_not_there(api: FlaskClient) -> None:
    problem(api.patch(f"{POOLS}/sales", json={}), 404, "not-found")
    problem(api.patch(f"{POOLS}/nul%00", json={}), 404, "not-found")


def test_it_changes_the_pool_in_an_expected_state(api: FlaskClient, pool: Pool) -> None:
    etag = f'"{pool.etag}"'
    for fallback, form in (("Reject", "{}"), ("CustomFrom", '"other", {}'), ("Pool", "*")):
        headers = {"If-Match": form.format(etag)}
        answer = api.patch(SUPPORT, json={"fallback": fallback}, headers=headers)
        assert answer.status_code == 200
        assert answer.get_json()["fallback"] == fallback
        etag = answer.headers["ETag"]


def test_it_refuses_a_pool_in_another_state(api: FlaskClient, pool: Pool) -> None:
    for expected in ('"0123456789abcdef"', f'W/"{pool.etag}"', '"a", "b"', "", ",", '"'):
        headers = {"If-Match": expected}
        answer = api.patch(SUPPORT, json={"fallback": "Reject"}, headers=headers)
        problem(answer, 412, "pool-changed")
    assert api.get(SUPPORT).get_json() == POOL


def test_numbers_do_not_change_the_state(api: FlaskClient, pool: Pool) -> None:
    api.post(NUMBERS, json={"numbers": ["447700900124"]})
    headers = {"If-Match": f'"{pool.etag}"'}
    assert api.patch(SUPPORT, json={}, headers=headers).status_code == 200
