"""``POST /operations/<operation_id>/continue``: the rest of what a crash left undone."""

from __future__ import annotations

from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from numberpools.db.database import Database
from numberpools.db.tables import operations
from numberpools.domain.pools import Pool, PoolChanges
from numberpools.stores import PoolStore, Stores
from tests.services.crash import CrashingStores
from tests.web.conftest import Paste
from tests.web.markup import alerts, find, read, rows, words

NUMBERS = [f"447400{number:06}" for number in range(120)]
FORM_ID = str(uuid4())


@pytest.fixture
def interrupted(
    app: Flask, paste: Paste, database: Database, stores: Stores, empty_pool: Pool
) -> str:
    """The address of an operation that stopped after the first of three batches."""
    app.extensions["stores"] = CrashingStores(database, after_batches=1)
    answer = paste("\n".join(NUMBERS), pool_id="empty", form_id=FORM_ID)
    assert answer.status_code == 500
    app.extensions["stores"] = stores
    with database.read() as connection:
        operation_id = connection.scalars(select(operations.c.operation_id)).one()
    return f"/accounts/abcd1234/operations/{operation_id}"


def test_a_crash_leaves_a_true_report(
    viewer: FlaskClient, store: PoolStore, interrupted: str
) -> None:
    assert store.count_numbers("empty") == 50
    page = read(viewer.get(f"{interrupted}?page_size=100"))
    assert words(page.find(".//h1")) == "50 numbers added to empty"
    [warning] = alerts(page)
    assert warning.startswith("This is not finished. 70 entries of 120 are still to be done")
    outcomes = [row[-1] for row in rows(page)]
    assert outcomes == ["Added"] * 50 + ["Not done yet"] * 50


def test_do_the_rest_completes_it(editor: FlaskClient, store: PoolStore, interrupted: str) -> None:
    page = read(editor.get(interrupted))
    there = find(page, ".//form[@class='alert alert-warning']").get("action", "")
    answer = editor.post(there)
    assert (answer.status_code, answer.location) == (303, interrupted)
    page = read(editor.get(interrupted))
    assert words(page.find(".//h1")) == "120 numbers added to empty"
    assert alerts(page) == []
    assert store.count_numbers("empty") == 120


def test_what_changed_meanwhile_is_reported_as_it_was_found(
    editor: FlaskClient, store: PoolStore, interrupted: str
) -> None:
    store.add_numbers("empty", NUMBERS[50:60])
    store.remove_numbers("empty", NUMBERS[:5])
    editor.post(f"{interrupted}/continue")
    page = read(editor.get(interrupted))
    nav = find(page, ".//nav[@aria-label='Outcomes']")
    assert [words(link) for link in nav] == ["All 120", "Added 110", "Already in the pool 10"]
    assert store.count_numbers("empty") == 115


def test_doing_the_rest_twice_is_harmless(
    editor: FlaskClient, store: PoolStore, interrupted: str
) -> None:
    for _ in range(2):
        assert editor.post(f"{interrupted}/continue").status_code == 303
    assert words(read(editor.get(interrupted)).find(".//h1")) == "120 numbers added to empty"
    assert store.count_numbers("empty") == 120


def test_sending_the_form_again_shows_what_is_left(
    paste: Paste, store: PoolStore, interrupted: str
) -> None:
    answer = paste("\n".join(NUMBERS), pool_id="empty", form_id=FORM_ID)
    assert (answer.status_code, answer.location) == (303, interrupted)
    assert store.count_numbers("empty") == 50


@pytest.mark.parametrize("gone", ["renamed", "deleted"])
def test_where_the_pool_is_gone_the_rest_is_cancelled(
    editor: FlaskClient, store: PoolStore, interrupted: str, gone: str
) -> None:
    if gone == "renamed":
        store.update_pool("empty", PoolChanges(pool_id="full"))
    else:
        store.delete_pool("empty")
    assert editor.post(f"{interrupted}/continue").status_code == 303
    page = read(editor.get(f"{interrupted}?outcome=cancelled"))
    assert alerts(page) == []
    assert words(find(page, ".//nav[@aria-label='Outcomes']")) == "All 120 Added 50 Cancelled 70"
    assert rows(page)[0][-1] == "Cancelled There is no pool empty in this account."


def test_a_viewer_sees_that_it_is_not_finished_and_may_not_continue(
    viewer: FlaskClient, store: PoolStore, interrupted: str
) -> None:
    page = read(viewer.get(interrupted))
    assert "Do the rest" not in words(page)
    assert alerts(page)[0].startswith("This is not finished.")
    assert viewer.post(f"{interrupted}/continue").status_code == 403
    assert store.count_numbers("empty") == 50


def test_operations_of_another_account_are_not_found(
    editor: FlaskClient, account_id: str, other_operation: str
) -> None:
    address = f"/accounts/{account_id}/operations/{other_operation}/continue"
    assert editor.post(address).status_code == 404
