"""A list that was brought: what it would do, and what is then done with it."""

from __future__ import annotations

import csv
from collections.abc import Callable
from io import BytesIO, StringIO

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from numberpools.domain.pools import PageRequest, Pool
from numberpools.stores import PoolStore
from tests.databases import on_both_databases
from tests.web import FRAGMENT, POOLS
from tests.web.conftest import NUMBERS, Paste
from tests.web.markup import alerts, find, form, read, rows, totals, words

CSV = b"""\
Name;Office;Mobile
Ann;02079460958;+44 7400 123499
Bob;02079460959;+44 7400 123456
Cid;02079460960;+44 7400 123498
Ann;02079460961;+44 7400 123499
Eve;02079460962;nothing
"""


@pytest.fixture
def marketing(make_pool: Callable[..., Pool]) -> Pool:
    return make_pool("marketing", ["447400123498"])


@pytest.fixture
def brought(paste: Paste, support: Pool, marketing: Pool) -> str:
    """The address of a list that was read."""
    return paste("", file=(BytesIO(CSV), "staff.csv")).location or ""


Choose = Callable[..., str]


@pytest.fixture
def choose(editor: FlaskClient, work_off: Callable[[], None], brought: str) -> Choose:
    """Press a button of the list's page: ``choose("begin", action="add")``. Gives the page."""

    def press(name: str, **fields: str) -> str:
        sent = _seen(editor, brought) if name == "begin" else {}
        answer = editor.post(f"{brought}/{name}", data=sent | fields)
        assert (answer.status_code, answer.location) == (303, brought)
        work_off()
        return editor.get(brought).text

    return press


def _seen(client: FlaskClient, there: str) -> dict[str, str]:
    """The form by which a list begins, as the page has it now."""
    return form(read(client.get(there)), f"{there}/begin")


def _begin(client: FlaskClient, there: str, **fields: str) -> TestResponse:
    return client.post(f"{there}/begin", data=_seen(client, there) | fields)


def _numbers(store: PoolStore, pool_id: str = "support") -> list[str]:
    return list(store.list_numbers(pool_id, PageRequest(1, 100)).items)


@on_both_databases
def test_it_works(viewer: FlaskClient, store: PoolStore, brought: str) -> None:
    page = read(viewer.get(brought))
    assert totals(page) == {
        "New": 2,
        "Already in the pool": 1,
        "New, and in another pool": 1,
        "Duplicates in the list": 1,
        "Invalid": 1,
    }
    assert [(row[0], row[-1]) for row in rows(page)] == [
        ("2", "New"),
        ("3", "Already in the pool"),
        ("4", "New, and in marketing"),
        ("5", "Duplicate The same number stands on line 2."),
        ("6", "Invalid There is no phone number on this line."),
    ]
    assert len(_numbers(store)) == 3


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
    assert {"447400123498", "447400123499"} < set(_numbers(store))


def test_it_is_told_who_started_it(
    administrator: FlaskClient, work_off: Callable[[], None], brought: str
) -> None:
    assert _begin(administrator, brought, action="add").status_code == 303
    work_off()
    assert "by Development administrator" in words(read(administrator.get(brought)))
    history = read(administrator.get(f"{POOLS}/support/operations"))
    assert [row[4] for row in rows(history)] == ["Development administrator"]
    trail = words(read(administrator.get(f"{POOLS}/support/history")))
    assert "Started adding 3 numbers; Development editor brought the list" in trail


def test_its_numbers_are_removed(choose: Choose, store: PoolStore) -> None:
    assert "Removed 1 number from support" in choose("begin", action="remove")
    assert _numbers(store) == ["12015550123", "447400123457"]


def test_its_numbers_are_moved(choose: Choose, store: PoolStore) -> None:
    page = choose("begin", action="move", target="marketing")
    assert "Moved 1 number from support to marketing" in page
    assert _numbers(store) == ["12015550123", "447400123457"]
    assert _numbers(store, "marketing") == ["447400123456", "447400123498"]


def test_the_other_pools_are_offered_for_a_move(editor: FlaskClient, brought: str) -> None:
    options = read(editor.get(brought)).findall(".//select[@id='target']/option")
    assert [option.get("value") for option in options] == ["", "marketing"]


@pytest.mark.parametrize("target", ["", "support"])
def test_a_move_needs_another_pool(
    editor: FlaskClient, store: PoolStore, brought: str, target: str
) -> None:
    answer = _begin(editor, brought, action="move", target=target)
    assert answer.status_code == 422
    assert "Choose the pool to move them to." in alerts(read(answer))
    assert len(_numbers(store)) == 3


def test_a_move_to_no_pool_is_refused(editor: FlaskClient, brought: str) -> None:
    answer = _begin(editor, brought, action="move", target="nowhere")
    assert answer.status_code == 404


@pytest.mark.parametrize("action", ["", "undo", "destroy"])
def test_it_refuses_other_actions(
    editor: FlaskClient, store: PoolStore, brought: str, action: str
) -> None:
    answer = _begin(editor, brought, action=action)
    assert answer.status_code == 422
    assert alerts(read(answer)) == ["Choose what to do with the list."]
    assert len(_numbers(store)) == 3


@on_both_databases
def test_a_double_click_begins_once(
    editor: FlaskClient, work_off: Callable[[], None], store: PoolStore, brought: str
) -> None:
    sent = _seen(editor, brought) | {"action": "add"}
    for _ in range(2):
        answer = editor.post(f"{brought}/begin", data=sent)
        assert (answer.status_code, answer.location) == (303, brought)
    work_off()
    assert len(_numbers(store)) == 5


def test_make_equal_is_looked_at_first(choose: Choose, store: PoolStore, brought: str) -> None:
    page = choose("compare")
    assert "Make equal: add 2, remove 2" in page
    assert "2 numbers go out of the pool, of the 3 that it has." in page
    assert len(_numbers(store)) == 3
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
    assert _numbers(store) == ["447400123456", "447400123498", "447400123499"]


@pytest.mark.parametrize("typed", ["", "3", "two"])
def test_a_large_removal_has_to_be_typed(
    editor: FlaskClient, choose: Choose, store: PoolStore, brought: str, typed: str
) -> None:
    choose("compare")
    answer = _begin(editor, brought, action="make-equal", removed=typed)
    assert answer.status_code == 422
    assert alerts(read(answer)) == ["Type 2 to confirm."]
    assert len(_numbers(store)) == 3


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
    assert _begin(editor, there, action="make-equal").status_code == 303
    work_off()
    assert _numbers(store) == NUMBERS[1:]


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
    assert _begin(editor, brought, action="make-equal", removed="0").status_code == 409
    assert len(_numbers(store)) == 3


def test_after_a_comparison_an_old_page_does_nothing_else(
    editor: FlaskClient, choose: Choose, store: PoolStore, brought: str
) -> None:
    old = _seen(editor, brought)
    choose("compare")
    answer = editor.post(f"{brought}/begin", data=old | {"action": "add"})
    assert answer.status_code == 409
    assert "Make equal: add 2, remove 2" in answer.text
    assert len(_numbers(store)) == 3


def test_a_list_that_was_read_differently_is_looked_at_again(
    editor: FlaskClient, choose: Choose, store: PoolStore, brought: str
) -> None:
    old = _seen(editor, brought)
    choose("columns", column="1", country="GB")
    answer = editor.post(f"{brought}/begin", data=old | {"action": "add"})
    assert answer.status_code == 409
    page = read(answer)
    assert alerts(page) == [
        "Nothing was started. The list was read or compared once more: look at it again."
    ]
    assert totals(page)["New"] == 5
    assert len(_numbers(store)) == 3
    sent = form(page, f"{brought}/begin") | {"action": "add"}
    assert editor.post(f"{brought}/begin", data=sent).status_code == 303


def test_a_comparison_that_was_made_again_is_looked_at_again(
    editor: FlaskClient, choose: Choose, store: PoolStore, brought: str
) -> None:
    choose("compare")
    old = _seen(editor, brought)
    store.add_numbers("support", NUMBERS)
    choose("compare")
    # The number that was asked for is typed, but it is another one by now.
    answer = editor.post(f"{brought}/begin", data=old | {"action": "make-equal", "removed": "2"})
    assert answer.status_code == 409
    page = read(answer)
    assert totals(page)["To be removed"] == 32
    assert form(page, f"{brought}/begin")["removed"] == ""


@pytest.mark.parametrize("version", ["", "x", "-1", "²", "9" * 5000])
def test_without_having_been_looked_at_nothing_begins(
    editor: FlaskClient, store: PoolStore, brought: str, version: str
) -> None:
    assert _begin(editor, brought, action="add", version=version).status_code == 409
    assert len(_numbers(store)) == 3


def test_what_is_being_compared_does_not_begin(
    editor: FlaskClient, store: PoolStore, brought: str
) -> None:
    sent = _seen(editor, brought) | {"action": "add"}
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
    answer = editor.post(f"{brought}/{button}", data={"column": "1", "country": "GB"})
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
    assert len(_numbers(store)) == 5


def test_the_columns_are_offered_with_samples(editor: FlaskClient, brought: str) -> None:
    page = read(editor.get(f"{brought}/columns"))
    options = page.findall(".//select[@id='column']/option")
    assert [words(option).partition(":")[0] for option in options] == ["Name", "Office", "Mobile"]
    assert "02079460958" in words(options[1])
    assert form(page, f"{brought}/columns")["column"] == "2"


@on_both_databases
def test_another_column_and_country_are_read(
    editor: FlaskClient, choose: Choose, brought: str
) -> None:
    choose("columns", column="1", country="GB")
    page = read(editor.get(brought))
    assert totals(page)["New"] == 5
    assert rows(page)[0][1:3] == ["02079460958", "+44 20 7946 0958 🇬🇧 United Kingdom"]


@pytest.mark.parametrize(
    "fields",
    [
        {"column": "7", "country": ""},
        {"column": "x", "country": ""},
        {"column": "1", "country": "XX"},
        {},
    ],
)
def test_it_refuses_a_column_or_country_that_is_none(
    editor: FlaskClient, brought: str, fields: dict[str, str]
) -> None:
    answer = editor.post(f"{brought}/columns", data=fields)
    assert answer.status_code == 422
    assert "Not a valid choice." in alerts(read(answer))[0]


def test_a_text_has_a_country_alone(editor: FlaskClient, paste: Paste, support: Pool) -> None:
    there = paste("07400 123456", action="look").location or ""
    page = read(editor.get(f"{there}/columns"))
    assert page.find(".//select[@id='column']") is None
    assert form(page, f"{there}/columns") == {"csrf_token": "", "column": "", "country": ""} | {
        "csrf_token": form(page, f"{there}/columns")["csrf_token"]
    }


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
