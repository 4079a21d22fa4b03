"""``make run``: the service with the demo account, on this machine alone, from nothing.

What the environment doesn't say is kept in `instance/development.env`, so that sessions and the
demo account's API secret outlive a start.
"""

from __future__ import annotations

import errno
import os
import secrets
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

import click

from numberpools import demo
from numberpools.db import migrate
from numberpools.db.database import Database, needed_to_start
from numberpools.settings import Settings
from numberpools.stores import Stores

_INSTANCE = Path("instance")
_GREETING = """\
Number Pools: http://127.0.0.1:{port}
  Pages  sign in as viewer, editor or administrator; development asks for no password\
"""
_DEMO = """\
  API    demo account and API key {account_id}, API secret {secret}
         curl -u {account_id}:{secret} \\
           http://127.0.0.1:{port}/v2/numberpools/accounts/{account_id}/pools
"""


def main() -> None:
    """Prepare everything, say where it is, and become gunicorn."""
    _INSTANCE.mkdir(exist_ok=True)
    os.environ.update(environment(os.environ, _INSTANCE / "development.env"))
    settings = Settings.from_environment()
    check_port(settings.port)
    with needed_to_start():
        database = Database(settings.database_url)
        migrate.upgrade(database)
    click.echo(_GREETING.format(port=settings.port))
    if demo.ACCOUNT_ID not in {account.account_id for account in settings.vonage_accounts}:
        demo.load(Stores(database), settings)
        secret = os.environ["DEMO_API_SECRET"]
        click.echo(_DEMO.format(port=settings.port, account_id=demo.ACCOUNT_ID, secret=secret))
    database.engine.dispose()
    _serve()


def _serve() -> None:
    """Become gunicorn, in this process: a new one would spend as long again on the imports."""
    from gunicorn.app.wsgiapp import run  # noqa: PLC0415 settings must be checked before it

    sys.argv = ["gunicorn", "app:app"]
    run()


def environment(given: Mapping[str, str], file: Path) -> dict[str, str]:
    """The variables of a development start: as given, else as kept in the file, else new ones."""
    defaults = {
        "DATABASE_URL": f"sqlite:///{_INSTANCE}/numberpools.db",
        "SECRET_KEY": secrets.token_urlsafe(32),
        "DEMO_API_SECRET": secrets.token_urlsafe(32),
    }
    stored = _read(file)
    kept = {name: stored.get(name) or value for name, value in defaults.items()}
    if kept != stored:
        _write(file, kept)
    chosen = {name: given.get(name) or value for name, value in kept.items()}
    return {**chosen, "NUMBERPOOLS_ENV": "development"}


def check_port(port: int) -> None:
    """End with one sentence where the port cannot be had; gunicorn would try for five seconds."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as exc:
            reason = "in use" if exc.errno == errno.EADDRINUSE else f"not ours ({exc.strerror})"
            raise SystemExit(
                f"Number Pools cannot start. Port {port} is {reason}: choose another with PORT."
            ) from None


def _read(file: Path) -> dict[str, str]:
    if not file.exists():
        return {}
    pairs = (line.partition("=") for line in file.read_text().splitlines())
    return {name: value for name, _, value in pairs}


def _write(file: Path, values: Mapping[str, str]) -> None:
    file.touch(mode=0o600)
    file.chmod(0o600)
    file.write_text("".join(f"{name}={value}\n" for name, value in values.items()))


if __name__ == "__main__":
    main()
