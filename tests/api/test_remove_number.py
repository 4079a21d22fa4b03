from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from numberpools.domain.pools import Pool
from numberpools.stores import PoolStore
from tests.api.expectations import NUMBERS, POOLS, REMOVAL, invalid, problem

NUMBER = "15556660001"


@pytest.fixture(autouse=True)
def pool(make_pool: Callable[..., Pool]) -> Pool:
    return make_pool("support", [NUMBER, "447700900123"])


def test_it_works(api: FlaskClient, store: PoolStore) -> None:
    answer = api.delete(f"{NUMBERS}/{NUMBER}")
    assert answer.status_code == 204
    assert answer.data == b""
    assert store.look("support", [NUMBER, "447700900123"]).present == {"447700900123"}


def test_it_refuses_a_number_that_is_not_in_the_pool(api: FlaskClient) -> None:
    assert api.delete(f"{NUMBERS}/{NUMBER}").status_code == 204
    problem(api.delete(f"{NUMBERS}/{NUMBER}"), 404, "not-found")


def test_it_refuses_what_is_no_number(api: FlaskClient) -> None:
    for text in ("123456", "1" * 16, "%2B15556660001", "deleted", "%00", "delete%0A", "\u0661" * 8):
        answer = api.delete(f"{NUMBERS}/{text}")
        assert invalid(answer) == {"number": "must be 7 to 15 digits, without a plus."}


def test_it_refuses_a_pool_that_is_not_there(api: FlaskClient) -> None:
    problem(api.delete(f"{POOLS}/sales/numbers/{NUMBER}"), 404, "not-found")


def test_the_path_that_removes_several_is_no_number(api: FlaskClient) -> None:
    answer = api.delete(REMOVAL)
    problem(answer, 405, "wrong-verb")
    assert set(answer.allow) == {"POST"}
