"""The secret goes to the vendor, encrypted, and nowhere else."""

from __future__ import annotations

import ipaddress
import logging
import ssl
import traceback
from base64 import b64encode
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from json import dumps
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from flask import Flask

from numberpools.domain.outcomes import Outcome
from numberpools.domain.pools import Fallback, Pool
from numberpools.errors import NotTrusted, NumberPoolsError
from numberpools.settings import Settings
from numberpools.stores import PoolStore
from tests.conftest import ACCOUNT_ID, SECRET
from tests.vonage.vendor import FakeClock, Vendor, answer, reset_unread

TRICKY_SECRET = 'se"cr\\et-ü-0123456789'


def forms_of(secret: str) -> list[str]:
    """How a secret could show."""
    return [
        secret,
        dumps(secret)[1:-1],
        dumps(secret, ensure_ascii=False)[1:-1],
        b64encode(f"{ACCOUNT_ID}:{secret}".encode()).decode(),
    ]


@pytest.mark.parametrize("secret", [SECRET, TRICKY_SECRET])
@pytest.mark.parametrize(
    "echo",
    [
        (200, "<html>You sent *</html>"),
        (200, '{"pool_id": "*", "fallback": "Nonsense"}'),
        (401, '{"detail": "* is wrong"}'),
        (418, '{"title": "*"}'),
        (500, '{"detail": "*"}'),
        (400, '{"invalid_parameters": [{"name": "*", "reason": "*"}]}'),
    ],
)
def test_a_vendor_that_echoes_it_does_not_make_us_tell_it(
    vendor: Vendor,
    open_vendor_store: Callable[..., PoolStore],
    caplog: pytest.LogCaptureFixture,
    secret: str,
    echo: tuple[int, str],
) -> None:
    caplog.set_level(logging.DEBUG)
    store = open_vendor_store(vendor.url, secret)
    status, template = echo
    for form in forms_of(secret):
        vendor.will(answer(status, template.replace("*", form).encode()))
        with pytest.raises(NumberPoolsError) as caught:
            store.get_pool("support")
        shown = [
            str(caught.value),
            repr(caught.value),
            repr(vars(caught.value)),
            *traceback.format_exception(caught.value),
            caplog.text,
            repr(store),
            repr(vars(store)),
        ]
        assert not [form for form in forms_of(secret) if form in "".join(shown)]


def test_neither_do_logs_and_addresses_when_all_goes_wrong(
    store: PoolStore, vendor: Vendor, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    vendor.will(reset_unread, answer(503), answer(429), answer(500))
    with pytest.raises(NumberPoolsError) as caught:
        store.get_pool("support")
    assert caplog.text
    shown = [*traceback.format_exception(caught.value), caplog.text]
    shown += [request.path for request in vendor.requests]
    assert not [form for form in forms_of(SECRET) if form in "".join(shown)]


def test_settings_do_not_show_it() -> None:
    settings = Settings.parse(
        {
            "NUMBERPOOLS_ENV": "development",
            "SECRET_KEY": "a key for the tests alone, long enough to be one",
            "DATABASE_URL": "sqlite:///unused.db",
            "VONAGE_ACCOUNTS": f"Example:{ACCOUNT_ID}:{SECRET}",
        }
    )
    assert SECRET not in repr(settings)
    assert SECRET not in str(settings)
    assert SECRET not in settings.model_dump_json()


class TestTls:
    @pytest.fixture
    def certificate(self, tmp_path: Path) -> Path:
        """A certificate for this machine that nobody has signed, with its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "vendor")])
        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(1)
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(
                x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
                critical=False,
            )
            .sign(key, hashes.SHA256())
        )
        path = tmp_path / "certificate.pem"
        path.write_bytes(
            certificate.public_bytes(serialization.Encoding.PEM)
            + key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        return path

    @pytest.fixture
    def encrypted_vendor(
        self, app: Flask, account_id: str, certificate: Path, clock: FakeClock
    ) -> Iterator[Vendor]:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        with Vendor(app, clock, context) as vendor:
            yield vendor

    @pytest.fixture
    def encrypted_store(
        self,
        encrypted_vendor: Vendor,
        clock: FakeClock,
        open_vendor_store: Callable[..., PoolStore],
    ) -> PoolStore:
        return open_vendor_store(encrypted_vendor.url, clock=clock)

    def test_nothing_is_sent_where_the_certificate_does_not_hold(
        self, encrypted_store: PoolStore, encrypted_vendor: Vendor, clock: FakeClock
    ) -> None:
        pool = Pool(ACCOUNT_ID, "sales", Fallback.POOL, True, True)
        with pytest.raises(NotTrusted, match="nothing was sent"):
            encrypted_store.create_pool(pool)
        assert encrypted_vendor.requests == []
        assert clock.waits == []

    def test_a_certificate_that_is_trusted_will_do(
        self,
        encrypted_store: PoolStore,
        encrypted_vendor: Vendor,
        support: Pool,
        certificate: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
        assert encrypted_store.get_pool("support") == support
        encrypted_vendor.will(reset_unread, answer(503))
        (group,) = encrypted_store.add_numbers("support", ["447700900009"])
        assert group.outcome is Outcome.ADDED
