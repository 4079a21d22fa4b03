"""The ID token: each lie in it is refused."""

from __future__ import annotations

import hmac
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from json import dumps
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.errors import SecurityWarning
from joserfc.jwk import ECKey, RSAKey

from numberpools.auth import provider as identity
from tests.auth.answers import assert_refused
from tests.auth.conftest import Visit
from tests.auth.provider import CLIENT_ID, CLIENT_SECRET, Provider, new_key
from tests.clock import HeldClock

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


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
    provider.published = [*provider.published, key]
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
    "issued in the future": _with(iat=int(time.time()) + 86_400),
    "not valid yet": _with(nbf=int(time.time()) + 86_400),
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


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_one_that_does_not_hold_is_refused(
    browser: FlaskClient,
    visit: Visit,
    provider: Provider,
    lie: Callable[[Provider], None],
) -> None:
    lie(provider)
    assert_refused(visit(browser), browser, "The provider's ID token does not hold.")
    assert "/token" in provider.asked


@pytest.fixture
def now(time_of_day: HeldClock) -> int:
    """The time by which tokens are checked, which stands still."""
    return int(time_of_day().timestamp())


@pytest.mark.parametrize("options", [{"OIDC_VIEWER_GROUPS": "viewers", "OIDC_MAX_AGE": "300"}])
@pytest.mark.parametrize(
    ("claim", "holds", "lies"),
    [
        ("exp", -59, -60),  # at that second it is over (RFC 7519, section 4.1.4)
        ("iat", 60, 61),
        ("nbf", 60, 61),
        ("auth_time", 60, 61),
        ("auth_time", -360, -361),
    ],
)
def test_clocks_may_differ_by_a_minute_and_no_more(
    browser: FlaskClient,
    visit: Visit,
    provider: Provider,
    now: int,
    claim: str,
    holds: int,
    lies: int,
) -> None:
    times = {"iat": now, "exp": now + 300, "auth_time": now}
    provider.claims = {**times, claim: now + lies}
    assert_refused(visit(browser), browser)
    provider.claims = {**times, claim: now + holds}
    assert visit(browser).status_code == 303


def test_a_new_key_is_read_once_it_is_used(
    sso_app: Flask, visit: Visit, provider: Provider
) -> None:
    assert visit(sso_app.test_client()).status_code == 303
    assert visit(sso_app.test_client()).status_code == 303
    assert provider.asked.count("/keys") == 1
    provider.key = new_key("second")
    provider.published = [provider.key]
    assert visit(sso_app.test_client()).status_code == 303
    assert provider.asked.count("/keys") == 2


def _replaced_under_the_same_name(provider: Provider) -> None:
    provider.key = new_key("first")
    provider.published = [provider.key]


def _replaced_by_one_of_another_kind(provider: Provider) -> None:
    provider.discovery = {"id_token_signing_alg_values_supported": ["ES256"]}
    key = ECKey.generate_key("P-256", {"kid": "first"})
    provider.published = [key]
    provider.sign = lambda claims: jwt.encode({"alg": "ES256", "kid": "first"}, claims, key)


def _moved(provider: Provider) -> None:
    provider.key = new_key("second")
    keys = {"keys": [provider.key.as_dict(private=False)]}
    provider.discovery = {"jwks_uri": f"{provider.issuer}/moved"}
    provider.instead = {"/moved": (200, keys)}


@pytest.mark.parametrize(
    "change", [_replaced_under_the_same_name, _replaced_by_one_of_another_kind, _moved]
)
def test_whatever_changed_about_its_keys_nobody_is_locked_out(
    sso_app: Flask, visit: Visit, provider: Provider, change: Callable[[Provider], None]
) -> None:
    assert visit(sso_app.test_client()).status_code == 303
    change(provider)
    assert visit(sso_app.test_client()).status_code == 303


def test_tokens_that_do_not_hold_have_us_ask_once_in_a_while(
    sso_app: Flask, visit: Visit, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert visit(sso_app.test_client()).status_code == 303
    provider.key = new_key("first")
    for _ in range(3):
        browser = sso_app.test_client()
        assert_refused(visit(browser), browser)
    assert provider.asked.count("/keys") == 3
    monkeypatch.setattr(identity, "_DOUBT_SECONDS", 0)
    provider.published = [provider.key]
    assert visit(sso_app.test_client()).status_code == 303


def test_keys_that_could_not_be_read_are_not_kept(
    browser: FlaskClient, visit: Visit, provider: Provider
) -> None:
    provider.instead = {"/keys": (200, {"keys": []})}
    assert_refused(visit(browser), browser, "The provider's keys can't be read.")
    provider.instead = {}
    assert visit(browser).status_code == 303


def test_keys_that_are_of_no_use_spoil_no_other(
    browser: FlaskClient, visit: Visit, provider: Provider
) -> None:
    usable = provider.key.as_dict(private=False)
    del usable["kid"]
    others = [5, {}, {"kty": "AKP"}, {"kty": "RSA", "n": "?"}, {**usable, "use": "enc", "n": "5"}]
    provider.instead = {"/keys": (200, {"keys": [*others, usable]})}
    provider.sign = lambda claims: jwt.encode({"alg": "RS256"}, claims, provider.key)
    assert visit(browser).status_code == 303


def test_a_weak_key_does_not_count(browser: FlaskClient, visit: Visit, provider: Provider) -> None:
    with pytest.warns(SecurityWarning):
        provider.key = RSAKey.generate_key(1024, {"kid": "weak"})
    provider.published = [provider.key]
    assert_refused(visit(browser), browser, "The provider's keys can't be read.")


def test_an_unknown_key_is_looked_for_once(
    browser: FlaskClient, visit: Visit, provider: Provider
) -> None:
    _signed_with_an_unknown_key(provider)
    assert_refused(visit(browser), browser)
    assert provider.asked.count("/keys") == 2


class TestHowSomebodySignedInThere:
    @pytest.fixture
    def options(self) -> dict[str, str]:
        return {
            "OIDC_VIEWER_GROUPS": "viewers",
            "OIDC_ACR_VALUES": "phr urn:example:two-factors",
            "OIDC_MAX_AGE": "0",
        }

    def test_it_is_asked_for(self, browser: FlaskClient, visit: Visit, provider: Provider) -> None:
        provider.claims = {"acr": "urn:example:two-factors", "auth_time": int(time.time())}
        assert visit(browser).status_code == 303
        asked = provider.authorized[-1]
        assert asked["acr_values"] == "phr urn:example:two-factors"
        assert asked["max_age"] == "0"

    @pytest.mark.parametrize(
        ("claims", "reason"),
        [
            ({"acr": None}, "not strong enough"),
            ({"acr": "pwd"}, "not strong enough"),
            ({"acr": ["phr"]}, "not strong enough"),
            ({"acr": "phr urn:example:two-factors"}, "not strong enough"),
            ({"auth_time": None}, "does not hold"),
            ({"auth_time": str(int(time.time()))}, "does not hold"),
            ({"auth_time": True}, "does not hold"),
            ({"auth_time": int(time.time()) - 600}, "too long ago"),
            ({"auth_time": int(time.time()) + 86_400}, "does not hold"),
            ({"auth_time": float("nan")}, "does not hold"),
        ],
    )
    def test_what_was_asked_for_is_checked(
        self,
        browser: FlaskClient,
        visit: Visit,
        provider: Provider,
        claims: dict[str, Any],
        reason: str,
    ) -> None:
        provider.claims = {"acr": "phr", "auth_time": int(time.time()), **claims}
        assert_refused(visit(browser), browser, reason)

    def test_the_log_says_what_was_wrong(
        self,
        browser: FlaskClient,
        visit: Visit,
        provider: Provider,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        provider.claims = {"acr": "pwd", "auth_time": int(time.time())}
        visit(browser)
        assert "acr is 'pwd', not one of OIDC_ACR_VALUES" in caplog.text
