"""A program that calls the API."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import SECRET
from tests.databases import keep_to_sqlite


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """On SQLite alone, but for what depends on the database."""
    keep_to_sqlite(metafunc, but={"tests.api.test_concurrency", "tests.api.test_idempotency"})


def basic(user_name: str, password: str) -> str:
    """The value of an Authorization header."""
    return "Basic " + b64encode(f"{user_name}:{password}".encode()).decode()


@pytest.fixture
def make_caller(app: Flask, account_id: str) -> Callable[[], FlaskClient]:
    """Make a program that has the account's credentials, one for each thread."""

    def make() -> FlaskClient:
        caller = app.test_client()
        caller.environ_base["HTTP_AUTHORIZATION"] = basic(account_id, SECRET)
        return caller

    return make


@pytest.fixture
def api(make_caller: Callable[[], FlaskClient]) -> FlaskClient:
    """A program that has the account's credentials."""
    return make_caller()
