"""Whether the tests pass whatever else the machine does: ``python -m scripts.prove_tests``.

Runs all of them five times on two processors, each time in another order, and in three of these
beside two busy loops and somebody who writes to the disk. It ends with status 1 where one failed.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from random import SystemRandom
from tempfile import TemporaryDirectory

import click

_PROCESSORS = 2
_BUSY = "while True: pass"
_WRITING = """\
import os, sys
while True:
    with open(sys.argv[1], "wb") as file:
        for _ in range(200):
            file.write(bytes(1_000_000))
        os.fsync(file.fileno())
"""
_LAST_LINE = re.compile(r"^=+ (.*\d+ passed.*|.*\d+ failed.*|.*\d+ errors?.*) =+$", re.MULTILINE)


def main() -> int:
    options = _options()
    if sys.platform == "linux":
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:_PROCESSORS])
    failed = 0
    for number in range(options.runs):
        is_busy = number < options.busy
        seed = SystemRandom().randrange(2**32)
        began = time.monotonic()
        with _busy() if is_busy else nullcontext():
            passed, said = _run(seed, options.folder / f"run-{number + 1}.log")
        failed += not passed
        beside = "busy" if is_busy else "idle"
        click.echo(f"{number + 1}: {beside}, seed {seed}, {time.monotonic() - began:.0f} s: {said}")
    click.echo(f"{options.runs - failed} of {options.runs} runs passed")
    return 1 if failed else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=5, help="how often (5)")
    parser.add_argument("--busy", type=int, default=3, help="how many on a busy machine (3)")
    parser.add_argument("--folder", type=Path, default=Path(".cache"), help="for the logs (.cache)")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    return options


def _run(seed: int, log: Path) -> tuple[bool, str]:
    """Whether all tests passed, none skipped, and how pytest sums it up."""
    command = [sys.executable, "-m", "pytest", "--numprocesses=auto", f"--randomly-seed={seed}"]
    with log.open("w+") as output:
        done = subprocess.run(command, stdout=output, stderr=subprocess.STDOUT, check=False)  # noqa: S603
        output.seek(0)
        said = output.read()
    for line in re.findall(r"^(?:FAILED|ERROR|SKIPPED) .*", said, re.MULTILINE):
        click.echo(f"   {line}")
    summary = _LAST_LINE.findall(said)
    told = summary[-1] if summary else f"it broke off: see {log}"
    return done.returncode == 0 and "skipped" not in told, told


@contextmanager
def _busy() -> Iterator[None]:
    """Others want the processors and the disk too."""
    with TemporaryDirectory() as folder:
        commands = [["-c", _BUSY]] * _PROCESSORS + [["-c", _WRITING, f"{folder}/written"]]
        others = [subprocess.Popen([sys.executable, *command]) for command in commands]  # noqa: S603
        try:
            yield
        finally:
            for other in others:
                other.kill()
                other.wait()


if __name__ == "__main__":
    sys.exit(main())
