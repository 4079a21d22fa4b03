"""What the service answers where nobody has been signed in."""

from __future__ import annotations

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.web.markup import find, read, words


def is_nobody(browser: FlaskClient) -> bool:
    return (browser.get("/").location or "").startswith("/sign-in")


def assert_refused(answer: TestResponse, browser: FlaskClient, reason: str = "") -> None:
    """A page that says so, and nobody is signed in."""
    assert answer.status_code == 400
    assert words(find(read(answer), ".//h1")) == "Signing in did not work"
    assert reason in words(find(read(answer), ".//main"))
    assert is_nobody(browser)
