"""Wrong API secrets: who is counted, who is stopped, and whom that leaves alone."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from numberpools.db.database import Database
from numberpools.limits import RateLimiter
from numberpools.services.accounts import create_account
from numberpools.services.rates import DatabaseCounts
from numberpools.settings import Settings
from tests.conftest import SECRET, needs_postgres, opened
from tests.databases import on_sqlite
from tests.limits import check_headers, early_in_the_next_hour

API = "/v2/numberpools/accounts/abcd1234/pools"
only_postgres = pytest.mark.parametrize(
    "database_url", [pytest.param("postgres", marks=needs_postgres)], indirect=True
)


def _basic(key: str, secret: str) -> dict[str, str]:
    return {"Authorization": f"Basic {b64encode(f'{key}:{secret}'.encode()).decode()}"}


CREDENTIALS = _basic("abcd1234", SECRET)


def _from(address: str) -> dict[str, dict[str, str]]:
    return {"environ_overrides": {"REMOTE_ADDR": address}}


@pytest.fixture
def other_key(database: Database) -> str:
    """A second account, with the same secret."""
    create_account(database, "efgh5678", "Other Ltd", SECRET)
    return "efgh5678"


@on_sqlite
def test_calls_with_wrong_secrets_use_up_nobodys_calls(
    client: FlaskClient, account_id: str, limit_to: Callable[..., None]
) -> None:
    limit_to(api=1)
    wrong = _basic(account_id, "wrong")
    assert [client.get(API, headers=wrong).status_code for _ in range(3)] == [401] * 3
    assert client.get(API, headers=CREDENTIALS).status_code == 200


@on_sqlite
@pytest.mark.parametrize("key", ["abcd1234", "zzzz9999"], ids=["known", "unknown"])
def test_who_sends_too_many_wrong_secrets_is_told_when_to_come_back(
    client: FlaskClient, account_id: str, limit_to: Callable[..., None], key: str
) -> None:
    limit_to(wrong_secrets=3)
    answers = [client.get(API, headers=_basic(key, f"{tries}")) for tries in range(5)]
    assert [answer.status_code for answer in answers] == [401] * 3 + [429] * 2
    refused = answers[-1]
    check_headers(refused, "wrong_secrets", 3)
    assert refused.mimetype == "application/problem+json"
    assert refused.json is not None
    assert refused.json["detail"].startswith("At most 3 wrong API secrets are taken in 60 seconds")


@on_sqlite
def test_nothing_is_looked_up_for_who_has_sent_too_many_wrong_secrets(
    app: Flask, client: FlaskClient, account_id: str, limit_to: Callable[..., None]
) -> None:
    limit_to(wrong_secrets=1)
    wrong = _basic(account_id, "wrong")
    assert client.get(API, headers=wrong).status_code == 401
    looked_up: list[object] = []
    engine = app.extensions["stores"].database.engine
    event.listen(engine, "checkout", lambda *about: looked_up.append(about))
    assert client.get(API, headers=wrong).status_code == 429
    assert client.get(API, headers=CREDENTIALS).status_code == 429  # it can't be told from a guess
    assert looked_up == []
    assert client.get(API, headers=CREDENTIALS, **_from("192.0.2.1")).status_code == 200
    assert looked_up


@on_sqlite
def test_who_guesses_locks_out_nobody_elsewhere_and_no_other_key(
    client: FlaskClient, account_id: str, other_key: str, limit_to: Callable[..., None]
) -> None:
    limit_to(wrong_secrets=1)
    here, elsewhere = _from("2001:db8:1:2::3"), _from("2001:db8:1:3::3")
    assert client.get(API, headers=_basic(account_id, "wrong"), **here).status_code == 401
    same_network = _from("2001:db8:1:2:ffff::4")
    assert client.get(API, headers=CREDENTIALS, **same_network).status_code == 429
    assert client.get(API, headers=CREDENTIALS, **elsewhere).status_code == 200
    theirs = API.replace(account_id, other_key)
    assert client.get(theirs, headers=_basic(other_key, SECRET), **here).status_code == 200


@on_sqlite
@pytest.mark.parametrize("key", ["zzzz{:04}", "no key {}", ""])
def test_who_guesses_at_many_keys_is_stopped_by_address(
    client: FlaskClient, account_id: str, limit_to: Callable[..., None], key: str
) -> None:
    limit_to(wrong_secrets=3, wrong_secrets_of_address=5)
    answers = [client.get(API, headers=_basic(key.format(tries), "x")) for tries in range(6)]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429]
    check_headers(answers[5], "wrong_secrets_of_address", 5)
    assert client.get(API, headers=CREDENTIALS, **_from("192.0.2.1")).status_code == 200


@on_sqlite
def test_who_sends_no_secret_at_all_is_not_counted(
    client: FlaskClient, account_id: str, limit_to: Callable[..., None]
) -> None:
    limit_to(wrong_secrets=1, wrong_secrets_of_address=1)
    assert [client.get(API).status_code for _ in range(3)] == [401] * 3
    assert client.get(API, headers=CREDENTIALS).status_code == 200


@only_postgres
def test_processes_count_wrong_secrets_together(settings: Settings, account_id: str) -> None:
    clock = early_in_the_next_hour()
    with opened(settings) as one, opened(settings) as other:
        for app in (one, other):
            counts = DatabaseCounts(app.extensions["stores"].database)
            app.extensions["rate_limiter"] = RateLimiter(counts, clock)
        wrong = {"headers": _basic(account_id, "wrong")}
        answers = [app.test_client().get(API, **wrong) for app in (one, other) * 15]
    assert [answer.status_code for answer in answers] == [401] * 20 + [429] * 10
