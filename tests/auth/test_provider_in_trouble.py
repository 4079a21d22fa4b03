"""A provider that is slow, down, or answers with something else."""

from __future__ import annotations

from threading import Event
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.auth.answers import assert_refused, is_nobody
from tests.auth.conftest import HOME, Visit, way_back
from tests.auth.provider import Provider
from tests.web.markup import find, read, words

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


SOMETHING_ELSE = [
    (200, []),
    (200, "text"),
    (200, 5),
    (200, None),
    (200, {}),
    (200, {"id_token": 5, "access_token": []}),
    (200, {"id_token": None, "access_token": "x"}),
    (200, {"id_token": "a.b.c", "access_token": "x"}),
    (200, {"id_token": "", "access_token": "x"}),
    (200, b"\xff<html>"),
    (200, b"[" * 100_000),
    (400, {"error": ["x"], "error_description": {}}),
]


@pytest.mark.parametrize("answer", SOMETHING_ELSE)
def test_a_token_answer_of_another_shape_is_refused(
    browser: FlaskClient, provider: Provider, answer: tuple[int, object]
) -> None:
    provider.instead = {"/token": answer}
    assert_refused(browser.get(way_back(browser)), browser)


@pytest.mark.parametrize(
    "keys",
    [
        pytest.param(b"[" * 100_000, id="nested"),
        {},
        [],
        None,
        {"keys": []},
        {"keys": 5},
        {"keys": [{"kty": "x"}]},
        {"keys": [5]},
    ],
)
def test_keys_of_another_shape_are_refused(
    browser: FlaskClient, visit: Visit, provider: Provider, keys: object
) -> None:
    provider.instead = {"/keys": (200, keys)}
    assert_refused(visit(browser), browser)


def test_one_that_leads_elsewhere_with_the_secret_is_not_followed(
    browser: FlaskClient, visit: Visit, provider: Provider
) -> None:
    provider.instead = {"/token": (302, f"{provider.issuer}/elsewhere")}
    assert_refused(visit(browser), browser)
    assert "/elsewhere" not in provider.asked


@pytest.mark.parametrize("announced", [None, "client_secret_post", [5], {}])
def test_what_is_optional_and_odd_in_its_discovery_stops_nothing(
    browser: FlaskClient, visit: Visit, provider: Provider, announced: object
) -> None:
    answer = provider.answer("/.well-known/openid-configuration", {}, {})[1]
    assert isinstance(answer, dict)
    odd = ("token_endpoint_auth_methods_supported", "prompt_values_supported")
    told = answer | dict.fromkeys(odd, announced)
    provider.instead = {"/.well-known/openid-configuration": (200, told)}
    assert visit(browser).status_code == 303


@pytest.mark.parametrize("path", ["/token", "/keys"])
def test_one_that_fails_on_the_way_back_is_told_as_that(
    browser: FlaskClient, visit: Visit, provider: Provider, path: str
) -> None:
    provider.instead = {path: (503, {})}
    assert_unavailable(visit(browser), browser)


@pytest.mark.parametrize(
    "discovery",
    [
        {"issuer": "https://other.example"},
        {"issuer": None},
        {"authorization_endpoint": None},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": "http://login.example/authorize"},
        {"token_endpoint": "http://login.example/token"},
        {"token_endpoint": 5},
        {"jwks_uri": None},
        {"end_session_endpoint": "javascript:alert(1)"},
        {"id_token_signing_alg_values_supported": ["none", "HS256"]},
        {"id_token_signing_alg_values_supported": []},
    ],
)
def test_a_discovery_that_is_not_usable_stops_it(
    browser: FlaskClient, provider: Provider, discovery: dict[str, Any]
) -> None:
    provider.discovery = discovery
    assert_unavailable(browser.get("/sign-in/start"), browser)


@pytest.mark.parametrize(
    "answer",
    [(200, b"<html>"), (200, b"[" * 100_000), (200, []), (200, None), (404, {}), (500, {})],
)
def test_a_discovery_that_is_none_stops_it(
    browser: FlaskClient, provider: Provider, answer: tuple[int, object]
) -> None:
    provider.instead = {"/.well-known/openid-configuration": answer}
    assert_unavailable(browser.get("/sign-in/start"), browser)


def test_it_works_again_as_soon_as_the_provider_does(
    browser: FlaskClient, visit: Visit, provider: Provider
) -> None:
    provider.instead = {"/.well-known/openid-configuration": (500, {})}
    answer = browser.get("/sign-in/start", query_string={"next": HOME})
    assert_unavailable(answer, browser)
    again = find(read(answer), ".//main//a")
    assert (words(again), again.get("href")) == ("Try again", f"/sign-in/start?next={HOME}")
    provider.instead = {}
    assert visit(browser).status_code == 303


def test_one_that_is_down_keeps_nothing_but_signing_in_from_working(
    sso_app: Flask, browser: FlaskClient, visit: Visit, provider: Provider
) -> None:
    assert visit(browser).status_code == 303
    provider.__exit__()
    sso_app.extensions["identity_provider"]._discovered = None
    other = sso_app.test_client()
    assert other.get("/sign-in").status_code == 200
    assert_unavailable(other.get("/sign-in/start"), other)
    assert browser.get("/").status_code == 200


def test_one_that_does_not_answer_is_given_up_on(
    sso_app: Flask, browser: FlaskClient, provider: Provider
) -> None:
    is_over = Event()

    def when_it_is_over() -> tuple[int, object]:
        is_over.wait()
        return 200, {}

    provider.instead = {"/.well-known/openid-configuration": when_it_is_over}
    sso_app.extensions["identity_provider"].timeout_seconds = 0.1
    try:
        assert_unavailable(browser.get("/sign-in/start"), browser)
    finally:
        is_over.set()


def assert_unavailable(answer: TestResponse, browser: FlaskClient) -> None:
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "10"
    assert "Signing in is not possible just now." in words(find(read(answer), ".//main"))
    assert is_nobody(browser)
