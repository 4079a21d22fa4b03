"""Every change leaves one entry that says who, what, when, from where, and from what to what."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.routing import Rule

from numberpools import clock, trail
from numberpools.db.database import Database
from numberpools.db.tables import audit_entries
from numberpools.domain import phone
from numberpools.domain.pools import PageRequest, Pool
from numberpools.services import audit, bulk
from numberpools.services.actors import ActorKind
from numberpools.services.audit import Action, Entry, Result, Wanted
from numberpools.settings import Settings
from numberpools.stores import PoolStore, SqlPoolStore, Stores
from tests.api.conftest import basic
from tests.clock import HeldClock
from tests.conftest import SECRET, opened
from tests.databases import on_both_databases
from tests.web import POOLS, SEEN
from tests.web.audit_cases import CALLS, PAGES, Case

API = "/v2/numberpools/accounts/abcd1234/pools"
ADDRESS = "203.0.113.7"
REQUEST = "request-1"
HERE: dict[str, Any] = {
    "environ_overrides": {"REMOTE_ADDR": ADDRESS},
    "headers": {"X-Request-Id": REQUEST},
}
CHANGES_NOTHING = {
    "bulk.download": "says what would happen",
    "bulk.preview": "says what would happen",
    "development.submit": "signs in",
    "lists.compare": "looks at a list that was not started",
    "lists.mend": "looks at a list that was not started",
    "lists.read_again": "looks at a list that was not started",
    "mirror.copy": "copies what stands at the vendor",
    "own_sessions.end": "signs one out elsewhere",
    "sessions.end": "signs somebody out",
    "sessions.end_all": "signs everybody out",
    "sign_in.leave": "signs out",
    "sign_in.leave_it": "forgets a form that was not sent",
    "sign_in.send_again": "sends a form to where it was meant to go",
}
"""Routes with an unsafe method that leave pools, numbers and accounts as they are."""
Entries = Callable[[], list[Entry]]


@pytest.fixture
def entries(time_of_day: HeldClock, database: Database, account_id: str, support: Pool) -> Entries:
    """The entries of what the test does, the newest first."""
    ready = {each.entry_id for each in _all(database, account_id)}

    def new() -> list[Entry]:
        return [each for each in _all(database, account_id) if each.entry_id not in ready]

    return new


def _all(database: Database, account_id: str) -> list[Entry]:
    return list(audit.list_entries(database, account_id, PageRequest(1, 100), Wanted()).items)


def _check(entry: Entry, case: Case) -> None:
    assert (entry.action, entry.result) == (case.action, case.result)
    assert (entry.pool_id, entry.before, entry.after) == (case.pool_id, case.before, case.after)
    assert entry.reason if case.result is Result.REFUSED else not entry.reason
    assert case.reason in entry.reason
    assert (entry.actor.address, entry.actor.request_id) == (ADDRESS, REQUEST)
    assert timedelta(0) < clock.now() - entry.at < timedelta(seconds=1)


@pytest.mark.parametrize("case", PAGES, ids=lambda case: f"{case.path} {case.result}")
def test_a_page_leaves_one_entry(
    administrator: FlaskClient, support: Pool, entries: Entries, case: Case
) -> None:
    sent = {name: support.etag if value == "ETAG" else value for name, value in case.sent.items()}
    assert administrator.post(f"{POOLS}{case.path}", data=sent, **HERE).status_code < 500
    (entry,) = entries()
    _check(entry, case)
    assert entry.actor.kind is ActorKind.PERSON
    assert entry.actor.name == "Development administrator"


@pytest.mark.parametrize("key", [None, "key-1"], ids=["", "with idempotency key"])
@pytest.mark.parametrize("case", CALLS, ids=lambda case: f"{case.method} {case.path} {case.result}")
def test_a_call_leaves_one_entry(
    client: FlaskClient, entries: Entries, case: Case, key: str | None
) -> None:
    headers = {"X-Request-Id": REQUEST, "Authorization": basic("abcd1234", SECRET)}
    headers |= {"Idempotency-Key": key} if key else {}
    call: dict[str, Any] = {**HERE, "headers": headers, "method": case.method, "json": case.sent}
    assert client.open(f"{API}{case.path}", **call).status_code < 500
    (entry,) = entries()
    _check(entry, case)
    assert (entry.actor.kind, entry.actor.name) == (ActorKind.API_KEY, "abcd1234 (first)")


@on_both_databases
def test_a_repeated_call_is_answered_from_memory_and_leaves_no_second_entry(
    client: FlaskClient, entries: Entries
) -> None:
    headers = {"Authorization": basic("abcd1234", SECRET), "Idempotency-Key": "key-1"}
    for _ in range(2):
        body = {"numbers": ["447400999999"]}
        assert client.post(f"{API}/support/numbers", json=body, headers=headers).status_code == 200
    assert len(entries()) == 1


@pytest.mark.parametrize(
    ("proxies", "address"), [(0, ADDRESS), (1, "198.51.100.1"), (2, "192.0.2.1")]
)
def test_behind_proxies_that_are_trusted_it_has_the_clients_address(
    settings: Settings, entries: Entries, proxies: int, address: str
) -> None:
    forwarded = {"X-Forwarded-For": "192.0.2.1, 198.51.100.1"}
    with opened(settings.model_copy(update={"trusted_proxies": proxies})) as app:
        answer = app.test_client().delete(
            f"{API}/support",
            headers={"Authorization": basic("abcd1234", SECRET), **forwarded},
            environ_overrides={"REMOTE_ADDR": ADDRESS},
        )
        assert answer.status_code == 200
    assert [each.actor.address for each in entries()] == [address]


def test_what_changes_nothing_leaves_no_entry(
    editor: FlaskClient, support: Pool, entries: Entries
) -> None:
    same = {"fallback": "Pool", "localized_sender_preferred": "y", "seen": SEEN}
    assert editor.post(f"{POOLS}/support/settings", data=same).status_code == 303
    assert editor.get(f"{POOLS}/support").status_code == 200
    assert editor.get(f"{POOLS}/gone").status_code == 404
    assert entries() == []


def test_who_has_not_signed_in_cannot_fill_the_trail(
    app: Flask, client: FlaskClient, entries: Entries
) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    assert client.post(f"{POOLS}/support/delete").status_code == 401
    wrong = {"Authorization": basic("abcd1234", "wrong")}
    assert client.delete(f"{API}/support", headers=wrong).status_code == 401
    assert entries() == []


def test_it_records_that_the_role_did_not_reach(viewer: FlaskClient, entries: Entries) -> None:
    assert viewer.post(f"{POOLS}/support/delete", **HERE).status_code == 403
    (entry,) = entries()
    assert (entry.action, entry.result) == (Action.DELETE_POOL, Result.REFUSED)
    assert entry.reason.startswith("You are signed in as viewer")


@on_both_databases
def test_a_crash_is_recorded_as_a_failure(
    app: Flask, editor: FlaskClient, database: Database, support: Pool, entries: Entries
) -> None:
    class Broken(SqlPoolStore):
        def add_numbers(self, pool_id: str, numbers: Any, known: Any = None) -> Any:
            super().add_numbers(pool_id, numbers, known)
            raise ZeroDivisionError("a secret of the inside")

    class BrokenStores(Stores):
        def of(self, account_id: str) -> PoolStore:
            return Broken(self.database, account_id)

    app.testing = False
    app.extensions["stores"] = BrokenStores(database)
    answer = editor.post(f"{POOLS}/support/numbers/447400999999/restore", **HERE)
    assert answer.status_code == 500
    (entry,) = entries()
    assert (entry.action, entry.result) == (Action.ADD_NUMBERS, Result.FAILED)
    assert "secret" not in entry.reason


@on_both_databases
def test_a_trail_that_fails_takes_the_change_along(
    app: Flask, editor: FlaskClient, database: Database, store: PoolStore, support: Pool
) -> None:
    """What cannot be recorded does not happen, and a refusal stays a refusal."""
    with database.write() as connection:
        connection.exec_driver_sql("ALTER TABLE audit_entries RENAME TO hidden")
    try:
        app.testing = False
        removal = f"{POOLS}/support/numbers/447400123456/remove"
        assert editor.post(removal).status_code == 500
        assert editor.post(f"{POOLS}/gone/rename").status_code == 404
        assert store.count_numbers("support") == 3
    finally:
        with database.write() as connection:
            connection.exec_driver_sql("ALTER TABLE hidden RENAME TO audit_entries")


@on_both_databases
def test_an_operation_leaves_its_start_its_steering_and_its_end(
    editor: FlaskClient,
    stores: Stores,
    account_id: str,
    entries: Entries,
    work_off: Callable[[], None],
) -> None:
    form = {"form_id": str(uuid4()), "action": "add", "country": ""}
    text = "+44 7400 999998\n+44 7400 123456\nnone"
    location = editor.post(
        f"{POOLS}/support/operations", data={**form, "numbers": text}, **HERE
    ).location
    editor.post(f"{location}/pause", **HERE)
    editor.post(f"{location}/resume", **HERE)
    work_off()
    end, *steered = entries()
    assert [each.action for each in reversed(steered)] == [
        Action.START_OPERATION,
        Action.PAUSE_OPERATION,
        Action.RESUME_OPERATION,
    ]
    assert end.action is Action.END_OPERATION
    assert end.actor.name == "Development editor"
    assert (end.actor.address, end.actor.request_id) == (ADDRESS, REQUEST)
    assert end.after == {
        "action": "add",
        "state": "finished",
        "totals": {"added": 1, "already-in-pool": 1, "invalid": 1},
    }
    undone = editor.post(f"{location}/undo", **HERE).location
    work_off()
    assert undone.endswith(str(entries()[0].operation_id))
    assert [each.action for each in entries()[:2]] == [
        Action.END_OPERATION,
        Action.START_OPERATION,
    ]


def test_a_cancelled_operation_and_a_discarded_list_stand_in_it(
    editor: FlaskClient,
    stores: Stores,
    account_id: str,
    entries: Entries,
    work_off: Callable[[], None],
) -> None:
    common: dict[str, Any] = {
        "account_id": account_id,
        "pool_id": "support",
        "started_by": "Ann",
    }
    started = bulk.start(
        stores,
        form_id=str(uuid4()),
        action=bulk.Action.ADD,
        entries=phone.parse("+44 7400 999998"),
        **common,
    )
    editor.post(f"/accounts/abcd1234/operations/{started}/cancel")
    work_off()
    listed = bulk.submit_list(
        stores, form_id=str(uuid4()), name="", content=b"+447400999998", country="", **common
    )
    editor.post(f"/accounts/abcd1234/operations/{listed}/discard")
    assert [each.action for each in reversed(entries())] == [
        Action.START_OPERATION,
        Action.CANCEL_OPERATION,
        Action.END_OPERATION,
        Action.DISCARD_LIST,
    ]
    start, _, end, _ = reversed(entries())
    assert start.actor.kind is ActorKind.SYSTEM
    assert end.after is not None
    assert end.after["state"] == "cancelled"


def test_commands_leave_an_entry_each_and_no_secret(
    app: Flask, database: Database, entries: Entries, tmp_path: Any
) -> None:
    run = app.test_cli_runner().invoke
    file = tmp_path / "numbers.txt"
    file.write_text("447400123456\n")
    output = run(args=["accounts", "rotate-secret", "abcd1234"]).output
    run(args=["accounts", "set-inventory", "abcd1234", str(file)])
    run(args=["accounts", "drop-inventory", "abcd1234"])
    run(args=["accounts", "create", "abcd1234"])
    found = entries()[::-1]
    assert [(each.action, each.result) for each in found] == [
        (Action.REPLACE_SECRET, Result.DONE),
        (Action.SET_INVENTORY, Result.DONE),
        (Action.DROP_INVENTORY, Result.DONE),
        (Action.CREATE_ACCOUNT, Result.REFUSED),
    ]
    assert (found[1].before, found[1].after) == ({"numbers": None}, {"numbers": 1})
    assert {each.actor.kind for each in found} == {ActorKind.COMMAND}
    assert all(each.actor.name for each in found)
    assert output.split()[-1] not in str(found)


def test_every_route_that_changes_something_is_known_to_the_trail(app: Flask) -> None:
    def is_unsafe(rule: Rule) -> bool:
        return bool({"POST", "PUT", "PATCH", "DELETE"} & (rule.methods or set()))

    unsafe = {rule.endpoint for rule in app.url_map.iter_rules() if is_unsafe(rule)}
    assert unsafe == trail.ACTIONS.keys() | CHANGES_NOTHING.keys()
    assert not trail.ACTIONS.keys() & CHANGES_NOTHING.keys()


@on_both_databases
def test_each_of_these_routes_records_at_least_its_refusal(
    app: Flask, viewer: FlaskClient, database: Database, account_id: str
) -> None:
    """A viewer may use none of them; programs are refused for a pool that is not there."""
    program = app.test_client()
    program.environ_base["HTTP_AUTHORIZATION"] = basic(account_id, SECRET)
    values = {
        "account_id": account_id,
        "pool_id": "gone",
        "number": "447400123456",
        "operation_id": str(uuid4()),
        "entry_id": 1,
        "secret_id": str(uuid4()),
    }
    for rule in app.url_map.iter_rules():
        if rule.endpoint not in trail.ACTIONS:
            continue
        address = rule.build({name: values[name] for name in rule.arguments})
        assert address is not None
        (method,) = (rule.methods or set()) & {"POST", "PATCH", "DELETE"}
        client = program if rule.endpoint.startswith("api.") else viewer
        before = _count(database)
        assert client.open(address[1], method=method, json={}).status_code >= 400
        assert _count(database) == before + 1, rule.endpoint
        newest = _all(database, account_id)[0]
        assert newest.action is trail.ACTIONS[rule.endpoint]
        assert newest.result is Result.REFUSED


def _count(database: Database) -> int:
    with database.read() as connection:
        return connection.scalar(select(func.count()).select_from(audit_entries)) or 0
