"""What a person sees when something is wrong: a page, or a message above the page."""

from __future__ import annotations

import logging

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from numberpools.db.database import Database
from numberpools.domain.pools import Pool
from numberpools.services.accounts import create_account
from tests.databases import on_both_databases
from tests.services.crash import CrashingStores
from tests.web import FRAGMENT, POOLS
from tests.web.markup import alerts, find, read, words

SUPPORT = f"{POOLS}/support"
as_page_and_fragment = pytest.mark.parametrize("headers", [{}, FRAGMENT], ids=["page", "fragment"])


def _said(answer: TestResponse) -> str:
    """The message, which stands on a page of its own or above the one that is there."""
    page = read(answer)
    assert answer.mimetype == "text/html"
    assert "HX-Request" in answer.headers.get_all("Vary")[0]
    if "HX-Retarget" not in answer.headers:
        assert words(page.find(".//title")).endswith("· Number Pools")
        return words(find(page, ".//main"))
    assert answer.headers["HX-Retarget"] == "#messages"
    assert page.find(".//html") is None
    [message] = alerts(page)
    return message


@as_page_and_fragment
def test_an_unknown_page_is_not_found(viewer: FlaskClient, headers: dict[str, str]) -> None:
    answer = viewer.get("/nowhere", headers=headers)
    assert answer.status_code == 404
    assert _said(answer).startswith("There is no such page")


@as_page_and_fragment
def test_an_unknown_pool_is_named(
    viewer: FlaskClient, account_id: str, headers: dict[str, str]
) -> None:
    answer = viewer.get(SUPPORT, headers=headers)
    assert answer.status_code == 404
    assert "There is no pool support in this account." in _said(answer)


def test_the_way_out_leads_to_what_the_person_was_about(
    viewer: FlaskClient, database: Database, account_id: str
) -> None:
    create_account(database, "efgh5678", "Second Ltd")
    ways = {}
    for address in (SUPPORT, "/accounts/unknown1/pools", "/nowhere"):
        link = find(read(viewer.get(address)), ".//main//a")
        ways[address] = (words(link), link.get("href"))
    assert ways[SUPPORT] == ("To the pools", POOLS)
    assert ways["/accounts/unknown1/pools"] == ways["/nowhere"] == ("To the start page", "/")


@as_page_and_fragment
def test_a_wrong_method_is_refused(
    viewer: FlaskClient, account_id: str, headers: dict[str, str]
) -> None:
    answer = viewer.delete(POOLS, headers=headers)
    assert answer.status_code == 405
    assert answer.allow.as_set() == {"get", "head", "options", "post"}
    assert _said(answer).startswith("This address can't be used that way")


@as_page_and_fragment
def test_too_much_at_once_is_refused(
    app: Flask, editor: FlaskClient, support: Pool, headers: dict[str, str]
) -> None:
    app.config["MAX_CONTENT_LENGTH"] = 10_000
    answer = editor.post(f"{SUPPORT}/settings", data={"seen": "1" * 10_000}, headers=headers)
    assert answer.status_code == 413
    assert _said(answer).startswith("This is too much at once")


@as_page_and_fragment
def test_a_form_that_did_not_arrive_as_a_whole_is_refused(
    editor: FlaskClient, support: Pool, headers: dict[str, str]
) -> None:
    fields = {"pool_id": "sales", "fallback": "Pool"}
    promised = {"CONTENT_LENGTH": "500"}
    answer = editor.post(POOLS, data=fields, headers=headers, environ_overrides=promised)
    assert answer.status_code == 400
    assert _said(answer).startswith("Not all of it arrived")
    assert editor.get(f"{POOLS}/sales").status_code == 404


@as_page_and_fragment
def test_an_encoded_form_is_refused(
    editor: FlaskClient, support: Pool, headers: dict[str, str]
) -> None:
    encoded = {**headers, "Content-Encoding": "gzip"}
    answer = editor.post(POOLS, data={"pool_id": "sales", "fallback": "Pool"}, headers=encoded)
    assert answer.status_code == 415
    assert answer.headers["Accept-Encoding"] == "identity"
    assert _said(answer).startswith("This can't be read")
    assert editor.get(f"{POOLS}/sales").status_code == 404


@as_page_and_fragment
def test_a_form_without_its_token_is_refused(
    app: Flask, editor: FlaskClient, support: Pool, headers: dict[str, str]
) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    answer = editor.post(f"{SUPPORT}/numbers/447400123456/remove", headers=headers)
    assert answer.status_code == 400
    assert _said(answer).startswith("This form has expired")


def test_a_token_of_another_session_is_refused(
    app: Flask, client: FlaskClient, account_id: str
) -> None:
    other = app.test_client()
    token = find(read(other.get("/sign-in")), ".//input[@name='csrf_token']").get("value")
    sent = {"role": "ADMINISTRATOR", "csrf_token": token}
    assert client.post("/sign-in", data=sent).status_code == 400
    assert other.post("/sign-in", data=sent).status_code == 303


@as_page_and_fragment
def test_what_a_role_may_not_do_is_said(
    viewer: FlaskClient, support: Pool, headers: dict[str, str]
) -> None:
    answer = viewer.post(f"{SUPPORT}/settings", headers=headers)
    assert answer.status_code == 403
    assert "You are signed in as viewer; this takes the role of editor." in _said(answer)


def test_a_fragment_for_nobody_says_so(client: FlaskClient, support: Pool) -> None:
    answer = client.get(SUPPORT, headers=FRAGMENT)
    assert answer.status_code == 401
    assert "Sign in" in _said(answer)
    assert find(read(answer), ".//a").get("href") == "/sign-in"


def test_a_form_for_nobody_says_so(client: FlaskClient, app: Flask, support: Pool) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    answer = client.post(f"{SUPPORT}/settings")
    assert answer.status_code == 401
    assert "Sign in" in _said(answer)
    assert find(read(answer), ".//main//a").get("href") == "/sign-in"


@as_page_and_fragment
def test_a_crash_is_logged_and_shown_without_details(
    app: Flask,
    editor: FlaskClient,
    database: Database,
    support: Pool,
    headers: dict[str, str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    app.extensions["stores"] = CrashingStores(database)
    answer = editor.post(f"{SUPPORT}/numbers/447400123456/remove", headers=headers)
    assert answer.status_code == 500
    assert _said(answer).startswith("Something went wrong here")
    assert "Crash" not in answer.text
    assert "Traceback" not in answer.text
    [record] = [each for each in caplog.records if each.levelno >= logging.ERROR]
    assert "Crash" in str(record.exc_info)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@as_page_and_fragment
def test_a_broken_database_is_shown_without_details(
    viewer: FlaskClient, database: Database, support: Pool, headers: dict[str, str]
) -> None:
    with database.write() as connection:
        connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        for table in ("pools", "accounts"):
            connection.exec_driver_sql(f"ALTER TABLE {table} RENAME TO lost_{table}")
    answer = viewer.get(SUPPORT, headers=headers)
    assert answer.status_code == 500
    assert _said(answer).startswith("Something went wrong here")
    assert "sqlite" not in answer.text.lower()


@pytest.mark.parametrize("query", ["containing=%00", "again=a%00b", "page=%00"])
@on_both_databases
def test_a_null_character_is_refused(editor: FlaskClient, support: Pool, query: str) -> None:
    answer = editor.get(f"{SUPPORT}?{query}")
    assert answer.status_code == 400
    assert _said(answer).startswith("This request can't be understood")


@pytest.mark.parametrize(
    "path", ["/accounts/a%00b/pools", f"{POOLS}/a%00b", "/accounts/abcd1234/operations/a%00b"]
)
def test_a_null_character_in_an_address_is_refused(viewer: FlaskClient, path: str) -> None:
    assert viewer.get(path).status_code == 400
