"""Requests made from the OpenAPI document, good ones and bad ones: the answers are as it says."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread

import pytest
from flask import Flask
from werkzeug.serving import make_server

from numberpools.domain.pools import Pool
from tests.conftest import ACCOUNT_ID, SECRET

_CONFIGURATION = Path(__file__).with_name("schemathesis.toml")


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """Where the application is served while the test runs."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_every_answer_is_as_described(
    address: str, make_pool: Callable[..., Pool], tmp_path: Path
) -> None:
    make_pool("support", ["15556660001", "15556660002"])
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(_CONFIGURATION)]
    command += ["run", "--checks", "all", "--auth", f"{ACCOUNT_ID}:{SECRET}"]
    command.append(f"{address}/v2/numberpools/openapi.json")
    run = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
    )
    assert run.returncode == 0, run.stdout
    assert "Tested: 9" in run.stdout  # operations; it leaves out the one that gives the document
