"""The OpenID Connect provider: the authorization code flow with PKCE, through Authlib.

OpenID Connect Core 1.0, section 3.1, and Discovery 1.0; the checks of an ID token are those of
Core, section 3.1.3.7. Nothing is asked of the provider before somebody signs in, so the service
starts and works for everybody who is signed in, whatever state the provider is in.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from math import inf
from typing import Any

import requests
from authlib.common.urls import add_params_to_uri
from authlib.integrations.base_client import OAuthError
from authlib.integrations.flask_client import FlaskIntegration, FlaskOAuth2App
from flask import request, session
from joserfc import jwt
from joserfc.errors import BadSignatureError, InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry
from pydantic import BaseModel, Field, ValidationError, field_validator

from numberpools.errors import ProviderUnavailable, SignInFailed
from numberpools.settings import Settings
from numberpools.sign_in_settings import check_url, refusal

ID_TOKEN = "id_token"  # noqa: S105 - the key under which the session keeps it
Claims = dict[str, Any]

_LEEWAY_SECONDS = 60
_REREAD_SECONDS = 3600
"""After this time the provider's description and keys are read again, whatever was seen."""
_MOST_ATTEMPTS = 5
"""Sign-ins that one browser may have begun at a time, in tabs of its own."""
_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""Signatures that only the provider can make: never `none`, nor those with a shared secret."""
_UNREADABLE = (ValueError, TypeError, KeyError, AttributeError)
"""What Authlib and joserfc raise where an answer has not the shape that they count on."""


class Discovery(BaseModel):
    """What `/.well-known/openid-configuration` says, as far as it matters here."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None = None
    end_session_endpoint: str | None = None
    id_token_signing_alg_values_supported: list[str] = ["RS256"]
    token_endpoint_auth_methods_supported: list[str] = ["client_secret_basic"]
    sends_issuer: bool = Field(False, alias="authorization_response_iss_parameter_supported")

    @field_validator("token_endpoint", "jwks_uri", "userinfo_endpoint")
    @classmethod
    def _is_safe(cls, url: str | None) -> str | None:
        return url and check_url(url, "https://accounts.google.com/token")

    @field_validator("authorization_endpoint", "end_session_endpoint")
    @classmethod
    def _is_safe_to_follow(cls, url: str | None) -> str | None:
        """These may bring a query of their own."""
        if url:
            address, _, query = url.partition("?")
            check_url(address, "https://accounts.google.com/authorize")
            if not query.isprintable():
                raise refusal("is no URL")
        return url

    def algorithms(self) -> list[str]:
        announced = self.id_token_signing_alg_values_supported
        return [each for each in _ALGORITHMS if each in announced]


class Provider:
    """One provider, for all threads of a process."""

    timeout_seconds = 5.0
    pause_seconds = 10.0
    """Between two tries to read keys for the sake of tokens that anybody may send."""

    def __init__(self, settings: Settings) -> None:
        secret = settings.oidc_client_secret
        self._issuer = settings.oidc_issuer
        self._client_id = settings.oidc_client_id
        self._wanted = {
            settings.oidc_email_claim,
            settings.oidc_name_claim,
            settings.oidc_groups_claim,
        }
        if settings.oidc_email_claim == "email" and not settings.oidc_email_is_verified:
            # Okta's ID tokens have the address, and its userinfo whether that is verified.
            self._wanted.add("email_verified")
        self._discovered: Discovery | None = None
        self._discovered_at = 0.0
        self._keys_reread_at = self._silent_at = -inf
        self._oauth = FlaskOAuth2App(
            FlaskIntegration("provider"),
            name="provider",
            client_id=settings.oidc_client_id,
            client_secret=secret.get_secret_value() if secret else None,
            client_kwargs={
                "scope": settings.oidc_scopes,
                "code_challenge_method": "S256",
                "default_timeout": self.timeout_seconds,
            },
        )

    def authorization_url(self, redirect_uri: str, next_page: str) -> str:
        """Where the browser goes to sign in; the session keeps what the way back is checked by.

        Raises ProviderUnavailable.
        """
        self._discover()
        made = self._oauth.create_authorization_url(redirect_uri)
        begun = [key for key in session if key.startswith("_state_provider_")]
        for key in begun[: max(0, len(begun) + 1 - _MOST_ATTEMPTS)]:
            del session[key]
        self._oauth.save_authorize_data(redirect_uri=redirect_uri, next=next_page, **made)
        url: str = made["url"]
        return url

    def complete(self) -> tuple[Claims, str, str]:
        """The claims about who came back, their ID token, and the page they had asked for.

        Raises SignInFailed, ProviderUnavailable.
        """
        discovery = self._discover()
        given = request.args
        begun = self._oauth.framework.get_state_data(session, given.get("state", ""))
        if begun is None:
            raise SignInFailed("It was begun in another browser, too long ago, or used before.")
        self._check_issuer(discovery)
        if not given.get("error") and not given.get("code"):
            raise SignInFailed("The provider's answer has no code.")
        with _understanding():
            token = self._oauth.authorize_access_token(
                claims_options={
                    "iss": {"essential": True, "value": discovery.issuer},
                    "aud": {"essential": True, "value": self._client_id},
                    "sub": {"essential": True},
                },
                leeway=_LEEWAY_SECONDS,
            )
            if "userinfo" not in token:
                raise SignInFailed("The provider's answer has no ID token.")
            claims = dict(token["userinfo"])
        return self._completed(claims, discovery, token), token["id_token"], begun["next"]

    def sign_out_url(self, id_token: str, back: str) -> str | None:
        """Where to sign out at the provider (RP-Initiated Logout 1.0); None: it has no such page,
        or can't be asked.
        """
        try:
            endpoint = self._discover().end_session_endpoint
        except ProviderUnavailable:
            return None
        parameters = {
            "id_token_hint": id_token,
            "client_id": self._client_id,
            "post_logout_redirect_uri": back,
        }
        url: str | None = endpoint and add_params_to_uri(endpoint, list(parameters.items()))
        return url

    def decode(self, token: str) -> jwt.Token:
        """A token that came directly, checked as ID tokens are in all that these share.

        Raises SignInFailed, ProviderUnavailable.
        """
        now = time.monotonic()
        if now - self._silent_at < self.pause_seconds:
            raise ProviderUnavailable("It did not answer a moment ago.")
        try:
            return self._checked(token, self._discover())
        except ProviderUnavailable:
            self._silent_at = now
            raise

    def _checked(self, token: str, discovery: Discovery) -> jwt.Token:
        with _understanding("token"):
            decoded = self._decoded(token, discovery)
            checks = jwt.JWTClaimsRegistry(
                leeway=_LEEWAY_SECONDS,
                iss={"essential": True, "value": discovery.issuer},
                aud={"essential": True, "value": self._client_id},
                iat={"essential": True},
                exp={"essential": True},
            )
            checks.validate(decoded.claims)
        if decoded.claims["aud"] not in (self._client_id, [self._client_id]):
            raise SignInFailed("It is for others too.")
        return decoded

    def _decoded(self, token: str, discovery: Discovery) -> jwt.Token:
        registry = JWSRegistry(algorithms=discovery.algorithms(), strict_check_header=False)
        try:
            return jwt.decode(token, self._keys(), registry=registry)
        except (InvalidKeyIdError, BadSignatureError):
            now = time.monotonic()
            if now - self._keys_reread_at < self.pause_seconds:
                raise
            self._keys_reread_at = now
            return jwt.decode(token, self._keys(force=True), registry=registry)

    def _keys(self, *, force: bool = False) -> KeySet:
        return KeySet.import_key_set(self._oauth.fetch_jwk_set(force=force))

    def _check_issuer(self, discovery: Discovery) -> None:
        """RFC 9207: an answer of another provider is none to our question."""
        given = request.args.get("iss")
        if given != discovery.issuer and (given is not None or discovery.sends_issuer):
            raise SignInFailed("The answer is not from the provider that was asked.")

    def _completed(self, claims: Claims, discovery: Discovery, token: dict[str, Any]) -> Claims:
        """With the claims that a provider tells only when it is asked for them."""
        has_more = discovery.userinfo_endpoint is not None and "access_token" in token
        if self._wanted <= claims.keys() or not has_more:
            return claims
        with _understanding():
            more = dict(self._oauth.userinfo(token=token))
        if more.get("sub") != claims["sub"]:
            raise SignInFailed("The provider speaks of two different people.")
        return more | claims

    def _discover(self) -> Discovery:
        """Raises ProviderUnavailable."""
        now = time.monotonic()
        if self._discovered and now - self._discovered_at < _REREAD_SECONDS:
            return self._discovered
        discovery = _read_discovery(self._issuer, self.timeout_seconds)
        methods = discovery.token_endpoint_auth_methods_supported
        has_basic = "client_secret_basic" in methods or "client_secret_post" not in methods
        self._oauth.server_metadata = {
            **discovery.model_dump(exclude={"end_session_endpoint", "sends_issuer"}),
            "id_token_signing_alg_values_supported": discovery.algorithms(),
            "token_endpoint_auth_method": f"client_secret_{'basic' if has_basic else 'post'}",
        }
        self._discovered, self._discovered_at = discovery, now
        return discovery


def _read_discovery(issuer: str, timeout_seconds: float) -> Discovery:
    """Raises ProviderUnavailable, whose message is for the log."""
    url = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
    try:
        answer = requests.get(url, timeout=timeout_seconds)
        answer.raise_for_status()
        discovery = Discovery.model_validate(answer.json())
    except requests.RequestException as exc:
        raise ProviderUnavailable(f"{url} can't be read ({type(exc).__name__}).") from exc
    except ValidationError as exc:
        names = ", ".join(sorted({str(each["loc"][0]) for each in exc.errors() if each["loc"]}))
        raise ProviderUnavailable(f"{url} is not usable: {names or 'no object'}.") from exc
    if discovery.issuer.rstrip("/") != issuer.rstrip("/"):
        raise ProviderUnavailable(f"{url} names another issuer than OIDC_ISSUER.")
    if not discovery.algorithms():
        raise ProviderUnavailable(f"{url} announces no signature that can be trusted.")
    return discovery


@contextmanager
def _understanding(what: str = "ID token") -> Iterator[None]:
    """What Authlib and joserfc find wrong becomes an error of ours."""
    try:
        yield
    except requests.RequestException as exc:
        raise ProviderUnavailable(f"The provider does not answer ({type(exc).__name__}).") from exc
    except OAuthError as exc:
        if exc.error == "access_denied":
            raise SignInFailed("The provider did not let you in, or you chose not to.") from exc
        raise SignInFailed("The provider refused it.") from exc
    except JoseError as exc:
        raise SignInFailed(f"The provider's {what} does not hold.") from exc
    except _UNREADABLE as exc:
        raise SignInFailed("The provider's answer can't be read.") from exc
