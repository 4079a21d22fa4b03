"""The log of requests, written by the real server, and the log of errors."""

from __future__ import annotations

import json
import logging
import shutil
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
from tests.processes import LIMIT_SECONDS
from tests.service import Service, served, signed_in

POOLS = f"/accounts/{ACCOUNT_ID}/pools"
SECRET = "sesame-open"

"""One service is there for several tests."""

only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture(scope="module")
def service(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("logs")
    shutil.copy(sqlite_template, folder / "numberpools.db")
    logger = "--logger-class numberpools.access_log.JsonLogger"
    url = f"sqlite:///{folder}/numberpools.db"
    with served(folder, url, GUNICORN_CMD_ARGS=logger) as service:
        yield service


def test_a_request_has_one_line(service: Service) -> None:
    with signed_in(service.url, "EDITOR") as browser:
        answer = browser.get(f"{service.url}{POOLS}", headers={"X-Request-Id": "one"})
    assert service.wait_for_line(method="POST", person="Development editor")["status"] == 303
    line = service.wait_for_line(request_id="one")
    assert line.pop("time").endswith("+00:00")
    assert line.pop("duration_ms") > 0
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


def test_no_line_holds_what_must_stay_secret(service: Service) -> None:
    with signed_in(service.url, "ADMINISTRATOR") as browser:
        browser.get(
            f"{service.url}{POOLS}/support",
            params={"containing": SECRET},
            headers={
                "X-Request-Id": "searched",
                "Referer": f"{service.url}/?{SECRET}",
                "User-Agent": SECRET,
            },
            cookies={"other": SECRET},
        )
        browser.get(f"{service.url}/nowhere/{SECRET}", headers={"X-Request-Id": "lost"})
        pool, headers = {"pool_id": SECRET}, {"X-Request-Id": "sent"}
        browser.post(f"{service.url}{POOLS}", pool, headers=headers)
        requests.get(
            f"{service.url}/v2/numberpools/accounts/{ACCOUNT_ID}/pools",
            headers={"X-Request-Id": "refused"},
            auth=(ACCOUNT_ID, SECRET),
            timeout=LIMIT_SECONDS,
        )
        session = browser.cookies["session"]
    for garbage in (f"GET /?{SECRET} {SECRET}", f"GET / HTTP/1.1\r\nX Y: {SECRET}", SECRET):
        with socket.create_connection(("127.0.0.1", service.port)) as client:
            client.sendall(f"{garbage}\r\n\r\n".encode())
            assert client.recv(100).startswith(b"HTTP/1.1 400")
    for request_id in ("searched", "lost", "sent", "refused"):
        service.wait_for_line(request_id=request_id)
    written = service.log.read_text("utf-8")
    assert written.count("Invalid request from ip=127.0.0.1") == 3
    assert SECRET not in written
    assert session not in written


def test_an_asset_and_a_request_for_nothing_have_a_line_without_route(service: Service) -> None:
    url = f"{service.url}/assets/nothing.css"
    requests.get(url, headers={"X-Request-Id": "nothing"}, timeout=LIMIT_SECONDS)
    line = service.wait_for_line(request_id="nothing")
    assert (line["status"], line["route"]) == (404, None)


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
