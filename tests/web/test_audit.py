"""``/accounts/<account_id>/audit`` and ``/pools/<pool_id>/history``: seen, searched, taken back."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

from numberpools.db.database import Database
from numberpools.domain.pools import Fallback, Pool
from numberpools.services import pools
from numberpools.services.api_secrets import rotate_secret
from numberpools.stores import PoolStore, Stores
from tests.clock import HeldClock
from tests.conftest import ACCOUNT_ID, SECRET
from tests.databases import on_both_databases
from tests.web import FRAGMENT, POOLS, SEEN
from tests.web.markup import find, read, words

AUDIT = "/accounts/abcd1234/audit"
HISTORY = f"{POOLS}/support/history"


@pytest.fixture
def changed(time_of_day: HeldClock, editor: FlaskClient, support: Pool) -> None:
    """A pool whose settings, numbers and name somebody has changed."""
    settings = {"fallback": "Reject", "localized_sender_preferred": "y", "seen": SEEN}
    assert editor.post(f"{POOLS}/support/settings", data=settings).status_code == 303
    assert editor.post(f"{POOLS}/support/numbers/447400123456/remove").status_code == 303


def rows(page: str, client: FlaskClient) -> list[str]:
    """What the entries say, the newest first."""
    answer = client.get(page)
    assert answer.status_code == 200
    return [words(row) for row in read(answer).iterfind(".//tbody/tr")]


@pytest.mark.usefixtures("changed")
def test_it_works(administrator: FlaskClient) -> None:
    removed, settings, created = rows(AUDIT, administrator)
    assert "Removed 1 number" in removed
    assert "Development editor 127.0.0.1 support" in settings
    assert "Fallback: Pool → Reject" in settings
    assert "Number Pools" in created


def test_what_was_done_is_told_as_done(
    administrator: FlaskClient, database: Database, account_id: str
) -> None:
    rotate_secret(database, account_id)
    (newest, *_) = rows(AUDIT, administrator)
    assert "Replaced the API secret" in newest


def test_it_tells_programs_and_commands_from_people(
    app: Flask, administrator: FlaskClient, support: Pool, tmp_path: Path
) -> None:
    file = tmp_path / "numbers.txt"
    file.write_text("447400123456\n")
    app.test_cli_runner().invoke(args=["accounts", "set-inventory", ACCOUNT_ID, str(file)])
    pool = f"/v2/numberpools/accounts/{ACCOUNT_ID}/pools/support"
    assert app.test_client().delete(pool, auth=(ACCOUNT_ID, SECRET)).status_code == 200
    by_program, by_command, *_ = rows(AUDIT, administrator)
    assert "API key abcd1234" in by_program
    assert "Command of" in by_command
    assert "Numbers that the account owns: not known → 1" in by_command


@pytest.mark.usefixtures("changed")
def test_a_fragment_is_the_table_alone(administrator: FlaskClient) -> None:
    answer = administrator.get(AUDIT, headers=FRAGMENT)
    assert answer.text.lstrip().startswith('<div id="entries">')
    assert answer.headers["Vary"].split(", ").count("HX-Request") == 1


@pytest.mark.usefixtures("changed")
def test_everybody_sees_a_pools_history_and_administrators_the_accounts_trail(
    viewer: FlaskClient, editor: FlaskClient, administrator: FlaskClient
) -> None:
    for client in (viewer, editor):
        assert client.get(AUDIT).status_code == 403
        assert client.get(f"{AUDIT}.csv").status_code == 403
        assert AUDIT not in client.get(HISTORY).text.replace(f"{AUDIT}/", "")
        assert len(rows(HISTORY, client)) == 2
        assert client.get(f"{POOLS}/support/history.csv").status_code == 200
    assert AUDIT in administrator.get(HISTORY).text
    assert HISTORY in viewer.get(f"{POOLS}/support").text
    assert "Undo" not in " ".join(rows(HISTORY, viewer))
    assert "Undo" in " ".join(rows(HISTORY, editor))


@pytest.mark.usefixtures("changed")
@on_both_databases
def test_it_is_filtered(administrator: FlaskClient) -> None:
    for query, amount in (
        ("number=%2B44+7400+123456", 1),
        ("number=447400123456", 1),
        ("number=447400123457", 0),
        ("number=9991234567", 0),  # of no country, but a pool may have had it
        ("who=EDITOR", 2),
        ("who=nobody", 0),
        ("action=change-pool", 1),
        ("action=nonsense", 3),
        ("pool=support", 2),
        ("pool=sales", 0),
        ("who=editor&action=change-pool&pool=support&page_size=10", 1),
    ):
        check_amount(administrator, query, amount)


@pytest.mark.usefixtures("changed")
@on_both_databases
def test_it_is_filtered_by_day(time_of_day: HeldClock, administrator: FlaskClient) -> None:
    for bound, days, time, amount in (
        ("from", -1, "", 3),
        ("from", 1, "", 0),
        ("to", 0, "", 3),
        ("to", -1, "", 0),
        ("from", 1, " 08:30:00.123456+00:00", 0),
    ):
        day = time_of_day().date() + timedelta(days=days)
        check_amount(administrator, f"{bound}={quote(f'{day}{time}')}", amount)


def check_amount(administrator: FlaskClient, query: str, amount: int) -> None:
    """As a page and as a file."""
    assert len(rows(f"{AUDIT}?{query}", administrator)) == amount, query
    table = list(csv.reader(StringIO(administrator.get(f"{AUDIT}.csv?{query}").text)))
    assert len(table) == amount + 1


@pytest.mark.usefixtures("changed")
@on_both_databases
def test_moments_are_meant_in_the_zone_that_the_address_names(
    time_of_day: HeldClock, administrator: FlaskClient
) -> None:
    for zone, hours in (
        ("Asia/Kathmandu", 5.75),
        ("America/Phoenix", -7),
        ("", 0),
        ("Nowhere", 0),
        ("../UTC", 0),
    ):
        there = time_of_day().replace(tzinfo=None) + timedelta(hours=hours)
        for minutes, amount in ((-2, 3), (2, 0)):
            moment = f"{there + timedelta(minutes=minutes):%Y-%m-%d+%H:%M}"
            assert len(rows(f"{AUDIT}?zone={zone}&from={moment}", administrator)) == amount
            assert len(rows(f"{AUDIT}?zone={zone}&to={moment}", administrator)) == 3 - amount, zone


@pytest.mark.usefixtures("changed")
def test_a_filter_that_is_not_understood_says_so(administrator: FlaskClient) -> None:
    for query, sentence in (
        ("number=12", "Type one whole number"),
        ("number=4474OO123456", "Type one whole number"),
        ("number=07400+123456", "Type one whole number"),
        ("number=%2B447400123456+%2B447400123457", "Type one whole number"),
        ("from=yesterday", "Give a day, such as"),
        ("to=9999-12-31", "Give a day, such as"),
        ("from=0001-01-01T00:00%2B14:00", "Give a day, such as"),
    ):
        page = read(administrator.get(f"{AUDIT}?{query}"))
        message = find(page, ".//form//div[@class='invalid-feedback d-block']")
        assert words(message).startswith(sentence)
        field = find(page, ".//input[@aria-invalid='true']")
        assert field.get("aria-describedby") == message.get("id"), query


def test_an_empty_trail_says_so(administrator: FlaskClient, support: Pool) -> None:
    assert "Nothing here" in administrator.get(f"{AUDIT}?who=nobody").text
    assert "There is no page 9" in administrator.get(f"{AUDIT}?page=9").text


def test_the_csv_is_no_formula(administrator: FlaskClient, stores: Stores, account_id: str) -> None:
    pools.create_pool(stores, Pool(account_id, "-1-2", Fallback.POOL, True, False))
    answer = administrator.get(f"{AUDIT}.csv")
    assert answer.mimetype == "text/csv"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="audit-abcd1234.csv"'
    newest, *_ = csv.DictReader(StringIO(answer.text))
    assert newest["pool"] == "'-1-2"
    assert newest["what"].startswith("Created the pool: Fallback: Pool")
    assert newest["result"] == "done"
    for line in csv.reader(StringIO(answer.text)):
        assert not any(cell.startswith(("=", "+", "-", "@")) for cell in line)


@pytest.mark.usefixtures("changed")
@on_both_databases
def test_settings_are_taken_back_after_a_look(editor: FlaskClient, store: PoolStore) -> None:
    entry = find(read(editor.get(HISTORY)), ".//a[@aria-label]").get("href")
    assert entry is not None
    assert "Fallback: Reject → Pool" in words(read(editor.get(entry)))
    assert store.get_pool("support").fallback is Fallback.REJECT
    answer = editor.post(entry)
    assert (answer.status_code, answer.location) == (303, f"{POOLS}/support")
    assert store.get_pool("support").fallback is Fallback.POOL
    undoing, _, undone = rows(HISTORY, editor)
    assert "takes back entry" in undoing
    assert "taken back by entry" in undone
    again = editor.post(entry)
    assert again.status_code == 409
    assert "This was taken back already." in again.text
    assert "Refused: Undo a change" in rows(f"{AUDIT}?action=undo", _administrator(editor))[0]


def _administrator(client: FlaskClient) -> FlaskClient:
    client.post("/sign-in", data={"role": "ADMINISTRATOR"})
    return client


@pytest.mark.usefixtures("changed")
def test_viewers_take_nothing_back(viewer: FlaskClient, editor: FlaskClient) -> None:
    entry = find(read(editor.get(HISTORY)), ".//a[@aria-label]").get("href") or ""
    assert viewer.get(entry).status_code == 403
    assert viewer.post(entry).status_code == 403


@on_both_databases
def test_administrators_bring_a_deleted_pool_back(
    administrator: FlaskClient, editor: FlaskClient, store: PoolStore, support: Pool
) -> None:
    form = {"pool_id": "support", "etag": support.etag}
    assert "can bring it back" in administrator.get(f"{POOLS}/support/delete").text
    assert administrator.post(f"{POOLS}/support/delete", data=form).status_code == 303
    assert "Deleted the pool with 3 numbers" in rows(HISTORY, editor)[0]
    assert "Undo" not in rows(HISTORY, editor)[0]
    entry = find(read(administrator.get(HISTORY)), ".//a[@aria-label]").get("href") or ""
    assert editor.get(entry).status_code == 403
    assert editor.post(entry).status_code == 403
    assert "its 3 numbers" in words(read(administrator.get(entry)))
    assert administrator.post(entry).location == f"{POOLS}/support"
    assert store.count_numbers("support") == 3
    assert "Created the deleted pool again with 3 numbers" in rows(HISTORY, editor)[0]


@on_both_databases
def test_an_operation_is_undone_on_its_own_page(
    editor: FlaskClient, support: Pool, work_off: Callable[[], None]
) -> None:
    form = {"form_id": str(uuid4()), "numbers": "+44 7400 999999", "country": "", "action": "add"}
    operation = editor.post(f"{POOLS}/support/operations", data=form).location
    work_off()
    page = read(editor.get(HISTORY))
    assert find(page, ".//td/a[@aria-label]").get("href") == f"{operation}/undo"
    assert find(page, f".//a[@href='{operation}']").text == "Added 1 number"
    editor.post(f"{operation}/undo")
    work_off()
    _, started, undone, _ = rows(HISTORY, editor)
    entry_id = started.partition("Entry ")[2].split(",")[0]
    assert f"taken back by entry {entry_id}" in undone
    assert "Undo" not in undone


@on_both_databases
def test_there_is_no_such_entry(editor: FlaskClient, account_id: str) -> None:
    for entry_id in (
        "0",
        "99999",
        "9223372036854775807",
        "9" * 30,
        "x",
        "-1",
    ):
        assert editor.get(f"{AUDIT}/{entry_id}/undo").status_code == 404, entry_id


def test_a_pool_that_never_was_has_no_history(viewer: FlaskClient, account_id: str) -> None:
    assert viewer.get(f"{POOLS}/never/history").status_code == 404
    assert viewer.get(f"{POOLS}/never/history.csv").status_code == 404
