"""The checks of an ID token once its signature holds: OpenID Connect Core 1.0, section 3.1.3.7."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from authlib.oidc.core import CodeIDToken
from joserfc.errors import InvalidClaimError, MissingClaimError
from joserfc.jwt import JWTClaimsRegistry, Token

from numberpools import clock
from numberpools.errors import SignInFailed

Claims = dict[str, Any]

LEEWAY_SECONDS = 60
"""By how much the provider's clock and ours may differ."""
TOO_WEAK = (
    "The way you signed in at your organisation's sign-in service is not strong enough for this "
    "service: it may ask for a second factor."
)
_TOO_LONG_AGO = (
    "You signed in at your organisation's sign-in service too long ago: this service asks for a "
    "fresh sign-in there."
)


@dataclass(frozen=True, slots=True)
class Expected:
    """What a token has to say to count for this service."""

    issuer: str
    client_id: str
    max_age: int | None = None
    """The most seconds since the person last showed who they are; None: any."""
    acr_values: tuple[str, ...] = ()
    """The ways of signing in that are strong enough; none: all are."""


def check(token: Token, expected: Expected, *, nonce: str, access_token: str | None) -> Claims:
    """The claims. Raises SignInFailed, and JoseError where they don't hold."""
    options = {
        "iss": {"essential": True, "value": expected.issuer},
        "aud": {"essential": True, "value": expected.client_id},
        "sub": {"essential": True},
    }
    told = {"nonce": nonce, "client_id": expected.client_id, "access_token": access_token}
    now = int(clock.now().timestamp())
    found = CodeIDToken(token.claims, token.header, options, told)
    found.validate(now=now, leeway=LEEWAY_SECONDS)
    claims = dict(found)
    _check_strength(claims, expected.acr_values)
    _check_age(claims, expected.max_age, now)
    return claims


def check_logout(token: Token, expected: Expected) -> Token:
    """The token, where what all tokens share holds (Back-Channel Logout 1.0, section 2.6)."""
    registry = JWTClaimsRegistry(
        now=lambda: int(clock.now().timestamp()),
        leeway=LEEWAY_SECONDS,
        iss={"essential": True, "value": expected.issuer},
        aud={"essential": True, "value": expected.client_id},
        iat={"essential": True},
        exp={"essential": True},
    )
    registry.validate(token.claims)
    if token.claims["aud"] not in (expected.client_id, [expected.client_id]):
        raise SignInFailed("It is for others too.")
    return token


def _check_strength(claims: Claims, acr_values: tuple[str, ...]) -> None:
    if acr_values and claims.get("acr") not in acr_values:
        said = f"acr is {claims.get('acr')!r}, not one of OIDC_ACR_VALUES"
        raise SignInFailed(TOO_WEAK) from InvalidClaimError("acr", said)


def _check_age(claims: Claims, max_age: int | None, now: int) -> None:
    if max_age is None:
        return
    at = claims.get("auth_time")
    if not isinstance(at, int | float) or isinstance(at, bool):
        raise MissingClaimError("auth_time")
    if not at <= now + LEEWAY_SECONDS:
        raise InvalidClaimError("auth_time", "It is in the future")
    if at < now - max_age - LEEWAY_SECONDS:
        said = f"auth_time is {now - at} seconds ago, OIDC_MAX_AGE {max_age}"
        raise SignInFailed(_TOO_LONG_AGO) from InvalidClaimError("auth_time", said)
