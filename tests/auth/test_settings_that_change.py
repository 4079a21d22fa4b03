"""Settings that change while people are signed in: their role is the one of today."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from numberpools.auth.people import current_person
from numberpools.db.database import Database
from numberpools.db.tables import sessions
from numberpools.settings import Settings
from tests.auth.answers import is_nobody
from tests.auth.conftest import Visit, way_back
from tests.auth.provider import Provider
from tests.web.markup import read, rows

GROUPS = {"OIDC_VIEWER_GROUPS": "viewers", "OIDC_ADMIN_GROUPS": "admins"}
Restart = Callable[..., None]


@pytest.fixture
def options() -> dict[str, str]:
    return GROUPS


@pytest.fixture
def restart(sso_app: Flask, provider: Provider) -> Restart:
    """From now on, these settings hold: ``restart(OIDC_VIEWER_GROUPS="others")``."""

    def changed(**options: str) -> None:
        before = sso_app.extensions["settings"]
        environ = {
            "NUMBERPOOLS_ENV": "development",
            "SECRET_KEY": before.secret_key.get_secret_value(),
            "DATABASE_URL": before.database_url,
            **provider.settings(),
            **options,
        }
        sso_app.extensions["settings"] = Settings.parse(environ)

    return changed


@pytest.fixture
def member(browser: FlaskClient, provider: Provider) -> FlaskClient:
    """Ann, a viewer now, who is in other groups besides."""
    provider.claims = {
        "name": "Ann",
        "groups": ["staff", "viewers", "leads"],
        "email": "ann@example.com",
        "email_verified": True,
    }
    assert browser.get(way_back(browser, "/")).status_code == 303
    return browser


def role_of(browser: FlaskClient) -> str:
    """Of whoever is signed in in this browser."""
    with browser:
        browser.get("/sessions/own")
        person = current_person()
        return person.role.name if person else ""


@pytest.mark.parametrize(
    ("changed", "role"),
    [
        ({"OIDC_VIEWER_GROUPS": "viewers", "OIDC_EDITOR_GROUPS": "leads"}, "EDITOR"),
        ({"OIDC_VIEWER_GROUPS": "viewers", "OIDC_ADMIN_GROUPS": "staff"}, "ADMINISTRATOR"),
        ({"OIDC_DEFAULT_ROLE": "editor", "OIDC_ALLOWED_GROUPS": "staff"}, "EDITOR"),
        ({"OIDC_DEFAULT_ROLE": "viewer", "OIDC_ALLOWED_DOMAINS": "example.com"}, "VIEWER"),
        ({"ACCOUNT_ROLES": "abcd1234:leads=editor"}, "VIEWER"),
        ({"OIDC_VIEWER_GROUPS": "others"}, ""),
        ({"OIDC_VIEWER_GROUPS": "viewers", "OIDC_ALLOWED_GROUPS": "others"}, ""),
        ({"OIDC_VIEWER_GROUPS": "viewers", "OIDC_ALLOWED_DOMAINS": "example.org"}, ""),
        ({"OIDC_VIEWER_GROUPS": "viewers", "OIDC_ISSUER": "https://other.example"}, ""),
    ],
)
def test_the_role_is_that_of_today(
    member: FlaskClient, restart: Restart, changed: dict[str, str], role: str
) -> None:
    assert role_of(member) == "VIEWER"
    restart(**changed)
    assert role_of(member) == role


def test_who_is_let_in_no_more_is_signed_out_for_good(
    sso_app: Flask, member: FlaskClient, restart: Restart, caplog: pytest.LogCaptureFixture
) -> None:
    restart(OIDC_VIEWER_GROUPS="others")
    answer = member.get("/sessions/own")
    assert answer.location == "/sign-in?next=/sessions/own"
    assert member.get_cookie("session") is None
    assert "Ann is signed out, being admitted no more" in caplog.text
    database: Database = sso_app.extensions["stores"].database
    with database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(sessions)) == 0
    restart(**GROUPS)
    assert is_nobody(member)


def test_the_list_of_sessions_shows_the_roles_of_today(
    sso_app: Flask, member: FlaskClient, visit: Visit, provider: Provider, restart: Restart
) -> None:
    provider.claims = {"sub": "00u2", "name": "Ada", "groups": ["admins"]}
    ada = sso_app.test_client()
    visit(ada)
    restart(OIDC_ADMIN_GROUPS="admins", OIDC_EDITOR_GROUPS="leads")
    listed = {name: role for name, role, *_ in rows(read(ada.get("/sessions")))}
    assert listed == {"Ada this browser": "administrator", "Annann@example.com": "editor"}
    restart(OIDC_ADMIN_GROUPS="admins")
    assert [row[0] for row in rows(read(ada.get("/sessions")))] == ["Ada this browser"]


def test_a_role_chosen_without_a_password_ends_with_development(
    sso_app: Flask, restart: Restart
) -> None:
    sso_app.config["WTF_CSRF_ENABLED"] = False
    browser = sso_app.test_client()
    browser.post("/sign-in", data={"role": "ADMINISTRATOR"})
    assert role_of(browser) == "ADMINISTRATOR"
    settings = sso_app.extensions["settings"]
    sso_app.extensions["settings"] = settings.model_copy(update={"environment": "production"})
    assert is_nobody(browser)


def _held(database: Database) -> dict[str, Any]:
    with database.read() as connection:
        held: dict[str, Any] = json.loads(connection.scalar(select(sessions.c.data)) or "")
    return held


def test_a_session_of_the_release_before_is_ended_calmly(
    sso_app: Flask, member: FlaskClient
) -> None:
    database: Database = sso_app.extensions["stores"].database
    held = _held(database)
    del held["origin"]
    with database.write() as connection:
        connection.execute(update(sessions).values(data=json.dumps(held), sid=None))
    sso_app.extensions["settings"] = sso_app.extensions["settings"].model_copy(
        update={"environment": "production"}
    )
    assert member.get("/").location == "/sign-in?next=/"


def test_the_release_before_understands_a_session_of_this_one(
    sso_app: Flask, member: FlaskClient
) -> None:
    """While both run: it takes these keys and no others."""
    person = _held(sso_app.extensions["stores"].database)["person"]
    assert person.keys() == {"subject", "name", "role", "email", "groups"}
    assert person["role"] == "VIEWER"
