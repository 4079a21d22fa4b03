from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from numberpools.domain.pools import Pool
from numberpools.stores import PoolStore
from tests.api.expectations import NUMBERS, POOLS, REMOVAL, invalid, kind_address, problem

FIRST, SECOND, MISSING = "15556660001", "15556660002", "447700900123"


@pytest.fixture(autouse=True)
def pool(make_pool: Callable[..., Pool]) -> Pool:
    return make_pool("support", [FIRST, SECOND])


def test_it_works(api: FlaskClient, store: PoolStore) -> None:
    answer = api.post(REMOVAL, json={"numbers": [FIRST, SECOND, FIRST]})
    assert answer.status_code == 204
    assert answer.data == b""
    assert "Content-Type" not in answer.headers
    assert store.count_numbers("support") == 0


def test_it_says_what_became_of_every_number(api: FlaskClient, store: PoolStore) -> None:
    answer = api.post(REMOVAL, json={"numbers": [FIRST, MISSING, "x"]})
    assert answer.status_code == 207
    assert answer.mimetype == "application/json"
    body = answer.get_json()
    assert body["error"].pop("instance") == answer.headers["X-Request-Id"]
    assert body == {
        "numbers": [FIRST],
        "_links": {"self": {"href": NUMBERS}},
        "error": {
            "type": kind_address("delete-numbers-partial-failure"),
            "title": "Some numbers were not removed",
            "detail": "1 of 3 numbers were removed.",
            "errors": [
                {
                    "type": kind_address("missing-number"),
                    "title": "The number is not in the pool",
                    "detail": "Not in this pool.",
                    "numbers": [MISSING],
                },
                {
                    "type": kind_address("invalid-number"),
                    "title": "Not a number",
                    "detail": "A number is 7 to 15 digits, without a plus.",
                    "numbers": ["x"],
                },
            ],
        },
    }
    assert store.look("support", [FIRST, SECOND]).present == {SECOND}


def test_it_refuses_when_not_one_number_can_be_removed(api: FlaskClient) -> None:
    answer = api.post(REMOVAL, json={"numbers": [MISSING]})
    (error,) = problem(answer, 400, "number-deletion-failure")["errors"]
    assert error["type"] == kind_address("missing-number")
    assert error["numbers"] == [MISSING]


def test_it_takes_50_numbers_and_no_more(api: FlaskClient, store: PoolStore) -> None:
    numbers = [FIRST] + [str(15550000000 + position) for position in range(50)]
    body = problem(api.post(REMOVAL, json={"numbers": numbers}), 400, "bulk-number-delete-limit")
    assert body["invalid_parameters"] == [
        {"name": "numbers", "reason": "Limit of 50 numbers exceeded."}
    ]
    assert store.count_numbers("support") == 2
    assert api.post(REMOVAL, json={"numbers": numbers[:50]}).status_code == 207


def test_it_refuses_what_is_no_list_of_numbers(api: FlaskClient) -> None:
    values: list[Any] = [[], FIRST, None]
    for value in values:
        assert set(invalid(api.post(REMOVAL, json={"numbers": value}))) == {"numbers"}
    assert set(invalid(api.post(REMOVAL, json={}))) == {"numbers"}


def test_an_entry_that_is_no_string_makes_the_whole_request_invalid(
    api: FlaskClient, store: PoolStore
) -> None:
    answer = api.post(REMOVAL, json={"numbers": [FIRST, 15556660002]})
    assert set(invalid(answer)) == {"numbers[1]"}
    assert store.count_numbers("support") == 2


def test_it_refuses_a_pool_that_is_not_there(api: FlaskClient) -> None:
    for pool_id in ("sales", "nul%00"):
        answer = api.post(f"{POOLS}/{pool_id}/numbers/delete", json={"numbers": [FIRST]})
        problem(answer, 404, "not-found")
