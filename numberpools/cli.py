"""Commands: ``flask --app app db upgrade``, ``flask --app app accounts create`` and so on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from flask import Flask
from flask.cli import AppGroup

from numberpools.context import database, stores
from numberpools.db import migrate
from numberpools.errors import NumberPoolsError
from numberpools.services import accounts as service
from numberpools.services import mirror as mirror_service
from numberpools.services import pools as pools_service

accounts = AppGroup("accounts", help="Accounts of our own and their API secrets.")
db = AppGroup("db", help="The database's tables.")
mirror = AppGroup("mirror", help="Our copies of the pools at a vendor.")
pools = AppGroup("pools", help="Pools, whichever store they live in.")


def init_app(app: Flask) -> None:
    for group in (accounts, db, mirror, pools):
        app.cli.add_command(group)


@contextmanager
def _errors_as_messages() -> Iterator[None]:
    try:
        yield
    except NumberPoolsError as exc:
        raise click.ClickException(str(exc)) from None


@db.command("upgrade")
def upgrade() -> None:
    """Bring the database's tables to the current state."""
    migrate.upgrade(database())


@accounts.command("create")
@click.argument("account_id")
@click.option("--label", default="", help="The name that the dashboard shows.")
def create_account(account_id: str, label: str) -> None:
    """Create an account and print its API secret, once."""
    with _errors_as_messages():
        secret = service.create_account(database(), account_id, label or account_id)
    _print_secret(account_id, secret)


@accounts.command("rotate-secret")
@click.argument("account_id")
def rotate_secret(account_id: str) -> None:
    """Replace an account's API secret and print the new one, once."""
    with _errors_as_messages():
        secret = service.rotate_secret(database(), account_id)
    _print_secret(account_id, secret)


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
    with _errors_as_messages():
        service.set_inventory(database(), account_id, numbers)
    click.echo(f"{account_id} owns {len(set(numbers)):,} numbers.")


@accounts.command("drop-inventory")
@click.argument("account_id")
def drop_inventory(account_id: str) -> None:
    """Let an account add any number again."""
    with _errors_as_messages():
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
        with _errors_as_messages():
            copied = mirror_service.copy_account(stores(), each)
        click.echo(f"{each}: {'copied' if copied else 'another copy is under way'}.")


@pools.command("recount")
@click.argument("account_id")
def recount(account_id: str) -> None:
    """Count an account's numbers anew (after an update of libphonenumber moved a country)."""
    with _errors_as_messages():
        service.get_account(stores(), account_id)
        pools_service.recount(stores(), account_id)


def _print_secret(account_id: str, secret: str) -> None:
    click.echo(f"Account {account_id}, API secret (shown only now): {secret}")
