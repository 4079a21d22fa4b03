"""Single sign-on: the way to the provider, the way back, and out again."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.auth.answers import assert_refused, is_nobody
from tests.auth.conftest import HOME, Visit, follow, way_back
from tests.auth.provider import CLIENT_ID, CLIENT_SECRET, Provider
from tests.auth.test_admission import OKTA
from tests.web.markup import find, read, words

OF_A_TOKEN = ("iss", "aud", "email_verified")
"""Claims of the example that the provider here makes itself, or keeps for the userinfo."""

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


class TestTheWay:
    def test_it_works(self, browser: FlaskClient, visit: Visit, provider: Provider) -> None:
        provider.claims = {"groups": ["leads", "viewers"], "name": "Ann Example"}
        answer = visit(browser)
        assert (answer.status_code, answer.location) == (303, HOME)
        header = words(find(read(browser.get("/")), ".//header"))
        assert header.endswith("Ann Example My sessions Sign out")
        with browser.session_transaction() as session:
            assert session["person"]["role"] == "EDITOR"

    def test_it_asks_for_a_code_with_state_nonce_and_challenge(self, browser: FlaskClient) -> None:
        asked = urlsplit(browser.get("/sign-in/start").location)
        query = {name: value for name, [value] in parse_qs(asked.query or "").items()}
        random = ("state", "nonce", "code_challenge")
        assert all(len(query.pop(name)) >= 20 for name in random)
        assert query == {
            "response_type": "code",
            "client_id": CLIENT_ID,
            "redirect_uri": "http://localhost/sign-in/callback",
            "scope": "openid email profile",
            "code_challenge_method": "S256",
        }

    def test_the_page_offers_it(self, browser: FlaskClient) -> None:
        link = find(read(browser.get(f"/sign-in?next={HOME}")), ".//main//a")
        assert words(link) == "Sign in with your organisation's account"
        assert link.get("href") == f"/sign-in/start?next={HOME}"

    def test_tabs_do_not_get_in_each_others_way(
        self, browser: FlaskClient, provider: Provider
    ) -> None:
        provider.claims = {"groups": ["viewers"]}
        first, second = way_back(browser, "/first"), way_back(browser, "/second")
        assert browser.get(first).location == "/first"
        with browser.session_transaction() as session:
            token = session["csrf_token"]
        assert browser.get(second).location == "/second"
        with browser.session_transaction() as session:
            assert session["csrf_token"] == token  # what is typed in the first can still be sent

    @pytest.mark.parametrize(
        ("known", "prompt"),
        [
            (None, "select_account"),
            (["none", "select_account", "login"], "select_account"),
            (["none", "login"], "login"),
            (["none"], None),
        ],
    )
    def test_another_account_can_be_chosen(
        self,
        browser: FlaskClient,
        provider: Provider,
        known: list[str] | None,
        prompt: str | None,
    ) -> None:
        provider.discovery = {"prompt_values_supported": known}
        follow(browser, read(browser.get(f"/sign-in?next={HOME}")), "Use another account")
        assert provider.authorized[-1].get("prompt") == prompt

    def test_and_so_at_a_provider_that_asks_for_it_in_another_way(
        self, browser: FlaskClient, provider: Provider
    ) -> None:
        page = read(browser.get(f"/sign-in?next={HOME}"))
        state = parse_qs(urlsplit(follow(browser, page, "Use another account")).query)["state"][0]
        given = {"error": "invalid_request", "state": state}
        answer = browser.get("/sign-in/callback", query_string=given)
        assert answer.status_code == 303
        assert "prompt=login" in answer.location
        state = parse_qs(urlsplit(answer.location).query)["state"][0]
        given = {"error": "invalid_request", "state": state}
        assert_refused(browser.get("/sign-in/callback", query_string=given), browser)

    def test_an_issuer_may_end_in_a_slash(
        self, browser: FlaskClient, visit: Visit, provider: Provider
    ) -> None:
        provider.issuer += "/"
        assert visit(browser).status_code == 303

    def test_many_attempts_do_not_fill_the_session(self, browser: FlaskClient) -> None:
        for _ in range(9):
            browser.get("/sign-in/start")
        with browser.session_transaction() as session:
            assert len(session) == 5

    def test_claims_of_the_userinfo_count_as_well(
        self, browser: FlaskClient, visit: Visit, provider: Provider
    ) -> None:
        provider.claims = {"groups": None}
        provider.userinfo = {"sub": "00u1", "groups": ["editors"], "name": "somebody else"}
        assert visit(browser).status_code == 303
        with browser.session_transaction() as session:
            assert session["person"]["role"] == "EDITOR"
            assert session["person"]["name"] == "Ann"

    @pytest.mark.parametrize(
        "options",
        [{"OIDC_ALLOWED_DOMAINS": "example.com", "OIDC_EDITOR_GROUPS": "Number Pools Editors"}],
    )
    @pytest.mark.parametrize("is_verified", [True, False])
    def test_an_address_may_be_verified_by_the_userinfo_alone(
        self,
        browser: FlaskClient,
        visit: Visit,
        provider: Provider,
        is_verified: bool,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        provider.claims = {name: each for name, each in OKTA.items() if name not in OF_A_TOKEN}
        provider.userinfo = {"sub": OKTA["sub"], "email_verified": is_verified}
        assert visit(browser).status_code == (303 if is_verified else 403)
        assert ("Ann Example was not admitted" in caplog.text) is not is_verified

    def test_userinfo_about_another_person_is_refused(
        self, browser: FlaskClient, visit: Visit, provider: Provider
    ) -> None:
        provider.claims = {"groups": None}
        provider.userinfo = {"sub": "00u2", "groups": ["editors"]}
        assert_refused(visit(browser), browser, "two different people")

    @pytest.mark.parametrize("method", ["client_secret_post"])
    def test_it_shows_the_secret_the_way_the_provider_takes_it(
        self, browser: FlaskClient, provider: Provider, method: str
    ) -> None:
        sent: list[bool] = []
        answer = provider.answer

        def watched(path: str, query: dict[str, str], headers: dict[str, str]) -> Any:
            sent.append(query.get("client_secret") == CLIENT_SECRET)
            return answer(path, query, headers)

        provider.answer = watched  # type: ignore[method-assign]
        provider.discovery = {"token_endpoint_auth_methods_supported": [method]}
        browser.get(way_back(browser))
        assert any(sent)


class TestTheWayBack:
    @pytest.mark.parametrize("state", ["", "wrong", "\x00", "_state_provider_", "x" * 9000])
    def test_a_wrong_state_is_refused(
        self, browser: FlaskClient, provider: Provider, state: str
    ) -> None:
        back = urlsplit(way_back(browser))
        code = parse_qs(back.query)["code"][0]
        answer = browser.get("/sign-in/callback", query_string={"code": code, "state": state})
        assert answer.status_code == 400
        assert is_nobody(browser)
        assert "/token" not in provider.asked

    def test_another_browsers_state_is_refused(
        self, sso_app: Flask, browser: FlaskClient, provider: Provider
    ) -> None:
        victim = sso_app.test_client()
        victim.get("/sign-in/start")
        assert_refused(victim.get(way_back(browser)), victim, "another browser")
        assert "/token" not in provider.asked

    def test_a_replayed_state_is_refused(
        self, sso_app: Flask, browser: FlaskClient, visit: Visit, provider: Provider
    ) -> None:
        provider.claims = {"groups": ["viewers"]}
        back = way_back(browser)
        cookie = browser.get_cookie("session")
        assert cookie is not None
        assert browser.get(back).status_code == 303
        assert browser.get(back).status_code == 400
        thief = sso_app.test_client()
        thief.set_cookie("session", cookie.value)
        assert_refused(thief.get(back), thief)

    @pytest.mark.parametrize("code", [None, ""])
    def test_a_missing_code_is_refused(
        self, browser: FlaskClient, provider: Provider, code: str | None
    ) -> None:
        state = parse_qs(urlsplit(way_back(browser)).query)["state"][0]
        given = {"state": state} if code is None else {"state": state, "code": code}
        answer = browser.get("/sign-in/callback", query_string=given)
        assert_refused(answer, browser, "no code")
        assert "/token" not in provider.asked

    def test_an_unknown_code_is_refused(self, browser: FlaskClient) -> None:
        state = parse_qs(urlsplit(way_back(browser)).query)["state"][0]
        answer = browser.get("/sign-in/callback", query_string={"state": state, "code": "guess"})
        assert_refused(answer, browser, "The provider refused it.")

    def test_somebody_who_was_denied_is_told_in_our_words(self, browser: FlaskClient) -> None:
        state = parse_qs(urlsplit(way_back(browser)).query)["state"][0]
        given = {"error": "access_denied", "error_description": "Call 0900!", "state": state}
        answer = browser.get("/sign-in/callback", query_string=given)
        assert_refused(answer, browser, "did not let you in, or you chose not to")
        assert "0900" not in answer.text

    def test_any_other_error_is_told_in_our_words(self, browser: FlaskClient) -> None:
        state = parse_qs(urlsplit(way_back(browser)).query)["state"][0]
        given = {"error": "<b>Call 0900!", "state": state}
        answer = browser.get("/sign-in/callback", query_string=given)
        assert_refused(answer, browser, "The provider refused it.")
        assert "0900" not in answer.text

    @pytest.mark.parametrize("issuer", ["https://other.example", ""])
    def test_an_answer_that_names_another_issuer_is_refused(
        self, browser: FlaskClient, provider: Provider, issuer: str
    ) -> None:
        answer = browser.get(f"{way_back(browser)}&{urlencode({'iss': issuer})}")
        assert_refused(answer, browser, "not from the provider that was asked")
        assert "/token" not in provider.asked

    def test_an_answer_without_the_issuer_that_was_promised_is_refused(
        self, browser: FlaskClient, provider: Provider
    ) -> None:
        provider.discovery = {"authorization_response_iss_parameter_supported": True}
        assert_refused(browser.get(way_back(browser)), browser, "not from the provider")

    @pytest.mark.parametrize(
        "elsewhere",
        [
            "https://evil.example/",
            "//evil.example/",
            "/\\evil.example/",
            "/\t/evil.example",
            "javascript:alert(1)",
            "http://localhost/",
        ],
    )
    def test_it_leads_to_this_service_only(
        self, browser: FlaskClient, visit: Visit, elsewhere: str
    ) -> None:
        assert visit(browser, elsewhere).location == "/"


class TestSigningOut:
    def test_it_ends_here_and_there(
        self, browser: FlaskClient, visit: Visit, provider: Provider
    ) -> None:
        provider.discovery = {"end_session_endpoint": f"{provider.issuer}/logout?realm=a"}
        visit(browser)
        browser.application.config["WTF_CSRF_ENABLED"] = False
        answer = browser.post("/sign-out", headers={"Accept-Encoding": "gzip, br"})
        assert answer.status_code == 200
        assert "Content-Encoding" not in answer.headers  # it holds the ID token
        there = find(read(answer), ".//main//a").get("href") or ""
        refresh = find(read(answer), ".//head/meta[@http-equiv='refresh']")
        assert refresh.get("content") == f"0; url={there}"
        assert there.startswith(f"{provider.issuer}/logout?realm=a&")
        query = parse_qs(urlsplit(there).query)
        assert query["post_logout_redirect_uri"] == ["http://localhost/sign-in"]
        assert query["client_id"] == [CLIENT_ID]
        assert "id_token_hint" not in query
        assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
        assert is_nobody(browser)

    def test_no_id_token_is_kept(self, browser: FlaskClient, visit: Visit) -> None:
        visit(browser)
        with browser.session_transaction() as session:
            assert session["id_token"] == ""

    @pytest.mark.parametrize(
        "options", [{"OIDC_VIEWER_GROUPS": "viewers", "OIDC_LOGOUT_BY": "id_token"}]
    )
    def test_a_provider_that_needs_it_gets_the_id_token_and_not_in_a_header(
        self, browser: FlaskClient, visit: Visit, provider: Provider
    ) -> None:
        provider.discovery = {"end_session_endpoint": f"{provider.issuer}/logout"}
        provider.claims = {"groups": ["viewers", *(str(uuid4()) for _ in range(200))]}
        visit(browser)
        browser.application.config["WTF_CSRF_ENABLED"] = False
        answer = browser.post("/sign-out")
        there = find(read(answer), ".//main//a").get("href") or ""
        assert parse_qs(urlsplit(there).query)["id_token_hint"][0].count(".") == 2
        assert len(there) > 8_000
        assert len(str(answer.headers)) < 4_000  # what proxies take, nginx for one

    @pytest.mark.parametrize("is_down", [False, True])
    def test_it_ends_here_where_there_is_nothing_there(
        self, browser: FlaskClient, visit: Visit, provider: Provider, is_down: bool
    ) -> None:
        visit(browser)
        if is_down:
            browser.application.extensions["identity_provider"]._discovered = None
            provider.instead = {"/.well-known/openid-configuration": (500, {})}
        browser.application.config["WTF_CSRF_ENABLED"] = False
        answer = browser.post("/sign-out")
        assert (answer.status_code, answer.location) == (303, "/sign-in")
        assert is_nobody(browser)
