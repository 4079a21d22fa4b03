"""The OpenID Connect provider: the authorization code flow with PKCE, through Authlib.

OpenID Connect Core 1.0, section 3.1. Nothing is asked of the provider before somebody signs in, so
the service starts and works for everybody who is signed in, whatever state the provider is in.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import inf
from threading import Lock
from typing import Any

import requests
from authlib.common.urls import add_params_to_uri
from authlib.integrations.base_client import OAuthError
from authlib.integrations.flask_client import FlaskIntegration, FlaskOAuth2App
from flask import request, session
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from numberpools.auth import client_authentication, id_token
from numberpools.auth.discovery import SELECT_ACCOUNT, Discovery, read_discovery, read_keys
from numberpools.auth.id_token import Claims
from numberpools.errors import ProviderUnavailable, SignInFailed
from numberpools.settings import Settings
from numberpools.settings.sign_in import LogoutBy

ID_TOKEN = "id_token"  # noqa: S105 - the key under which the session keeps it

_REREAD_SECONDS = 3600
"""After this time the provider's description and keys are read again, whatever was seen."""
_DOUBTS, _DOUBT_SECONDS = 2, 60
"""How often they may be read again because of tokens that do not hold, and in which time."""
_ATTEMPT = "_state_provider_"
"""How the session's keys begin under which Authlib keeps the sign-ins that were begun."""
_MOST_ATTEMPTS = 5
"""Sign-ins that one browser may have begun at a time, in tabs of its own."""
_UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, RecursionError)
"""What Authlib and joserfc raise where an answer has not the shape that they count on."""

_NOT_REGISTERED = (
    "Your organisation's sign-in service does not accept this service the way it is set up. "
    "Nothing is wrong with your account."
)
_ERRORS = {
    "access_denied": "The provider did not let you in, or you chose not to.",
    "unmet_authentication_requirements": id_token.TOO_WEAK,
    "invalid_client": _NOT_REGISTERED,
    "invalid_request": _NOT_REGISTERED,
    "invalid_scope": _NOT_REGISTERED,
    "unauthorized_client": _NOT_REGISTERED,
    "unsupported_response_type": _NOT_REGISTERED,
}
"""What people read of an error (RFC 6749, sections 4.1.2.1 and 5.2, and OpenID's own)."""
_PASSING_ERRORS = ("temporarily_unavailable", "server_error")


class Doubts:
    """How often what is known of the provider may be read again before it is due."""

    def __init__(self, most: int, seconds: Callable[[], float]) -> None:
        self._seconds = seconds
        self._at: deque[float] = deque(maxlen=most)
        self._lock = Lock()

    def are_allowed(self) -> bool:
        """Whether once more; counts it."""
        now = time.monotonic()
        with self._lock:
            are_few = len(self._at) < (self._at.maxlen or 0)
            if are_few or now - self._at[0] >= self._seconds():
                self._at.append(now)
                return True
        return False


class Provider:
    """One provider, for all threads of a process."""

    timeout_seconds = 5.0
    pause_seconds = 10.0
    """Between two tries to read keys for the sake of tokens that anybody may send."""

    def __init__(self, settings: Settings) -> None:
        secret = settings.oidc_client_secret
        self._settings = settings
        self._key = settings.client_key
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
        self._keys: KeySet | None = None
        self._doubts = Doubts(_DOUBTS, lambda: _DOUBT_SECONDS)
        self._doubts_of_strangers = Doubts(1, lambda: self.pause_seconds)
        self._silent_at = -inf
        self._oauth = FlaskOAuth2App(
            FlaskIntegration("provider"),
            name="provider",
            client_id=settings.oidc_client_id,
            client_secret=secret.get_secret_value() if secret else None,
            client_kwargs={
                "scope": settings.oidc_scopes,
                "code_challenge_method": "S256",
                "default_timeout": self.timeout_seconds,
                "leeway": 0,  # an access token of a minute is there to be used
            },
        )

    def client_keys(self) -> list[dict[str, Any]]:
        """The public part of this service's own key, where it has one, as JWK."""
        return [self._key.public()] if self._key else []

    def authorization_url(self, redirect_uri: str, next_page: str, prompt: str | None) -> str:
        """Where the browser goes to sign in; the session keeps what the way back is checked by.

        `prompt`: `select_account` or `login`, to have the provider ask who it is; with None it
        takes whoever is signed in there. Raises ProviderUnavailable.
        """
        discovery = self._discover()
        asked = {
            "acr_values": " ".join(self._settings.oidc_acr_values) or None,
            "max_age": self._settings.oidc_max_age,
            "prompt": prompt and discovery.known_prompt(prompt),
        }
        asked = {name: str(value) for name, value in asked.items() if value is not None}
        made = self._oauth.create_authorization_url(redirect_uri, **asked)
        begun = list(begun_sign_ins())
        for key in begun[: max(0, len(begun) + 1 - _MOST_ATTEMPTS)]:
            del session[key]
        url: str = made.pop("url")
        kept = {"redirect_uri": redirect_uri, "next": next_page, "prompt": asked.get("prompt")}
        self._oauth.save_authorize_data(**kept, **made)
        return url

    def complete(self) -> tuple[Claims, str]:
        """The claims about who came back, and their ID token.

        Raises SignInFailed, ProviderUnavailable.
        """
        discovery = self._discover()
        given = request.args
        state = given.get("state", "")
        begun = self._oauth.framework.get_state_data(session, state)
        if begun is None:
            raise SignInFailed("It was begun in another browser, too long ago, or used before.")
        self._check_issuer(discovery)
        self._oauth.framework.clear_state_data(session, state)
        if not given.get("error") and not given.get("code"):
            raise SignInFailed("The provider's answer has no code.")
        with _understanding():
            if given.get("error"):
                raise OAuthError(given["error"], given.get("error_description"))
            token = self._oauth.fetch_access_token(
                redirect_uri=begun["redirect_uri"],
                code=given["code"],
                code_verifier=begun["code_verifier"],
                allow_redirects=False,  # they could lead the secret elsewhere
            )
            claims = self._checked(token, begun["nonce"])
        return self._completed(claims, token), token["id_token"]

    def decode(self, token: str) -> jwt.Token:
        """A token that anybody may have sent, checked as ID tokens are in all that these share.

        Raises SignInFailed, ProviderUnavailable.
        """
        now = time.monotonic()
        if now - self._silent_at < self.pause_seconds:
            raise ProviderUnavailable("It did not answer a moment ago.")
        try:
            with _understanding("token"):
                verified = self.verify(token, self._doubts_of_strangers)
                return id_token.check_logout(verified, self._expected())
        except ProviderUnavailable:
            self._silent_at = now
            raise

    def verify(self, token: str, doubts: Doubts | None = None) -> jwt.Token:
        """A token that the provider signed; what it says is not looked at.

        Where it does not hold, description and keys are read again, since a key may have been
        replaced under its old id; but not for every one: anybody can make tokens that don't hold.

        Raises JoseError, SignInFailed, ProviderUnavailable.
        """
        try:
            return self._decode(token)
        except JoseError:
            if not (doubts or self._doubts).are_allowed():
                raise
        self._read()
        return self._decode(token)

    def sign_out_url(self, id_token: str, back: str) -> str | None:
        """Where to sign out at the provider (RP-Initiated Logout 1.0); None: it has no such page,
        or can't be asked.
        """
        try:
            endpoint = self._discover().end_session_endpoint
        except ProviderUnavailable:
            return None
        parameters = {
            "client_id": self._settings.oidc_client_id,
            "post_logout_redirect_uri": back,
        }
        if id_token and self._settings.oidc_logout_by is LogoutBy.ID_TOKEN:
            parameters["id_token_hint"] = id_token
        url: str | None = endpoint and add_params_to_uri(endpoint, list(parameters.items()))
        return url

    def _check_issuer(self, discovery: Discovery) -> None:
        """RFC 9207: an answer of another provider is none to our question."""
        given = request.args.get("iss")
        if given != discovery.issuer and (given is not None or discovery.sends_issuer):
            raise SignInFailed("The answer is not from the provider that was asked.")

    def _checked(self, token: dict[str, Any], nonce: str) -> Claims:
        if "id_token" not in token:
            raise SignInFailed("The provider's answer has no ID token.")
        verified = self.verify(token["id_token"])
        access_token = token.get("access_token")
        return id_token.check(verified, self._expected(), nonce=nonce, access_token=access_token)

    def _expected(self) -> id_token.Expected:
        return id_token.Expected(
            self._discover().issuer,
            self._settings.oidc_client_id,
            self._settings.oidc_max_age,
            self._settings.oidc_acr_values,
        )

    def _completed(self, claims: Claims, token: dict[str, Any]) -> Claims:
        """With the claims that a provider tells only when it is asked for them."""
        has_more = self._discover().userinfo_endpoint is not None and "access_token" in token
        if self._wanted <= claims.keys() or not has_more:
            return claims
        with _understanding():
            more = dict(self._oauth.userinfo(token=token))
        if more.get("sub") != claims["sub"]:
            raise SignInFailed("The provider speaks of two different people.")
        return more | claims

    def _decode(self, token: str) -> jwt.Token:
        discovery = self._discover()
        keys = self._keys
        if keys is None:
            keys = self._keys = read_keys(discovery.jwks_uri, self.timeout_seconds)
        registry = JWSRegistry(algorithms=discovery.algorithms(), strict_check_header=False)
        return jwt.decode(token, keys, registry=registry)

    def _discover(self) -> Discovery:
        """Raises ProviderUnavailable."""
        is_due = time.monotonic() - self._discovered_at >= _REREAD_SECONDS
        if self._discovered is None or is_due:
            return self._read()
        return self._discovered

    def _read(self) -> Discovery:
        """The description anew; the keys are read when they are needed. Raises the same."""
        discovery = read_discovery(self._settings.oidc_issuer, self.timeout_seconds)
        self._oauth.client_auth_methods = client_authentication.methods(discovery, self._key)
        self._oauth.server_metadata = {
            "authorization_endpoint": discovery.authorization_endpoint,
            "token_endpoint": discovery.token_endpoint,
            "userinfo_endpoint": discovery.userinfo_endpoint,
            "token_endpoint_auth_method": client_authentication.method_for(
                discovery,
                self._settings.oidc_client_auth,
                has_key=self._key is not None,
                has_secret=self._settings.oidc_client_secret is not None,
            ),
        }
        self._discovered, self._discovered_at, self._keys = discovery, time.monotonic(), None
        return discovery


def begun_sign_ins() -> dict[str, Any]:
    """What the session keeps of sign-ins that were begun and not completed, oldest first."""
    return {key: session[key] for key in session if key.startswith(_ATTEMPT)}


def page_asked_for() -> str | None:
    """The page for whose sake this answer of the provider was asked for; None: not known.

    Where the answer does not say to which sign-in it belongs, it is taken for the last one's.
    """
    begun = _begun() or next(reversed(begun_sign_ins().values()), None)
    page: str | None = begun and begun["data"]["next"]
    return page


def refuses_to_choose_account() -> bool:
    """Whether the provider answers that it does not know `select_account`, or can't do it."""
    begun, error = _begun(), request.args.get("error")
    was_asked = begun is not None and begun["data"].get("prompt") == SELECT_ACCOUNT
    return was_asked and error in {"invalid_request", "account_selection_required"}


def _begun() -> Any:
    return begun_sign_ins().get(_ATTEMPT + request.args.get("state", ""))


@contextmanager
def _understanding(what: str = "ID token") -> Iterator[None]:
    """What Authlib and joserfc find wrong becomes an error of ours."""
    try:
        yield
    except requests.RequestException as exc:
        raise ProviderUnavailable(f"The provider does not answer ({type(exc).__name__}).") from exc
    except OAuthError as exc:
        error = str(exc.error)
        if error in _PASSING_ERRORS:
            raise ProviderUnavailable(f"The provider answers with {error}.") from exc
        raise SignInFailed(_ERRORS.get(error, "The provider refused it.")) from exc
    except JoseError as exc:
        raise SignInFailed(f"The provider's {what} does not hold.") from exc
    except _UNREADABLE as exc:
        raise SignInFailed("The provider's answer can't be read.") from exc
