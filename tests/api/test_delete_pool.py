from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from numberpools.domain.pools import Pool
from tests.api.expectations import NEW_POOL, NUMBERS, POOL, POOLS, SUPPORT, problem


@pytest.fixture(autouse=True)
def pool(make_pool: Callable[..., Pool]) -> Pool:
    return make_pool("support", ["447700900123"])


def test_it_works(api: FlaskClient) -> None:
    answer = api.delete(SUPPORT)
    assert answer.status_code == 200
    assert answer.get_json() == POOL
    problem(api.get(SUPPORT), 404, "not-found")
    problem(api.delete(SUPPORT), 404, "not-found")


def test_a_new_pool_with_the_same_id_has_none_of_its_numbers(api: FlaskClient) -> None:
    api.delete(SUPPORT)
    api.post(POOLS, json=NEW_POOL)
    assert api.get(NUMBERS).get_json()["total_items"] == 0


def test_it_deletes_the_pool_in_an_expected_state(api: FlaskClient, pool: Pool) -> None:
    answer = api.delete(SUPPORT, headers={"If-Match": f'"{pool.etag}"'})
    assert answer.status_code == 200


def test_it_refuses_a_pool_in_another_state(api: FlaskClient) -> None:
    answer = api.delete(SUPPORT, headers={"If-Match": '"0123456789abcdef"'})
    problem(answer, 412, "pool-changed")
    assert api.get(SUPPORT).get_json() == POOL


def test_it_refuses_a_pool_that_is_not_there(api: FlaskClient) -> None:
    problem(api.delete(f"{POOLS}/sales"), 404, "not-found")
    problem(api.delete(f"{POOLS}/sales", headers={"If-Match": "*"}), 404, "not-found")
