"""A way back that fails still leads to the page that was asked for, and says why it failed."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete
from werkzeug.test import TestResponse

from numberpools.db.tables import sessions
from tests.auth.answers import assert_refused, is_nobody
from tests.auth.conftest import HOME, Visit, follow, way_back
from tests.auth.provider import Provider
from tests.web.markup import find, read, words

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def asked_for(answer: TestResponse) -> str | None:
    return find(read(answer), ".//main//a").get("href")


def test_it_leads_back_after_a_token_that_does_not_hold(
    browser: FlaskClient, visit: Visit, provider: Provider
) -> None:
    provider.claims = {"nonce": "another"}
    assert asked_for(visit(browser)) == f"/sign-in?next={HOME}"


def test_it_leads_back_from_a_provider_that_is_down(
    browser: FlaskClient, visit: Visit, provider: Provider
) -> None:
    provider.instead = {"/token": (503, {})}
    assert asked_for(visit(browser)) == f"/sign-in/start?next={HOME}"


@pytest.mark.parametrize("error", ["temporarily_unavailable", "server_error"])
def test_a_provider_that_can_do_nothing_just_now_is_told_as_that(
    browser: FlaskClient, error: str
) -> None:
    state = parse_qs(urlsplit(way_back(browser)).query)["state"][0]
    answer = browser.get("/sign-in/callback", query_string={"error": error, "state": state})
    assert answer.status_code == 503
    assert asked_for(answer) == f"/sign-in/start?next={HOME}"


def test_an_answer_without_state_is_taken_for_the_last_sign_ins(browser: FlaskClient) -> None:
    way_back(browser, "/first")
    way_back(browser, "/second")
    answer = browser.get("/sign-in/callback?error=access_denied")
    assert asked_for(answer) == "/sign-in?next=/second"


@pytest.mark.parametrize(
    ("page", "shown"),
    [
        (f"{HOME}?containing=a+b;\u0664", f"/sign-in?next={HOME}?containing%3Da%2Bb;%D9%A4"),
        ("/" + "x" * 2_000, "/sign-in?next=/"),
    ],
)
def test_it_leads_back_though_the_session_has_ended_meanwhile(
    browser: FlaskClient, sso_app: Flask, page: str, shown: str
) -> None:
    back = way_back(browser, page)
    with sso_app.extensions["stores"].database.write() as connection:
        connection.execute(delete(sessions))
    assert asked_for(browser.get(back)) == shown


@pytest.mark.parametrize("planted", ["//evil.example/", "https://evil.example/", "\x00"])
def test_it_leads_to_this_service_whatever_the_browser_says(
    browser: FlaskClient, planted: str
) -> None:
    browser.set_cookie("asked-for", planted)
    answer = browser.get("/sign-in/callback?state=wrong")
    assert asked_for(answer) == "/sign-in?next=/"


def test_who_is_refused_can_use_another_account(
    browser: FlaskClient, visit: Visit, provider: Provider
) -> None:
    provider.claims = {"groups": ["gardeners"]}
    page = read(visit(browser))
    assert is_nobody(browser)
    provider.claims = {"groups": ["viewers"]}
    back = follow(browser, page, "Use another account")
    assert provider.authorized[-1]["prompt"] == "select_account"
    assert browser.get(back).location == HOME


def test_one_that_is_opened_again_leads_on_whoever_is_signed_in(
    browser: FlaskClient, provider: Provider
) -> None:
    provider.claims = {"groups": ["viewers"], "name": "Ann"}
    back = way_back(browser)
    assert browser.get(back).status_code == 303
    page = find(read(browser.get(back)), ".//main")
    assert "You are signed in as Ann all the same." in words(page)
    assert words(find(page, ".//a")) == "Go on"
    assert find(page, ".//a").get("href") == HOME


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ("invalid_scope", "Nothing is wrong with your account."),
        ("unmet_authentication_requirements", "may ask for a second factor"),
    ],
)
def test_it_says_what_an_error_means(browser: FlaskClient, error: str, said: str) -> None:
    state = parse_qs(urlsplit(way_back(browser)).query)["state"][0]
    answer = browser.get("/sign-in/callback", query_string={"error": error, "state": state})
    assert_refused(answer, browser, said)


class TestTooManyGroups:
    @pytest.fixture
    def options(self) -> dict[str, str]:
        return {
            "OIDC_ADMIN_GROUPS": "admins",
            "OIDC_ALLOWED_DOMAINS": "example.com",
            "OIDC_DEFAULT_ROLE": "viewer",
        }

    def test_are_told_as_that_to_the_person_and_in_the_log(
        self,
        browser: FlaskClient,
        visit: Visit,
        provider: Provider,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        provider.claims = {
            "groups": None,
            "email": "ann@example.com",
            "email_verified": True,
            "_claim_names": {"groups": "src1"},
            "_claim_sources": {"src1": {"endpoint": "https://graph.windows.net/1/users/2"}},
        }
        answer = visit(browser)
        assert answer.status_code == 403
        told = words(find(read(answer), ".//main"))
        assert "your organisation's sign-in service does not name them here" in told
        assert "support-tools@example.com" in told
        assert "Entra ID calls it a group overage" in caplog.text
        assert is_nobody(browser)
