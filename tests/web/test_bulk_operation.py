"""``/operations/<operation_id>`` of one that has ended: what became of every line."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from numberpools.domain.pools import Pool
from tests.databases import on_both_databases
from tests.web import FRAGMENT
from tests.web.conftest import NUMBERS, Paste
from tests.web.markup import find, read, rows, words

LIST = """\
+44 7400 123499
+44 7400 123456
nothing here
Ann, +1 201-555-0199
+44 7400 123499
"""


@pytest.fixture
def report(paste: Paste, support: Pool) -> str:
    """The address of a report with four outcomes."""
    location = paste(LIST).location
    assert location is not None
    return location


def _outcomes(client: FlaskClient, address: str) -> list[str]:
    return [row[0] for row in rows(read(client.get(address)))]


def test_it_works(viewer: FlaskClient, report: str) -> None:
    page = read(viewer.get(report))
    assert words(page.find(".//h1")) == "Added 2 numbers to support"
    assert [(line, typed) for line, typed, *_ in rows(page)] == [
        ("1", "+44 7400 123499"),
        ("2", "+44 7400 123456"),
        ("3", "nothing here"),
        ("4", "+1 201-555-0199"),
        ("5", "+44 7400 123499"),
    ]


def test_it_says_who_did_it_and_when(viewer: FlaskClient, report: str) -> None:
    page = read(viewer.get(report))
    assert "5 entries, by Development editor," in words(page.find(".//main"))
    time = find(page, ".//time")
    assert time.get("datetime", "").endswith("+00:00")
    assert words(time).endswith("UTC")


def test_it_counts_and_shows_each_outcome_alone(viewer: FlaskClient, report: str) -> None:
    links = read(viewer.get(report)).findall(".//nav[@aria-label='Outcomes']/a")
    shown = {words(link): _outcomes(viewer, link.get("href", "")) for link in links}
    assert shown == {
        "All 5": ["1", "2", "3", "4", "5"],
        "Added 2": ["1", "4"],
        "Already in the pool 1": ["2"],
        "Invalid 1": ["3"],
        "Duplicate 1": ["5"],
    }


@on_both_databases
def test_it_filters_by_text_and_number(viewer: FlaskClient, report: str) -> None:
    for typed, lines in (
        ("nothing", ["3"]),
        ("NOTHING", ["3"]),
        ("201", ["4"]),
        ("+1 201", ["4"]),
        ("44740012345", ["2"]),
        ("+44 7400 12349", ["1", "5"]),
        ("+1 201-555-0199", ["4"]),
        ("12015550199", ["4"]),
        ("(0201) 5550199", ["4"]),
        ("00447400123456", ["2"]),
        ("+1 201 nothing", []),
        ("%25", []),
    ):
        address = f"{report}?containing={typed.replace('+', '%2B')}"
        assert _outcomes(viewer, address) == lines, typed


def test_filtering_keeps_the_outcome(viewer: FlaskClient, report: str) -> None:
    page = read(viewer.get(f"{report}?outcome=added"))
    search = find(page, ".//form[@role='search']")
    fields = [*search.findall(".//input"), *page.findall(f".//input[@form='{search.get('id')}']")]
    sent = {field.get("name"): field.get("value") for field in fields}
    assert sent == {"outcome": "added", "containing": ""}


@on_both_databases
def test_choosing_an_outcome_keeps_the_filter(viewer: FlaskClient, report: str) -> None:
    links = read(viewer.get(f"{report}?containing=99")).findall(".//nav[@aria-label='Outcomes']/a")
    shown = {words(link): _outcomes(viewer, link.get("href", "")) for link in links}
    assert (shown["All 5"], shown["Added 2"]) == (["1", "4", "5"], ["1", "4"])


def test_a_filter_that_finds_nothing_says_so(viewer: FlaskClient, report: str) -> None:
    empty = find(read(viewer.get(f"{report}?containing=zzz")), ".//div[@class='empty']")
    assert words(empty) == "Nothing here. Show everything"
    assert find(empty, ".//a").get("href") == report


def test_an_outcome_that_is_none_shows_everything(viewer: FlaskClient, report: str) -> None:
    assert len(_outcomes(viewer, f"{report}?outcome=lost")) == 5


@on_both_databases
def test_a_long_report_comes_in_pages(viewer: FlaskClient, paste: Paste, empty_pool: Pool) -> None:
    there = paste("\n".join(NUMBERS), pool_id="empty").location
    page = read(viewer.get(f"{there}?page_size=10"))
    bar = find(page, ".//nav[@aria-label='Pages of entries']")
    assert words(bar).startswith("1–10 of 30 entries")
    following = find(bar, ".//a[@aria-label='Next page']").get("href", "")
    assert _outcomes(viewer, following) == [str(line) for line in range(11, 21)]


def test_a_fragment_is_the_table_of_the_page(viewer: FlaskClient, report: str) -> None:
    fragment = viewer.get(report, headers=FRAGMENT).text.strip()
    assert fragment.startswith('<div id="items">')
    assert fragment in viewer.get(report).text


def test_an_editor_can_put_the_failed_ones_back_and_a_viewer_cannot(
    viewer: FlaskClient, editor: FlaskClient, report: str
) -> None:
    offered = [
        {words(link) for link in read(client.get(report)).findall(".//a")}
        for client in (editor, viewer)
    ]
    assert offered[0] - offered[1] == {"Undo", "Put the failed ones back into the box"}


def test_where_nothing_failed_nothing_is_put_back(
    editor: FlaskClient, paste: Paste, support: Pool
) -> None:
    answer = editor.get(paste("+44 7400 123499").location or "")
    assert "Put the failed ones back" not in answer.text


def test_operations_of_another_account_are_not_found(
    viewer: FlaskClient, account_id: str, other_operation: str
) -> None:
    answer = viewer.get(f"/accounts/{account_id}/operations/{other_operation}")
    assert answer.status_code == 404
    assert "secret" not in answer.text


@pytest.mark.parametrize(
    "operation_id", ["x", "7f54fbc7-a7fc-451a-9d6b-cc68f75088c6", "%F0%9F%93%9E"]
)
def test_an_unknown_operation_is_not_found(
    viewer: FlaskClient, account_id: str, operation_id: str
) -> None:
    assert viewer.get(f"/accounts/{account_id}/operations/{operation_id}").status_code == 404


def test_the_report_outlives_its_pool(
    viewer: FlaskClient, paste: Paste, support: Pool, administrator: FlaskClient
) -> None:
    report = paste("+44 7400 123499").location or ""
    sent = {"pool_id": "support", "etag": support.etag}
    assert administrator.post("/accounts/abcd1234/pools/support/delete", data=sent).location
    assert viewer.get(report).status_code == 200
