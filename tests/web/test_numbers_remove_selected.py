"""``POST /numbers/remove``: the numbers that are ticked."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from numberpools.domain.pools import PageRequest, Pool
from numberpools.stores import PoolStore
from tests.web import POOLS
from tests.web.conftest import NUMBERS
from tests.web.markup import alerts, form, read, rows, words

SUPPORT = f"{POOLS}/support"
REMOVE = f"{SUPPORT}/numbers/remove"


Send = Callable[..., TestResponse]


@pytest.fixture
def remove(editor: FlaskClient, work_off: Callable[[], None]) -> Send:
    """Send the form, and do what it asks for."""

    def send(sent: dict[str, str | list[str]]) -> TestResponse:
        answer = editor.post(REMOVE, data=sent)
        work_off()
        return answer

    return send


def _ticked(*numbers: str, **others: str) -> dict[str, str | list[str]]:
    return {"form_id": str(uuid4()), "number": list(numbers), **others}


def _left(store: PoolStore) -> list[str]:
    return list(store.list_numbers("support", PageRequest(1, 100)).items)


def test_it_works(editor: FlaskClient, remove: Send, store: PoolStore, support: Pool) -> None:
    answer = remove(_ticked("12015550123", "447400123456"))
    assert answer.status_code == 303
    assert _left(store) == ["447400123457"]
    page = read(editor.get(answer.location))
    assert words(page.find(".//h1")) == "Removed 2 numbers from support"
    assert [row[-1] for row in rows(page)] == ["Removed", "Removed"]


def test_the_form_as_it_is_served_removes_what_is_ticked(
    editor: FlaskClient, remove: Send, store: PoolStore, pool_with_thirty_numbers: Pool
) -> None:
    page = read(editor.get(f"{SUPPORT}?page_size=10&page=2&selected=all"))
    hidden = form(page, REMOVE)
    boxes = [each.get("value", "") for each in page.findall(".//input[@name='number']")]
    remove(hidden | {"number": boxes})
    assert _left(store) == NUMBERS[:10] + NUMBERS[20:]


def test_nothing_ticked_says_so_and_stays_in_place(
    editor: FlaskClient, remove: Send, store: PoolStore, support: Pool
) -> None:
    answer = remove(_ticked(page="2", page_size="10", containing="+44"))
    assert answer.location == f"{SUPPORT}?page=2&page_size=10&containing=%2B44#numbers"
    assert alerts(read(editor.get(SUPPORT))) == [
        "Nothing was changed: tick the numbers to remove first."
    ]
    assert len(_left(store)) == 3


def test_a_number_that_somebody_else_removed_is_reported(
    editor: FlaskClient, remove: Send, store: PoolStore, support: Pool
) -> None:
    store.remove_numbers("support", ["12015550123"])
    answer = remove(_ticked("12015550123", "447400123456"))
    assert [row[-1] for row in rows(read(editor.get(answer.location)))] == [
        "Not in the pool Not in this pool.",
        "Removed",
    ]


def test_sent_twice_it_is_one_operation(remove: Send, store: PoolStore, support: Pool) -> None:
    sent = _ticked("12015550123")
    first = remove(sent)
    store.add_numbers("support", ["12015550123"])
    assert remove(sent).location == first.location
    assert "12015550123" in _left(store)


def test_others_ticked_in_the_same_form_are_another_operation(
    remove: Send, store: PoolStore, support: Pool
) -> None:
    """The browser's Back brings the form as it was, and other numbers may then be ticked."""
    form_id = str(uuid4())
    for number in ("12015550123", "447400123456"):
        remove(_ticked(number, form_id=form_id))
    assert _left(store) == ["447400123457"]


@pytest.mark.parametrize(
    "number", ["9990000000", "0000000", "0447400123456", "2101234567", "44123456", "447400900123"]
)
def test_it_removes_numbers_that_no_country_has(
    remove: Send, store: PoolStore, support: Pool, number: str
) -> None:
    """The API takes any 7 to 15 digits, so a pool can hold them."""
    store.add_numbers("support", [number])
    remove(_ticked(number))
    assert number not in _left(store)
    assert len(_left(store)) == 3


@pytest.mark.parametrize("number", ["12", "abc", "<b>\x00", "1" * 16, "", "٤٤٧٤٠٠١٢٣٤٥٦"])
def test_it_refuses_what_is_no_number(
    remove: Send, store: PoolStore, support: Pool, number: str
) -> None:
    answer = remove(_ticked("12015550123", number))
    assert answer.status_code == 400
    assert len(_left(store)) == 3


@pytest.mark.parametrize("form_id", [None, "", "1", "'; --", "G" * 36])
def test_it_refuses_a_form_that_is_not_ours(
    remove: Send, store: PoolStore, support: Pool, form_id: str | None
) -> None:
    sent = {"number": "12015550123", "form_id": form_id}
    answer = remove(sent)
    assert answer.status_code == 400
    assert len(_left(store)) == 3
