"""What a provider says when it ends a session: OpenID Connect Back-Channel Logout 1.0.

Signature, issuer, audience and times are checked where those of all tokens are (`provider.py`);
here stands what section 2.6 adds. Pure: a token in, whose sessions end out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from joserfc.jwt import Token

from numberpools.auth.admission import text_of
from numberpools.errors import SignInFailed

_EVENT = "http://schemas.openid.net/event/backchannel-logout"
_TYPES = {None, "jwt", "logout+jwt", "application/logout+jwt"}
"""What the header may call it. Keycloak said `JWT` before version 25; nothing else is a synonym."""
_LONGEST_LIFE = timedelta(days=1)
"""So long at the most it has to be remembered that a token was used. The norm is two minutes."""


@dataclass(frozen=True, slots=True)
class Logout:
    """Sessions that the provider has ended; at least one of `subject` and `sid` is not empty."""

    subject: str
    sid: str
    jti_hash: str
    ends_at: datetime
    """When the token can't be used any more by itself."""


def read(token: Token, now: datetime) -> Logout:
    """Raises SignInFailed where the token is none that ends a session."""
    claims = token.claims
    if _type(token.header) not in _TYPES:
        raise SignInFailed("The header names another type of token.")
    if "nonce" in claims:
        raise SignInFailed("It has a nonce, as only ID tokens have.")
    events = claims.get("events")
    if not isinstance(events, dict) or not isinstance(events.get(_EVENT), dict):
        raise SignInFailed("It does not tell of the end of a session.")
    jti = claims.get("jti")
    if not isinstance(jti, str) or not jti:
        raise SignInFailed("It has no jti.")
    if any(not isinstance(claims.get(name, ""), str) for name in ("sub", "sid")):
        raise SignInFailed("Its sub or sid is no text.")
    subject, sid = text_of(claims.get("sub")), text_of(claims.get("sid"))
    if not subject and not sid:
        raise SignInFailed("It has neither sub nor sid.")
    if claims["exp"] > (now + _LONGEST_LIFE).timestamp():
        raise SignInFailed("It lasts for more than a day.")
    jti_hash = sha256(jti.encode("utf-8", "surrogatepass")).hexdigest()
    return Logout(subject, sid, jti_hash, datetime.fromtimestamp(claims["exp"], UTC))


def _type(header: dict[str, Any]) -> Any:
    named = header.get("typ")
    return named.lower() if isinstance(named, str) else named
