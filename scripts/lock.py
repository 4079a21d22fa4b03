"""``make lint``: whether the requirements files hold what each Python that is promised needs.

Resolved by uv from the package index, without installing anything. Where the index can't be
reached, that is said and nothing fails.
"""

from __future__ import annotations

import subprocess
import sys
from tempfile import TemporaryDirectory

import click

PYTHONS = ("3.11.0", "3.12.0", "3.13.0", "3.14.0")
FILES = ("requirements.txt", "requirements-dev.txt")
_UNREACHABLE = ("error sending request", "Failed to fetch", "Connection", "offline")


def main() -> int:
    """0 where all can be installed or nothing could be asked, else 1."""
    refusals = {python: refusal(python, FILES) for python in PYTHONS}
    if any(mark in each for mark in _UNREACHABLE for each in refusals.values()):
        click.echo("The lock was not checked: the package index can't be reached.")
        return 0
    for python, said in refusals.items():
        click.echo(f"Python {python}: {said or 'all that is locked can be installed'}")
    return 1 if any(refusals.values()) else 0


def refusal(python: str, files: tuple[str, ...]) -> str:
    """Why this Python can't install what the files lock; empty: it can.

    Every package has to have its hash, and a file that needs no building.
    """
    with TemporaryDirectory() as folder:
        done = subprocess.run(  # noqa: S603
            [
                *(sys.executable, "-m", "uv", "pip", "install", "--dry-run", "--no-progress"),
                *("--target", folder, "--python-version", python),
                *("--require-hashes", "--only-binary", ":all:"),
                *(part for file in files for part in ("--requirement", file)),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
    return done.stderr.strip() if done.returncode else ""


if __name__ == "__main__":
    sys.exit(main())
