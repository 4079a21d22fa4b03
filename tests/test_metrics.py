"""What Prometheus reads under /metrics."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr
from sqlalchemy import insert

from numberpools.db.database import Database
from numberpools.db.tables import operation_batches, operations
from numberpools.domain.pools import PageRequest
from numberpools.errors import VendorError
from numberpools.settings import Settings
from numberpools.stores import PoolStore
from tests.conftest import opened
from tests.processes import LIMIT_SECONDS, reserved_port, wait_until
from tests.service import served
from tests.vonage.vendor import Vendor

TOKEN = "a-token-for-prometheus"
BEARER = {"Authorization": f"Bearer {TOKEN}"}

only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def _read(text: str) -> Samples:
    """Values by name and labels."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def _value(samples: Samples, name: str, **labels: str) -> float:
    return samples.get((f"numberpools_{name}", frozenset(labels.items())), 0)


@pytest.fixture
def watched(settings: Settings) -> Iterator[Flask]:
    """The application with a METRICS_TOKEN."""
    with opened(settings.model_copy(update={"metrics_token": SecretStr(TOKEN)})) as app:
        yield app


@pytest.fixture
def prometheus(watched: Flask) -> FlaskClient:
    return watched.test_client()


def test_without_a_token_there_is_no_such_page(client: FlaskClient) -> None:
    assert client.get("/metrics", headers=BEARER).status_code == 404


@only_sqlite
@pytest.mark.parametrize("given", ["", "Bearer ", "Bearer wrong", f"Basic {TOKEN}", "Bearer ä"])
def test_it_needs_the_token(prometheus: FlaskClient, given: str) -> None:
    refused = prometheus.get("/metrics", headers={"Authorization": given})
    assert refused.status_code == 401
    assert "numberpools_" not in refused.text


def test_it_tells_operations_by_state_and_what_waits(
    watched: Flask, prometheus: FlaskClient
) -> None:
    _store_operation(watched, "queued", batches=2, done=0)
    _store_operation(watched, "queued", batches=3, done=2)
    _store_operation(watched, "finished", batches=4, done=4)
    _store_operation(watched, "cancelled", batches=1, done=0)  # left behind, and never claimed
    samples = _read(prometheus.get("/metrics", headers=BEARER).text)
    assert _value(samples, "database_up") == 1
    assert _value(samples, "operations", state="queued") == 2
    assert _value(samples, "operations", state="finished") == 1
    assert _value(samples, "queue_length") == 3


@pytest.mark.server
@only_sqlite
def test_it_says_when_the_database_is_gone(watched: Flask, prometheus: FlaskClient) -> None:
    with reserved_port() as port:
        url = f"postgresql+psycopg://nobody@127.0.0.1:{port}/x"
        watched.extensions["stores"].database = Database(url)
        answer = prometheus.get("/metrics", headers=BEARER)
    assert answer.status_code == 200
    samples = _read(answer.text)
    assert ("numberpools_database_up", frozenset()) in samples
    assert _value(samples, "database_up") == 0


@only_sqlite
def test_it_tells_calls_of_the_vendor_by_result(
    prometheus: FlaskClient,
    vendor: Vendor,
    open_vendor_store: Callable[..., PoolStore],
) -> None:
    before = _read(prometheus.get("/metrics", headers=BEARER).text)
    open_vendor_store(vendor.url).list_pools(PageRequest())
    with pytest.raises(VendorError):
        open_vendor_store(vendor.url, secret="wrong-secret").list_pools(PageRequest())
    with reserved_port() as port, pytest.raises(VendorError):
        open_vendor_store(f"http://127.0.0.1:{port}").list_pools(PageRequest())
    after = _read(prometheus.get("/metrics", headers=BEARER).text)
    for result, least in (("200", 1), ("401", 1), ("VendorUnavailable", 1)):
        name = "vendor_call_duration_seconds_count"
        grown = _value(after, name, result=result) - _value(before, name, result=result)
        assert grown >= least, result


@pytest.mark.server
@only_sqlite
def test_all_processes_answer_for_all(tmp_path: Path, database_url: str) -> None:
    folder = tmp_path / "temporary"
    folder.mkdir()
    settings = {"METRICS_TOKEN": TOKEN, "WEB_CONCURRENCY": "2", "TMPDIR": str(folder)}
    name, sent = "http_request_duration_seconds_count", 0
    with served(tmp_path, database_url, **settings) as service:

        def asked(path: str, method: str = "GET") -> requests.Response:
            url = f"{service.url}{path}"
            return requests.request(method, url, headers=BEARER, timeout=LIMIT_SECONDS)

        def have_both_answered() -> bool:
            nonlocal sent
            sent += 1
            assert asked("/sign-in").status_code == 200
            return len(list(folder.glob("*/histogram_*.db"))) == 2

        def told_of_all() -> str | None:
            """A request is counted after its answer was sent."""
            text = asked("/metrics").text
            samples = _read(text)
            pages = _value(samples, name, route="/sign-in", method="GET", status="200")
            others = _value(samples, name, route="other", method="other", status="404")
            return text if (pages, others) == (sent, 1) else None

        wait_until(have_both_answered, "both processes have answered")
        asked("/nowhere/447400123456", "MADEUP")
        text = wait_until(told_of_all, "all requests are counted")
    assert text is not None
    assert "447400123456" not in text
    assert "MADEUP" not in text
    assert list(folder.iterdir()) == []


def _store_operation(app: Flask, state: str, *, batches: int, done: int) -> None:
    operation = {
        "operation_id": str(uuid4()),
        "account_id": "abcd1234",
        "pool_id": "support",
        "state": state,
        "started_by": "somebody",
        "created_at": datetime.now(UTC),
    }
    rows = [
        {
            "operation_id": operation["operation_id"],
            "batch": batch,
            "step": "add",
            "first": 0,
            "last": 0,
            "is_done": batch < done,
        }
        for batch in range(batches)
    ]
    database: Database = app.extensions["stores"].database
    with database.write() as connection:
        connection.execute(insert(operations).values(operation))
        connection.execute(insert(operation_batches), rows)
