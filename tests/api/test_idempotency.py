from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from numberpools.db.database import Database
from numberpools.db.tables import idempotency_keys
from numberpools.domain.pools import Pool
from numberpools.services.accounts import create_account
from numberpools.stores import PoolStore
from tests.api.conftest import basic
from tests.api.expectations import NEW_POOL, NUMBERS, POOLS, REMOVAL, SUPPORT, invalid, problem
from tests.clock import HeldClock
from tests.conftest import SECRET

KEY = {"Idempotency-Key": "8e03978e-40d5-43e8-bc93-6894a57f9324"}
FIRST, SECOND, MISSING = "15556660001", "15556660002", "447700900123"


@pytest.fixture
def pool(make_pool: Callable[..., Pool]) -> Pool:
    return make_pool("support", [FIRST, SECOND])


def assert_replayed(first: TestResponse, second: TestResponse) -> None:
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert second.status_code == first.status_code
    assert second.data == first.data
    for name in ("Content-Type", "ETag", "Location"):
        assert second.headers.get(name) == first.headers.get(name)
    assert second.headers["X-Request-Id"] != first.headers["X-Request-Id"]


def test_it_works(api: FlaskClient) -> None:
    first = api.post(POOLS, json=NEW_POOL, headers=KEY)
    api.patch(SUPPORT, json={"fallback": "Reject"})
    second = api.post(POOLS, json=NEW_POOL, headers=KEY)
    assert first.status_code == 201
    assert_replayed(first, second)
    assert api.get(SUPPORT).get_json()["fallback"] == "Reject"


def test_adding_is_done_once(api: FlaskClient, pool: Pool, store: PoolStore) -> None:
    body = {"numbers": [MISSING, "x"]}
    first = api.post(NUMBERS, json=body, headers=KEY)
    api.delete(f"{NUMBERS}/{MISSING}")
    second = api.post(NUMBERS, json=body, headers=KEY)
    assert first.status_code == 207
    assert_replayed(first, second)
    assert store.count_numbers("support") == 2


def test_removing_is_done_once(api: FlaskClient, pool: Pool, store: PoolStore) -> None:
    first = api.post(REMOVAL, json={"numbers": [FIRST]}, headers=KEY)
    store.add_numbers("support", [FIRST])
    second = api.post(REMOVAL, json={"numbers": [FIRST]}, headers=KEY)
    assert first.status_code == 204
    assert_replayed(first, second)
    assert store.count_numbers("support") == 2


def test_the_answer_outlives_the_pool(api: FlaskClient, pool: Pool) -> None:
    first = api.post(REMOVAL, json={"numbers": [FIRST]}, headers=KEY)
    api.delete(SUPPORT)
    assert_replayed(first, api.post(REMOVAL, json={"numbers": [FIRST]}, headers=KEY))


def test_another_request_with_the_same_key_is_refused(
    api: FlaskClient, pool: Pool, store: PoolStore
) -> None:
    assert api.post(NUMBERS, json={"numbers": [MISSING]}, headers=KEY).status_code == 200
    for path, body in (
        (NUMBERS, {"numbers": [FIRST]}),
        (REMOVAL, {"numbers": [MISSING]}),
        (POOLS, {**NEW_POOL, "pool_id": "sales"}),
    ):
        problem(api.post(path, json=body, headers=KEY), 422, "idempotency-key-reused")
    assert store.count_numbers("support") == 3


def test_a_request_that_was_refused_is_tried_anew(api: FlaskClient, pool: Pool) -> None:
    body = {"numbers": [MISSING]}
    sales = {**NEW_POOL, "pool_id": "sales"}
    problem(api.post(REMOVAL, json=body, headers=KEY), 400, "number-deletion-failure")
    api.post(NUMBERS, json=body)
    assert api.post(REMOVAL, json=body, headers=KEY).status_code == 204

    other = {"Idempotency-Key": "other"}
    problem(api.post(POOLS, json=NEW_POOL, headers=other), 409, "pool-id-exists")
    problem(api.post(POOLS, json={}, headers=other), 400, "validation")
    problem(api.post(f"{POOLS}/x/numbers", json=body, headers=other), 404, "not-found")
    assert api.post(POOLS, json=sales, headers=other).status_code == 201


def test_a_key_belongs_to_its_account(api: FlaskClient, database: Database) -> None:
    create_account(database, "efgh5678", "Another", SECRET)
    api.post(POOLS, json=NEW_POOL, headers=KEY)
    headers = {**KEY, "Authorization": basic("efgh5678", SECRET)}
    answer = api.post(POOLS.replace("abcd1234", "efgh5678"), json=NEW_POOL, headers=headers)
    assert answer.status_code == 201
    assert answer.get_json()["account_id"] == "efgh5678"


def test_a_key_can_be_used_again_after_24_hours(
    time_of_day: HeldClock, api: FlaskClient, pool: Pool, database: Database
) -> None:
    api.post(NUMBERS, json={"numbers": [MISSING]}, headers=KEY)
    time_of_day.move(hours=24)
    answer = api.post(REMOVAL, json={"numbers": [MISSING]}, headers=KEY)
    assert answer.status_code == 204
    with database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(idempotency_keys)) == 1


def test_it_takes_keys_of_1_to_255_visible_characters(api: FlaskClient) -> None:
    for key in ("", "x" * 256, "two words", "\u00e9", "a\t"):
        answer = api.post(POOLS, json=NEW_POOL, headers={"Idempotency-Key": key})
        assert invalid(answer) == {"Idempotency-Key": "must be 1 to 255 visible ASCII characters."}
    answer = api.post(POOLS, json=NEW_POOL, headers={"Idempotency-Key": "~" * 255})
    assert answer.status_code == 201


def test_requests_at_once_with_one_key_are_one_request(
    make_caller: Callable[[], FlaskClient], pool: Pool, store: PoolStore
) -> None:
    start = Barrier(10)

    def add(_: int) -> TestResponse:
        caller = make_caller()
        start.wait()
        return caller.post(NUMBERS, json={"numbers": [MISSING, "x"]}, headers=KEY)

    with ThreadPoolExecutor(10) as threads:
        answers = list(threads.map(add, range(10)))
    (first,) = [each for each in answers if "Idempotent-Replayed" not in each.headers]
    for answer in answers:
        if answer is not first:
            assert_replayed(first, answer)
    assert first.status_code == 207
    assert store.count_numbers("support") == 3
