"""``make lint``: known vulnerabilities of what is installed in production, by pip-audit.

Their database is on the network. Where it can't be reached, that is said and nothing fails: a
check that fails for another reason than what it checks is soon not believed.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import click

Package = dict[str, Any]

_COMMAND = [sys.executable, "-m", "pip_audit", "--requirement", "requirements.txt"]
_OPTIONS = ["--require-hashes", "--disable-pip", "--format=json", "--progress-spinner=off"]
_SECONDS = 10


def main() -> int:
    """0 where nothing is known or nothing could be asked, else 1."""
    done = subprocess.run(  # noqa: S603
        [*_COMMAND, *_OPTIONS, f"--timeout={_SECONDS}"],
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        packages = json.loads(done.stdout)["dependencies"]
    except ValueError:
        reason = (done.stderr.strip().splitlines() or ["no answer"])[-1]
        click.echo(f"pip-audit was skipped: its database can't be reached ({reason[:200]})")
        return 0
    click.echo(coverage(packages))
    found = vulnerabilities(packages)
    for line in found:
        click.echo(line, err=True)
    return 1 if found else 0


def coverage(packages: list[Package]) -> str:
    """What was looked up. A mirror of the package index may answer and yet know nothing."""
    unknown = sum("skip_reason" in package for package in packages)
    if unknown == len(packages):
        return "pip-audit was skipped: the package index that it can reach has no such database."
    return f"pip-audit looked up {len(packages) - unknown} of {len(packages)} packages."


def vulnerabilities(packages: list[Package]) -> list[str]:
    """One line for each: package, version, its name, and the versions that mend it."""
    return [
        f"{package['name']} {package['version']}: {each['id']}, "
        f"mended in {', '.join(each['fix_versions']) or 'no version yet'}"
        for package in packages
        for each in package.get("vulns", [])
    ]


if __name__ == "__main__":
    sys.exit(main())
