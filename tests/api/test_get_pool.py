from __future__ import annotations

from collections.abc import Callable

from flask.testing import FlaskClient

from numberpools.domain.pools import Pool
from tests.api.expectations import POOL, POOLS, SUPPORT, problem


def test_it_works(api: FlaskClient, make_pool: Callable[..., Pool]) -> None:
    pool = make_pool("support")
    answer = api.get(SUPPORT)
    assert answer.status_code == 200
    assert answer.get_json() == POOL
    assert answer.headers["ETag"] == f'"{pool.etag}"'


def test_it_answers_head_requests(api: FlaskClient, make_pool: Callable[..., Pool]) -> None:
    make_pool("support")
    answer = api.head(SUPPORT)
    assert answer.status_code == 200
    assert answer.data == b""
    assert answer.headers["ETag"] == api.get(SUPPORT).headers["ETag"]


def test_it_refuses_a_pool_that_is_not_there(
    api: FlaskClient, make_pool: Callable[..., Pool]
) -> None:
    make_pool("support")
    for pool_id in ("Support", "x", "nul%00", "%F0%28", "\u0660", "a" * 5000):
        problem(api.get(f"{POOLS}/{pool_id}"), 404, "not-found")


def test_it_says_that_nothing_changed(api: FlaskClient, make_pool: Callable[..., Pool]) -> None:
    etag = make_pool("support").etag
    for known in (f'"{etag}"', f'W/"{etag}"', f'"other", "{etag}"', "*"):
        answer = api.get(SUPPORT, headers={"If-None-Match": known})
        assert answer.status_code == 304
        assert answer.data == b""
        assert answer.headers["ETag"] == f'"{etag}"'
        assert "Content-Type" not in answer.headers


def test_another_etag_gets_the_pool(api: FlaskClient, make_pool: Callable[..., Pool]) -> None:
    make_pool("support")
    answer = api.get(SUPPORT, headers={"If-None-Match": '"0123456789abcdef"'})
    assert answer.get_json() == POOL
