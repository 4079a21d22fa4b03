"""What Sentry is told of an unexpected error, received by a real server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue
from threading import Thread
from typing import Any

import brotli
import pytest
import sentry_sdk
from flask import Flask
from pydantic import SecretStr
from sqlalchemy import text

from numberpools.settings import Settings
from tests.conftest import opened
from tests.processes import LIMIT_SECONDS

SECRET = "sesame-open"

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


class Sentry(ThreadingHTTPServer):
    """Keeps what it is sent."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.envelopes: Queue[tuple[str, str]] = Queue()

    @property
    def dsn(self) -> str:
        return f"http://public-key@127.0.0.1:{self.server_port}/42"


class _Handler(BaseHTTPRequestHandler):
    server: Sentry

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "br":
            body = brotli.decompress(body)
        self.server.envelopes.put((self.path, body.decode()))
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *args: object) -> None:
        """Not into the tests' output."""


@pytest.fixture
def sentry() -> Iterator[Sentry]:
    with Sentry() as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def reported(settings: Settings, sentry: Sentry) -> Iterator[Flask]:
    """The application with a SENTRY_DSN, and a page and a call that fail."""

    def fail(number: str) -> str:
        typed = f"{number}-{SECRET}"
        raise ValueError(f"because of {len(typed)} characters")

    with opened(settings.model_copy(update={"sentry_dsn": SecretStr(sentry.dsn)})) as app:
        app.add_url_rule("/fail/<number>", "fail", fail, methods=["GET", "POST"])
        app.add_url_rule("/v2/fail/<number>", "fail_api", fail)
        app.config["WTF_CSRF_ENABLED"] = False
        yield app
        sentry_sdk.get_client().close()
        sentry_sdk.get_global_scope().set_client(None)


@pytest.mark.parametrize("path", ["/fail/447400123456", "/v2/fail/447400123456"])
def test_an_unexpected_error_is_reported_without_what_people_sent(
    reported: Flask, sentry: Sentry, path: str
) -> None:
    client = reported.test_client()
    client.set_cookie("session", SECRET)
    answer = client.get(
        f"{path}?containing={SECRET}",
        headers={"X-Request-Id": "three", "Referer": f"http://localhost/?{SECRET}"},
        auth=("abcd1234", SECRET),
    )
    assert answer.status_code == 500
    sent_to, sent = sentry.envelopes.get(timeout=LIMIT_SECONDS)
    assert sent_to == "/api/42/envelope/"
    assert SECRET not in sent
    assert "447400123456" not in sent
    event = _event(sent)
    assert event["transaction"].endswith("/fail/<number>")
    assert event["tags"]["request_id"] == "three"
    [raised] = event["exception"]["values"]
    assert (raised["type"], raised["value"]) == ("ValueError", "because of 24 characters")


def test_a_form_that_fails_is_reported_without_its_fields(reported: Flask, sentry: Sentry) -> None:
    answer = reported.test_client().post("/fail/447400123456", data={"numbers": SECRET})
    assert answer.status_code == 500
    _, sent = sentry.envelopes.get(timeout=LIMIT_SECONDS)
    assert SECRET not in sent
    assert _event(sent)["request"] == {"method": "POST"}


def test_a_statement_that_fails_is_reported_without_its_values(
    reported: Flask, sentry: Sentry
) -> None:
    def fail() -> str:
        with reported.extensions["stores"].database.read() as connection:
            connection.execute(text("SELECT it FROM nowhere WHERE it = :it"), {"it": SECRET})
        return ""

    reported.add_url_rule("/fail", "fail_in_database", fail)
    assert reported.test_client().get("/fail").status_code == 500
    _, sent = sentry.envelopes.get(timeout=LIMIT_SECONDS)
    assert "OperationalError" in sent
    assert SECRET not in sent


def test_a_task_that_fails_is_reported(reported: Flask, sentry: Sentry) -> None:
    def fail(argument: str) -> None:
        raise ValueError(f"because of {len(argument)} characters")

    queue = reported.extensions["jobs"].queue
    queue.task()(fail)(SECRET)
    queue.execute(queue.dequeue())
    _, sent = sentry.envelopes.get(timeout=LIMIT_SECONDS)
    assert SECRET not in sent
    [raised] = _event(sent)["exception"]["values"]
    assert (raised["type"], raised["value"]) == ("ValueError", "because of 11 characters")


def test_a_task_can_be_done_by_a_process_without_sentry(reported: Flask) -> None:
    jobs = reported.extensions["jobs"]
    jobs.copy_account("abcd1234")
    task = jobs.queue.dequeue()
    assert (task.args, task.kwargs) == (("abcd1234",), {})


def test_what_was_foreseen_is_not_reported(reported: Flask, sentry: Sentry) -> None:
    client = reported.test_client()
    assert client.get("/nowhere").status_code == 404
    assert client.get("/v2/nowhere").status_code == 404
    sentry_sdk.flush(timeout=LIMIT_SECONDS)
    assert sentry.envelopes.empty()


def _event(envelope: str) -> dict[str, Any]:
    lines = [json.loads(line) for line in envelope.splitlines() if line.startswith("{")]
    return next(line for line in lines if "exception" in line)
