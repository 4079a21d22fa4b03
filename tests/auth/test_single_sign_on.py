"""Single sign-on: what works, and each attack on it."""

from __future__ import annotations

import hmac
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from json import dumps
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import ECKey
from werkzeug.test import TestResponse

from tests.auth.conftest import HOME, Visit, way_back
from tests.auth.provider import CLIENT_ID, CLIENT_SECRET, Provider, new_key
from tests.web.markup import find, read, words

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def is_nobody(browser: FlaskClient) -> bool:
    return (browser.get("/").location or "").startswith("/sign-in")


def assert_refused(answer: TestResponse, browser: FlaskClient, reason: str = "") -> None:
    """A page that says so, and nobody is signed in."""
    assert answer.status_code == 400
    assert words(find(read(answer), ".//h1")) == "Signing in did not work"
    assert reason in words(find(read(answer), ".//main"))
    assert is_nobody(browser)


class TestTheWay:
    def test_it_works(self, browser: FlaskClient, visit: Visit, provider: Provider) -> None:
        provider.claims = {"groups": ["leads", "viewers"], "name": "Ann Example"}
        answer = visit(browser)
        assert (answer.status_code, answer.location) == (303, HOME)
        header = words(find(read(browser.get("/")), ".//header"))
        assert header.endswith("Ann Example Sign out")
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

    def test_another_tab_does_not_get_in_the_way(
        self, browser: FlaskClient, provider: Provider
    ) -> None:
        provider.claims = {"groups": ["viewers"]}
        first = way_back(browser, "/first")
        way_back(browser, "/second")
        assert browser.get(first).location == "/first"

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


def _with(**claims: Any) -> Callable[[Provider], None]:
    def lie(provider: Provider) -> None:
        provider.claims = {"groups": ["viewers"], **claims}

    return lie


def _unsigned(provider: Provider) -> None:
    provider.sign = lambda claims: f"{_encoded({'alg': 'none'})}.{_encoded(claims)}."


def _unsigned_and_announced(provider: Provider) -> None:
    _unsigned(provider)
    provider.discovery = {"id_token_signing_alg_values_supported": ["RS256", "none"]}


def _signed_with(secret: bytes) -> Callable[[Provider], None]:
    def sign(claims: dict[str, Any]) -> str:
        signed = f"{_encoded({'alg': 'HS256', 'kid': 'first'})}.{_encoded(claims)}"
        return f"{signed}.{_base64(hmac.digest(secret, signed.encode(), 'sha256'))}"

    def lie(provider: Provider) -> None:
        provider.discovery = {"id_token_signing_alg_values_supported": ["RS256", "HS256"]}
        provider.sign = sign

    return lie


def _encoded(part: dict[str, Any]) -> str:
    return _base64(dumps(part).encode())


def _base64(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def _signed_with_the_public_key(provider: Provider) -> None:
    _signed_with(provider.key.as_pem(private=False))(provider)


def _signed_with_another_key_of_the_same_name(provider: Provider) -> None:
    provider.key = new_key("first")


def _signed_with_an_unknown_key(provider: Provider) -> None:
    provider.key = new_key("unknown")


def _signed_with_an_algorithm_that_was_not_announced(provider: Provider) -> None:
    key = ECKey.generate_key("P-256", {"kid": "curve"})
    provider.published = [*provider.published, key]  # type: ignore[list-item]
    provider.sign = lambda claims: jwt.encode({"alg": "ES256", "kid": "curve"}, claims, key)


def _changed_after_signing(provider: Provider) -> None:
    def sign(claims: dict[str, Any]) -> str:
        header, _, signature = provider._signed(claims).split(".")
        return f"{header}.{_encoded(claims | {'sub': 'admin'})}.{signature}"

    provider.sign = sign


LIES = {
    "wrong nonce": _with(nonce="another"),
    "no nonce": _with(nonce=None),
    "wrong audience": _with(aud="another-service"),
    "no audience": _with(aud=None),
    "no audience, empty": _with(aud=[]),
    "several audiences, for another": _with(aud=[CLIENT_ID, "another"], azp="another"),
    "several audiences, for nobody": _with(aud=[CLIENT_ID, "another"]),
    "our audience, for another": _with(azp="another"),
    "wrong issuer": _with(iss="https://other.example"),
    "no issuer": _with(iss=None),
    "expired": _with(exp=int(time.time()) - 61),
    "no expiry": _with(exp=None),
    "expiry that is no number": _with(exp="tomorrow"),
    "issued in the future": _with(iat=int(time.time()) + 3600),
    "not valid yet": _with(nbf=int(time.time()) + 3600),
    "no subject": _with(sub=None),
    "empty subject": _with(sub=""),
    "subject that is no text": _with(sub=["00u1"]),
    "alg none": _unsigned,
    "alg none, announced": _unsigned_and_announced,
    "signed with the client's secret": _signed_with(CLIENT_SECRET.encode()),
    "signed with the public key as secret": _signed_with_the_public_key,
    "another key under the same id": _signed_with_another_key_of_the_same_name,
    "unknown key": _signed_with_an_unknown_key,
    "algorithm not announced": _signed_with_an_algorithm_that_was_not_announced,
    "changed after signing": _changed_after_signing,
}


class TestTheToken:
    @pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
    def test_one_that_does_not_hold_is_refused(
        self,
        browser: FlaskClient,
        visit: Visit,
        provider: Provider,
        lie: Callable[[Provider], None],
    ) -> None:
        lie(provider)
        assert_refused(visit(browser), browser, "The provider's ID token does not hold.")
        assert "/token" in provider.asked

    def test_clocks_may_differ_by_a_minute(
        self, browser: FlaskClient, visit: Visit, provider: Provider
    ) -> None:
        now = int(time.time())
        provider.claims = {"exp": now - 50, "iat": now + 50, "nbf": now + 50}
        assert visit(browser).status_code == 303

    def test_a_new_key_is_read_once_it_is_used(
        self, sso_app: Flask, visit: Visit, provider: Provider
    ) -> None:
        assert visit(sso_app.test_client()).status_code == 303
        assert visit(sso_app.test_client()).status_code == 303
        assert provider.asked.count("/keys") == 1
        provider.key = new_key("second")
        provider.published = [provider.key]
        assert visit(sso_app.test_client()).status_code == 303
        assert provider.asked.count("/keys") == 2

    def test_an_unknown_key_is_looked_for_once(
        self, browser: FlaskClient, visit: Visit, provider: Provider
    ) -> None:
        _signed_with_an_unknown_key(provider)
        assert_refused(visit(browser), browser)
        assert provider.asked.count("/keys") == 2


SOMETHING_ELSE = [
    (200, []),
    (200, "text"),
    (200, 5),
    (200, None),
    (200, {}),
    (200, {"id_token": 5, "access_token": []}),
    (200, {"id_token": None, "access_token": "x"}),
    (200, {"id_token": "a.b.c", "access_token": "x"}),
    (200, {"id_token": "", "access_token": "x"}),
    (200, b"\xff<html>"),
    (400, {"error": ["x"], "error_description": {}}),
]


class TestAProviderInTrouble:
    @pytest.mark.parametrize("answer", SOMETHING_ELSE)
    def test_a_token_answer_of_another_shape_is_refused(
        self, browser: FlaskClient, provider: Provider, answer: tuple[int, object]
    ) -> None:
        provider.instead = {"/token": answer}
        assert_refused(browser.get(way_back(browser)), browser)

    @pytest.mark.parametrize(
        "keys", [{}, [], None, {"keys": []}, {"keys": 5}, {"keys": [{"kty": "x"}]}, {"keys": [5]}]
    )
    def test_keys_of_another_shape_are_refused(
        self, browser: FlaskClient, visit: Visit, provider: Provider, keys: object
    ) -> None:
        provider.instead = {"/keys": (200, keys)}
        assert_refused(visit(browser), browser)

    @pytest.mark.parametrize("path", ["/token", "/keys"])
    def test_one_that_fails_on_the_way_back_is_told_as_that(
        self, browser: FlaskClient, visit: Visit, provider: Provider, path: str
    ) -> None:
        provider.instead = {path: (503, {})}
        assert_unavailable(visit(browser), browser)

    @pytest.mark.parametrize(
        "discovery",
        [
            {"issuer": "https://other.example"},
            {"issuer": None},
            {"authorization_endpoint": None},
            {"authorization_endpoint": "javascript:alert(1)"},
            {"authorization_endpoint": "http://login.example/authorize"},
            {"token_endpoint": "http://login.example/token"},
            {"token_endpoint": 5},
            {"jwks_uri": None},
            {"end_session_endpoint": "javascript:alert(1)"},
            {"id_token_signing_alg_values_supported": ["none", "HS256"]},
            {"id_token_signing_alg_values_supported": []},
        ],
    )
    def test_a_discovery_that_is_not_usable_stops_it(
        self, browser: FlaskClient, provider: Provider, discovery: dict[str, Any]
    ) -> None:
        provider.discovery = discovery
        assert_unavailable(browser.get("/sign-in/start"), browser)

    @pytest.mark.parametrize(
        "answer", [(200, b"<html>"), (200, []), (200, None), (404, {}), (500, {})]
    )
    def test_a_discovery_that_is_none_stops_it(
        self, browser: FlaskClient, provider: Provider, answer: tuple[int, object]
    ) -> None:
        provider.instead = {"/.well-known/openid-configuration": answer}
        assert_unavailable(browser.get("/sign-in/start"), browser)

    def test_it_works_again_as_soon_as_the_provider_does(
        self, browser: FlaskClient, visit: Visit, provider: Provider
    ) -> None:
        provider.instead = {"/.well-known/openid-configuration": (500, {})}
        answer = browser.get("/sign-in/start", query_string={"next": HOME})
        assert_unavailable(answer, browser)
        again = find(read(answer), ".//main//a")
        assert (words(again), again.get("href")) == ("Try again", f"/sign-in/start?next={HOME}")
        provider.instead = {}
        assert visit(browser).status_code == 303

    def test_one_that_is_down_keeps_nothing_but_signing_in_from_working(
        self, sso_app: Flask, browser: FlaskClient, visit: Visit, provider: Provider
    ) -> None:
        assert visit(browser).status_code == 303
        provider.__exit__()
        sso_app.extensions["identity_provider"]._discovered = None
        other = sso_app.test_client()
        assert other.get("/sign-in").status_code == 200
        assert_unavailable(other.get("/sign-in/start"), other)
        assert browser.get("/").status_code == 200

    def test_one_that_is_slow_is_given_up_on(
        self, browser: FlaskClient, provider: Provider
    ) -> None:
        def slowly() -> tuple[int, object]:
            time.sleep(7)
            return 200, {}

        provider.instead = {"/.well-known/openid-configuration": slowly}
        started = time.monotonic()
        assert_unavailable(browser.get("/sign-in/start"), browser)
        assert 4.5 < time.monotonic() - started < 6.5


def assert_unavailable(answer: TestResponse, browser: FlaskClient) -> None:
    assert answer.status_code == 503
    assert "Signing in is not possible just now." in words(find(read(answer), ".//main"))
    assert is_nobody(browser)


class TestSigningOut:
    def test_it_ends_here_and_there(
        self, browser: FlaskClient, visit: Visit, provider: Provider
    ) -> None:
        provider.discovery = {"end_session_endpoint": f"{provider.issuer}/logout?realm=a"}
        visit(browser)
        browser.application.config["WTF_CSRF_ENABLED"] = False
        answer = browser.post("/sign-out")
        assert answer.status_code == 200
        there = find(read(answer), ".//main//a").get("href") or ""
        assert answer.headers["Refresh"] == f"0; url={there}"
        assert there.startswith(f"{provider.issuer}/logout?realm=a&")
        query = parse_qs(urlsplit(there).query)
        assert query["post_logout_redirect_uri"] == ["http://localhost/sign-in"]
        assert query["client_id"] == [CLIENT_ID]
        assert query["id_token_hint"][0].count(".") == 2
        assert is_nobody(browser)

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
