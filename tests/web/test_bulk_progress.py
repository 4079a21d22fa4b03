"""``/operations/<operation_id>/progress``: the part of the page that changes by itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from numberpools.db.database import Database
from numberpools.db.tables import operations
from numberpools.domain.pools import Pool
from tests.clock import HeldClock
from tests.databases import on_both_databases
from tests.web import FRAGMENT
from tests.web.conftest import NUMBERS, Paste
from tests.web.markup import alerts, find, read, words


@pytest.fixture
def waiting(time_of_day: HeldClock, submit: Paste, empty_pool: Pool) -> str:
    """The address of an operation that nobody has begun to work on."""
    return submit("\n".join([*NUMBERS, "nothing"]), pool_id="empty").location or ""


def _set(database: Database, address: str, **values: object) -> None:
    """Bring an operation into a state that a worker brings it into."""
    mine = operations.c.operation_id == address.rpartition("/")[2]
    with database.write() as connection:
        connection.execute(update(operations).where(mine).values(values))


def test_it_works(viewer: FlaskClient, waiting: str) -> None:
    page = read(viewer.get(waiting))
    assert words(page.find(".//h1")) == "Adding 30 numbers to empty"
    panel = find(page, ".//div[@id='progress']")
    assert words(panel).startswith("0 of 30 Waiting. 0 of 31 entries done and 1 failed.")
    bar = find(panel, "progress")
    assert (bar.get("value"), bar.get("max"), bar.get("aria-label")) == ("0", "30", "Numbers done")
    assert [words(link) for link in find(panel, "nav")] == ["All 31", "Invalid 1"]


@on_both_databases
def test_it_is_asked_for_quickly_at_first_and_every_second_then(
    time_of_day: HeldClock, viewer: FlaskClient, waiting: str
) -> None:
    panel = find(read(viewer.get(waiting)), ".//div[@id='progress']")
    assert panel.get("hx-trigger") == "every 100ms"
    time_of_day.move(seconds=3)
    polled = viewer.get(panel.get("hx-get", ""), headers=FRAGMENT)
    assert find(read(polled), "div[@id='progress']").get("hx-trigger") == "every 1s"


def test_as_long_as_the_stage_is_the_same_only_figures_come(
    viewer: FlaskClient, waiting: str
) -> None:
    panel = find(read(viewer.get(waiting)), ".//div[@id='progress']")
    polled = viewer.get(panel.get("hx-get", ""), headers=FRAGMENT)
    assert polled.status_code == 200
    assert "hx-swap-oob" not in polled.text
    assert "HX-Trigger" not in polled.headers


def test_at_the_end_title_and_buttons_come_too_and_no_trigger(
    editor: FlaskClient, work_off: Callable[[], None], waiting: str
) -> None:
    panel = find(read(editor.get(waiting)), ".//div[@id='progress']")
    work_off()
    polled = editor.get(panel.get("hx-get", ""), headers=FRAGMENT)
    assert polled.status_code == 286
    assert "hx-trigger" not in polled.text
    assert polled.headers["HX-Trigger"] == "operation-moved"
    page = read(polled)
    assert words(page.find("h1")) == "Added 30 numbers to empty"
    assert words(page.find("title")) == "Added 30 numbers to empty · Number Pools"
    assert (
        words(page.find("p[@id='announcement']")) == "Finished: 30 of 31 entries done and 1 failed."
    )
    assert "Undo" in words(page.find("form[@id='actions']"))


def test_the_table_asks_again_as_long_as_it_changes(
    viewer: FlaskClient, work_off: Callable[[], None], waiting: str
) -> None:
    table = find(read(viewer.get(f"{waiting}?outcome=added&page_size=10")), ".//div[@id='items']")
    assert table.get("hx-trigger") == "every 3s, operation-moved from:body"
    assert table.get("hx-get") == f"{waiting}?outcome=added&page_size=10"
    work_off()
    assert find(read(viewer.get(waiting)), ".//div[@id='items']").get("hx-trigger") is None


def test_opened_as_a_page_it_is_the_operations(viewer: FlaskClient, waiting: str) -> None:
    answer = viewer.get(f"{waiting}/progress")
    assert (answer.status_code, answer.location) == (303, waiting)


def test_without_scripts_the_page_is_loaded_again(
    viewer: FlaskClient, work_off: Callable[[], None], waiting: str
) -> None:
    assert find(read(viewer.get(waiting)), ".//noscript/meta").get("content") == "5"
    work_off()
    assert "http-equiv" not in viewer.get(waiting).text


def test_it_says_what_it_waits_for(viewer: FlaskClient, submit: Paste, waiting: str) -> None:
    second = submit("+44 7400 123499", pool_id="empty").location or ""
    panel = find(read(viewer.get(second)), ".//div[@id='progress']")
    assert "It waits for Adding 30 numbers to empty." in words(panel)
    assert waiting in [link.get("href") for link in panel.findall(".//a")]
    assert "It waits for" not in viewer.get(waiting).text


@on_both_databases
def test_it_says_why_it_is_paused_and_when_it_goes_on(
    time_of_day: HeldClock, viewer: FlaskClient, database: Database, waiting: str
) -> None:
    retry_at = time_of_day() + timedelta(seconds=90)
    problem = "The vendor can't be reached."
    _set(database, waiting, state="paused", problem=problem, retry_at=retry_at)
    page = read(viewer.get(waiting))
    assert alerts(page) == ["The vendor can't be reached. It goes on by itself in 2 minutes."]
    time_of_day.move(seconds=91)
    assert alerts(read(viewer.get(waiting))) == [
        "The vendor can't be reached. It goes on by itself in a moment."
    ]


@on_both_databases
def test_it_says_how_quickly_it_goes_on(
    app: Flask, time_of_day: HeldClock, viewer: FlaskClient, database: Database, waiting: str
) -> None:
    app.extensions["jobs"].worker.work(seconds=0)  # looks at the pools
    app.extensions["jobs"].worker.work(seconds=0)  # one batch
    long_ago = time_of_day() - timedelta(seconds=10)
    _set(database, waiting, state="running", item_count=301, started_at=long_ago)
    panel = find(read(viewer.get(waiting)), ".//div[@id='progress']")
    assert (
        "Under way. 30 of 301 entries done and 1 failed, 3 a second, about 2 minutes left."
    ) in words(panel)
    assert panel.get("hx-get", "").endswith("/progress?seen=running-1")


def test_operations_of_another_account_are_not_found(
    viewer: FlaskClient, account_id: str, other_operation: str
) -> None:
    there = f"/accounts/{account_id}/operations/{other_operation}/progress"
    assert viewer.get(there, headers=FRAGMENT).status_code == 404
