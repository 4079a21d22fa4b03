"""The provider ends sessions without a browser: each lie in its logout token is refused."""

from __future__ import annotations

import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from joserfc import jwt
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from numberpools.db.database import Database
from numberpools.db.tables import logout_tokens, sessions
from tests.auth import test_id_token as id_token
from tests.auth.answers import is_nobody
from tests.auth.conftest import Visit
from tests.auth.provider import CLIENT_ID, CLIENT_SECRET, Provider, new_key
from tests.clock import HeldClock
from tests.databases import on_both_databases

EVENT = "http://schemas.openid.net/event/backchannel-logout"
Lie = Callable[[Provider], None]
Logout = Callable[..., TestResponse]


@pytest.fixture
def log_out(sso_app: Flask, provider: Provider) -> Logout:
    """What the provider does: ``log_out(sid="1")``, a claim that is None being left out."""

    def sent(**claims: Any) -> TestResponse:
        return send(sso_app, provider.logout_token(**claims))

    return sent


def send(app: Flask, token: str, address: str = "203.0.113.7") -> TestResponse:
    return app.test_client().post(
        "/sign-in/back-channel-logout",
        data={"logout_token": token},
        environ_overrides={"REMOTE_ADDR": address},
    )


def assert_refused(answer: TestResponse) -> None:
    assert answer.status_code == 400
    assert answer.json is not None
    assert answer.json["error"] == "invalid_request"
    assert answer.headers["Cache-Control"] == "no-store"


@on_both_databases
def test_it_works(sso_app: Flask, visit: Visit, provider: Provider, log_out: Logout) -> None:
    mine, elsewhere, others = (sso_app.test_client() for _ in range(3))
    visit(mine)
    visit(elsewhere)
    provider.claims = {"sub": "00u2"}
    visit(others)
    answer = log_out()
    assert (answer.status_code, answer.data) == (200, b"")
    assert answer.headers["Cache-Control"] == "no-store"
    assert [is_nobody(each) for each in (mine, elsewhere, others)] == [True, True, False]


@on_both_databases
@pytest.mark.parametrize("sub", ["00u1", None])
def test_of_several_sessions_the_one_that_is_named_ends(
    sso_app: Flask, visit: Visit, provider: Provider, log_out: Logout, sub: str | None
) -> None:
    first, second = sso_app.test_client(), sso_app.test_client()
    for browser, sid in ((first, "one"), (second, "two")):
        provider.claims = {"sid": sid}
        visit(browser)
    assert log_out(sub=sub, sid="one").status_code == 200
    assert [is_nobody(first), is_nobody(second)] == [True, False]


def test_a_session_of_the_person_without_a_name_ends_with_any_of_theirs(
    browser: FlaskClient, visit: Visit, log_out: Logout
) -> None:
    visit(browser)
    log_out(sub=None, sid="one")
    assert not is_nobody(browser)
    log_out(sid="one")
    assert is_nobody(browser)


def test_somebody_elses_session_of_that_name_goes_on(
    browser: FlaskClient, visit: Visit, provider: Provider, log_out: Logout
) -> None:
    provider.claims = {"sid": "one"}
    visit(browser)
    assert log_out(sub="00u2", sid="one").status_code == 200
    assert not is_nobody(browser)


def test_nobodys_session_ends_quietly(log_out: Logout) -> None:
    assert log_out(sub="00u9").status_code == 200


@on_both_databases
def test_a_token_counts_once(
    sso_app: Flask, browser: FlaskClient, visit: Visit, provider: Provider
) -> None:
    token = provider.logout_token()
    assert send(sso_app, token).status_code == 200
    visit(browser)
    assert_refused(send(sso_app, token))
    assert not is_nobody(browser)


@on_both_databases
def test_what_is_over_is_forgotten(time_of_day: HeldClock, sso_app: Flask, log_out: Logout) -> None:
    database: Database = sso_app.extensions["stores"].database
    log_out()
    with database.write() as connection:
        past = time_of_day.move(hours=-1)
        time_of_day.move(hours=1)
        connection.execute(update(logout_tokens).values(ends_at=past))
    log_out()
    with database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(logout_tokens)) == 1


def _with(**claims: Any) -> dict[str, Any]:
    return claims


LIES: dict[str, dict[str, Any]] = {
    "wrong issuer": _with(iss="https://other.example"),
    "no issuer": _with(iss=None),
    "wrong audience": _with(aud="another-service"),
    "no audience": _with(aud=None),
    "no audience, empty": _with(aud=[]),
    "several audiences": _with(aud=[CLIENT_ID, "another"]),
    "expired": _with(exp=int(time.time()) - 61),
    "no expiry": _with(exp=None),
    "expiry that is no number": _with(exp="tomorrow"),
    "expiry that is no finite number": _with(exp=float("inf")),
    "expiry in a hundred years": _with(exp=int(time.time()) + 100 * 365 * 86_400),
    "issued in the future": _with(iat=int(time.time()) + 86_400),
    "not issued": _with(iat=None),
    "issued at no time": _with(iat="today"),
    "not valid yet": _with(nbf=int(time.time()) + 86_400),
    "no jti": _with(jti=None),
    "empty jti": _with(jti=""),
    "jti that is no text": _with(jti=5),
    "neither sub nor sid": _with(sub=None),
    "empty sub": _with(sub=""),
    "sub that is no text": _with(sub=["00u1"]),
    "sid that is no text": _with(sid=["one"]),
    "nonce": _with(nonce="of an ID token"),
    "empty nonce": _with(nonce=""),
    "no events": _with(events=None),
    "another event": _with(events={"http://schemas.openid.net/event/other": {}}),
    "events that are a list": _with(events=[EVENT]),
    "event that is no object": _with(events={EVENT: True}),
}


def test_one_that_does_not_hold_is_refused(
    browser: FlaskClient, visit: Visit, log_out: Logout
) -> None:
    """One lie at a time, to a single service: it has nothing to remember of them."""
    visit(browser)
    answers = {lie: log_out(**claims) for lie, claims in LIES.items()}
    accepted = [lie for lie, answer in answers.items() if answer.status_code != 400]
    assert accepted == []
    assert not is_nobody(browser)


def _another_type(provider: Provider) -> None:
    header = {"alg": "RS256", "kid": provider.key.kid, "typ": "at+jwt"}
    provider.sign = lambda claims: jwt.encode(header, claims, provider.key)


SIGNATURES: dict[str, Lie] = {
    "alg none": id_token._unsigned,
    "alg none, announced": id_token._unsigned_and_announced,
    "the client's secret": id_token._signed_with(CLIENT_SECRET.encode()),
    "the public key as secret": id_token._signed_with_the_public_key,
    "another key under the same id": id_token._signed_with_another_key_of_the_same_name,
    "unknown key": id_token._signed_with_an_unknown_key,
    "algorithm not announced": id_token._signed_with_an_algorithm_that_was_not_announced,
    "changed after signing": id_token._changed_after_signing,
    "another type of token": _another_type,
}


@pytest.mark.parametrize("lie", SIGNATURES.values(), ids=SIGNATURES)
def test_one_that_the_provider_did_not_sign_is_refused(
    browser: FlaskClient, visit: Visit, provider: Provider, log_out: Logout, lie: Lie
) -> None:
    visit(browser)
    lie(provider)
    assert_refused(log_out())
    assert not is_nobody(browser)


@pytest.mark.parametrize("typ", ["JWT", "logout+jwt", "application/logout+JWT"])
def test_its_type_may_be_told(provider: Provider, log_out: Logout, typ: str) -> None:
    header = {"alg": "RS256", "kid": provider.key.kid, "typ": typ}
    provider.sign = lambda claims: jwt.encode(header, claims, provider.key)
    assert log_out().status_code == 200


def test_an_id_token_ends_nothing(
    sso_app: Flask, browser: FlaskClient, visit: Visit, provider: Provider
) -> None:
    seen: list[str] = []

    def sign(claims: dict[str, Any]) -> str:
        seen.append(provider._signed(claims))
        return seen[-1]

    provider.sign = sign
    visit(browser)
    assert_refused(send(sso_app, seen[0]))
    assert not is_nobody(browser)


NO_TOKENS: list[dict[str, Any]] = [
    {},
    {"logout_token": ""},
    {"logout_token": ["a.b.c", "a.b.c"]},
    {"logout_token": "a.b.c"},
    {"logout_token": "\0ü\ud800".encode("utf-8", "replace")},
    {"logout_token": "x" * 50_000},
    {"logout_token": f"{urlsafe_b64encode(b'[' * 9_000).decode()}.e30.e30"},
]


def test_what_is_no_token_is_refused(sso_app: Flask) -> None:
    for fields in NO_TOKENS:
        assert_refused(sso_app.test_client().post("/sign-in/back-channel-logout", data=fields))


def test_a_token_in_the_address_counts_for_nothing(sso_app: Flask, provider: Provider) -> None:
    query = {"logout_token": provider.logout_token()}
    answer = sso_app.test_client().post("/sign-in/back-channel-logout", query_string=query)
    assert_refused(answer)


def test_new_keys_are_read_and_for_wrong_tokens_not_again(
    provider: Provider, log_out: Logout
) -> None:
    assert log_out().status_code == 200
    provider.key = new_key("second")
    provider.published = [provider.key]
    assert log_out().status_code == 200
    provider.key = new_key("unknown")
    for _ in range(3):
        assert_refused(log_out())
    assert provider.asked.count("/keys") == 2


def test_keys_that_cannot_be_read_are_no_refusal(
    sso_app: Flask, provider: Provider, log_out: Logout
) -> None:
    """Whoever sends tokens keeps neither the provider nor our threads busy meanwhile."""
    provider.instead["/keys"] = (500, {})
    for _ in range(3):
        answer = log_out()
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
    assert provider.asked.count("/keys") == 1
    del provider.instead["/keys"]
    sso_app.extensions["identity_provider"].pause_seconds = 0
    assert log_out().status_code == 200


@pytest.mark.parametrize("options", [{"OIDC_VIEWER_GROUPS": "viewers", "SIGN_INS_PER_MINUTE": "3"}])
@pytest.mark.usefixtures("time_of_day")
def test_wrong_ones_are_slowed_down_and_right_ones_never(
    sso_app: Flask, provider: Provider, log_out: Logout
) -> None:
    assert [log_out().status_code for _ in range(5)] == [200] * 5
    wrong = [log_out(aud="another") for _ in range(5)]
    assert [each.status_code for each in wrong] == [400, 400, 400, 429, 429]
    assert wrong[-1].headers["Retry-After"]
    assert log_out().status_code == 200
    assert send(sso_app, "wrong", "203.0.113.8").status_code == 400


def test_the_log_tells_it(
    browser: FlaskClient, visit: Visit, log_out: Logout, caplog: pytest.LogCaptureFixture
) -> None:
    visit(browser)
    log_out()
    assert "The identity provider has ended 1 session(s) of 00u1" in caplog.text
    token_is_secret = log_out(aud="another")
    assert_refused(token_is_secret)
    assert "A logout token was refused" in caplog.text


def test_the_name_of_the_session_is_kept(
    sso_app: Flask, browser: FlaskClient, visit: Visit, provider: Provider
) -> None:
    provider.claims = {"sid": "one\n"}
    visit(browser)
    database: Database = sso_app.extensions["stores"].database
    with database.read() as connection:
        assert connection.scalars(select(sessions.c.sid)).all() == ["one"]
