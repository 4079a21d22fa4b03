from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import click
import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import delete, update
from sqlalchemy.exc import DBAPIError

from numberpools.auth.identity import Identity
from numberpools.auth.sessions import ORIGIN, PERSON
from numberpools.db.database import Database
from numberpools.db.tables import operations, pool_countries, pools
from numberpools.domain.api_secrets import SecretRole
from numberpools.domain.outcomes import Outcome
from numberpools.domain.pools import PageRequest, Pool
from numberpools.domain.roles import Role
from numberpools.services import accounts, audit, bulk
from numberpools.services.actors import ActorKind
from numberpools.services.authentication import authenticate
from numberpools.stores import PoolStore, Stores
from tests.chaos.report import check_totals
from tests.clock import HeldClock
from tests.conftest import SECRET
from tests.databases import on_sqlite
from tests.processes import reserved_port, run

DOCUMENTATION = Path(__file__).parent.parent / "docs" / "operating.md"
OTHERS_OF_FLASK = {"routes", "run", "shell"}

Command = Callable[..., Result]


@pytest.fixture
def command(app: Flask) -> Command:
    """Run a command: ``command("accounts", "list")``."""
    return lambda *arguments: app.test_cli_runner().invoke(args=list(arguments))


@pytest.fixture
def support(make_pool: Callable[..., Pool]) -> Pool:
    """A pool without numbers."""
    return make_pool("support")


def test_db_upgrade_can_be_repeated(command: Command) -> None:
    assert command("db", "upgrade").exit_code == 0
    assert command("db", "upgrade").exit_code == 0


def test_db_upgrade_folds_what_an_older_release_has_ended(
    command: Command,
    account_id: str,
    stores: Stores,
    support: Pool,
    work_off: Callable[[], None],
) -> None:
    operation_id = _start(stores, account_id, ["447400123456"])
    work_off()
    with stores.database.write() as connection:
        connection.execute(update(operations).values(folded_totals="{}", folded_before=0))
    assert command("db", "upgrade").exit_code == 0
    check_totals(stores.database, operation_id)


def test_accounts_create_prints_the_secret_once(
    command: Command, database: Database, stores: Stores
) -> None:
    result = command("accounts", "create", "efgh5678", "--label", "Example Ltd")
    assert result.exit_code == 0
    secret = result.output.split()[-1]
    assert authenticate(database, "efgh5678", secret)
    assert accounts.get_account(stores, "efgh5678").label == "Example Ltd"
    assert secret not in command("accounts", "list").output


def test_accounts_create_refuses_an_id_that_is_none(command: Command) -> None:
    result = command("accounts", "create", "Example")
    assert result.exit_code == 1
    assert result.output == (
        "Error: account_id: must be 8 characters: small letters a-z and digits.\n"
    )


def test_accounts_create_refuses_an_id_that_is_taken(command: Command, account_id: str) -> None:
    result = command("accounts", "create", account_id)
    assert result.exit_code == 1
    assert result.output == f"Error: account_id: {account_id} exists already.\n"


def test_accounts_rotate_secret_ends_the_old_one(
    command: Command, database: Database, account_id: str
) -> None:
    old = command("accounts", "rotate-secret", account_id).output.split()[-1]
    new = command("accounts", "rotate-secret", account_id).output.split()[-1]
    assert not authenticate(database, account_id, old)
    assert authenticate(database, account_id, new)


def test_accounts_rotate_secret_leaves_the_old_one_for_as_long_as_was_said(
    command: Command, database: Database, account_id: str, time_of_day: HeldClock
) -> None:
    result = command("accounts", "rotate-secret", account_id, "first", "--overlap", "24h")
    new = result.stdout.split()[-1]
    assert "The old one is taken until" in result.stderr
    for hours, is_taken in ((23, True), (2, False)):
        time_of_day.move(hours=hours)
        assert bool(authenticate(database, account_id, SECRET)) is is_taken
        assert authenticate(database, account_id, new)


def test_accounts_secrets_are_made_listed_and_revoked(
    command: Command, database: Database, account_id: str
) -> None:
    options = ("--role", "reads-only", "--expires", "90d")
    made = command("accounts", "secrets", "create", account_id, "Reports", *options)
    secret = made.output.split()[-1]
    caller = authenticate(database, account_id, secret)
    assert caller is not None
    assert caller.role is SecretRole.READS_ONLY
    listed = command("accounts", "secrets", "list", account_id).output
    assert secret not in listed
    first, reports = [line.split("\t") for line in listed.splitlines()]
    assert first == ["first", "changes", "in-force", "never", "never"]
    assert reports[:3] == ["Reports", "reads-only", "in-force"]
    expires_at = datetime.fromisoformat(reports[3])
    assert timedelta(days=89) < expires_at - database.now() < timedelta(days=90)
    revoked = command("accounts", "secrets", "revoke", account_id, "Reports")
    assert revoked.output == "Account abcd1234, API secret Reports: revoked.\n"
    assert not authenticate(database, account_id, secret)


@on_sqlite
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("rotate-secret", "abcd1234", "nothing"), "name: must be one of the secrets of abcd1234"),
        (("rotate-secret", "abcd1234", "--overlap", "soon"), "soon is no time: write 90d, 24h"),
        (("rotate-secret", "abcd1234", "--overlap", "99999d"), "must be from a minute to"),
        (("rotate-secret", "zzzz9999"), "There is no account zzzz9999."),
        (("secrets", "list", "zzzz9999"), "There is no account zzzz9999."),
        (("secrets", "create", "abcd1234", "first", "--role", "changes"), "called first"),
        (("secrets", "create", "abcd1234", "x", "--role", "all"), "'all' is not one of"),
        (("secrets", "create", "zzzz9999", "x", "--role", "changes"), "no account zzzz9999."),
        (("secrets", "revoke", "abcd1234", "nothing"), "must be one of the secrets of abcd1234"),
    ],
)
def test_accounts_secrets_say_what_is_wrong(
    command: Command, account_id: str, arguments: tuple[str, ...], said: str
) -> None:
    result = command("accounts", *arguments)
    assert result.exit_code in {1, 2}
    assert said in result.output
    assert "Traceback" not in result.output


def test_accounts_list_says_who_has_an_inventory(
    command: Command, account_id: str, database: Database
) -> None:
    assert command("accounts", "list").output == "abcd1234\t-\tExample Ltd\n"
    accounts.set_inventory(database, account_id, [])
    assert command("accounts", "list").output == "abcd1234\tinventory\tExample Ltd\n"


def test_accounts_set_inventory_decides_what_can_be_added(
    command: Command, account_id: str, tmp_path: Path, store: PoolStore, support: Pool
) -> None:
    file = tmp_path / "numbers.txt"
    file.write_text("447400123456\n\n447400123457\n447400123456\n")
    result = command("accounts", "set-inventory", account_id, str(file))
    assert result.output == "abcd1234 owns 2 numbers.\n"
    added, refused = store.add_numbers("support", ["447400123456", "447400999999"])
    assert (added.outcome, refused.outcome) == (Outcome.ADDED, Outcome.NOT_OWNED)


def test_accounts_set_inventory_names_the_line_that_is_wrong(
    command: Command, account_id: str, tmp_path: Path, stores: Stores
) -> None:
    file = tmp_path / "numbers.txt"
    file.write_text("447400123456\n+447400123457\n")
    result = command("accounts", "set-inventory", account_id, str(file))
    assert result.exit_code == 1
    assert result.output == "Error: numbers: line 2 is not a number of 7 to 15 digits.\n"
    assert not accounts.get_account(stores, account_id).has_inventory


def test_accounts_drop_inventory_lets_any_number_in(
    command: Command, account_id: str, database: Database, store: PoolStore, support: Pool
) -> None:
    accounts.set_inventory(database, account_id, [])
    assert command("accounts", "drop-inventory", account_id).exit_code == 0
    (group,) = store.add_numbers("support", ["447400123456"])
    assert group.outcome is Outcome.ADDED


def test_accounts_set_inventory_refuses_a_file_that_is_no_text(
    command: Command, account_id: str, tmp_path: Path
) -> None:
    file = tmp_path / "numbers.xlsx"
    file.write_bytes(b"PK\x03\x04\xff\xfe")
    result = command("accounts", "set-inventory", account_id, str(file))
    assert result.exit_code == 1
    assert result.output == "Error: The file is not text in UTF-8.\n"


def _start(stores: Stores, account_id: str, numbers: list[str], pool_id: str = "support") -> str:
    return bulk.start(
        stores,
        form_id=str(uuid4()),
        account_id=account_id,
        pool_id=pool_id,
        action=bulk.Action.ADD,
        entries=bulk.entries_of(numbers),
        started_by="Ann",
    )


def test_operations_hold_names_what_it_holds_and_no_worker_goes_on_with_it(
    command: Command,
    account_id: str,
    stores: Stores,
    support: Pool,
    work_off: Callable[[], None],
) -> None:
    ended = _start(stores, account_id, ["447400123456"])
    work_off()
    first = _start(stores, account_id, ["447400123457", "447400123458"])
    second = _start(stores, account_id, ["447400123459"])
    result = command("operations", "hold")
    assert result.exit_code == 0
    assert result.output == (
        f"abcd1234\tsupport\tadd\t0 of 2 entries done\t{first}\n"
        f"abcd1234\tsupport\tadd\t0 of 1 entries done\t{second}\n"
        "2 operations are held.\n"
    )
    work_off()
    states = [
        bulk.get_operation(stores.database, account_id, each).state
        for each in (ended, first, second)
    ]
    assert states == [bulk.State.FINISHED, bulk.State.PAUSED, bulk.State.PAUSED]


def test_operations_hold_is_the_doing_of_whoever_ran_it(
    command: Command, account_id: str, stores: Stores, support: Pool
) -> None:
    operation_id = _start(stores, account_id, ["447400123457"])
    assert command("operations", "hold").output.endswith("1 operation is held.\n")
    entry = next(audit.all_entries(stores.database, account_id, audit.Wanted()))
    user = entry.actor.name
    assert (entry.action, entry.actor.kind) == (
        audit.Action.PAUSE_OPERATION,
        ActorKind.COMMAND,
    )
    problem = bulk.get_operation(stores.database, account_id, operation_id).problem
    assert problem.startswith(f"Held by {user}, with the command operations hold.")


def test_operations_hold_says_that_there_are_none(command: Command) -> None:
    result = command("operations", "hold")
    assert result.exit_code == 0
    assert result.output == "No operation would go on: there is nothing to hold.\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ("accounts", "rotate-secret"),
        ("accounts", "drop-inventory"),
        ("accounts", "set-inventory"),
        ("pools", "recount"),
    ],
)
def test_it_says_that_there_is_no_such_account(
    command: Command, arguments: tuple[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "numbers.txt"
    file.write_text("447400123456")
    files = [str(file)] if "set-inventory" in arguments else []
    result = command(*arguments, "efgh5678", *files)
    assert result.exit_code == 1
    assert result.output == "Error: There is no account efgh5678.\n"


def test_pools_recount_mends_counts(
    command: Command, account_id: str, database: Database, store: PoolStore, support: Pool
) -> None:
    store.add_numbers("support", ["447400123456", "12015550123"])
    with database.write() as connection:
        connection.execute(update(pools).values(number_count=7))
        connection.execute(delete(pool_countries))
    assert command("pools", "recount", account_id).exit_code == 0
    (summary,) = store.list_pools(PageRequest()).items
    assert summary.number_count == 2
    assert summary.country_count == 2


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("arguments", [("accounts", "list"), ("pools", "recount", "abcd1234")])
def test_a_database_that_does_not_answer_is_told_in_a_sentence(
    app: Flask, command: Command, arguments: tuple[str, ...]
) -> None:
    with reserved_port() as port:
        url = f"postgresql+psycopg://a:sesame@127.0.0.1:{port}/x"
        app.extensions["stores"].database = Database(url)
        result = command(*arguments)
    assert result.exit_code == 1
    assert result.output.startswith("Error: The database (DATABASE_URL) does not answer: ")
    assert result.output.count("\n") == 1
    assert "sesame" not in result.output


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_database_without_tables_is_told_with_what_helps(
    app: Flask, command: Command, tmp_path: Path
) -> None:
    app.extensions["stores"].database = empty = Database(f"sqlite:///{tmp_path}/empty.db")
    result = command("accounts", "list")
    assert result.exit_code == 1
    assert result.output == (
        "Error: The database's tables are not up to date: run flask --app app db upgrade first.\n"
    )
    empty.engine.dispose()


def test_an_error_that_nobody_foresaw_keeps_its_traceback(
    command: Command, account_id: str, database: Database
) -> None:
    with database.write() as connection:
        connection.exec_driver_sql("ALTER TABLE inventory RENAME TO lost_inventory")
    result = command("accounts", "drop-inventory", account_id)
    with database.write() as connection:
        connection.exec_driver_sql("ALTER TABLE lost_inventory RENAME TO inventory")
    assert isinstance(result.exception, DBAPIError)


@pytest.mark.parametrize(
    "start", [["flask", "--app", "app", "db", "upgrade"], ["gunicorn", "app:app"]]
)
def test_no_process_starts_without_its_database(start: list[str]) -> None:
    with reserved_port() as port:
        settings = {
            "NUMBERPOOLS_ENV": "development",
            "SECRET_KEY": "a key for the tests alone, long enough to be one",
            "DATABASE_URL": f"postgresql://somebody:sesame@127.0.0.1:{port}/nothing",
        }
        refused = run(start, settings)
    assert refused.returncode == 1
    said = "Number Pools cannot start. The database (DATABASE_URL) does not answer: "
    assert refused.stderr.startswith(said)
    assert "Traceback" not in refused.stderr
    assert "sesame" not in refused.stderr


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "start", [["flask", "--app", "app", "worker"], ["gunicorn", "app:app"]], ids=["worker", "web"]
)
def test_no_process_starts_with_an_account_that_is_ours_and_the_vendors(
    start: list[str], database_url: str, account_id: str
) -> None:
    settings = {
        "NUMBERPOOLS_ENV": "development",
        "SECRET_KEY": "a key for the tests alone, long enough to be one",
        "DATABASE_URL": database_url,
        "VONAGE_ACCOUNTS": f"Theirs:{account_id}:s3cret",
    }
    refused = run(start, settings)
    assert refused.returncode == 1
    said = f"Number Pools cannot start. VONAGE_ACCOUNTS names {account_id}, which is also one"
    assert refused.stderr.startswith(said)
    assert "Traceback" not in refused.stderr


def test_every_command_is_documented(app: Flask) -> None:
    documented = DOCUMENTATION.read_text("utf-8")
    commands = [name for name in _commands(app.cli) if name not in OTHERS_OF_FLASK]
    assert "accounts create" in commands
    assert [name for name in commands if f"flask --app app {name}" not in documented] == []


def _commands(group: click.Group, before: str = "") -> Iterator[str]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from _commands(command, f"{before}{name} ")
        else:
            yield f"{before}{name}"


class TestSessionsEnd:
    @pytest.fixture
    def people(self, app: Flask) -> Callable[[], list[str]]:
        """Ann is signed in twice, once before her address was confirmed, and Bob; who still is."""
        clients = []
        for subject, email in (("1", "Ann@example.com"), ("1", ""), ("2", "bob@example.com")):
            clients.append(app.test_client())
            with clients[-1].session_transaction() as session:
                identity = Identity(subject, subject, Role.VIEWER, email)
                session[PERSON], session[ORIGIN] = identity.stored()

        def still_signed_in() -> list[str]:
            return ["" if each.get("/").location else "in" for each in clients]

        return still_signed_in

    def test_of_a_person(
        self, command: Command, people: Callable[[], list[str]], caplog: pytest.LogCaptureFixture
    ) -> None:
        result = command("sessions", "end", "--person", " aNN@EXAMPLE.com")
        assert (result.exit_code, result.output) == (0, "2 sessions are ended.\n")
        assert people() == ["", "", "in"]
        assert "has ended 2 session(s) of 1" in caplog.text

    def test_of_everybody(
        self, command: Command, people: Callable[[], list[str]], caplog: pytest.LogCaptureFixture
    ) -> None:
        result = command("sessions", "end", "--all")
        assert (result.exit_code, result.output) == (0, "3 sessions are ended.\n")
        assert people() == ["", "", ""]
        assert "has ended 3 session(s) of everybody" in caplog.text

    def test_of_nobody(self, command: Command, people: Callable[[], list[str]]) -> None:
        result = command("sessions", "end", "--person", "eve@example.com")
        told = "Nobody is signed in as eve@example.com: there is no session to end.\n"
        assert (result.exit_code, result.output) == (0, told)
        assert people() == ["in", "in", "in"]

    @pytest.mark.parametrize(
        "options", [[], ["--all", "--person", "ann@example.com"], ["--person", ""]]
    )
    def test_it_has_to_be_said_whose(
        self, command: Command, people: Callable[[], list[str]], options: list[str]
    ) -> None:
        result = command("sessions", "end", *options)
        assert result.exit_code == 2
        assert "Say whose sessions are to end: --all, or --person E-MAIL." in result.output
        assert people() == ["in", "in", "in"]
