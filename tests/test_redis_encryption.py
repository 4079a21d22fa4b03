"""Counting in a Redis that speaks TLS, with a certificate that the system does not know."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from pydantic import SecretStr
from redis import Redis
from redis.exceptions import ConnectionError as NotConnected

from numberpools.limits import Limit
from numberpools.services.redis_rates import RedisCounts
from numberpools.settings import Settings
from tests.certificates import write_certificate
from tests.conftest import opened
from tests.processes import reserved_port, started, wait_until

pytestmark = pytest.mark.skipif(not shutil.which("redis-server"), reason="There is no Redis here.")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("redis")


@pytest.fixture(scope="module")
def certificate(folder: Path) -> str:
    return str(write_certificate(folder / "certificate.pem"))


@pytest.fixture(scope="module")
def url(folder: Path, certificate: str) -> Iterator[str]:
    with reserved_port() as port:
        command = ["redis-server", "--port", "0", "--tls-port", str(port), "--save", ""]
        command += ["--bind", "127.0.0.1", "--dir", str(folder), "--tls-auth-clients", "no"]
        for file in ("cert", "key", "ca-cert"):
            command += [f"--tls-{file}-file", certificate]
        with started(command, {}, folder / "log"):
            with Redis(port=port, ssl=True, ssl_ca_certs=certificate) as redis:
                wait_until(lambda: _answers(redis), "Redis answers")
            yield f"rediss://127.0.0.1:{port}"


def _answers(redis: Redis) -> bool:
    try:
        return bool(redis.ping())
    except NotConnected:
        return False


def test_a_private_certificate_is_believed_where_it_is_named(url: str, certificate: str) -> None:
    assert RedisCounts(url, certificate).add(uuid4().hex, 5, 60) == 5


def test_whose_certificate_it_is_need_not_be_checked(url: str) -> None:
    assert RedisCounts(url, verifies=False).add(uuid4().hex, 5, 60) == 5


def test_a_certificate_that_nobody_vouches_for_is_refused(
    url: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert RedisCounts(url).add("who", 5, 60) is None
    assert "certificate verify failed" in caplog.text


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_service_takes_the_certificate_of_its_settings(
    settings: Settings, url: str, certificate: str
) -> None:
    who = uuid4().hex
    changes = {"redis_url": SecretStr(url), "redis_ca_file": certificate}
    with opened(settings.model_copy(update=changes)) as app:
        app.extensions["rate_limiter"].take(Limit("tests", 100, 60), who)
    with Redis.from_url(url, ssl_ca_certs=certificate) as redis:
        assert len(redis.keys(f"*{who}*")) == 1
