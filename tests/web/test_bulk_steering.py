"""The buttons on an operation's page: pause, resume, cancel, try again, check, undo."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from numberpools.db.database import Database
from numberpools.db.tables import operation_batches, operation_items, operations
from numberpools.domain.pools import PageRequest, Pool
from numberpools.services import health
from numberpools.services.accounts import set_inventory
from numberpools.stores import PoolStore
from tests.clock import HeldClock
from tests.databases import on_both_databases
from tests.web.conftest import Paste
from tests.web.markup import alerts, find, read, words

LIST = "+44 7400 123499\n+44 7400 123456\nnothing"


@pytest.fixture
def waiting(submit: Paste, support: Pool) -> str:
    """The address of an operation that nobody has begun to work on."""
    return submit(LIST).location or ""


@pytest.fixture
def done(waiting: str, work_off: Callable[[], None]) -> str:
    """The address of an operation that added one number."""
    work_off()
    return waiting


Press = Callable[..., str]


@pytest.fixture
def press(editor: FlaskClient, work_off: Callable[[], None]) -> Press:
    """Press a button of an operation's page: gives the address of the page that follows."""

    def post(address: str, name: str, *, worker: bool = True) -> str:
        answer = editor.post(f"{address}/{name}", data=_fields(editor, address))
        assert answer.status_code == 303
        if worker:
            work_off()
        return answer.location or ""

    return post


def _fields(client: FlaskClient, address: str) -> dict[str, str]:
    actions = find(read(client.get(address)), ".//form[@id='actions']")
    return {each.get("name", ""): each.get("value", "") for each in actions.findall("input")}


def _buttons(client: FlaskClient, address: str) -> list[str]:
    actions = find(read(client.get(address)), ".//form[@id='actions']")
    return [words(each) for each in actions.iter() if each.tag in {"a", "button"}]


def _title(client: FlaskClient, address: str) -> str:
    return words(read(client.get(address)).find(".//h1"))


def _numbers(store: PoolStore) -> list[str]:
    return list(store.list_numbers("support", PageRequest(1, 100)).items)


def _lose_the_answer(database: Database) -> None:
    """Make what was added not confirmed, as a vendor's lost answer does, and count once more."""
    with database.write() as connection:
        connection.execute(
            update(operation_items)
            .where(operation_items.c.outcome == "added")
            .values(outcome="not-confirmed")
        )
        connection.execute(
            update(operation_batches)
            .where(operation_batches.c.totals.contains("added"))
            .values(totals='{"not-confirmed": 1, "already-in-pool": 1}')
        )
        connection.execute(update(operations).values(folded_totals="{}", folded_before=0))


def test_each_state_has_its_buttons(
    editor: FlaskClient, press: Press, work_off: Callable[[], None], waiting: str
) -> None:
    assert _buttons(editor, waiting) == ["Pause", "Cancel", "To the pool"]
    press(waiting, "pause", worker=False)
    assert _buttons(editor, waiting) == ["Resume", "Cancel", "To the pool"]
    press(waiting, "resume")
    assert _buttons(editor, waiting) == [
        "Undo",
        "Put the failed ones back into the box",
        "To the pool",
    ]


def test_a_viewer_has_none(viewer: FlaskClient, waiting: str) -> None:
    assert _buttons(viewer, waiting) == ["To the pool"]


def test_paused_it_stands_still_and_says_by_whom(
    editor: FlaskClient, press: Press, store: PoolStore, waiting: str
) -> None:
    press(waiting, "pause")
    assert len(_numbers(store)) == 3
    page = read(editor.get(waiting))
    assert alerts(page) == ["Paused by Development editor."]
    assert "Paused. 0 of 3 entries done and 1 failed." in words(page)


def test_resumed_it_is_finished(press: Press, store: PoolStore, waiting: str) -> None:
    press(waiting, "pause")
    press(waiting, "resume")
    assert len(_numbers(store)) == 4


def test_cancelled_its_rest_is_cancelled(
    editor: FlaskClient, press: Press, store: PoolStore, waiting: str
) -> None:
    press(waiting, "cancel")
    assert len(_numbers(store)) == 3
    page = read(editor.get(waiting))
    assert words(find(page, ".//nav[@aria-label='Outcomes']")) == "All 3 Invalid 1 Cancelled 2"
    assert _buttons(editor, waiting)[0] == "Try 2 numbers again"


@pytest.mark.parametrize("name", ["pause", "cancel"])
def test_pressed_twice_it_is_harmless(press: Press, waiting: str, name: str) -> None:
    for _ in range(2):
        assert press(waiting, name) == waiting


@pytest.mark.parametrize("name", ["pause", "resume"])
def test_after_the_end_it_says_that_it_is_too_late(
    editor: FlaskClient, done: str, name: str
) -> None:
    answer = editor.post(f"{done}/{name}")
    assert answer.status_code == 409
    assert "It has ended, or was not started yet." in answer.text


def test_the_failed_ones_are_tried_again(
    editor: FlaskClient,
    press: Press,
    database: Database,
    store: PoolStore,
    account_id: str,
    waiting: str,
    work_off: Callable[[], None],
) -> None:
    set_inventory(database, account_id, ["447400123456"])
    work_off()
    assert "Try 1 number again" in _buttons(editor, waiting)
    set_inventory(database, account_id, ["447400123456", "447400123499"])
    again = press(waiting, "retry")
    assert again != waiting
    assert _title(editor, again) == "Added 1 number to support"
    assert "447400123499" in _numbers(store)


def test_tried_again_twice_from_one_page_it_is_one_operation(
    editor: FlaskClient, press: Press, waiting: str
) -> None:
    press(waiting, "cancel")
    sent = _fields(editor, waiting)
    first, second = (editor.post(f"{waiting}/retry", data=sent).location for _ in range(2))
    assert first == second


@pytest.mark.parametrize(
    ("form_id", "status"), [("", 400), ("x", 400), ("7f54fbc7-a7fc-451a-9d6b-cc68f75088c6", 409)]
)
def test_nothing_is_tried_again_without_need(
    editor: FlaskClient, done: str, form_id: str, status: int
) -> None:
    assert editor.post(f"{done}/retry", data={"form_id": form_id}).status_code == status


def test_undo_says_first_how_many_it_puts_back(
    editor: FlaskClient, store: PoolStore, done: str
) -> None:
    page = read(editor.get(f"{done}/undo"))
    assert "1 number is put back as it was before." in words(page)
    assert "Undo 1 change" in [words(button) for button in page.findall(".//button")]
    assert len(_numbers(store)) == 4


def test_undo_puts_back_what_was_changed_and_no_more(
    editor: FlaskClient, press: Press, store: PoolStore, done: str
) -> None:
    undone = press(done, "undo")
    assert _numbers(store) == ["12015550123", "447400123456", "447400123457"]
    assert _title(editor, undone) == "Took back 1 change to support"
    for one, other, said in (
        (undone, done, "It takes back an earlier operation."),
        (done, undone, "It was taken back by another operation."),
    ):
        panel = find(read(editor.get(one)), ".//div[@id='progress']")
        assert said in words(panel)
        assert other in [link.get("href") for link in panel.findall(".//a")]
    assert "Undo" not in _buttons(editor, done)


def test_undo_twice_is_one_operation(editor: FlaskClient, press: Press, done: str) -> None:
    undone = press(done, "undo")
    assert press(done, "undo") == undone
    assert editor.get(f"{done}/undo").location == undone
    assert "It was undone already." in editor.get(undone).text


def test_undo_has_to_wait_for_the_end(editor: FlaskClient, waiting: str) -> None:
    answer = editor.post(f"{waiting}/undo")
    assert answer.status_code == 409
    assert "It is still under way: wait until it has ended." in answer.text


@on_both_databases
def test_what_is_not_confirmed_is_checked(
    editor: FlaskClient, press: Press, database: Database, done: str
) -> None:
    _lose_the_answer(database)
    page = read(editor.get(done))
    assert alerts(page)[0].startswith("1 number is not confirmed.")
    assert "Undo" not in _buttons(editor, done)
    press(done, "check")
    page = read(editor.get(done))
    assert words(page.find(".//h1")) == "Added 1 number to support"
    assert alerts(page) == []


def test_checked_twice_it_is_harmless(press: Press, database: Database, done: str) -> None:
    _lose_the_answer(database)
    for _ in range(2):
        assert press(done, "check", worker=False) == done


@pytest.mark.parametrize("name", ["pause", "resume", "cancel", "check", "retry", "undo"])
def test_operations_of_another_account_are_not_found(
    editor: FlaskClient, account_id: str, other_operation: str, name: str
) -> None:
    address = f"/accounts/{account_id}/operations/{other_operation}/{name}"
    assert editor.post(address).status_code == 404


def test_what_nobody_has_worked_on_for_an_hour_says_so_and_waits(
    time_of_day: HeldClock,
    editor: FlaskClient,
    database: Database,
    waiting: str,
    press: Press,
    work_off: Callable[[], None],
) -> None:
    health.note_worker(database, "a worker")
    time_of_day.move(minutes=61)
    editor.post("/sign-in", data={"role": "EDITOR"})
    work_off()
    [said] = alerts(read(editor.get(waiting)))
    assert said.startswith("Nobody has worked on this for an hour or longer, as after a backup")
    assert "resume to go on, or cancel what is left." in said
    assert _buttons(editor, waiting) == ["Resume", "Cancel", "To the pool"]
    press(waiting, "resume")
    assert words(find(read(editor.get(waiting)), ".//h1")) == "Added 1 number to support"
