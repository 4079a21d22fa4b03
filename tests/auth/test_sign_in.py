"""``/sign-in`` and ``/sign-out`` in development."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from numberpools.errors import SettingsError
from numberpools.settings import Settings
from tests.web.markup import find, form, read, words

HOME = "/accounts/abcd1234/pools"


@pytest.fixture
def without_tokens(app: Flask, client: FlaskClient) -> FlaskClient:
    app.config["WTF_CSRF_ENABLED"] = False
    return client


def test_it_works(client: FlaskClient, account_id: str) -> None:
    served = form(read(client.get("/sign-in")), "/sign-in")
    answer = client.post("/sign-in", data=served | {"role": "EDITOR"})
    assert (answer.status_code, answer.location) == (303, "/")
    header = words(find(read(client.get(HOME)), ".//header"))
    assert header.endswith("Development editor My sessions Sign out")


def test_each_role_is_offered(client: FlaskClient) -> None:
    buttons = read(client.get("/sign-in")).findall(".//button")
    assert [each.get("value") for each in buttons] == ["VIEWER", "EDITOR", "ADMINISTRATOR"]


def test_nobody_is_led_to_the_sign_in_and_back(client: FlaskClient, account_id: str) -> None:
    asked = f"{HOME}?sort=numbers&containing=a+b"
    answer = client.get(asked)
    assert answer.status_code == 303
    assert (answer.location or "").startswith("/sign-in?next=")
    served = form(read(client.get(answer.location or "")), "/sign-in")
    back = client.post("/sign-in", data=served | {"role": "VIEWER"})
    assert back.location == asked


def test_signing_out_ends_it(viewer: FlaskClient, account_id: str) -> None:
    assert viewer.get(HOME).status_code == 200
    answer = viewer.post("/sign-out")
    assert (answer.status_code, answer.location) == (303, "/sign-in")
    assert viewer.get(HOME).status_code == 303


def test_signing_in_again_keeps_nothing_of_the_earlier_session(
    editor: FlaskClient, account_id: str
) -> None:
    editor.get(f"{HOME}?page_size=10")
    with editor.session_transaction() as session:
        token = session["csrf_token"]
    editor.post("/sign-in", data={"role": "VIEWER"})
    with editor.session_transaction() as session:
        assert set(session) == {"person", "origin", "csrf_token"}
        assert session["csrf_token"] != token
        assert session["person"]["role"] == "VIEWER"


@pytest.mark.parametrize("role", [None, "", "editor", "OWNER", "__class__"])
def test_it_refuses_a_role_that_is_none(without_tokens: FlaskClient, role: str | None) -> None:
    answer = without_tokens.post("/sign-in", data={"role": role})
    assert answer.status_code == 400
    assert without_tokens.get("/").status_code == 303


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://example.com/",
        "//example.com/",
        "/\\example.com/",
        "\\\\example.com",
        "javascript:alert(1)",
        "/\t/example.com",
        "/\n/example.com",
        "example.com",
        " //example.com",
        "",
    ],
)
def test_it_leads_to_this_service_only(without_tokens: FlaskClient, elsewhere: str) -> None:
    answer = without_tokens.post("/sign-in", data={"role": "VIEWER", "next": elsewhere})
    assert answer.location == "/"


@pytest.mark.parametrize("role", ["VIEWER", "EDITOR", "ADMINISTRATOR"])
def test_a_session_that_was_tampered_with_is_nobodys(
    sign_in: Callable[[str], FlaskClient], role: str
) -> None:
    client = sign_in(role)
    cookie = client.get_cookie("session")
    assert cookie is not None
    payload, dot, signature = cookie.value.partition(".")
    client.set_cookie("session", payload[:-2] + dot + signature)
    assert client.get("/").status_code == 303


def test_in_production_there_is_no_such_door() -> None:
    with pytest.raises(SettingsError, match="single sign-on"):
        Settings.parse(
            {"SECRET_KEY": "x" * 40, "DATABASE_URL": "postgresql://localhost/numberpools"}
        )
