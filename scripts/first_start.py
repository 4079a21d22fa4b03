"""``make run`` on a machine that is new to it: as an ordinary user, with an empty home.

``/usr/bin/python3 scripts/first_start.py`` starts the service with that Python in a copy of the
project, tells how long it took to the first page, and asks for the demo account's pools. Needs to
be root, to be somebody else.
"""

from __future__ import annotations

import base64
import json
import os
import pwd
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from tempfile import TemporaryDirectory

_PROJECT = Path(__file__).parent.parent
_LIMIT_SECONDS = 300
"""To install everything, over a slow network."""
_SECRET = re.compile(r"API key (\w+), API secret (\S+)")


def main() -> None:
    somebody = pwd.getpwnam("nobody")
    with TemporaryDirectory() as folder:
        checkout, home = Path(folder, "checkout"), Path(folder, "home")
        _copy(checkout)
        home.mkdir()
        for path in (Path(folder), home, checkout, *checkout.rglob("*")):
            os.chown(path, somebody.pw_uid, somebody.pw_gid)
        with socket.socket() as holder, Path(folder, "log").open("w+") as log:
            # Nobody else is given the port; the service may listen on it, as it sets this too.
            holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            holder.bind(("127.0.0.1", 0))
            port = holder.getsockname()[1]
            began = time.monotonic()
            service = subprocess.Popen(  # noqa: S603
                ["make", "run", f"PYTHON={sys.executable}"],  # noqa: S607
                cwd=checkout,
                env={"PATH": "/usr/bin:/bin", "HOME": str(home), "PORT": str(port)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                user=somebody.pw_uid,
                group=somebody.pw_gid,
                extra_groups=[],
                start_new_session=True,
            )
            try:
                _wait_for_page(service, f"http://127.0.0.1:{port}", Path(log.name))
                seconds = time.monotonic() - began
                _ask(f"http://127.0.0.1:{port}", Path(log.name))
            finally:
                os.killpg(service.pid, signal.SIGTERM)
                service.wait()
    version = sys.version.split()[0]
    sys.stdout.write(f"Python {version} starts it from nothing: a page after {seconds:.0f} s.\n")


def _copy(checkout: Path) -> None:
    """What git knows of, as it is now."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"],  # noqa: S607
        cwd=_PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        target = checkout / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((_PROJECT / name).read_bytes())


def _ask(address: str, log: Path) -> None:
    if "Sign in" not in _get(f"{address}/sign-in"):
        raise SystemExit("There is no page to sign in.")
    found = _SECRET.search(log.read_text())
    if not found:
        raise SystemExit(f"It does not say how to get in:\n{log.read_text()}")
    account_id, secret = found.groups()
    token = base64.b64encode(f"{account_id}:{secret}".encode()).decode()
    pools = _get(
        f"{address}/v2/numberpools/accounts/{account_id}/pools", Authorization=f"Basic {token}"
    )
    if not json.loads(pools)["total_items"]:
        raise SystemExit(f"The demo account has no pools: {pools}")


def _wait_for_page(service: subprocess.Popen[bytes], address: str, log: Path) -> None:
    ends_at = time.monotonic() + _LIMIT_SECONDS
    while time.monotonic() < ends_at and service.poll() is None:
        try:
            _get(f"{address}/sign-in")
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.2)
        else:
            return
    raise SystemExit(f"The service does not start:\n{log.read_text()}")


def _get(url: str, **headers: str) -> str:
    request = urllib.request.Request(url, headers=headers)  # noqa: S310
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
        return str(answer.read().decode())


if __name__ == "__main__":
    main()
