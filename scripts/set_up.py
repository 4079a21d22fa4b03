"""What ``make`` needs first: the environment in ``.venv``, with what the requirements files pin.

It needs nothing but Python, and says in one sentence what is missing. Without an argument it makes
the environment; run by the environment's Python with a file of requirements, it installs these.
"""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

_FOLDER = Path(".venv")
_LOG = _FOLDER / "set-up.log"
_INSTALL = ("-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--require-hashes")
_UNREACHABLE = ("Retrying (", "Could not fetch URL", "HTTP error")
"""What pip says of an index that does not answer; of packages it says then that there are none."""


def main(*requirements: str) -> None:
    try:
        if requirements:
            _install(*requirements)
        else:
            _make_environment()
    except OSError as exc:
        _stop(f"{exc.filename or _FOLDER} cannot be written: {exc.strerror}.")


def _make_environment() -> None:
    if not find_spec("venv") or not find_spec("ensurepip"):
        _stop(
            f"{sys.executable} comes without what makes environments: install it "
            f"(Debian and Ubuntu call it python3.{sys.version_info.minor}-venv)."
        )
    command = [sys.executable, "-m", "venv", "--clear", str(_FOLDER)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        _stop(reason(done.stdout + done.stderr))


def _install(requirements: str) -> None:
    if not find_spec("pip"):
        _stop(f"{_FOLDER} was left half made: remove that folder, and try again.")
    command = [sys.executable, *_INSTALL, "--requirement", requirements]
    with _LOG.open("w+") as log:
        done = subprocess.run(command, stdout=log, stderr=subprocess.STDOUT, check=False)  # noqa: S603
        log.seek(0)
        if done.returncode:
            _stop(f"{reason(log.read())} All that was said is in {_LOG}.")


def reason(said: str) -> str:
    """What a person has to know of what a command said: one sentence."""
    if any(mark in said for mark in _UNREACHABLE):
        return "The package index cannot be reached: check the network and any proxy."
    lines = [line for line in said.splitlines() if line.strip()] or ["It was not said why"]
    errors = [line for line in lines if line.lower().startswith("error:")]
    return (errors or lines)[-1].removeprefix("ERROR: ").removeprefix("Error: ").rstrip(".") + "."


def _stop(sentence: str) -> NoReturn:
    raise SystemExit(f"Number Pools cannot be set up. {sentence}")


if __name__ == "__main__":
    main(*sys.argv[1:])
