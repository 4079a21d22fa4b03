"""`make run`, without the installing."""

from __future__ import annotations

import re
import socket
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
import requests

from numberpools import demo
from numberpools.db import migrate
from numberpools.db.database import Database, needed_to_start
from numberpools.development import check_port, environment
from tests.processes import LIMIT_SECONDS, ROOT, reserved_port, run, serving

COMMAND = [sys.executable, "-m", "numberpools.development"]
SECRET = "a-secret-that-the-developer-chose"

"""One checkout is there for several tests."""


class Start(NamedTuple):
    """What a start of the service said, and what it had."""

    log: str
    address: str
    pool_count: int


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "development.env"


@pytest.fixture(scope="module")
def started_checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One for the starts that keep what was done."""
    return _check_out(tmp_path_factory.mktemp("development"))


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    return _check_out(tmp_path)


def _check_out(parent: Path) -> Path:
    """The project in a folder of its own, whose name has a space in it."""
    folder = parent / "number pools"
    folder.mkdir()
    for name in ("app.py", "gunicorn.conf.py", "numberpools", "static", "templates"):
        (folder / name).symlink_to(ROOT / name)
    return folder


@contextmanager
def _started(checkout: Path, **settings: str) -> Iterator[str]:
    """Run the service until the end of the block, and tell its address."""
    with reserved_port() as port:
        url, log = f"http://127.0.0.1:{port}", checkout / "service.log"
        with serving(COMMAND, f"{url}/", {"PORT": str(port), **settings}, log, checkout):
            yield url


def _pools(address: str) -> str:
    return f"{address}/v2/numberpools/accounts/{demo.ACCOUNT_ID}/pools"


def _log(checkout: Path) -> str:
    return (checkout / "service.log").read_text()


@pytest.fixture(scope="module")
def first_start(started_checkout: Path) -> Start:
    """From nothing; the developer deletes a pool, with the secret that it told."""
    with _started(started_checkout) as address, requests.Session() as client:
        words = _log(started_checkout).split()
        client.auth = (demo.ACCOUNT_ID, words[words.index("secret") + 1])
        count = client.get(_pools(address)).json()["total_items"]
        assert client.delete(f"{_pools(address)}/support-uk").status_code == 200
        return Start(_log(started_checkout), address, count)


def test_it_starts_from_nothing_and_says_how_to_get_in(first_start: Start) -> None:
    assert first_start.pool_count == 12
    assert first_start.address in first_start.log
    assert "sign in" in first_start.log
    assert f"Listening at: {first_start.address} " in first_start.log, "others can reach it"


def test_a_second_start_keeps_what_was_done(started_checkout: Path, first_start: Start) -> None:
    with _started(started_checkout, DEMO_API_SECRET=SECRET) as address:
        auth = (demo.ACCOUNT_ID, SECRET)
        pools = requests.get(_pools(address), auth=auth, timeout=LIMIT_SECONDS)
        assert pools.json()["total_items"] == first_start.pool_count - 1


def test_a_wrong_setting_ends_it_with_one_sentence(checkout: Path) -> None:
    refused = _refused(checkout, PORT="sesame")
    assert refused.startswith("Number Pools cannot start. PORT must be")
    assert refused.count("\n") == 1
    assert "sesame" not in refused


DATABASE_IS_AWAY = "Number Pools cannot start. The database (DATABASE_URL) does not answer: "


def test_a_database_that_cannot_be_had_ends_it_with_one_sentence(checkout: Path) -> None:
    with reserved_port() as port:
        url = f"postgres://nobody:sesame@127.0.0.1:{port}/x"
        refused = _refused(checkout, DATABASE_URL=url)
    assert refused.startswith(DATABASE_IS_AWAY)
    assert refused.count("\n") == 1
    assert "sesame" not in refused


@pytest.mark.parametrize("url", ["sqlite:////etc/hostname", "sqlite:////proc/x/y.db"])
def test_a_file_that_is_no_database_is_told_in_one_sentence(url: str) -> None:
    with pytest.raises(SystemExit, match=re.escape(DATABASE_IS_AWAY)), needed_to_start():
        migrate.upgrade(Database(url))


def _refused(checkout: Path, **settings: str) -> str:
    """What it says where it does not start."""
    refused = run(COMMAND, settings, checkout)
    assert refused.returncode == 1
    return refused.stderr


def test_a_port_in_use_ends_it_with_one_sentence() -> None:
    with reserved_port() as port:
        with socket.create_server(("127.0.0.1", port)), pytest.raises(SystemExit) as caught:
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
