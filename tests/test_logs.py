"""The log of requests, written by the real server, and the log of errors."""

from __future__ import annotations

import json
import logging
import re
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from flask import Flask

from numberpools import create_app
from numberpools.logs import JsonFormatter
from numberpools.settings import Environment, Settings
from tests.conftest import ACCOUNT_ID
from tests.service import Service, served, signed_in

POOLS = f"/accounts/{ACCOUNT_ID}/pools"
SECRET = "sesame-open"

only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def service(tmp_path: Path, database_url: str) -> Iterator[Service]:
    logger = "--logger-class numberpools.access_log.JsonLogger"
    with served(tmp_path, database_url, GUNICORN_CMD_ARGS=logger) as service:
        yield service


@only_sqlite
def test_a_request_has_one_line(service: Service) -> None:
    with signed_in(service.url, "EDITOR") as browser:
        answer = browser.get(f"{service.url}{POOLS}", headers={"X-Request-Id": "one"})
    assert service.wait_for_line(method="POST")["person"] == "Development editor"
    line = service.wait_for_line(request_id="one")
    assert line.pop("time").endswith("+00:00")
    assert 0 < line.pop("duration_ms") < 5000
    assert line.pop("bytes") > 0
    assert line == {
        "request_id": answer.headers["X-Request-Id"],
        "route": "/accounts/<account_id>/pools",
        "account": ACCOUNT_ID,
        "person": "Development editor",
        "address": "127.0.0.1",
        "method": "GET",
        "status": answer.status_code,
    }


@only_sqlite
def test_no_line_holds_what_must_stay_secret(service: Service) -> None:
    with signed_in(service.url, "EDITOR") as browser:
        browser.get(
            f"{service.url}{POOLS}/support",
            params={"containing": SECRET},
            headers={"Referer": f"{service.url}/?{SECRET}", "User-Agent": SECRET},
            cookies={"other": SECRET},
        )
        browser.get(f"{service.url}/nowhere/{SECRET}")
        browser.post(f"{service.url}{POOLS}", {"pool_id": SECRET})
        requests.get(
            f"{service.url}/v2/numberpools/accounts/{ACCOUNT_ID}/pools",
            auth=(ACCOUNT_ID, SECRET),
            timeout=5,
        )
        session = browser.cookies["session"]
    for garbage in (f"GET /?{SECRET} {SECRET}", f"GET / HTTP/1.1\r\nX Y: {SECRET}", SECRET):
        with socket.create_connection(("127.0.0.1", service.port)) as client:
            client.sendall(f"{garbage}\r\n\r\n".encode())
            assert client.recv(100).startswith(b"HTTP/1.1 400")
    service.wait_for_line(status=401)
    written = service.log.read_text("utf-8")
    assert "Invalid request from ip=127.0.0.1" in written
    assert SECRET not in written
    assert session not in written


@only_sqlite
def test_an_asset_and_a_request_for_nothing_have_a_line_without_route(service: Service) -> None:
    requests.get(f"{service.url}/assets/nothing.css", timeout=5)
    assert service.wait_for_line(status=404)["route"] is None


@only_sqlite
def test_in_development_the_log_is_for_people(tmp_path: Path, database_url: str) -> None:
    with served(tmp_path, database_url) as service:
        requests.get(f"{service.url}{POOLS}", allow_redirects=False, timeout=5)
    line = r"^GET /accounts/<account_id>/pools 303 \d+ bytes \d+ ms$"
    assert re.search(line, service.log.read_text("utf-8"), re.MULTILINE)


@only_sqlite
def test_production_writes_all_logs_as_json_once(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    root = logging.getLogger()
    before = root.handlers[:]
    # Another test may have set up the log already.
    root.handlers[:] = [each for each in before if not isinstance(each.formatter, JsonFormatter)]
    production = settings.model_copy(update={"environment": Environment.PRODUCTION})
    apps = [create_app(production) for _ in range(2)]
    logging.getLogger("tests").warning("it is %s", "late")
    root.handlers[:] = before
    for app in apps:
        app.extensions["jobs"].close()
        app.extensions["stores"].close()
    [line] = capsys.readouterr().err.splitlines()
    assert json.loads(line)["message"] == "it is late"


@only_sqlite
def test_an_error_is_one_line_with_its_traceback_and_the_requests_id(app: Flask) -> None:
    record = _failure()
    with app.test_request_context(headers={"X-Request-Id": "two"}):
        text = JsonFormatter().format(record)
    assert "\n" not in text
    line = json.loads(text)
    assert line["request_id"] == "two"
    assert line["level"] == "error"
    assert line["message"] == "it\nfailed"
    assert line["traceback"].startswith("Traceback")
    assert line["traceback"].endswith("ValueError: because")


def test_an_error_outside_of_requests_has_no_id() -> None:
    assert "request_id" not in json.loads(JsonFormatter().format(_failure()))


def _failure() -> logging.LogRecord:
    try:
        raise ValueError("because")
    except ValueError:
        info = sys.exc_info()
    return logging.LogRecord(
        "tests", logging.ERROR, __file__, 1, "it\n%s", ("failed",), exc_info=info
    )
