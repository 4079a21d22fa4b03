"""A list that was brought: what it would do, and what is then done with it."""

from __future__ import annotations

import csv
from collections.abc import Callable
from io import StringIO

import pytest
from flask.testing import FlaskClient

from numberpools.domain.pools import Pool
from numberpools.stores import PoolStore
from tests.databases import on_both_databases
from tests.web import FRAGMENT, POOLS
from tests.web.brought import begin, numbers_of, seen
from tests.web.conftest import Choose, Paste
from tests.web.markup import alerts, find, form, read, rows, totals, words


def test_it_shows_each_kind_alone(viewer: FlaskClient, brought: str) -> None:
    links = read(viewer.get(brought)).findall(".//nav[@aria-label='Kinds of entries']/a")
    shown = {
        words(link): [row[0] for row in rows(read(viewer.get(link.get("href", ""))))]
        for link in links
    }
    assert shown == {
        "All 5": ["2", "3", "4", "5", "6"],
        "New 2": ["2", "4"],
        "Already in the pool 1": ["3"],
        "In another pool 1": ["4"],
        "Duplicate 1": ["5"],
        "Invalid 1": ["6"],
    }


@pytest.mark.parametrize("typed", ["+44 7400 123456", "07400 123456"])
@on_both_databases
def test_it_filters_by_text_and_number(viewer: FlaskClient, brought: str, typed: str) -> None:
    page = read(viewer.get(brought, query_string={"containing": typed}))
    assert [row[0] for row in rows(page)] == ["3"]


def test_it_can_be_downloaded(viewer: FlaskClient, brought: str) -> None:
    answer = viewer.get(f"{brought}.csv")
    found = [(row["line"], row["outcome"]) for row in csv.DictReader(StringIO(answer.text))]
    assert found == [
        ("2", "New"),
        ("3", "Already in the pool"),
        ("4", "New, and in marketing"),
        ("5", "Duplicate"),
        ("6", "Invalid"),
    ]
    assert "support-list-" in answer.headers["Content-Disposition"]


def test_while_it_is_read_the_page_asks_again(
    viewer: FlaskClient, submit: Paste, work_off: Callable[[], None], support: Pool
) -> None:
    there = submit("+44 7400 123499", action="look").location or ""
    panel = find(read(viewer.get(there)), ".//div[@id='reading']")
    assert panel.get("hx-trigger") == "every 1s"
    polled = viewer.get(panel.get("hx-get", ""), headers=FRAGMENT)
    assert polled.status_code == 200
    assert "Reading: 0 entries so far" in words(read(polled))
    work_off()
    polled = viewer.get(panel.get("hx-get", ""), headers=FRAGMENT)
    assert (polled.status_code, polled.headers["HX-Refresh"]) == (286, "true")
    assert "hx-trigger" not in polled.text


def test_without_scripts_it_is_loaded_again(
    viewer: FlaskClient, submit: Paste, work_off: Callable[[], None], support: Pool
) -> None:
    there = submit("+44 7400 123499", action="look").location or ""
    page = read(viewer.get(there))
    assert find(page, ".//noscript/meta").get("content") == "2"
    links = [link for link in page.findall(".//a") if words(link) == "Look again"]
    assert [link.get("href") for link in links] == [there]
    work_off()
    assert "http-equiv" not in viewer.get(there).text


def test_its_numbers_are_added(choose: Choose, store: PoolStore) -> None:
    assert "Added 2 numbers to support" in choose("begin", action="add")
    assert {"447400123498", "447400123499"} < set(numbers_of(store))


def test_it_is_told_who_started_it(
    administrator: FlaskClient, work_off: Callable[[], None], brought: str
) -> None:
    assert begin(administrator, brought, action="add").status_code == 303
    work_off()
    assert "by Development administrator" in words(read(administrator.get(brought)))
    history = read(administrator.get(f"{POOLS}/support/operations"))
    assert [row[4] for row in rows(history)] == ["Development administrator"]
    trail = words(read(administrator.get(f"{POOLS}/support/history")))
    assert "Started adding 3 numbers; Development editor brought the list" in trail


def test_its_numbers_are_removed(choose: Choose, store: PoolStore) -> None:
    assert "Removed 1 number from support" in choose("begin", action="remove")
    assert numbers_of(store) == ["12015550123", "447400123457"]


def test_its_numbers_are_moved(choose: Choose, store: PoolStore) -> None:
    page = choose("begin", action="move", target="marketing")
    assert "Moved 1 number from support to marketing" in page
    assert numbers_of(store) == ["12015550123", "447400123457"]
    assert numbers_of(store, "marketing") == ["447400123456", "447400123498"]


def test_the_other_pools_are_offered_for_a_move(editor: FlaskClient, brought: str) -> None:
    options = read(editor.get(brought)).findall(".//select[@id='target']/option")
    assert [option.get("value") for option in options] == ["", "marketing"]


@pytest.mark.parametrize("target", ["", "support"])
def test_a_move_needs_another_pool(
    editor: FlaskClient, store: PoolStore, brought: str, target: str
) -> None:
    answer = begin(editor, brought, action="move", target=target)
    assert answer.status_code == 422
    assert "Choose the pool to move them to." in alerts(read(answer))
    assert len(numbers_of(store)) == 3


def test_a_move_to_no_pool_is_refused(editor: FlaskClient, brought: str) -> None:
    answer = begin(editor, brought, action="move", target="nowhere")
    assert answer.status_code == 404


@pytest.mark.parametrize("action", ["", "undo", "destroy"])
def test_it_refuses_other_actions(
    editor: FlaskClient, store: PoolStore, brought: str, action: str
) -> None:
    answer = begin(editor, brought, action=action)
    assert answer.status_code == 422
    assert alerts(read(answer)) == ["Choose what to do with the list."]
    assert len(numbers_of(store)) == 3


@on_both_databases
def test_a_double_click_begins_once(
    editor: FlaskClient, work_off: Callable[[], None], store: PoolStore, brought: str
) -> None:
    sent = seen(editor, brought) | {"action": "add"}
    for _ in range(2):
        answer = editor.post(f"{brought}/begin", data=sent)
        assert (answer.status_code, answer.location) == (303, brought)
    work_off()
    assert len(numbers_of(store)) == 5


def test_a_list_that_was_read_differently_is_looked_at_again(
    editor: FlaskClient, choose: Choose, store: PoolStore, brought: str
) -> None:
    old = seen(editor, brought)
    choose("columns", columns="0.1", country="GB")
    answer = editor.post(f"{brought}/begin", data=old | {"action": "add"})
    assert answer.status_code == 409
    page = read(answer)
    assert alerts(page) == [
        "Nothing was started. The list was read or compared once more: look at it again."
    ]
    assert totals(page)["Invalid"] == 5
    assert len(numbers_of(store)) == 3
    sent = form(page, f"{brought}/begin") | {"action": "add"}
    assert editor.post(f"{brought}/begin", data=sent).status_code == 303


@pytest.mark.parametrize("version", ["", "x", "-1", "²", "9" * 5000])
def test_without_having_been_looked_at_nothing_begins(
    editor: FlaskClient, store: PoolStore, brought: str, version: str
) -> None:
    assert begin(editor, brought, action="add", version=version).status_code == 409
    assert len(numbers_of(store)) == 3


def test_it_can_be_discarded(editor: FlaskClient, store: PoolStore, brought: str) -> None:
    answer = editor.post(f"{brought}/discard")
    assert (answer.status_code, answer.location) == (303, f"{POOLS}/support")
    assert alerts(read(editor.get(f"{POOLS}/support"))) == [
        "The list is discarded. Nothing was changed."
    ]
    assert editor.get(brought).status_code == 404
    assert editor.post(f"{brought}/discard").location == POOLS


def test_once_begun_it_can_not_be_discarded(
    editor: FlaskClient, choose: Choose, brought: str
) -> None:
    choose("begin", action="add")
    answer = editor.post(f"{brought}/discard")
    assert answer.status_code == 409
    assert editor.get(f"{brought}/columns").status_code == 409


def test_american_numbers_bring_a_word_about_campaigns(
    editor: FlaskClient, paste: Paste, brought: str
) -> None:
    assert "10DLC" not in editor.get(brought).text
    there = paste("+1 201 555 0199", action="look").location or ""
    assert "10DLC" in editor.get(there).text


def test_a_viewer_sees_it_without_any_button(viewer: FlaskClient, brought: str) -> None:
    page = read(viewer.get(brought))
    assert page.findall(".//main//form[@method='post']") == []


def test_a_fragment_is_the_table_alone(viewer: FlaskClient, brought: str) -> None:
    fragment = viewer.get(f"{brought}?kind=invalid", headers=FRAGMENT)
    assert [row[0] for row in rows(read(fragment))] == ["6"]
    assert "<h1" not in fragment.text


@pytest.mark.parametrize("name", ["begin", "columns", "compare", "discard"])
def test_lists_of_another_account_are_not_found(
    editor: FlaskClient, account_id: str, other_operation: str, name: str
) -> None:
    there = f"/accounts/{account_id}/operations/{other_operation}/{name}"
    answer = editor.post(there, data={"action": "add"})
    assert answer.status_code in {303, 404}
    assert (answer.location or POOLS) == POOLS
    assert "secret" not in answer.text
