"""How sessions are ended, by whom, and what is left of them in a browser."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from numberpools.auth.sessions import hash_of
from numberpools.auth.signed_in import end_sessions_of
from numberpools.db.database import Database
from numberpools.db.tables import sessions
from tests.auth.answers import is_nobody
from tests.auth.conftest import HOME
from tests.auth.test_browsers import CHROME_ON_WINDOWS
from tests.auth.test_sessions import SignIn, count, token_of
from tests.databases import on_both_databases
from tests.web.markup import find, form, read, rows, words


class TestAllOfThem:
    def test_a_page_asks_before(self, administrator: FlaskClient) -> None:
        link = find(read(administrator.get("/sessions")), ".//main//a[@href='/sessions/end-all']")
        assert words(link) == "End all sessions"
        fields = form(read(administrator.get("/sessions/end-all")), "/sessions/end-all")
        assert "own" not in fields

    @on_both_databases
    def test_they_end_but_for_the_one_of_who_asked(
        self,
        sign_in: SignIn,
        administrator: FlaskClient,
        account_id: str,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        others = [sign_in("EDITOR"), sign_in("VIEWER"), sign_in("ADMINISTRATOR")]
        answer = administrator.post("/sessions/end-all")
        assert (answer.status_code, answer.location) == (303, "/sessions")
        assert "3 sessions are ended." in administrator.get("/sessions").text
        assert [is_nobody(each) for each in others] == [True, True, True]
        who = "Development administrator (development administrator)"
        assert f"{who} has ended 3 session(s) of everybody else" in caplog.text

    def test_nobody_else_may_be_there(self, administrator: FlaskClient) -> None:
        administrator.post("/sessions/end-all")
        assert "Nobody else was signed in." in administrator.get("/sessions").text

    def test_ones_own_ends_as_well_where_that_is_asked_for(
        self, sign_in: SignIn, administrator: FlaskClient, database: Database
    ) -> None:
        sign_in("EDITOR")
        answer = administrator.post("/sessions/end-all", data={"own": "on"})
        assert (answer.status_code, answer.location) == (303, "/sign-in")
        assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
        assert count(database) == 0

    def test_a_form_that_waits_for_its_sender_is_left(
        self, client: FlaskClient, administrator: FlaskClient, database: Database
    ) -> None:
        client.get("/sign-in")  # a session without a person
        administrator.post("/sessions/end-all", data={"own": "on"})
        assert count(database) == 1

    @pytest.mark.parametrize("role", ["VIEWER", "EDITOR"])
    def test_it_needs_an_administrator(self, sign_in: SignIn, role: str) -> None:
        client = sign_in(role)
        assert client.get("/sessions/end-all").status_code == 403
        assert client.post("/sessions/end-all").status_code == 403


class TestMine:
    def test_it_works(self, sign_in: SignIn, viewer: FlaskClient) -> None:
        other = sign_in("VIEWER")
        sign_in("EDITOR")
        assert find(read(viewer.get("/")), ".//header//a[@href='/sessions/own']") is not None
        first, second = rows(read(viewer.get("/sessions/own")))
        assert sorted([first[0], second[0]]) == ["Unknown browser", "Unknown browser this browser"]
        page = read(viewer.get("/sessions/own"))
        [button] = page.findall(".//main//button[@name='session']")
        answer = viewer.post("/sessions/own/end", data={"session": button.get("value")})
        assert (answer.status_code, answer.location) == (303, "/sessions/own")
        assert "The session is ended." in viewer.get("/sessions/own").text
        assert [is_nobody(each) for each in (viewer, other)] == [False, True]

    @on_both_databases
    def test_all_others_can_be_ended(self, sign_in: SignIn, viewer: FlaskClient) -> None:
        mine = [sign_in("VIEWER"), sign_in("VIEWER")]
        editor = sign_in("EDITOR")
        viewer.post("/sessions/own/end")
        assert "2 sessions are ended." in viewer.get("/sessions/own").text
        assert [is_nobody(each) for each in (*mine, viewer, editor)] == [True, True, False, False]
        assert "End all others" not in viewer.get("/sessions/own").text

    def test_those_of_others_are_out_of_reach(
        self, sign_in: SignIn, viewer: FlaskClient, database: Database
    ) -> None:
        editor = sign_in("EDITOR")
        viewer.post("/sessions/own/end", data={"session": hash_of(token_of(editor))})
        assert "That session had ended already." in viewer.get("/sessions/own").text
        assert not is_nobody(editor)

    def test_a_null_character_is_refused(self, viewer: FlaskClient) -> None:
        assert viewer.post("/sessions/own/end", data={"session": "a\x00"}).status_code == 400

    def test_the_browser_is_told_in_a_few_words(self, app: Flask, database: Database) -> None:
        app.config["WTF_CSRF_ENABLED"] = False
        client = app.test_client()
        named = {"User-Agent": CHROME_ON_WINDOWS}
        client.post("/sign-in", data={"role": "VIEWER"}, headers=named)
        assert rows(read(client.get("/sessions/own")))[0][0] == "Chrome on Windows this browser"
        with database.read() as connection:
            assert "131" not in str(connection.execute(select(sessions)).all())


class TestTheEnd:
    """Nothing of what was private is left in the browser, nor comes back."""

    def test_signing_out_clears_what_the_browser_keeps(self, viewer: FlaskClient) -> None:
        answer = viewer.post("/sign-out")
        # Not "cookies": it would sign people out of other services of the domain.
        assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'

    def test_a_page_knows_the_session_that_it_was_made_for(
        self, sign_in: SignIn, viewer: FlaskClient
    ) -> None:
        made_for = find(read(viewer.get("/sign-in")), ".//html").get("data-session")
        assert viewer.get("/session").text == made_for != ""
        other = sign_in("VIEWER")
        assert other.get("/session").text not in ("", made_for)
        viewer.post("/sign-out")
        assert viewer.get("/session").text == ""

    @on_both_databases
    def test_the_cookie_of_a_session_that_has_ended_is_taken_away(
        self, viewer: FlaskClient, account_id: str, database: Database
    ) -> None:
        end_sessions_of(database, "development viewer")
        viewer.get(HOME, headers={"HX-Request": "true"})  # may be late
        assert viewer.get_cookie("session") is not None
        viewer.get(HOME)
        assert viewer.get_cookie("session") is None
