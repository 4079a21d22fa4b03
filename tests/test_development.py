"""`make run`, without the installing."""

from __future__ import annotations

import socket
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
import requests

from numberpools import demo
from numberpools.development import check_port, environment
from tests.processes import ROOT, free_port, serving
from tests.processes import environment as bare_environment

COMMAND = [sys.executable, "-m", "numberpools.development"]
SECRET = "a-secret-that-the-developer-chose"

Start = Callable[..., AbstractContextManager[None]]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "development.env"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The project in a folder of its own, whose name has a space in it."""
    folder = tmp_path / "number pools"
    folder.mkdir()
    for name in ("app.py", "gunicorn.conf.py", "numberpools", "static", "templates"):
        (folder / name).symlink_to(ROOT / name)
    return folder


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def start(checkout: Path, tmp_path: Path, port: int) -> Start:
    """Run the service until the end of the block: ``with start(DEMO_API_SECRET=...):``."""

    def started(**settings: str) -> AbstractContextManager[None]:
        url, log = f"http://127.0.0.1:{port}/", tmp_path / "service.log"
        return serving(COMMAND, url, {"PORT": str(port), **settings}, log, checkout)

    return started


@pytest.fixture
def log(tmp_path: Path) -> Callable[[], str]:
    return (tmp_path / "service.log").read_text


def test_it_starts_from_nothing_and_says_how_to_get_in(
    start: Start, log: Callable[[], str], port: int
) -> None:
    with start():
        address = f"http://127.0.0.1:{port}"
        assert address in log()
        words = log().split()
        secret = words[words.index("secret") + 1]
        pools = requests.get(
            f"{address}/v2/numberpools/accounts/{demo.ACCOUNT_ID}/pools",
            auth=(demo.ACCOUNT_ID, secret),
            timeout=5,
        )
        assert pools.json()["total_items"] == 12
        assert "sign in" in log()
        assert f"Listening at: {address} " in log(), "others can reach it"


def test_a_second_start_keeps_what_was_done(start: Start, port: int) -> None:
    pools = f"http://127.0.0.1:{port}/v2/numberpools/accounts/{demo.ACCOUNT_ID}/pools"
    with requests.Session() as client:
        client.auth = (demo.ACCOUNT_ID, SECRET)
        with start(DEMO_API_SECRET=SECRET):
            assert client.delete(f"{pools}/support-uk").status_code == 200
        client.auth = (demo.ACCOUNT_ID, SECRET[::-1])
        with start(DEMO_API_SECRET=SECRET[::-1]):
            assert client.get(pools).json()["total_items"] == 11


@pytest.mark.parametrize(
    ("name", "value"),
    [("PORT", "sesame"), ("DATABASE_URL", "sesame://sesame")],
)
def test_a_wrong_setting_ends_it_with_one_sentence(checkout: Path, name: str, value: str) -> None:
    refused = _refused(checkout, **{name: value})
    assert refused.startswith(f"Number Pools cannot start. {name} is not usable")
    assert refused.count("\n") == 1
    assert "sesame" not in refused


@pytest.mark.parametrize(
    "url",
    ["postgres://nobody:sesame@127.0.0.1:1/x", "sqlite:////etc/hostname", "sqlite:////proc/x/y.db"],
)
def test_a_database_that_cannot_be_had_ends_it_with_one_sentence(checkout: Path, url: str) -> None:
    refused = _refused(checkout, DATABASE_URL=url)
    said = "Number Pools cannot start. The database (DATABASE_URL) does not answer: "
    assert refused.startswith(said)
    assert refused.count("\n") == 1
    assert "sesame" not in refused


def _refused(checkout: Path, **settings: str) -> str:
    """What it says where it does not start."""
    refused = subprocess.run(
        COMMAND,
        cwd=checkout,
        env=bare_environment(settings),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert refused.returncode == 1
    return refused.stderr


def test_a_port_in_use_ends_it_with_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(SystemExit) as caught:
            check_port(port)
    assert str(caught.value) == (
        f"Number Pools cannot start. Port {port} is in use: choose another with PORT."
    )
    check_port(port)


def test_secrets_are_random_and_kept_for_the_next_start(file: Path, tmp_path: Path) -> None:
    first = environment({}, file)
    assert environment({}, file) == first
    other = environment({}, tmp_path / "another.env")
    for name in ("SECRET_KEY", "DEMO_API_SECRET"):
        assert len(first[name]) > 40
        assert first[name] != other[name]


def test_nobody_else_can_read_them(file: Path) -> None:
    environment({}, file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_the_environment_comes_first_and_is_not_kept(file: Path) -> None:
    given = {"DEMO_API_SECRET": SECRET, "DATABASE_URL": "sqlite:///elsewhere.db", "SECRET_KEY": ""}
    chosen = environment(given, file)
    assert chosen["DEMO_API_SECRET"] == SECRET
    assert chosen["DATABASE_URL"] == "sqlite:///elsewhere.db"
    assert chosen["SECRET_KEY"]
    assert SECRET not in file.read_text()
    assert environment({}, file)["DATABASE_URL"] == "sqlite:///instance/numberpools.db"


def test_what_is_missing_in_the_file_is_added(file: Path) -> None:
    file.write_text("SECRET_KEY=kept\nDEMO_API_SECRET=\n")
    chosen = environment({}, file)
    assert chosen["SECRET_KEY"] == "kept"
    assert len(chosen["DEMO_API_SECRET"]) > 40
    assert environment({}, file) == chosen


def test_it_is_always_development(file: Path) -> None:
    assert environment({"NUMBERPOOLS_ENV": "production"}, file)["NUMBERPOOLS_ENV"] == "development"
