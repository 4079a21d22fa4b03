from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask.testing import FlaskClient

from numberpools.domain.pools import Pool
from tests.api.expectations import NEW_POOL, POOL, POOLS, SUPPORT, invalid, problem


def test_it_works(api: FlaskClient) -> None:
    answer = api.post(POOLS, json=NEW_POOL)
    assert answer.status_code == 201
    assert answer.get_json() == POOL
    assert answer.headers["Location"] == SUPPORT
    assert answer.headers["ETag"] == api.get(SUPPORT).headers["ETag"]
    assert api.get(SUPPORT).get_json() == POOL


def test_it_takes_the_account_id_of_the_path_and_links(api: FlaskClient) -> None:
    assert api.post(POOLS, json=POOL).status_code == 201


def test_it_takes_the_longest_pool_id(api: FlaskClient) -> None:
    assert api.post(POOLS, json={**NEW_POOL, "pool_id": "x" * 64}).status_code == 201


def test_it_refuses_an_id_that_is_taken(api: FlaskClient, make_pool: Callable[..., Pool]) -> None:
    make_pool("support")
    problem(api.post(POOLS, json=NEW_POOL), 409, "pool-id-exists")


def test_it_refuses_another_account_id(api: FlaskClient) -> None:
    answer = api.post(POOLS, json={**NEW_POOL, "account_id": "efgh5678"})
    problem(answer, 409, "account-id-mismatch")


def test_it_names_every_missing_field(api: FlaskClient) -> None:
    reasons = invalid(api.post(POOLS, json={}))
    assert set(reasons) == set(NEW_POOL)
    assert reasons["fallback"] == "is missing: it must be Pool, CustomFrom or Reject."


WRONG: list[tuple[str, Any]] = [
    ("pool_id", ""),
    ("pool_id", "x" * 65),
    ("pool_id", "two words"),
    ("pool_id", "pool\n"),
    ("pool_id", "p\u00f6\u00f6l"),
    ("pool_id", "nul\0"),
    ("pool_id", "\ud800"),
    ("pool_id", 7),
    ("pool_id", None),
    ("fallback", "pool"),
    ("fallback", "POOL"),
    ("fallback", True),
    ("fallback", None),
    ("fallback", ["Pool"]),
    ("localized_sender_preferred", "true"),
    ("localized_sender_preferred", 1),
    ("localized_sender_preferred", None),
    ("predictable_sender_preferred", 0),
    ("account_id", 7),
    ("account_id", None),
]


def test_it_refuses_a_field_that_is_wrong(api: FlaskClient) -> None:
    for field, value in WRONG:
        reasons = invalid(api.post(POOLS, json={**NEW_POOL, field: value}))
        assert set(reasons) == {field}
        assert reasons[field].startswith("must be ")
    assert api.get(POOLS).get_json()["total_items"] == 0


def test_it_names_unknown_fields(api: FlaskClient) -> None:
    answer = api.post(POOLS, json={**NEW_POOL, "color": "red", "links": 1, "nul\0": 1})
    assert set(invalid(answer)) == {"color", "links", "nul\0"}
