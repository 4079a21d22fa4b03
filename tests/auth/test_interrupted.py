"""A session that ends in the middle of work: nothing that was typed is lost."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, func, select
from werkzeug.test import TestResponse

from numberpools.db.database import Database
from numberpools.db.tables import sessions
from numberpools.services.accounts import create_account
from tests.auth.conftest import HOME, NEW_POOL, Visit, way_back
from tests.auth.provider import Provider
from tests.clock import HeldClock
from tests.databases import on_both_databases
from tests.web import FRAGMENT
from tests.web.markup import alerts, find, form, read, words

OURS = {"Origin": "http://localhost", "Referer": f"http://localhost{NEW_POOL}"}
Form = dict[str, str]


@pytest.fixture
def interrupted_editor(editor: FlaskClient, typed: Form, database: Database) -> FlaskClient:
    """A browser whose session has ended, with a form open."""
    end_all(database)
    return editor


@pytest.fixture
def typed(app: Flask, editor: FlaskClient, account_id: str) -> Form:
    """A form that was filled in while its session lasted."""
    app.config["WTF_CSRF_ENABLED"] = True
    open_form = form(read(editor.get(NEW_POOL)), HOME)
    return open_form | {"pool_id": "alerts", "fallback": "Reject", "etag": "x"}


def end_all(database: Database) -> None:
    with database.write() as connection:
        connection.execute(delete(sessions))


def sign_in_again(client: FlaskClient) -> TestResponse:
    fields = form(read(client.get("/sign-in")), "/sign-in")
    return client.post("/sign-in", data=fields | {"role": "EDITOR"})


def test_it_works(interrupted_editor: FlaskClient, typed: Form) -> None:
    answer = interrupted_editor.post(HOME, data=typed, headers=OURS)
    assert answer.status_code == 401
    page = read(answer)
    assert words(find(page, ".//h1")) == "Your session has ended"
    assert "kept for 15 minutes" in words(find(page, ".//main"))
    assert find(page, ".//main//a").get("href") == f"/sign-in?next={NEW_POOL}"
    assert sign_in_again(interrupted_editor).location == "/sign-in/again"

    page = read(interrupted_editor.get("/sign-in/again"))
    assert words(find(page, ".//main//dl")) == (
        "Pool id alerts When no number fits Don't send Prefer a sender from the same country on"
    )
    fields = form(page, "/sign-in/again/send")
    assert fields.keys() == typed.keys()
    sent = interrupted_editor.post("/sign-in/again/send", data=fields)
    assert (sent.status_code, sent.location) == (307, HOME)
    done = interrupted_editor.post(HOME, data=fields)  # what a browser does of its own accord
    assert (done.status_code, done.location) == (303, f"{HOME}/alerts")
    assert interrupted_editor.get("/sign-in/again").location == "/"


def test_a_fragment_says_so_and_keeps_it_too(interrupted_editor: FlaskClient, typed: Form) -> None:
    headers = {
        **FRAGMENT,
        "Origin": "http://localhost",
        "HX-Current-URL": f"http://localhost{HOME}?page=2",
    }
    answer = interrupted_editor.post(HOME, data=typed, headers=headers)
    assert (answer.status_code, answer.headers["HX-Retarget"]) == (401, "#messages")
    [said] = alerts(read(answer))
    assert "Your session has ended." in said
    assert "kept for 15 minutes" in said
    assert find(read(answer), ".//a").get("href") == f"/sign-in?next={HOME}?page%3D2"
    assert sign_in_again(interrupted_editor).location == "/sign-in/again"


def test_a_fragment_that_only_looks_leads_back_to_its_page(
    interrupted_editor: FlaskClient, typed: Form
) -> None:
    headers = {**FRAGMENT, "HX-Current-URL": f"http://localhost{HOME}"}
    answer = interrupted_editor.get(HOME, headers=headers)
    assert answer.status_code == 401
    assert find(read(answer), ".//a").get("href") == f"/sign-in?next={HOME}"


def test_somebody_else_who_signs_in_does_not_see_it(
    interrupted_editor: FlaskClient, typed: Form
) -> None:
    interrupted_editor.post(HOME, data=typed, headers=OURS)
    fields = form(read(interrupted_editor.get("/sign-in")), "/sign-in")
    answer = interrupted_editor.post("/sign-in", data=fields | {"role": "ADMINISTRATOR"})
    assert answer.location == "/"
    assert interrupted_editor.get("/sign-in/again").location == "/"
    assert sign_in_again(interrupted_editor).location == "/"


def test_a_form_of_nobodys_is_not_kept(interrupted_editor: FlaskClient, typed: Form) -> None:
    fields = form(read(interrupted_editor.get("/sign-in")), "/sign-in")
    sent = typed | {"csrf_token": fields["csrf_token"]}
    assert "is not kept" in interrupted_editor.post(HOME, data=sent, headers=OURS).text


def test_it_need_not_be_sent(interrupted_editor: FlaskClient, typed: Form) -> None:
    interrupted_editor.post(HOME, data=typed, headers=OURS)
    sign_in_again(interrupted_editor)
    fields = form(read(interrupted_editor.get("/sign-in/again")), "/sign-in/again/leave")
    left = interrupted_editor.post("/sign-in/again/leave", data=fields)
    assert (left.status_code, left.location) == (303, NEW_POOL)
    assert interrupted_editor.get("/sign-in/again").location == "/"


def test_it_is_sent_again_only_with_a_token(interrupted_editor: FlaskClient, typed: Form) -> None:
    interrupted_editor.post(HOME, data=typed, headers=OURS)
    sign_in_again(interrupted_editor)
    assert interrupted_editor.post("/sign-in/again/send").status_code == 400


def kept(database: Database) -> int:
    with database.read() as connection:
        return connection.scalar(select(func.count()).select_from(sessions)) or 0


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "https://localhost"},
        {"Origin": "http://localhost.evil.example"},
    ],
)
def test_what_a_foreign_page_sends_is_not_kept(
    interrupted_editor: FlaskClient, typed: Form, database: Database, headers: dict[str, str]
) -> None:
    answer = interrupted_editor.post(HOME, data=typed, headers=headers)
    assert answer.status_code == 401
    assert "Set-Cookie" not in answer.headers
    assert "is not kept" in words(find(read(answer), ".//main"))
    assert kept(database) == 0


@pytest.mark.parametrize("token", [None, "", "x", "IjAi.Z0.x", "\x00"])
def test_what_has_no_token_of_ours_is_not_kept(
    interrupted_editor: FlaskClient, typed: Form, database: Database, token: str | None
) -> None:
    sent = {name: value for name, value in typed.items() if name != "csrf_token"}
    sent |= {} if token is None else {"csrf_token": token}
    assert "is not kept" in interrupted_editor.post(HOME, data=sent, headers=OURS).text
    assert kept(database) == 0


@pytest.mark.parametrize(
    "fields", [{"numbers": "x" * 100_000}, {"numbers": "\u0664" * 300_000}, {"x" * 100_001: ""}]
)
def test_what_is_too_long_is_not_kept(
    interrupted_editor: FlaskClient, typed: Form, database: Database, fields: dict[str, str]
) -> None:
    answer = interrupted_editor.post(HOME, data=typed | fields, headers=OURS)
    assert answer.status_code == 401
    assert "is not kept" in answer.text
    assert kept(database) == 0


@on_both_databases
def test_a_long_list_is_kept_to_the_letter(interrupted_editor: FlaskClient, typed: Form) -> None:
    numbers = "\r\n".join([" +44 7400 123456\t", "", "\u0664\u0664 <b>&amp;", "x" * 90_000])
    sent = typed | {"numbers": numbers, "country": "GB", "action": "add", "form_id": "1"}
    interrupted_editor.post(f"{HOME}/support/operations", data=sent, headers=OURS)
    sign_in_again(interrupted_editor)
    page = read(interrupted_editor.get("/sign-in/again"))
    assert form(page, "/sign-in/again/send")["numbers"] == numbers


def test_files_are_not_kept(interrupted_editor: FlaskClient, typed: Form) -> None:
    data: dict[str, Any] = {**typed, "file": (BytesIO(b"secret"), "list.csv")}
    interrupted_editor.post(HOME, data=data, headers=OURS)
    sign_in_again(interrupted_editor)
    page = interrupted_editor.get("/sign-in/again").text
    assert "Files are not kept" in page
    assert "secret" not in page


@pytest.mark.parametrize(("minutes", "there"), [(14.9, "/sign-in/again"), (15.1, "/")])
def test_it_is_kept_for_fifteen_minutes(
    time_of_day: HeldClock,
    interrupted_editor: FlaskClient,
    typed: Form,
    minutes: float,
    there: str,
) -> None:
    interrupted_editor.post(HOME, data=typed, headers=OURS)
    time_of_day.move(minutes=minutes)
    assert sign_in_again(interrupted_editor).location == there


@pytest.mark.parametrize("path", ["/nowhere", "//evil.example/x", "/sign-in", "/sign-out"])
def test_what_leads_nowhere_is_not_kept(
    interrupted_editor: FlaskClient, typed: Form, database: Database, path: str
) -> None:
    interrupted_editor.post(path, data=typed, headers=OURS, base_url="http://localhost")
    assert kept(database) == 0


def test_a_sign_out_after_the_end_is_no_riddle(interrupted_editor: FlaskClient) -> None:
    answer = interrupted_editor.post("/sign-out", data={"csrf_token": "x"}, headers=OURS)
    assert answer.status_code == 401
    assert "Sign in to go on." in words(find(read(answer), ".//main"))


def test_a_form_with_a_wrong_token_is_refused_while_signed_in(
    editor: FlaskClient, typed: Form
) -> None:
    answer = editor.post(HOME, data=typed | {"csrf_token": "x"}, headers=OURS)
    assert answer.status_code == 400
    assert words(find(read(answer), ".//h1")) == "This form has expired"


def test_nobody_without_a_session_is_told_that_one_has_ended(
    client: FlaskClient, typed: Form
) -> None:
    answer = client.post(HOME, data=typed, headers=OURS)
    assert words(find(read(answer), ".//h1")) == "You are not signed in"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("strangers", [0, 1])
def test_it_comes_back_after_single_sign_on_and_if_it_takes_two_accounts(
    sso_app: Flask, browser: FlaskClient, visit: Visit, provider: Provider, strangers: int
) -> None:
    database: Database = sso_app.extensions["stores"].database
    create_account(database, "abcd1234", "Example Ltd")
    provider.claims = {"groups": ["editors"]}
    visit(browser)
    fields = form(read(browser.get(NEW_POOL)), HOME) | {"pool_id": "alerts"}
    end_all(database)
    browser.post(HOME, data=fields, headers=OURS)
    for _ in range(strangers):
        provider.claims = {"groups": [], "sub": "an account of their own"}
        assert visit(browser).status_code == 403
    provider.claims = {"groups": ["editors"]}
    answer = browser.get(way_back(browser, NEW_POOL))
    assert answer.location == "/sign-in/again"
    assert "alerts" in browser.get("/sign-in/again").text
