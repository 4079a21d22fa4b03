from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from numberpools.db.database import Database
from numberpools.domain.pools import Pool
from numberpools.services.accounts import set_inventory
from numberpools.stores import PoolStore
from tests.api.expectations import NUMBERS, POOLS, invalid, kind_address, problem

NEW, ANOTHER, THERE = "15556660001", "15556660002", "447700900123"


@pytest.fixture(autouse=True)
def pool(make_pool: Callable[..., Pool]) -> Pool:
    return make_pool("support", [THERE])


def listed(api: FlaskClient) -> list[str]:
    numbers: list[str] = api.get(f"{NUMBERS}?page_size=1000").get_json()["_embedded"]["numbers"]
    return numbers


def test_it_works(api: FlaskClient) -> None:
    answer = api.post(NUMBERS, json={"numbers": [ANOTHER, NEW]})
    assert answer.status_code == 200
    assert answer.mimetype == "application/json"
    assert answer.get_json() == {
        "numbers": [NEW, ANOTHER],
        "_links": {"self": {"href": NUMBERS}},
    }
    assert listed(api) == [NEW, ANOTHER, THERE]


def test_a_number_that_is_there_already_succeeds(api: FlaskClient) -> None:
    answer = api.post(NUMBERS, json={"numbers": [THERE, NEW, NEW]})
    assert answer.status_code == 200
    assert answer.get_json()["numbers"] == [NEW, THERE]
    assert listed(api) == [NEW, THERE]


def test_it_says_what_became_of_every_number(api: FlaskClient, database: Database) -> None:
    set_inventory(database, "abcd1234", [NEW])
    answer = api.post(NUMBERS, json={"numbers": [NEW, ANOTHER, "+44", THERE, "nul\0"]})
    assert answer.status_code == 207
    assert answer.mimetype == "application/json"
    body = answer.get_json()
    assert body.pop("numbers") == [NEW, THERE]
    assert body.pop("_links") == {"self": {"href": NUMBERS}}
    error = body.pop("error")
    assert body == {}
    assert error.pop("instance") == answer.headers["X-Request-Id"]
    assert error == {
        "type": kind_address("add-numbers-partial-failure"),
        "title": "Some numbers were not added",
        "detail": "2 of 5 numbers were added.",
        "errors": [
            {
                "type": kind_address("missing-number-subscription"),
                "title": "The account does not own the number",
                "detail": "The account does not own this number.",
                "numbers": [ANOTHER],
            },
            {
                "type": kind_address("invalid-number"),
                "title": "Not a number",
                "detail": "A number is 7 to 15 digits, without a plus.",
                "numbers": ["+44", "nul\0"],
            },
        ],
    }
    assert listed(api) == [NEW, THERE]


def test_it_refuses_when_not_one_number_can_be_added(api: FlaskClient, database: Database) -> None:
    set_inventory(database, "abcd1234", [NEW])
    body = problem(api.post(NUMBERS, json={"numbers": [ANOTHER]}), 400, "add-number-failure")
    (error,) = body["errors"]
    assert error["type"] == kind_address("missing-number-subscription")
    assert error["numbers"] == [ANOTHER]
    assert listed(api) == [THERE]


def test_what_is_no_number_fails_for_itself(api: FlaskClient) -> None:
    texts = ["", "123456", "1" * 16, "+447700900124", "\u0661" * 8, "\0", "\ud800"]
    answer = api.post(NUMBERS, json={"numbers": [*texts, NEW]})
    assert answer.status_code == 207
    (error,) = answer.get_json()["error"]["errors"]
    assert error["type"] == kind_address("invalid-number")
    assert error["numbers"] == sorted(texts)
    assert listed(api) == [NEW, THERE]


def test_it_takes_50_numbers_and_no_more(api: FlaskClient, store: PoolStore) -> None:
    numbers = [str(15550000000 + position) for position in range(51)]
    body = problem(api.post(NUMBERS, json={"numbers": numbers}), 400, "bulk-number-add-limit")
    assert body["invalid_parameters"] == [
        {"name": "numbers", "reason": "Limit of 50 numbers exceeded."}
    ]
    assert listed(api) == [THERE]
    assert api.post(NUMBERS, json={"numbers": numbers[:50]}).status_code == 200
    assert store.count_numbers("support") == 51


def test_it_refuses_what_is_no_list_of_numbers(api: FlaskClient) -> None:
    values: list[Any] = [None, "15556660001", {}, 1, []]
    for value in values:
        answer = api.post(NUMBERS, json={"numbers": value})
        assert invalid(answer) == {"numbers": "must be an array of 1 to 50 strings."}


def test_an_entry_that_is_no_string_makes_the_whole_request_invalid(api: FlaskClient) -> None:
    entries: list[Any] = [15556660001, None, True, ["15556660001"], {}]
    for entry in entries:
        answer = api.post(NUMBERS, json={"numbers": [NEW, entry]})
        assert invalid(answer) == {"numbers[1]": "must be a string of 7 to 15 digits."}
    assert listed(api) == [THERE]


def test_it_names_missing_and_unknown_fields(api: FlaskClient) -> None:
    assert set(invalid(api.post(NUMBERS, json={"number": NEW}))) == {"number", "numbers"}


def test_it_refuses_a_pool_that_is_not_there(api: FlaskClient) -> None:
    for pool_id in ("sales", "nul%00"):
        answer = api.post(f"{POOLS}/{pool_id}/numbers", json={"numbers": [NEW]})
        problem(answer, 404, "not-found")
