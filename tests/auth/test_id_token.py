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
from joserfc.jwk import ECKey

from tests.auth.answers import assert_refused
from tests.auth.conftest import Visit
from tests.auth.provider import CLIENT_ID, CLIENT_SECRET, Provider, new_key

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


def test_clocks_may_differ_by_a_minute(
    browser: FlaskClient, visit: Visit, provider: Provider
) -> None:
    """Of which most is left for the way to the service."""

    def sign(claims: dict[str, Any]) -> str:
        now = int(time.time())
        return provider._signed(claims | {"exp": now - 5, "iat": now + 50, "nbf": now + 50})

    provider.sign = sign
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


def test_an_unknown_key_is_looked_for_once(
    browser: FlaskClient, visit: Visit, provider: Provider
) -> None:
    _signed_with_an_unknown_key(provider)
    assert_refused(visit(browser), browser)
    assert provider.asked.count("/keys") == 2
