"""Rate limits: who is counted, for how long, by how many processes, and how it is told."""

from __future__ import annotations

import os
import re
from base64 import b64encode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from inspect import getsource, unwrap
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pydantic import SecretStr
from redis import Redis
from sqlalchemy import insert, select

from numberpools.db.database import Database
from numberpools.db.tables import rate_counts
from numberpools.domain.pools import Pool
from numberpools.errors import TooManyRequests
from numberpools.limits import BULK, Limit, RateLimiter
from numberpools.services.rates import Counts, DatabaseCounts
from numberpools.services.redis_rates import RedisCounts
from numberpools.settings import Settings
from tests.conftest import SECRET, needs_postgres, opened
from tests.limits import Clock, check_headers, early_in_the_next_hour
from tests.web import FRAGMENT, POOLS
from tests.web.markup import alerts, find, read, words

REDIS_URL = os.environ.get("TEST_REDIS_URL", "")
API = "/v2/numberpools/accounts/abcd1234/pools"
CREDENTIALS = {"Authorization": f"Basic {b64encode(f'abcd1234:{SECRET}'.encode()).decode()}"}
LIMIT = Limit("tests", 100, 60)

only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
only_postgres = pytest.mark.parametrize(
    "database_url", [pytest.param("postgres", marks=needs_postgres)], indirect=True
)


def _taken(limiter: RateLimiter, tries: int, who: str = "somebody") -> int:
    """How many of so many tries pass."""
    passed = 0
    for _ in range(tries):
        try:
            limiter.take(LIMIT, who)
        except TooManyRequests:
            continue
        passed += 1
    return passed


def test_so_many_pass_and_no_more_until_the_time_is_over() -> None:
    clock = Clock()
    limiter = RateLimiter(None, clock)
    assert _taken(limiter, 150) == 100
    clock.now += 59.5
    with pytest.raises(TooManyRequests) as caught:
        limiter.take(LIMIT, "somebody")
    assert caught.value.retry_after == 1
    clock.now += 0.5
    assert _taken(limiter, 150) == 100


def test_one_does_not_use_up_what_another_may_do() -> None:
    limiter = RateLimiter(None, Clock())
    assert _taken(limiter, 150, "somebody") == 100
    assert _taken(limiter, 150, "somebody else") == 100


def test_many_who_came_once_are_forgotten() -> None:
    clock = Clock()
    limiter = RateLimiter(None, clock)
    for number in range(10_001):
        limiter.take(LIMIT, str(number))
        clock.now += 0.1
    assert len(limiter._leases) < 10_000


def test_threads_together_do_not_exceed_it() -> None:
    limiter = RateLimiter(None, Clock())
    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(lambda _: _taken(limiter, 50), range(8))) == 100


@only_postgres
def test_processes_on_postgresql_count_together(database: Database) -> None:
    _share_one_limit(lambda: DatabaseCounts(database))


@pytest.mark.skipif(not REDIS_URL, reason="TEST_REDIS_URL names no Redis server")
def test_processes_with_redis_count_together() -> None:
    _share_one_limit(lambda: RedisCounts(REDIS_URL))


def _share_one_limit(counts: Callable[[], Counts]) -> None:
    who = uuid4().hex
    clock = early_in_the_next_hour()
    limiters = [RateLimiter(counts(), clock) for _ in range(4)]
    with ThreadPoolExecutor(4) as threads:
        passed = list(threads.map(lambda each: _taken(each, 60, who), limiters))
    assert sum(passed) == 100
    clock.now += LIMIT.seconds
    assert _taken(limiters[0], 150, who) == 100


@pytest.mark.skipif(not REDIS_URL, reason="TEST_REDIS_URL names no Redis server")
@only_sqlite
def test_the_service_counts_in_the_redis_of_its_settings(settings: Settings) -> None:
    who = uuid4().hex
    with opened(settings.model_copy(update={"redis_url": SecretStr(REDIS_URL)})) as app:
        app.extensions["rate_limiter"].take(LIMIT, who)
    with Redis.from_url(REDIS_URL) as redis:
        assert len(redis.keys(f"*{who}*")) == 1


@only_postgres
def test_a_limit_of_one_is_kept_too(database: Database) -> None:
    clock = early_in_the_next_hour()
    limiters = [RateLimiter(DatabaseCounts(database), clock) for _ in range(3)]
    limit = Limit("once", 1, 3600)
    passed = 0
    for limiter in limiters:
        try:
            limiter.take(limit, "somebody")
        except TooManyRequests:
            continue
        passed += 1
    assert passed == 1


@only_postgres
def test_counts_of_the_past_are_deleted(database: Database) -> None:
    over = {"key": "over", "count": 1, "ends_at": datetime.fromtimestamp(1, UTC)}
    with database.write() as connection:
        connection.execute(insert(rate_counts).values(over))
    assert DatabaseCounts(database).add("new", 5, 3600.0) == 5
    assert DatabaseCounts(database).add("new", 5, 3600.0) == 10
    with database.read() as connection:
        assert connection.scalars(select(rate_counts.c.key)).all() == ["new"]


def test_without_its_redis_each_process_counts_for_itself(caplog: pytest.LogCaptureFixture) -> None:
    limiter = RateLimiter(RedisCounts("redis://:sesame@127.0.0.1:1"), Clock())
    assert _taken(limiter, 150) == 100
    assert caplog.text.count("Redis does not count") == 1
    assert "sesame" not in caplog.text


def test_what_was_counted_before_redis_went_away_counts_as_well() -> None:
    limiter = RateLimiter(_Failing(12), Clock())
    assert _taken(limiter, 150) == 100


def test_threads_that_lose_redis_together_do_not_exceed_it() -> None:
    limiter = RateLimiter(_Failing(0), Clock())
    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(lambda _: _taken(limiter, 50), range(8))) == 100


class _Failing:
    """Counts so many times, and then no more."""

    def __init__(self, times: int) -> None:
        self._times = times
        self._count = 0

    def add(self, key: str, amount: int, seconds: float) -> int | None:
        self._times -= 1
        self._count += amount
        return self._count if self._times >= 0 else None


@only_sqlite
def test_a_key_that_calls_too_often_is_told_when_to_come_back(
    client: FlaskClient, account_id: str, limit_to: Callable[..., None]
) -> None:
    limit_to(api=2)
    answers = [client.get(API, headers=CREDENTIALS) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    refused = answers[-1]
    check_headers(refused, "api", 2)
    assert refused.mimetype == "application/problem+json"
    assert refused.json is not None
    assert refused.json["type"] == "http://localhost/docs/api#too-many-requests"
    assert refused.json["instance"] == refused.headers["X-Request-Id"]
    assert refused.json["detail"].startswith("At most 2 are taken in 60 seconds")


@only_sqlite
def test_every_answer_of_the_api_says_how_much_is_left(
    client: FlaskClient, account_id: str, limit_to: Callable[..., None]
) -> None:
    limit_to(api=20, anonymous=30)
    wrong = {"Authorization": f"Basic {b64encode(b'abcd1234:wrong').decode()}"}
    other = API.replace("abcd1234", "efgh5678")
    for left, (path, method) in enumerate(
        [(API, "GET"), (API, "POST"), (f"{API}/none", "GET"), (other, "GET"), (API, "HEAD")]
    ):
        answer = client.open(path, method=method, headers=CREDENTIALS)
        assert answer.headers["RateLimit-Policy"] == '"api";q=20;w=60'
        assert answer.headers["RateLimit"] == f'"api";r={19 - left};t=60'
    for left, (path, headers) in enumerate(
        [
            (API, {}),
            (API, wrong),
            ("/v2/numberpools/openapi.json", {}),
            ("/v2", {}),
            ("/%2Fv2/x", CREDENTIALS),
            (f"{API}/support/numbers/delete", CREDENTIALS),
        ]
    ):
        answer = client.get(path, headers=headers)
        assert answer.headers["RateLimit-Policy"] == '"anonymous";q=30;w=60'
        assert answer.headers["RateLimit"] == f'"anonymous";r={29 - left};t=60'
    for path in ("/sign-in", "/docs/api", "/healthz"):
        assert "RateLimit" not in client.get(path).headers


@only_sqlite
def test_calls_without_a_valid_key_are_counted_by_address(
    client: FlaskClient, account_id: str, limit_to: Callable[..., None]
) -> None:
    limit_to(anonymous=2)
    answers = [client.get(path) for path in (API, "/v2/nowhere", "/v2/numberpools/openapi.json")]
    assert [answer.status_code for answer in answers] == [401, 404, 429]
    check_headers(answers[-1], "anonymous", 2)
    elsewhere = {"REMOTE_ADDR": "203.0.113.7"}
    assert client.get(API, environ_overrides=elsewhere).status_code == 401
    assert client.get(API, headers=CREDENTIALS).status_code == 200


@only_sqlite
def test_calls_with_wrong_credentials_use_up_nobodys_limit(
    client: FlaskClient, account_id: str, limit_to: Callable[..., None]
) -> None:
    limit_to(api=1)
    wrong = {"Authorization": f"Basic {b64encode(b'abcd1234:wrong').decode()}"}
    assert [client.get(API, headers=wrong).status_code for _ in range(3)] == [401] * 3
    assert client.get(API, headers=CREDENTIALS).status_code == 200


@pytest.fixture
def sso_app(settings: Settings) -> Iterator[Flask]:
    """Its provider is not there, which a limit comes to know first."""
    changes = {
        "oidc_issuer": "http://127.0.0.1:1",
        "oidc_client_id": "numberpools",
        "oidc_client_secret": SecretStr("the-secret-of-the-tests"),
        "sign_ins_per_minute": 1,
    }
    with opened(settings.model_copy(update=changes)) as app:
        app.extensions["rate_limiter"] = RateLimiter(None, Clock())
        yield app


@only_sqlite
@pytest.mark.parametrize("headers", [{}, FRAGMENT], ids=["page", "fragment"])
@pytest.mark.parametrize("path", ["/sign-in/start", "/sign-in/callback?state=x&code=y"])
def test_an_address_that_signs_in_too_often_sees_a_calm_page(
    sso_app: Flask, path: str, headers: dict[str, str]
) -> None:
    client = sso_app.test_client()
    assert client.get(path).status_code != 429
    refused = client.get(path, headers=headers)
    assert refused.status_code == 429
    check_headers(refused, "sign_in", 1)
    page = read(refused)
    said = alerts(page)[0] if headers else words(find(page, ".//main"))
    assert said.startswith("Too many requests")
    assert "At most 1 are taken in 60 seconds: try again in" in said
    assert client.get("/sign-in").status_code == 200


@only_sqlite
@pytest.mark.parametrize(
    ("first", "second", "is_refused"),
    [
        ("203.0.113.7", "203.0.113.7", True),
        ("203.0.113.7", "203.0.113.8", False),
        ("2001:db8:1:2::3", "2001:db8:1:2:ffff::4", True),
        ("2001:db8:1:2::3", "2001:db8:1:3::3", False),
        ("::ffff:203.0.113.7", "::ffff:203.0.113.8", False),
    ],
)
def test_addresses_are_counted_apart_and_networks_of_ipv6_together(
    sso_app: Flask, first: str, second: str, is_refused: bool
) -> None:
    client = sso_app.test_client()
    statuses = [
        client.get("/sign-in/start", environ_overrides={"REMOTE_ADDR": address}).status_code
        for address in (first, second)
    ]
    assert [status == 429 for status in statuses] == [False, is_refused]


@only_sqlite
def test_a_person_who_starts_too_many_operations_is_told_so(
    editor: FlaskClient,
    administrator: FlaskClient,
    make_pool: Callable[..., Pool],
    limit_to: Callable[..., None],
) -> None:
    make_pool("support")
    limit_to(bulk=1)
    path = f"{POOLS}/support/operations"
    assert editor.post(path).status_code == 422
    refused = editor.post(path)
    assert refused.status_code == 429
    check_headers(refused, "bulk", 1)
    assert administrator.post(path).status_code == 422


@only_sqlite
def test_whatever_sets_the_worker_to_work_counts(app: Flask) -> None:
    sources = {name: getsource(unwrap(view)) for name, view in app.view_functions.items()}
    # Looking at new pools has them copied, each once in a while however often that is.
    work = re.compile(r"jobs\(\)(?!\.copy_new_pools)|_at_work\(")
    waking = {name for name, source in sources.items() if work.search(source)}
    assert waking - {"operations.cancel"} == BULK


@only_sqlite
def test_removing_what_is_ticked_is_an_operation_like_any_other(
    editor: FlaskClient, make_pool: Callable[..., Pool], limit_to: Callable[..., None]
) -> None:
    make_pool("support")
    limit_to(bulk=1)
    assert editor.post(f"{POOLS}/support/operations").status_code == 422
    assert editor.post(f"{POOLS}/support/numbers/remove").status_code == 429
