"""Every error under /v2/ has the one shape that `expectations.problem` asserts."""

from __future__ import annotations

import gzip
import logging
from collections.abc import Callable
from json import dumps

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import ImATeapot, TooManyRequests

from numberpools.domain.pools import PageRequest, Pool
from numberpools.stores import PoolStore
from tests.api.expectations import ACCOUNT, NEW_POOL, POOLS, SUPPORT, problem


def test_an_unknown_path(client: FlaskClient) -> None:
    for path in (
        "/v2/",
        "/v2/numberpools",
        "/v2/numberpools/",
        "/v2/other",
        "/v2/%00",
        "/v2/%F0%28",
        ACCOUNT,
        f"{POOLS}/",
        f"{SUPPORT}/",
        f"{SUPPORT}/numbers/",
        f"{SUPPORT}/numbers//",
        "/v2//numberpools/openapi.json",
        "/v2/numberpools//accounts/abcd1234/pools",
        "/v2",
        "/V2/numberpools/openapi.json",
        "/%2Fv2/numberpools/openapi.json",  # two slashes
        "/v2/../docs/api",
        "/v2/numberpools/../numberpools/openapi.json",
        "/v2/numberpools/openapi.json/",
    ):
        problem(client.get(path), 404, "not-found")
        problem(client.post(path), 404, "not-found")


def test_a_method_that_is_not_offered(client: FlaskClient) -> None:
    for path, method, allowed in (
        (POOLS, "PUT", {"GET", "HEAD", "POST"}),
        (POOLS, "OPTIONS", {"GET", "HEAD", "POST"}),
        (SUPPORT, "POST", {"DELETE", "GET", "HEAD", "PATCH"}),
        (f"{SUPPORT}/numbers", "DELETE", {"GET", "HEAD", "POST"}),
        (f"{SUPPORT}/numbers/delete", "GET", {"POST"}),
        (f"{SUPPORT}/numbers/15556660001", "TRACE", {"DELETE"}),
        ("/v2/numberpools/openapi.json", "NONSENSE", {"GET", "HEAD"}),
        ("/v2/numberpools/openapi.json", "OPTIONS", {"GET", "HEAD"}),
    ):
        answer = client.open(path, method=method)
        problem(answer, 405, "wrong-verb")
        assert set(answer.allow) == allowed


def test_a_body_of_another_type(api: FlaskClient) -> None:
    for content_type in (None, "", "text/plain", "application/x-www-form-urlencoded", ";"):
        answer = api.post(POOLS, data=b"{}", content_type=content_type)
        problem(answer, 415, "content-type-header")


def test_an_error_is_explained_by_the_service_that_was_asked(
    app: Flask, client: FlaskClient
) -> None:
    for address in ("http://localhost", "https://localhost:8443", "http://127.0.0.1:8000"):
        error = client.get("/v2/nowhere", base_url=address).get_json()
        assert error["type"] == f"{address}/docs/api#not-found"
        assert client.get(error["type"].partition("#")[0]).status_code == 200


def test_a_body_that_is_encoded(api: FlaskClient) -> None:
    body = gzip.compress(dumps(NEW_POOL).encode())
    for encoding in ("gzip", "GZIP", "br", "identity, gzip", "aws-chunked"):
        headers = {"Content-Encoding": encoding}
        answer = api.post(POOLS, data=body, headers=headers, content_type="application/json")
        problem(answer, 415, "content-encoding-header")
        assert answer.headers["Accept-Encoding"] == "identity"
    assert api.post(POOLS, json=NEW_POOL, headers={"Content-Encoding": "identity"}).status == (
        "201 CREATED"
    )


def test_a_body_that_is_shorter_than_promised(api: FlaskClient, store: PoolStore) -> None:
    whole = dumps(NEW_POOL).encode()
    promised = {"CONTENT_LENGTH": str(len(whole) + 1)}
    for method, path in (("POST", POOLS), ("PATCH", SUPPORT), ("DELETE", SUPPORT), ("GET", POOLS)):
        answer = api.open(
            path,
            method=method,
            data=whole,
            content_type="application/json",
            environ_overrides=promised,
        )
        problem(answer, 400, "incomplete-body")
    assert store.list_pools(PageRequest()).items == []


def test_a_body_that_is_too_large(app: Flask, api: FlaskClient) -> None:
    body = b" " * (app.config["MAX_CONTENT_LENGTH"] + 1)
    answer = api.post(POOLS, data=body, content_type="application/json")
    problem(answer, 413, "too-large")


def test_too_many_requests(app: Flask, client: FlaskClient) -> None:
    @app.get("/v2/limited")
    def limited() -> str:
        raise TooManyRequests(retry_after=30)

    answer = client.get("/v2/limited")
    problem(answer, 429, "too-many-requests")
    assert answer.headers["Retry-After"] == "30"


def test_what_has_no_body_is_not_waited_for(api: FlaskClient) -> None:
    for length in ("", "0"):
        assert api.get(POOLS, environ_overrides={"CONTENT_LENGTH": length}).status_code == 200


def test_an_error_of_http_that_has_no_kind(app: Flask, client: FlaskClient) -> None:
    @app.get("/v2/teapot")
    def teapot() -> str:
        raise ImATeapot

    answer = client.get("/v2/teapot")
    assert answer.status_code == 418
    assert answer.mimetype == "application/problem+json"
    assert answer.get_json()["type"] == "about:blank"
    assert answer.get_json()["title"] == "I'm a teapot"


def test_an_error_that_nobody_foresaw_is_logged_and_told_without_details(
    app: Flask, client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    @app.get("/v2/broken")
    def broken() -> str:
        raise ZeroDivisionError("the secret of the universe")

    with caplog.at_level(logging.ERROR):
        answer = client.get("/v2/broken", headers={"X-Request-Id": "the-one"})
    assert problem(answer, 500, "server-error")["instance"] == "the-one"
    assert "universe" not in answer.text
    assert "the-one" in caplog.text
    assert "the secret of the universe" in caplog.text


def test_several_things_wrong_are_all_named(
    api: FlaskClient, make_pool: Callable[..., Pool]
) -> None:
    make_pool("support")
    body = {**NEW_POOL, "pool_id": "?", "fallback": "?", "color": "red"}
    parameters = problem(api.patch(SUPPORT, json=body), 400, "validation")["invalid_parameters"]
    assert {each["name"] for each in parameters} == {"pool_id", "fallback", "color"}
