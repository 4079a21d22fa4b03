from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from numberpools.db.database import Database
from numberpools.domain.api_secrets import SecretRole
from numberpools.domain.pools import Pool
from numberpools.services import audit
from numberpools.services.accounts import create_account
from numberpools.services.api_secrets import create_secret, list_secrets, rotate_secret
from numberpools.services.audit import Result, Wanted
from tests.api.conftest import basic
from tests.api.expectations import NEW_POOL, NUMBERS, POOLS, REMOVAL, SUPPORT, problem
from tests.clock import HeldClock
from tests.conftest import SECRET


def test_it_works(client: FlaskClient, account_id: str) -> None:
    answer = client.get(POOLS, headers={"Authorization": basic(account_id, SECRET)})
    assert answer.status_code == 200


def test_it_refuses_other_credentials(client: FlaskClient, account_id: str) -> None:
    for value in (
        "",
        "Basic",
        "Basic ",
        "Basic abcd",
        "Basic " + b64encode(b"no colon").decode(),
        "Basic " + b64encode(b"\xff:\xff").decode(),
        "Bearer " + SECRET,
        "Digest username=abcd1234",
        basic("abcd1234", "wrong"),
        basic("abcd1234", ""),
        basic("", SECRET),
        basic("ABCD1234", SECRET),
        basic("efgh5678", SECRET),
        basic("nul\0", SECRET),
        basic("abcd1234", SECRET + "\0"),
    ):
        answer = client.get(POOLS, headers={"Authorization": value})
        problem(answer, 401, "unauthorized")
        assert answer.headers["WWW-Authenticate"].startswith("Basic realm=")


def test_every_operation_needs_credentials(
    app: Flask, client: FlaskClient, make_pool: Callable[..., Pool]
) -> None:
    make_pool("support")
    arguments = {"account_id": "abcd1234", "pool_id": "support", "number": "15556660001"}
    tried = 0
    for rule in app.url_map.iter_rules():
        if not rule.endpoint.startswith("api."):
            continue
        path = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: arguments[found[1]], rule.rule)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            problem(client.open(path, method=method), 401, "unauthorized")
            tried += 1
    assert tried == 9


def test_nothing_tells_whether_another_account_exists(api: FlaskClient, database: Database) -> None:
    create_account(database, "efgh5678", "Another", SECRET)
    for account_id in ("efgh5678", "zzzzzzzz", "nul%00", "%F0"):
        address = f"/v2/numberpools/accounts/{account_id}/pools"
        answer = api.get(address)
        problem(answer, 404, "not-found")
        assert answer.get_json()["detail"].startswith("There is no account ")
        problem(api.post(address, json={}), 404, "not-found")


def test_a_replaced_secret_opens_nothing_any_more(api: FlaskClient, database: Database) -> None:
    rotate_secret(database, "abcd1234")
    problem(api.get(POOLS), 401, "unauthorized")


@pytest.fixture
def reader(app: Flask, database: Database, account_id: str) -> FlaskClient:
    """A program whose secret, called Reports, is for reading only."""
    new = create_secret(database, account_id, "Reports", SecretRole.READS_ONLY)
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = basic(account_id, new.secret)
    return client


def test_a_secret_for_reading_changes_nothing(
    reader: FlaskClient, make_pool: Callable[..., Pool]
) -> None:
    make_pool("support", ["15556660001"])
    for method, path, body in (
        ("POST", POOLS, {**NEW_POOL, "pool_id": "another"}),
        ("PATCH", SUPPORT, {"fallback": "Reject"}),
        ("DELETE", SUPPORT, None),
        ("POST", NUMBERS, {"numbers": ["15556660002"]}),
        ("POST", REMOVAL, {"numbers": ["15556660001"]}),
        ("DELETE", f"{NUMBERS}/15556660001", None),
    ):
        refused = problem(reader.open(path, method=method, json=body), 403, "reads-only")
        assert "Reports" in refused["detail"]
    for path in (POOLS, SUPPORT, NUMBERS):
        assert reader.get(path).status_code == 200
    assert reader.get(POOLS).get_json()["total_items"] == 1
    assert reader.get(NUMBERS).get_json()["_embedded"]["numbers"] == ["15556660001"]


def test_a_secret_for_reading_gets_no_answer_of_a_change_again(
    api: FlaskClient, reader: FlaskClient
) -> None:
    headers = {"Idempotency-Key": "key-1"}
    assert api.post(POOLS, json=NEW_POOL, headers=headers).status_code == 201
    problem(reader.post(POOLS, json=NEW_POOL, headers=headers), 403, "reads-only")


def test_the_trail_tells_which_secret_it_was(
    api: FlaskClient, reader: FlaskClient, database: Database
) -> None:
    assert api.post(POOLS, json=NEW_POOL).status_code == 201
    assert reader.delete(SUPPORT).status_code == 403
    refused, created, *_ = audit.all_entries(database, "abcd1234", Wanted())
    assert (created.actor.words, created.result) == ("API key abcd1234 (first)", Result.DONE)
    assert (refused.actor.words, refused.result) == ("API key abcd1234 (Reports)", Result.REFUSED)


def test_no_answer_tells_why_a_secret_is_not_taken(
    client: FlaskClient, database: Database, account_id: str, time_of_day: HeldClock
) -> None:
    life = timedelta(days=30)
    expired = create_secret(database, account_id, "Reports", SecretRole.CHANGES, life).secret
    time_of_day.move(days=31)
    rotate_secret(database, account_id, "first")
    details = set()
    for key, secret in ((account_id, expired), (account_id, SECRET), ("zzzz9999", "wrong")):
        answer = client.get(POOLS, headers={"Authorization": basic(key, secret)})
        details.add(problem(answer, 401, "unauthorized")["detail"])
    assert len(details) == 1


def test_it_is_noted_when_a_secret_was_used(
    api: FlaskClient, database: Database, account_id: str, time_of_day: HeldClock
) -> None:
    seen = []
    for seconds in (0, 30, 31):
        time_of_day.move(seconds=seconds)
        api.get(POOLS).close()  # it is written when the answer is sent
        seen += [each.last_used_at for each in list_secrets(database, account_id)]
    assert None not in seen
    assert seen[0] == seen[1] != seen[2]


def test_it_is_noted_of_refused_calls_too(
    api: FlaskClient, database: Database, account_id: str
) -> None:
    answer = api.get(SUPPORT)
    assert answer.status_code == 404
    answer.close()
    (first,) = list_secrets(database, account_id)
    assert first.last_used_at is not None


def test_the_session_of_a_page_opens_nothing(editor: FlaskClient, account_id: str) -> None:
    problem(editor.get(POOLS), 401, "unauthorized")


def test_it_needs_no_csrf_token_and_sets_no_cookie(app: Flask, api: FlaskClient) -> None:
    assert app.config.get("WTF_CSRF_ENABLED", True)
    answer = api.post(
        POOLS,
        json={
            "pool_id": "support",
            "fallback": "Pool",
            "localized_sender_preferred": True,
            "predictable_sender_preferred": True,
        },
    )
    assert answer.status_code == 201
    assert "Set-Cookie" not in answer.headers
    assert api.delete(SUPPORT).status_code == 200


def test_it_answers_whoever_takes_json(api: FlaskClient) -> None:
    for accept in (
        "application/json",
        "application/json; charset=UTF-8",
        "application/*",
        "text/html, */*;q=0.1",
        "text/html;q=0.9, application/json;q=0.1",
        "",
        "nonsense;q=x",
    ):
        assert api.get(POOLS, headers={"Accept": accept}).status_code == 200


def test_it_refuses_whoever_takes_no_json(api: FlaskClient) -> None:
    for accept in (
        "text/html",
        "application/xml",
        "application/json;q=0",
        "*/*, application/json;q=0",
        "application/json; charset=utf-8;q=0",
    ):
        problem(api.get(POOLS, headers={"Accept": accept}), 406, "accept-header")
