"""Setting up on a new machine: what is missing is said in one sentence."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.set_up import reason
from tests.processes import ROOT

INDEX_AWAY = """\
WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError(...)': /simple/a/
ERROR: Could not find a version that satisfies the requirement alembic==1.20.1 (from versions: none)
ERROR: No matching distribution found for alembic==1.20.1
"""
NO_FILE = """\
Collecting alembic==1.20.1
ERROR: No matching distribution found for alembic==1.20.1

[notice] A new release of pip is available
"""


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the set-up needs of the project, nothing to install, and an environment of a Python
    that is gone.
    """
    folder = tmp_path_factory.mktemp("checkout")
    for name in ("Makefile", "scripts"):
        (folder / name).symlink_to(ROOT / name)
    (folder / "requirements.txt").write_text("")
    python = folder / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to("/nowhere/python")
    (folder / ".venv" / "production").touch()
    return folder


def _make(checkout: Path, target: str = ".venv/production") -> subprocess.CompletedProcess[str]:
    return _make_with(sys.executable, checkout, target)


def _make_with(python: str, checkout: Path, target: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", target, f"PYTHON={python}"],
        cwd=checkout,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )


def test_an_environment_whose_python_is_gone_is_made_anew_and_once(checkout: Path) -> None:
    assert _make(checkout).returncode == 0
    assert (checkout / ".venv" / "bin" / "python").exists()
    assert "up to date" in _make(checkout).stdout


def test_a_package_that_cannot_be_had_is_named(checkout: Path) -> None:
    (checkout / "requirements-dev.txt").write_text("nothing-there @ file:///nowhere.whl\n")
    done = _make(checkout, ".venv/development")
    assert done.returncode
    [sentence, _] = done.stderr.splitlines()
    assert sentence.startswith("Number Pools cannot be set up. ")
    assert "All that was said is in .venv/set-up.log." in sentence


@pytest.mark.parametrize("python", ["/nowhere/python", "false"])
def test_it_needs_a_python_that_is_new_enough(tmp_path: Path, python: str) -> None:
    (tmp_path / "Makefile").symlink_to(ROOT / "Makefile")
    done = _make_with(python, tmp_path, ".venv/bin/python")
    assert done.returncode
    [sentence, _] = done.stderr.splitlines()
    assert sentence.startswith("Number Pools cannot be set up. It needs Python 3.11 or later")


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (INDEX_AWAY, "The package index cannot be reached: check the network and any proxy."),
        (NO_FILE, "No matching distribution found for alembic==1.20.1."),
        ("Error: [Errno 28] No space left on device: '.venv'", None),
        ("", "It was not said why."),
    ],
)
def test_of_all_that_is_said_the_reason_is_told(said: str, sentence: str | None) -> None:
    assert reason(said) == (sentence or "[Errno 28] No space left on device: '.venv'.")
