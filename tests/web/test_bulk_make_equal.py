"""Make equal: what would be added and removed is looked at first, and is what happens."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from numberpools.domain.pools import Pool
from numberpools.stores import PoolStore
from tests.web.brought import begin, numbers_of, seen
from tests.web.conftest import NUMBERS, Choose, Paste
from tests.web.markup import alerts, form, read, rows, totals


def test_make_equal_is_looked_at_first(choose: Choose, store: PoolStore, brought: str) -> None:
    page = choose("compare")
    assert "Make equal: add 2, remove 2" in page
    assert "2 numbers go out of the pool, of the 3 that it has." in page
    assert len(numbers_of(store)) == 3
    assert f"{brought}?kind=surplus" in page


def test_what_make_equal_removes_can_be_seen(
    viewer: FlaskClient, choose: Choose, brought: str
) -> None:
    choose("compare")
    found = rows(read(viewer.get(f"{brought}?kind=surplus")))
    assert [row[0] for row in found] == ["–", "–"]
    assert [row[2].partition(" 🇬")[0] for row in found][1] == "+44 7400 123457"
    assert {row[-1] for row in found} == {"Not in the list"}


def test_make_equal_makes_the_pool_the_list(choose: Choose, store: PoolStore) -> None:
    choose("compare")
    assert "Made support equal to a list" in choose("begin", action="make-equal", removed="2")
    assert numbers_of(store) == ["447400123456", "447400123498", "447400123499"]


@pytest.mark.parametrize("typed", ["", "3", "two"])
def test_a_large_removal_has_to_be_typed(
    editor: FlaskClient, choose: Choose, store: PoolStore, brought: str, typed: str
) -> None:
    choose("compare")
    answer = begin(editor, brought, action="make-equal", removed=typed)
    assert answer.status_code == 422
    assert alerts(read(answer)) == ["Type 2 to confirm."]
    assert len(numbers_of(store)) == 3


def test_a_small_removal_takes_one_click(
    editor: FlaskClient,
    paste: Paste,
    work_off: Callable[[], None],
    store: PoolStore,
    pool_with_thirty_numbers: Pool,
) -> None:
    there = paste("\n".join(NUMBERS[1:]), action="look").location or ""
    editor.post(f"{there}/compare")
    work_off()
    assert "to confirm" not in editor.get(there).text
    assert begin(editor, there, action="make-equal").status_code == 303
    work_off()
    assert numbers_of(store) == NUMBERS[1:]


def test_a_pool_that_is_the_list_already_says_so(
    editor: FlaskClient, paste: Paste, work_off: Callable[[], None], pool_with_thirty_numbers: Pool
) -> None:
    there = paste("\n".join(NUMBERS), action="look").location or ""
    editor.post(f"{there}/compare")
    work_off()
    assert "The pool has exactly these numbers already." in editor.get(there).text


def test_make_equal_without_a_look_is_refused(
    editor: FlaskClient, store: PoolStore, brought: str
) -> None:
    assert begin(editor, brought, action="make-equal", removed="0").status_code == 409
    assert len(numbers_of(store)) == 3


def test_after_a_comparison_an_old_page_does_nothing_else(
    editor: FlaskClient, choose: Choose, store: PoolStore, brought: str
) -> None:
    old = seen(editor, brought)
    choose("compare")
    answer = editor.post(f"{brought}/begin", data=old | {"action": "add"})
    assert answer.status_code == 409
    assert "Make equal: add 2, remove 2" in answer.text
    assert len(numbers_of(store)) == 3


def test_a_comparison_that_was_made_again_is_looked_at_again(
    editor: FlaskClient, choose: Choose, store: PoolStore, brought: str
) -> None:
    choose("compare")
    old = seen(editor, brought)
    store.add_numbers("support", NUMBERS)
    choose("compare")
    # The number that was asked for is typed, but it is another one by now.
    answer = editor.post(f"{brought}/begin", data=old | {"action": "make-equal", "removed": "2"})
    assert answer.status_code == 409
    page = read(answer)
    assert totals(page)["To be removed"] == 32
    assert form(page, f"{brought}/begin")["removed"] == ""


def test_what_is_being_compared_does_not_begin(
    editor: FlaskClient, store: PoolStore, brought: str
) -> None:
    sent = seen(editor, brought) | {"action": "add"}
    editor.post(f"{brought}/compare")
    answer = editor.post(f"{brought}/begin", data=sent)
    assert (answer.status_code, answer.location) == (303, brought)
    page = editor.get(brought)
    assert "Nothing was started: the list is being read or compared once more." in page.text
    assert "Comparing the pool with the list" in page.text


@pytest.mark.parametrize("button", ["columns", "compare"])
def test_what_is_being_compared_is_not_read_again(
    editor: FlaskClient, work_off: Callable[[], None], brought: str, button: str
) -> None:
    editor.post(f"{brought}/compare")
    answer = editor.post(f"{brought}/{button}", data={"columns": "0.1", "country": "GB"})
    assert (answer.status_code, answer.location) == (303, brought)
    work_off()
    assert "Make equal: add 2, remove 2" in editor.get(brought).text


def test_after_a_comparison_something_else_can_be_done(
    editor: FlaskClient, choose: Choose, store: PoolStore, brought: str
) -> None:
    choose("compare")
    served = form(read(editor.get(brought)), f"{brought}/discard")
    assert "Make equal …" in choose("columns", **served)
    choose("begin", action="add")
    assert len(numbers_of(store)) == 5
