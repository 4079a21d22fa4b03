"""How this service shows the provider who it is, where Authlib's own way does not do."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import MutableMapping
from dataclasses import dataclass
from secrets import token_urlsafe
from typing import Any
from urllib.parse import quote_plus, urlencode

from joserfc import jwt

from numberpools import clock
from numberpools.auth.discovery import Discovery
from numberpools.auth.id_token import LEEWAY_SECONDS
from numberpools.settings.client_key import ClientKey
from numberpools.settings.sign_in import ClientAuth

_BASIC, _POST, _KEY = "client_secret_basic", "client_secret_post", "private_key_jwt"

_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ASSERTION_SECONDS = 120
"""How long a signed assertion holds: long enough for a clock that is ahead of ours, too."""

Prepared = tuple[str, MutableMapping[str, str], str]
"""A request on its way: URL, headers, body."""


def method_for(
    discovery: Discovery, chosen: ClientAuth | None, *, has_key: bool, has_secret: bool
) -> str:
    """The name in the protocol of the way that is set, or else that the provider announces."""
    announced = discovery.token_endpoint_auth_methods_supported or []
    if chosen is not None:
        return {
            ClientAuth.BASIC: _BASIC,
            ClientAuth.POST: _POST,
            ClientAuth.PRIVATE_KEY_JWT: _KEY,
        }[chosen]
    if has_key and (_KEY in announced or not has_secret):
        return _KEY
    return _POST if _POST in announced and _BASIC not in announced else _BASIC


def methods(discovery: Discovery, key: ClientKey | None) -> list[tuple[str, Any]]:
    """Our own ways by their names, as Authlib takes them."""
    own: list[tuple[str, Any]] = [(_BASIC, with_basic)]
    return [*own, (_KEY, WithKey(key, discovery))] if key else own


def with_basic(client: Any, method: str, url: str, headers: Any, body: str) -> Prepared:
    """Id and secret are form-encoded before they are joined (RFC 6749, section 2.3.1)."""
    pair = f"{quote_plus(client.client_id)}:{quote_plus(client.client_secret)}"
    headers["Authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
    return url, headers, body


@dataclass(frozen=True, slots=True, eq=False)
class WithKey:
    """An assertion that a private key signs (RFC 7523, sections 2.2 and 3)."""

    key: ClientKey
    discovery: Discovery

    def __call__(self, client: Any, method: str, url: str, headers: Any, body: str) -> Prepared:
        parameters = {
            "client_id": client.client_id,  # optional, and Entra ID wants it
            "client_assertion_type": _ASSERTION_TYPE,
            "client_assertion": self._assertion(client.client_id),
        }
        return url, headers, f"{body}&{urlencode(parameters)}"

    def _assertion(self, client_id: str) -> str:
        announced = self.discovery.token_endpoint_auth_signing_alg_values_supported
        header = {"alg": self.key.algorithm(announced), "kid": self.key.key.kid}
        if self.key.certificate:
            header["x5t#S256"] = self.key.certificate
        now = int(clock.now().timestamp())
        since = now - LEEWAY_SECONDS  # or a provider whose clock is behind ours would refuse it
        claims = {
            "iss": client_id,
            "sub": client_id,
            "aud": self.discovery.token_endpoint,
            "jti": token_urlsafe(32),
            "iat": since,
            "nbf": since,
            "exp": now + _ASSERTION_SECONDS,
        }
        return jwt.encode(header, claims, self.key.key, algorithms=[str(header["alg"])])
