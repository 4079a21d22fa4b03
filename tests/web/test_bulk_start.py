"""``POST /pools/<pool_id>/operations``: a list is added or removed."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from numberpools.db.database import Database
from numberpools.db.tables import operations
from numberpools.domain.pools import PageRequest, Pool
from numberpools.services.accounts import set_inventory
from numberpools.stores import PoolStore
from tests.databases import on_both_databases
from tests.web import POOLS
from tests.web.conftest import NUMBERS, Paste
from tests.web.markup import alerts, form, read, rows, totals, words

SUPPORT = f"{POOLS}/support"


def _numbers(store: PoolStore) -> list[str]:
    return list(store.list_numbers("support", PageRequest(1, 1000)).items)


def _report(editor: FlaskClient, address: str | None) -> list[list[str]]:
    return rows(read(editor.get(f"{address}?page_size=100")))


@on_both_databases
def test_it_works(editor: FlaskClient, paste: Paste, store: PoolStore, support: Pool) -> None:
    answer = paste("+44 7400 123499")
    assert answer.status_code == 303
    assert "447400123499" in _numbers(store)
    assert _report(editor, answer.location) == [
        ["1", "+44 7400 123499", "+44 7400 123499 🇬🇧 United Kingdom", "Added"]
    ]


def test_it_removes(editor: FlaskClient, paste: Paste, store: PoolStore, support: Pool) -> None:
    answer = paste("+44 7400 123456", action="remove")
    assert _numbers(store) == ["12015550123", "447400123457"]
    assert words(read(editor.get(answer.location or "")).find(".//h1")) == (
        "Removed 1 number from support"
    )


def test_the_form_as_it_is_served_works(
    editor: FlaskClient, store: PoolStore, support: Pool, work_off: Callable[[], None]
) -> None:
    served = form(read(editor.get(SUPPORT)), f"{SUPPORT}/operations")
    sent = served | {"numbers": "07400 123499", "country": "GB", "action": "add"}
    assert editor.post(f"{SUPPORT}/operations", data=sent).status_code == 303
    work_off()
    assert "447400123499" in _numbers(store)


def test_every_line_is_reported_in_the_order_of_the_list(
    editor: FlaskClient, paste: Paste, account_id: str, database: Database, support: Pool
) -> None:
    set_inventory(database, account_id, ["447400123499", "447400123456"])
    answer = paste(
        "nothing; +44 7400 123499\n"
        "+44 7400 123456\n"
        "+44 7400 123498 +44 7400 123499\n"
        "\n"
        "4.47911E+11\t+44 7400 123456"
    )
    assert [(line, outcome) for line, _, _, outcome in _report(editor, answer.location)] == [
        ("1", "Added"),
        ("2", "Already in the pool"),
        ("3", "Not owned The account does not own this number."),
        ("3", "Duplicate The same number stands on line 1."),
        ("5", "Invalid " + _reason(editor, answer.location, "4.47911E+11")),
        ("5", "Duplicate The same number stands on line 2."),
    ]


def _reason(editor: FlaskClient, address: str | None, text: str) -> str:
    [outcome] = [row[-1] for row in _report(editor, address) if row[1] == text]
    return outcome.removeprefix("Invalid ")


def test_removing_reports_what_was_not_there(
    editor: FlaskClient, paste: Paste, support: Pool
) -> None:
    answer = paste("+44 7400 123456\n+44 7400 123499", action="remove")
    outcomes = [row[-1] for row in _report(editor, answer.location)]
    assert outcomes == ["Removed", "Not in the pool Not in this pool."]


def test_many_numbers_are_all_added(
    editor: FlaskClient, paste: Paste, store: PoolStore, empty_pool: Pool
) -> None:
    numbers = [f"447400{number:06}" for number in range(1000)]
    answer = paste("\n".join(numbers), pool_id="empty")
    page = read(editor.get(answer.location or ""))
    assert words(page.find(".//h1")) == "Added 1,000 numbers to empty"
    assert store.count_numbers("empty") == 1000


def test_more_than_a_thousand_are_shown_before_anything_happens(
    editor: FlaskClient, paste: Paste, store: PoolStore, empty_pool: Pool
) -> None:
    answer = paste("\n".join(f"447400{number:06}" for number in range(1001)), pool_id="empty")
    assert answer.status_code == 303
    page = read(editor.get(answer.location or ""))
    assert words(page.find(".//h1")) == "A list for empty"
    assert totals(page)["New"] == 1001
    assert store.count_numbers("empty") == 0


@pytest.mark.parametrize("text", ["", "   ", "\n\n,;\n"])
def test_it_refuses_an_empty_list(paste: Paste, support: Pool, text: str) -> None:
    answer = paste(text)
    assert answer.status_code == 422
    assert alerts(read(answer)) == ["Type or paste at least one number."]


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("action", "", "Choose to add or to remove."),
        ("action", "destroy", "Choose to add or to remove."),
        ("country", "XX", "Not a valid choice."),
        ("form_id", "", "The form's id must be a UUID."),
        ("form_id", "not-a-uuid", "The form's id must be a UUID."),
    ],
)
def test_it_refuses_a_form_that_is_not_ours(
    paste: Paste, store: PoolStore, support: Pool, field: str, value: str, said: str
) -> None:
    answer = paste("+44 7400 123499", **{field: value})
    assert answer.status_code == 422
    page = read(answer)
    assert alerts(page) == [said]
    assert form(page, f"{SUPPORT}/operations")["numbers"] == "+44 7400 123499"
    assert len(_numbers(store)) == 3


@on_both_databases
def test_sent_twice_it_is_one_operation(
    paste: Paste, store: PoolStore, database: Database, support: Pool
) -> None:
    form_id = str(uuid4())
    first = paste("+44 7400 123499", form_id=form_id)
    store.remove_numbers("support", ["447400123499"])
    second = paste("+44 7400 123499", form_id=form_id)
    assert (second.status_code, second.location) == (303, first.location)
    assert "447400123499" not in _numbers(store)
    with database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(operations)) == 1


def test_another_list_from_the_same_form_is_another_operation(
    paste: Paste, store: PoolStore, support: Pool
) -> None:
    """The browser's Back brings the form as it was, and the list may then be changed."""
    form_id = str(uuid4())
    locations = {
        paste("+44 7400 123498", form_id=form_id).location,
        paste("+44 7400 123499", form_id=form_id).location,
        paste("+44 7400 123499", form_id=form_id, action="remove").location,
    }
    assert len(locations) == 3
    assert _numbers(store)[1:] == ["447400123456", "447400123457", "447400123498"]


def test_a_viewer_may_not(viewer: FlaskClient, store: PoolStore, support: Pool) -> None:
    sent = {"form_id": str(uuid4()), "action": "add", "numbers": NUMBERS[0]}
    assert viewer.post(f"{SUPPORT}/operations", data=sent).status_code == 403
    assert len(_numbers(store)) == 3
