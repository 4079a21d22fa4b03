"""`OIDC_CLIENT_KEY`: keys that are usable, and what is said of those that are not."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from joserfc.jwk import ECKey, RSAKey

from numberpools.settings.client_key import read_client_key
from tests.auth.provider import new_key

RSA = new_key("mine")
JWK = RSA.as_dict(private=True)
CURVE = ECKey.generate_key("P-256")
Private = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


def pem(key: Private, passphrase: bytes = b"") -> str:
    protection = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, protection).decode()


def certificate(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "numberpools")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    lasting = builder.not_valid_before(now).not_valid_after(now + timedelta(days=1))
    return lasting.sign(key, SHA256())


WEAK = rsa.generate_private_key(65537, 1024)  # noqa: S505 - to be refused
RAW = rsa.generate_private_key(65537, 2048)
OF_ANOTHER = certificate(ec.generate_private_key(ec.SECP256R1()))


def test_it_works() -> None:
    found = read_client_key(json.dumps(JWK))
    assert (found.key.kid, found.algorithm(None), found.certificate) == ("mine", "RS256", "")
    assert found.public() == {**RSA.as_dict(private=False), "use": "sig"}


@pytest.mark.parametrize("line_break", ["\n", "\\n", "\r\n"])
def test_a_pem_is_known_by_its_thumbprint(line_break: str) -> None:
    text = CURVE.as_pem(private=True).decode().replace("\n", line_break)
    found = read_client_key(text)
    assert (found.key.kid, found.algorithm(None)) == (CURVE.thumbprint(), "ES256")


@pytest.mark.parametrize(
    ("chosen", "announced", "made"),
    [
        ({}, ["ES256", "PS256"], "PS256"),
        ({}, ["RS512", "RS384"], "RS384"),
        ({}, ["HS256"], "RS256"),
        ({"alg": "PS512"}, ["RS256"], "PS512"),
    ],
)
def test_it_signs_as_the_provider_takes_it(
    chosen: dict[str, str], announced: list[str], made: str
) -> None:
    assert read_client_key(json.dumps({**JWK, **chosen})).algorithm(announced) == made


def test_a_certificate_beside_it_is_named_as_entra_id_wants_it() -> None:
    beside = certificate(RAW)
    found = read_client_key(pem(RAW) + beside.public_bytes(Encoding.PEM).decode())
    assert found.algorithm(None) == "PS256"
    assert len(found.certificate) == 43  # 32 bytes in base64url


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "must be a private key as PEM or JWK, RSA or EC"),
        ("{", "must be a private key as PEM or JWK, RSA or EC"),
        ('{"kty": ["RSA"]}', "must be a private key as PEM or JWK, RSA or EC"),
        ('{"kty": "oct", "k": "c2VzYW1l"}', "must be a private key as PEM or JWK, RSA or EC"),
        (json.dumps({"keys": [JWK]}), "must be a private key as PEM or JWK, RSA or EC"),
        (json.dumps({**JWK, "d": "AQAB"}), "must be a private key as PEM or JWK, RSA or EC"),
        (pem(ed25519.Ed25519PrivateKey.generate()), "must be a private key as PEM or JWK"),
        (json.dumps(RSA.as_dict(private=False)), "is a public key"),
        (RSA.as_pem(private=False).decode(), "is a public key"),
        (OF_ANOTHER.public_bytes(Encoding.PEM).decode(), "is a public key"),
        (pem(RAW, b"sesame"), "is encrypted: it must be without a passphrase"),
        (
            pem(RAW) + OF_ANOTHER.public_bytes(Encoding.PEM).decode(),
            "has a certificate of another key",
        ),
        (pem(WEAK), "is too weak"),
        (pem(ec.generate_private_key(ec.SECP256K1())), "must be for RS256"),
        (json.dumps({**JWK, "alg": "HS256"}), "must be for RS256"),
        (json.dumps({**JWK, "use": "enc"}), "is not meant for signing"),
        (json.dumps({**JWK, "key_ops": ["verify"]}), "is not meant for signing"),
    ],
)
def test_it_says_what_is_wrong_with_any_other(text: str, rule: str) -> None:
    with pytest.raises(ValueError, match=rule):
        read_client_key(text)


def test_a_weak_one_as_jwk_is_refused_too() -> None:
    with pytest.warns(UserWarning, match="2048"):
        text = json.dumps(RSAKey.import_key(WEAK).as_dict(private=True))
    with pytest.raises(ValueError, match="is too weak"):
        read_client_key(text)
