from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable

from flask import Flask
from flask.testing import FlaskClient

from numberpools.db.database import Database
from numberpools.domain.pools import Pool
from numberpools.services.accounts import create_account
from numberpools.services.api_secrets import rotate_secret
from tests.api.conftest import basic
from tests.api.expectations import POOLS, SUPPORT, problem
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
