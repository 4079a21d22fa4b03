"""The private key by which this service shows the provider who it is, instead of by a secret.

RFC 7523 and OpenID Connect Core 1.0, section 9, `private_key_jwt`.
"""

from __future__ import annotations

import json
import warnings
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import Certificate, load_pem_x509_certificate
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import ECKey, RSAKey

_LEAST_RSA_BITS = 2048
_RSA = ("RS256", "PS256", "RS384", "PS384", "RS512", "PS512")
_EC = {"secp256r1": ("ES256",), "secp384r1": ("ES384",), "secp521r1": ("ES512",)}
_FORM = "must be a private key as PEM or JWK, RSA or EC"
_UNREADABLE = (JoseError, ValueError, TypeError, KeyError, AttributeError)


@dataclass(frozen=True, slots=True)
class ClientKey:
    key: RSAKey | ECKey
    """Private, with a `kid`: its own, or else its thumbprint (RFC 7638)."""
    certificate: str = ""
    """The thumbprint (`x5t#S256`) of a certificate of this key; Entra ID knows keys by these."""

    def algorithm(self, announced: Sequence[str] | None) -> str:
        """The signature to make; `announced`: those that the provider says it takes."""
        possible = _algorithms(self.key)
        if self.certificate and "PS256" in possible:
            # Entra ID, which knows keys by their certificates, wants this one and announces none.
            possible = ("PS256", *possible)
        return next((each for each in possible if each in (announced or possible)), possible[0])

    def public(self) -> dict[str, Any]:
        """The public key as a JWK, to be given to the provider."""
        return dict(self.key.as_dict(private=False), use="sig")


def read_client_key(text: str) -> ClientKey:
    """From PEM, perhaps with the certificate beside it, or from a JWK.

    Line breaks of a PEM may be written as backslash and n, as in an environment they often have to
    be. Raises ValueError, whose message is the rule that is broken and never holds the key.
    """
    text = text.strip().replace("\\n", "\n")
    found = _from_jwk(text) if text.startswith("{") else _from_pem(text)
    if not found.key.is_private:
        raise ValueError("is a public key: it must be the private one")
    raw = found.key.private_key
    if isinstance(raw, RSAPrivateKey) and raw.key_size < _LEAST_RSA_BITS:
        raise ValueError(f"is too weak: RSA keys have at least {_LEAST_RSA_BITS} bits")
    if not _algorithms(found.key):
        raise ValueError("must be for RS256, PS256, ES256, or one of their longer kinds")
    try:
        found.key.check_use("sig")
        found.key.check_key_op("sign")
    except JoseError:
        raise ValueError("is not meant for signing") from None
    found.key.ensure_kid()
    return found


def _algorithms(key: RSAKey | ECKey) -> tuple[str, ...]:
    """What it can sign by, the usual first; one where the key itself names it."""
    possible = _EC.get(key.raw_value.curve.name, ()) if isinstance(key, ECKey) else _RSA
    return tuple(each for each in possible if key.alg in {None, each})


def _from_jwk(text: str) -> ClientKey:
    try:
        data = json.loads(text)
        kinds: dict[str, type[RSAKey | ECKey]] = {"RSA": RSAKey, "EC": ECKey}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SecurityWarning)  # what is weak is refused
            return ClientKey(kinds[data["kty"]].import_key(data), str(data.get("x5t#S256", "")))
    except _UNREADABLE:
        raise ValueError(_FORM) from None


def _from_pem(text: str) -> ClientKey:
    content = text.encode()
    if "PRIVATE KEY" not in text:
        is_public = "PUBLIC KEY" in text or "CERTIFICATE" in text
        raise ValueError("is a public key: it must be the private one" if is_public else _FORM)
    try:
        raw = load_pem_private_key(content, password=None)
        certificate = load_pem_x509_certificate(content) if "CERTIFICATE" in text else None
    except TypeError:
        raise ValueError("is encrypted: it must be without a passphrase") from None
    except _UNREADABLE:
        raise ValueError(_FORM) from None
    if certificate and certificate.public_key() != raw.public_key():
        raise ValueError("has a certificate of another key")
    return ClientKey(_imported(raw), _thumbprint(certificate) if certificate else "")


def _imported(raw: object) -> RSAKey | ECKey:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SecurityWarning)
        if isinstance(raw, RSAPrivateKey):
            return RSAKey.import_key(raw)
        if isinstance(raw, EllipticCurvePrivateKey):
            return ECKey.import_key(raw)
    raise ValueError(_FORM)


def _thumbprint(certificate: Certificate) -> str:
    return urlsafe_b64encode(certificate.fingerprint(SHA256())).rstrip(b"=").decode()
