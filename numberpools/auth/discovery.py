"""What an OpenID Connect provider says of itself: its description and its keys (Discovery 1.0)."""

from __future__ import annotations

from typing import Annotated, Any

import requests
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, KeySet, RSAKey
from pydantic import BaseModel, BeforeValidator, Field, ValidationError, field_validator

from numberpools.errors import ProviderUnavailable, SignInFailed
from numberpools.settings.values import check_url, refusal

_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""Signatures that only the provider can make: never `none`, nor those with a shared secret."""
SELECT_ACCOUNT, LOGIN = "select_account", "login"
"""What has a provider ask who it is, instead of taking whoever is signed in there."""
_KINDS: dict[Any, type[RSAKey | ECKey]] = {"RSA": RSAKey, "EC": ECKey}
_LEAST_MODULUS = 342
"""Characters in base64url of an RSA key of 2048 bits, the least (RFC 7518, section 3.3)."""


def _announced(value: Any) -> Any:
    """None where it is no list of words: what is optional does not make the rest unusable."""
    is_list = isinstance(value, list) and all(isinstance(each, str) for each in value)
    return value if is_list else None


Announced = Annotated[list[str] | None, BeforeValidator(_announced)]


class Discovery(BaseModel):
    """What `/.well-known/openid-configuration` says, as far as it matters here."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None = None
    end_session_endpoint: str | None = None
    id_token_signing_alg_values_supported: list[str] = ["RS256"]
    token_endpoint_auth_methods_supported: Announced = None
    token_endpoint_auth_signing_alg_values_supported: Announced = None
    prompt_values_supported: Announced = None
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

    def known_prompt(self, wanted: str) -> str | None:
        """This one, or `login`, which asks more than is needed; None where it knows neither."""
        known = self.prompt_values_supported
        return next((each for each in (wanted, LOGIN) if known is None or each in known), None)


def read_discovery(issuer: str, timeout_seconds: float) -> Discovery:
    """Raises ProviderUnavailable, whose message is for the log."""
    url = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
    try:
        answer = requests.get(url, timeout=timeout_seconds)
        answer.raise_for_status()
        discovery = Discovery.model_validate(answer.json())
    except (requests.RequestException, RecursionError) as exc:
        raise ProviderUnavailable(f"{url} can't be read ({type(exc).__name__}).") from exc
    except ValidationError as exc:
        names = ", ".join(sorted({str(each["loc"][0]) for each in exc.errors() if each["loc"]}))
        raise ProviderUnavailable(f"{url} is not usable: {names or 'no object'}.") from exc
    if discovery.issuer.rstrip("/") != issuer.rstrip("/"):
        raise ProviderUnavailable(f"{url} names another issuer than OIDC_ISSUER.")
    if not discovery.algorithms():
        raise ProviderUnavailable(f"{url} announces no signature that can be trusted.")
    return discovery


def read_keys(url: str, timeout_seconds: float) -> KeySet:
    """The keys by which signatures are checked; a key that is of no use here spoils no other.

    Raises ProviderUnavailable, and SignInFailed where what comes holds none.
    """
    try:
        answer = requests.get(url, timeout=timeout_seconds)
        answer.raise_for_status()
        described = answer.json()
    except (requests.JSONDecodeError, RecursionError) as exc:
        raise SignInFailed("The provider's keys can't be read.") from exc
    except requests.RequestException as exc:
        raise ProviderUnavailable(f"{url} can't be read ({type(exc).__name__}).") from exc
    listed = described.get("keys") if isinstance(described, dict) else None
    keys = [key for each in listed if (key := _key(each))] if isinstance(listed, list) else []
    if not keys:
        raise SignInFailed("The provider's keys can't be read.")
    return KeySet(keys)


def _key(described: Any) -> Key | None:
    try:
        if described["kty"] == "RSA" and len(described["n"]) < _LEAST_MODULUS:
            return None
        key = _KINDS[described["kty"]].import_key(described)
        key.check_use("sig")
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    return key
