"""Commands: ``flask --app app db upgrade``, ``flask --app app accounts create`` and so on."""

from __future__ import annotations

import logging
import os
import pwd
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click
from flask import Flask
from flask.cli import AppGroup, ScriptInfo
from sqlalchemy.exc import DBAPIError

from numberpools.auth import signed_in
from numberpools.context import database, stores
from numberpools.db import migrate
from numberpools.db.availability import reason_of
from numberpools.domain.api_secrets import SecretRole
from numberpools.domain.pools import is_account_id
from numberpools.errors import DatabaseUnavailable, NumberPoolsError
from numberpools.services import accounts as service
from numberpools.services import api_secrets, audit, bulk, health
from numberpools.services import mirror as mirror_service
from numberpools.services import pools as pools_service
from numberpools.services.actors import Actor, ActorKind
from numberpools.services.audit import Action, Draft, Result

logger = logging.getLogger(__name__)

_NOT_UP_TO_DATE = "The database's tables are not up to date: run flask --app app db upgrade first."


class Commands(AppGroup):
    """Commands that end with one sentence where the input, or the database, is not as it should."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except DatabaseUnavailable as exc:
            reason = f"The database (DATABASE_URL) does not answer: {reason_of(exc)}"
            raise click.ClickException(reason) from None
        except NumberPoolsError as exc:
            raise click.ClickException(str(exc)) from None
        except DBAPIError:
            with ctx.ensure_object(ScriptInfo).load_app().app_context():
                if health.migrations_are_current(database()):
                    raise
            raise click.ClickException(_NOT_UP_TO_DATE) from None


def _duration(text: str) -> timedelta:
    """``90d``, ``24h`` or ``30m``."""
    found = re.fullmatch(r"([0-9]{1,5})([mhd])", text)
    if found is None:
        raise click.BadParameter(f"{text} is no time: write 90d, 24h or 30m.")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


_UNITS = {"m": "minutes", "h": "hours", "d": "days"}

accounts = Commands("accounts", help="Accounts of our own and their API secrets.")
secrets = Commands("secrets", help="An account's API secrets.")
accounts.add_command(secrets)
db = Commands("db", help="The database's tables.")
mirror = Commands("mirror", help="Our copies of the pools at a vendor.")
operations = Commands("operations", help="Bulk operations.")
pools = Commands("pools", help="Pools, whichever store they live in.")
sessions = Commands("sessions", help="Who is signed in to the dashboard.")


def init_app(app: Flask) -> None:
    for group in (accounts, db, mirror, operations, pools, sessions):
        app.cli.add_command(group)


@db.command("upgrade")
def upgrade() -> None:
    """Bring the database's tables to the current state."""
    migrate.upgrade(database())
    bulk.fold_ended(database())


@accounts.command("create")
@click.argument("account_id")
@click.option("--label", default="", help="The name that the dashboard shows.")
def create_account(account_id: str, label: str) -> None:
    """Create an account and print its API secret, once."""
    with _changing(Action.CREATE_ACCOUNT, account_id):
        secret = service.create_account(
            database(), account_id, label or account_id, taken=stores().vendor_accounts
        )
    _print_secret(account_id, secret)


@accounts.command("rotate-secret")
@click.argument("account_id")
@click.argument("name", required=False)
@click.option("--overlap", type=_duration, default="0m", help="How long the old one is taken.")
def rotate_secret(account_id: str, name: str | None, overlap: timedelta) -> None:
    """Replace an account's API secret and print the new one, once.

    NAME is needed where the account has several. The old one ends at once, or after the overlap,
    such as 24h or 7d.
    """
    with _changing(Action.REPLACE_SECRET, account_id):
        new = api_secrets.rotate_secret(database(), account_id, name, overlap)
    _print_secret(account_id, new.secret)
    if new.old_until:
        click.echo(f"The old one is taken until {_moment(new.old_until)}.", err=True)


@secrets.command("list")
@click.argument("account_id")
def list_secrets(account_id: str) -> None:
    """Print an account's API secrets, one a line: name, role, state, expiry, last use."""
    service.get_account(stores(), account_id)
    for each in api_secrets.list_secrets(database(), account_id):
        expires = _moment(each.expires_at) if each.expires_at else "never"
        used = _moment(each.last_used_at) if each.last_used_at else "never"
        click.echo(f"{each.name}\t{each.role}\t{each.state}\t{expires}\t{used}")


@secrets.command("create")
@click.argument("account_id")
@click.argument("name")
@click.option("--role", type=click.Choice([role.value for role in SecretRole]), required=True)
@click.option("--expires", type=_duration, help="After how long, such as 90d; else never.")
def create_secret(account_id: str, name: str, role: str, expires: timedelta | None) -> None:
    """Make a further API secret and print it, once."""
    with _changing(Action.CREATE_SECRET, account_id):
        new = api_secrets.create_secret(database(), account_id, name, SecretRole(role), expires)
    _print_secret(account_id, new.secret)


@secrets.command("revoke")
@click.argument("account_id")
@click.argument("name")
def revoke_secret(account_id: str, name: str) -> None:
    """End an API secret at once, and the one that it replaces."""
    with _changing(Action.REVOKE_SECRET, account_id):
        api_secrets.revoke_named(database(), account_id, name)
    click.echo(f"Account {account_id}, API secret {name}: revoked.")


@accounts.command("list")
def list_accounts() -> None:
    """Print the accounts, one a line: id, inventory or not, label."""
    for account in service.list_accounts(stores()):
        inventory = "inventory" if account.has_inventory else "-"
        click.echo(f"{account.account_id}\t{inventory}\t{account.label}")


@accounts.command("set-inventory")
@click.argument("account_id")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def set_inventory(account_id: str, file: Path) -> None:
    """Let an account add only the numbers that stand in a file, one a line, without a plus."""
    try:
        lines = file.read_text("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise click.ClickException("The file is not text in UTF-8.") from None
    numbers = [line.strip() for line in lines if line.strip()]
    with _changing(Action.SET_INVENTORY, account_id):
        service.set_inventory(database(), account_id, numbers)
    click.echo(f"{account_id} owns {len(set(numbers)):,} numbers.")


@accounts.command("drop-inventory")
@click.argument("account_id")
def drop_inventory(account_id: str) -> None:
    """Let an account add any number again."""
    with _changing(Action.DROP_INVENTORY, account_id):
        service.set_inventory(database(), account_id, None)
    click.echo(f"{account_id} may add any number.")


@mirror.command("sync")
@click.argument("account_id", required=False)
def sync(account_id: str | None) -> None:
    """Copy the pools of an account at the vendor, or of all of them."""
    known = list(stores().vendor_accounts)
    if account_id is not None and account_id not in known:
        raise click.ClickException(f"VONAGE_ACCOUNTS names no account {account_id}.")
    for each in [account_id] if account_id else known:
        copied = mirror_service.copy_account(stores(), each)
        click.echo(f"{each}: {'copied' if copied else 'another copy is under way'}.")
        current = mirror_service.state(stores(), each)
        for pool_id, why in current.missing.items() if current and copied else ():
            click.echo(f"{each}: the pool {pool_id or 'without an id'} is not copied whole: {why}")


@operations.command("hold")
def hold() -> None:
    """Pause what has not ended, until somebody resumes or cancels it (after a backup)."""
    with audit.attempt(Actor(ActorKind.COMMAND, _user())):
        held = bulk.hold_all(database(), _user())
    for each in held:
        done = f"{each.done_count:,} of {each.item_count:,} entries done"
        about = f"{each.account_id}\t{each.pool_id}\t{each.action}\t{done}"
        click.echo(f"{about}\t{each.operation_id}")
    many = f"{len(held):,} operations are" if len(held) > 1 else "1 operation is"
    click.echo(f"{many} held." if held else "No operation would go on: there is nothing to hold.")


@pools.command("recount")
@click.argument("account_id")
def recount(account_id: str) -> None:
    """Count an account's numbers anew (after an update of libphonenumber moved a country)."""
    service.get_account(stores(), account_id)
    pools_service.recount(stores(), account_id)


@sessions.command("end")
@click.option("--all", "is_all", is_flag=True, help="The sessions of everybody.")
@click.option("--person", metavar="E-MAIL", help="Those of the person with this address.")
def end_sessions(is_all: bool, person: str | None) -> None:
    """Sign people out of the dashboard, with their next request."""
    if is_all == bool(person):
        raise click.UsageError("Say whose sessions are to end: --all, or --person E-MAIL.")
    if person:
        ended = signed_in.end_sessions_of_address(database(), person)
    else:
        ended = signed_in.end_all_sessions(database())
    if not ended:
        whose = f" as {person}" if person else ""
        click.echo(f"Nobody is signed in{whose}: there is no session to end.")
        return
    whose = ", ".join(sorted(set(ended))) if person else "everybody"
    logger.warning("the command of %s has ended %d session(s) of %s", _user(), len(ended), whose)
    click.echo("1 session is ended." if len(ended) == 1 else f"{len(ended):,} sessions are ended.")


@contextmanager
def _changing(action: Action, account_id: str) -> Iterator[None]:
    """What happens inside is the doing of whoever runs the command, also where it is refused."""
    with audit.attempt(Actor(ActorKind.COMMAND, _user())):
        try:
            yield
        except NumberPoolsError as exc:
            known = account_id if is_account_id(account_id) else None
            draft = Draft(action, known, result=Result.REFUSED, reason=str(exc))
            audit.record_refusal(database(), draft)
            raise


def _user() -> str:
    """The operating system's; a container may have one without a name."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"user {os.getuid()}"


def _moment(time: datetime) -> str:
    return time.isoformat(" ", timespec="minutes")


def _print_secret(account_id: str, secret: str) -> None:
    click.echo(f"Account {account_id}, API secret (shown only now): {secret}")
