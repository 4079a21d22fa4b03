"""The service with single sign-on at a provider that lies where a test tells it to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from xml.etree.ElementTree import Element

import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import FileSystemBytecodeCache
from werkzeug.test import TestResponse

from numberpools.auth import provider as identity
from numberpools.settings import Settings
from tests.auth.provider import Provider
from tests.conftest import opened
from tests.databases import keep_to_sqlite
from tests.processes import LIMIT_SECONDS
from tests.web.markup import words

HOME = "/accounts/abcd1234/pools"
NEW_POOL = "/accounts/abcd1234/new-pool"
Visit = Callable[..., TestResponse]


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """On SQLite alone, but for what depends on the database."""
    keep_to_sqlite(metafunc, but=())


@pytest.fixture
def provider() -> Iterator[Provider]:
    with Provider() as provider:
        yield provider


@pytest.fixture
def options() -> dict[str, str]:
    """Settings besides those of the provider; tests replace them by parameters."""
    return {"OIDC_VIEWER_GROUPS": "viewers", "OIDC_EDITOR_GROUPS": "editors,leads"}


@pytest.fixture
def sso_app(
    provider: Provider,
    options: dict[str, str],
    database_url: str,
    compiled_templates: FileSystemBytecodeCache,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Flask]:
    monkeypatch.setattr(
        identity.Provider, "timeout_seconds", LIMIT_SECONDS
    )  # the machine may be busy
    environ = {
        "NUMBERPOOLS_ENV": "development",
        "SECRET_KEY": "a key for the tests alone, long enough to be one",
        "DATABASE_URL": database_url,
        "OIDC_CONTACT": "support-tools@example.com",
        **provider.settings(**options),
    }
    with opened(Settings.parse(environ)) as app:
        app.testing = True
        app.jinja_env.bytecode_cache = compiled_templates
        yield app


@pytest.fixture
def browser(sso_app: Flask) -> FlaskClient:
    return sso_app.test_client()


@pytest.fixture
def visit(provider: Provider) -> Visit:
    """Sign in at the provider: ``visit(browser, "/asked/for")``; gives what the way back led to."""

    def through(browser: FlaskClient, next_page: str = HOME) -> TestResponse:
        provider.claims = {"groups": ["viewers"], "name": "Ann"} | provider.claims
        return browser.get(way_back(browser, next_page))

    return through


def way_back(browser: FlaskClient, next_page: str = HOME) -> str:
    """The address to which the provider sends somebody who has signed in there."""
    started = browser.get("/sign-in/start", query_string={"next": next_page})
    assert started.status_code == 303
    answer = requests.get(started.location or "", allow_redirects=False, timeout=LIMIT_SECONDS)
    assert answer.status_code == 302, answer.text
    return answer.headers["Location"]


def follow(browser: FlaskClient, page: Element, link: str) -> str:
    """Follow the link with these words to the provider; gives the address of the way back."""
    [found] = [each for each in page.iter("a") if words(each) == link]
    started = browser.get(found.get("href") or "")
    answer = requests.get(started.location or "", allow_redirects=False, timeout=LIMIT_SECONDS)
    return answer.headers["Location"]
