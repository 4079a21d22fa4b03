"""Sessions: how they begin and end, and what the database knows of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask, session
from flask.testing import FlaskClient
from sqlalchemy import func, select, text, update

from numberpools import clock
from numberpools.auth.signed_in import end_sessions_of
from numberpools.db.database import Database
from numberpools.db.tables import sessions
from numberpools.settings import Settings
from tests.auth.conftest import HOME, Visit
from tests.auth.provider import Provider
from tests.conftest import opened
from tests.databases import on_both_databases
from tests.web.markup import find, form, read, rows, words

pytestmark = pytest.mark.usefixtures("time_of_day")

SignIn = Callable[[str], FlaskClient]


def token_of(client: FlaskClient, name: str = "session") -> str:
    cookie = client.get_cookie(name)
    assert cookie is not None
    return cookie.value


def count(database: Database) -> int:
    with database.read() as connection:
        return connection.scalar(select(func.count()).select_from(sessions)) or 0


def turn_back(database: Database, **ages: timedelta) -> None:
    """Make all sessions as old as that: ``turn_back(database, seen_at=timedelta(hours=1))``."""
    values = {name: clock.now() - age for name, age in ages.items()}
    with database.write() as connection:
        connection.execute(update(sessions).values(values))


@on_both_databases
def test_it_works(viewer: FlaskClient, account_id: str, database: Database) -> None:
    assert viewer.get(HOME).status_code == 200
    assert count(database) == 1
    viewer.post("/sign-out")
    assert viewer.get_cookie("session") is None
    assert count(database) == 0


@on_both_databases
def test_the_database_does_not_hold_the_token(viewer: FlaskClient, database: Database) -> None:
    with database.read() as connection:
        [row] = connection.execute(select(sessions)).all()
    assert token_of(viewer) not in str(row)
    assert len(token_of(viewer)) >= 43


def test_the_cookie_is_out_of_reach(app: Flask) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    cookie = app.test_client().post("/sign-in", data={"role": "VIEWER"}).headers["Set-Cookie"]
    parts = set(cookie.split("; ")[1:])
    assert parts == {"HttpOnly", "Path=/", "SameSite=Lax"}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_in_production_only_this_host_can_set_it(
    provider: Provider, visit: Visit, database_url: str
) -> None:
    environ = {
        "SECRET_KEY": "a key for the tests alone, long enough to be one",
        "DATABASE_URL": database_url,
        "ALLOWED_HOSTS": "localhost",
        **provider.settings(OIDC_VIEWER_GROUPS="viewers"),
    }
    with opened(Settings.parse(environ)) as app:
        app.config["PREFERRED_URL_SCHEME"] = "https"
        browser = app.test_client()
        assert browser.get("/sign-in").text.count("<form") == 0
        assert browser.post("/sign-in", data={"role": "ADMINISTRATOR"}).status_code == 405
        answer = visit(browser)
    assert answer.status_code == 303
    [cookie] = answer.headers.get_all("Set-Cookie")
    name, _, rest = cookie.partition("=")
    assert name == "__Host-session"
    assert set(rest.split("; ")[1:]) == {"HttpOnly", "Path=/", "SameSite=Lax", "Secure"}


@on_both_databases
def test_signing_in_makes_a_new_id(app: Flask, database: Database) -> None:
    client = app.test_client()
    fields = form(read(client.get("/sign-in")), "/sign-in")
    before = token_of(client)
    client.post("/sign-in", data=fields | {"role": "VIEWER"})
    assert token_of(client) != before
    assert count(database) == 1
    thief = app.test_client()
    thief.set_cookie("session", before)
    assert thief.get("/").status_code == 303


def test_a_browser_cannot_choose_its_id(app: Flask, database: Database) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client()
    client.set_cookie("session", "chosen")
    client.post("/sign-in", data={"role": "VIEWER"})
    assert token_of(client) != "chosen"
    assert client.get("/").status_code == 200


@pytest.mark.parametrize("token", ["", "x", "\x00", "x" * 3000, "ü"])
@on_both_databases
def test_a_token_that_is_none_is_nobodys(client: FlaskClient, token: str) -> None:
    client.set_cookie("session", token)
    assert client.get("/").status_code == 303


@pytest.mark.parametrize(
    ("ages", "is_over"),
    [
        ({"seen_at": timedelta(minutes=29)}, False),
        ({"seen_at": timedelta(minutes=31)}, True),
        ({"created_at": timedelta(hours=11, minutes=59)}, False),
        ({"created_at": timedelta(hours=12, minutes=1)}, True),
    ],
)
@on_both_databases
def test_it_ends_by_itself(
    viewer: FlaskClient,
    account_id: str,
    database: Database,
    ages: dict[str, timedelta],
    is_over: bool,
) -> None:
    turn_back(database, **ages)
    assert viewer.get(HOME).status_code == (303 if is_over else 200)
    assert viewer.get(HOME).status_code == (303 if is_over else 200)


def test_its_limits_can_be_set(
    viewer: FlaskClient, database: Database, settings: Settings, account_id: str
) -> None:
    turn_back(database, seen_at=timedelta(minutes=2))
    with opened(settings.model_copy(update={"session_idle_minutes": 1})) as shorter:
        other = shorter.test_client()
        other.set_cookie("session", token_of(viewer))
        assert other.get(HOME).status_code == 303
    assert viewer.get(HOME).status_code == 200


@on_both_databases
def test_what_was_seen_is_written_once_a_minute(
    viewer: FlaskClient, account_id: str, database: Database
) -> None:
    def seen() -> datetime:
        with database.read() as connection:
            found: datetime = connection.execute(select(sessions.c.seen_at)).scalar_one()
        return found

    viewer.get(HOME)  # the first page puts its forms' token into the session
    before = seen()
    viewer.get(HOME)
    assert seen() == before
    turn_back(database, seen_at=timedelta(seconds=61))
    viewer.get(HOME).close()  # it is written when the answer is sent
    assert seen() >= before


@on_both_databases
def test_a_session_that_is_ended_meanwhile_stays_ended(
    app: Flask, viewer: FlaskClient, database: Database
) -> None:
    with app.test_request_context(headers={"Cookie": f"session={token_of(viewer)}"}):
        assert "person" in session
        end_sessions_of(database, "development viewer")
        session["page_size"] = 10
        app.session_interface.save_session(app, session, app.make_response(""))
    assert count(database) == 0


@on_both_databases
def test_those_that_are_over_are_removed_with_the_next_sign_in(
    sign_in: SignIn, database: Database
) -> None:
    sign_in("VIEWER")
    turn_back(database, seen_at=timedelta(minutes=31))
    sign_in("EDITOR")
    assert count(database) == 1


def test_nobody_who_only_looks_has_one(client: FlaskClient, database: Database) -> None:
    for path in ("/", "/docs/api", "/nowhere", HOME):
        answer = client.get(path)
        assert "Set-Cookie" not in answer.headers
    assert count(database) == 0


def test_the_api_has_none(viewer: FlaskClient, account_id: str, database: Database) -> None:
    turn_back(database, seen_at=timedelta(minutes=5))
    answer = viewer.get(f"/v2/numberpools/accounts/{account_id}/pools")
    assert answer.status_code == 401
    assert "Cookie" not in answer.headers.get("Vary", "")
    with database.read() as connection:
        seen = connection.scalar(select(sessions.c.seen_at))
    assert seen is not None
    assert clock.now() - seen >= timedelta(minutes=5)


def test_an_answer_says_that_it_depends_on_the_cookie(viewer: FlaskClient, account_id: str) -> None:
    assert "Cookie" in viewer.get(HOME).headers["Vary"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_database_that_fails_is_shown_without_details(
    viewer: FlaskClient, database: Database
) -> None:
    with database.write() as connection:
        connection.execute(text("ALTER TABLE sessions RENAME TO lost"))
    answer = viewer.get("/")
    assert answer.status_code == 500
    assert words(find(read(answer), ".//h1")) == "Something went wrong here"
    with database.write() as connection:
        connection.execute(text("ALTER TABLE lost RENAME TO sessions"))
    assert viewer.get("/").status_code == 200


class TestTheirList:
    def test_it_works(self, sign_in: SignIn, administrator: FlaskClient) -> None:
        sign_in("EDITOR")
        page = read(administrator.get("/sessions"))
        listed = [(person, role) for person, role, *_ in rows(page)]
        assert sorted(listed) == [
            ("Development administrator this browser", "administrator"),
            ("Development editor", "editor"),
        ]
        assert find(read(administrator.get("/")), ".//header//a[@href='/sessions']") is not None

    @pytest.mark.parametrize("role", ["VIEWER", "EDITOR"])
    def test_it_needs_an_administrator(self, sign_in: SignIn, role: str) -> None:
        client = sign_in(role)
        assert client.get("/sessions").status_code == 403
        assert client.post("/sessions/end", data={"subject": "x"}).status_code == 403
        assert read(client.get("/")).find(".//header//a[@href='/sessions']") is None

    @on_both_databases
    def test_one_can_be_ended(
        self,
        sign_in: SignIn,
        administrator: FlaskClient,
        account_id: str,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        first, second = sign_in("EDITOR"), sign_in("EDITOR")
        page = read(administrator.get("/sessions"))
        ended = find(page, ".//button[@aria-label='End this session of Development editor']")
        answer = administrator.post("/sessions/end", data={"session": ended.get("value")})
        assert (answer.status_code, answer.location) == (303, "/sessions")
        assert "The session is ended." in administrator.get("/sessions").text
        assert "has ended 1 session(s) of development editor" in caplog.text
        statuses = [each.get(HOME).status_code for each in (first, second, administrator)]
        assert sorted(statuses) == [200, 200, 303]

    @on_both_databases
    def test_all_of_a_person_can_be_ended(
        self,
        sign_in: SignIn,
        administrator: FlaskClient,
        account_id: str,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        first, second = sign_in("EDITOR"), sign_in("EDITOR")
        page = read(administrator.get("/sessions"))
        ended = find(page, ".//button[@aria-label='End all sessions of Development editor']")
        administrator.post("/sessions/end", data={"subject": ended.get("value")})
        assert "2 sessions are ended." in administrator.get("/sessions").text
        who = "Development administrator (development administrator)"
        assert f"{who} has ended 2 session(s) of development editor" in caplog.text
        statuses = [each.get(HOME).status_code for each in (first, second, administrator)]
        assert statuses == [303, 303, 200]

    def test_ones_own_can_be_ended(self, administrator: FlaskClient, database: Database) -> None:
        page = read(administrator.get("/sessions"))
        own = find(page, ".//button[@name='session']").get("value")
        administrator.post("/sessions/end", data={"session": own})
        assert count(database) == 0
        assert administrator.get("/sessions").location == "/sign-in?next=/sessions"

    @pytest.mark.parametrize("fields", [{}, {"session": "x"}, {"subject": "x"}, {"session": ""}])
    @on_both_databases
    def test_none_is_ended_that_is_not_there(
        self, administrator: FlaskClient, fields: dict[str, str]
    ) -> None:
        administrator.post("/sessions/end", data=fields)
        assert "That session had ended already." in administrator.get("/sessions").text

    @pytest.mark.parametrize("name", ["session", "subject"])
    def test_a_null_character_is_refused(self, administrator: FlaskClient, name: str) -> None:
        assert administrator.post("/sessions/end", data={name: "a\x00"}).status_code == 400

    def test_it_needs_its_token(self, app: Flask, administrator: FlaskClient) -> None:
        app.config["WTF_CSRF_ENABLED"] = True
        assert administrator.post("/sessions/end", data={"session": "x"}).status_code == 400


@on_both_databases
def test_it_is_stored_as_json(viewer: FlaskClient, account_id: str, database: Database) -> None:
    viewer.get(f"{HOME}?page_size=10")
    with database.read() as connection:
        held = json.loads(connection.scalar(select(sessions.c.data)) or "")
    assert held["page_size"] == 10
