"""``/pools/<pool_id>/paste`` and the same box on the pool's page."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from numberpools.domain.pools import Pool
from tests.web import POOLS
from tests.web.conftest import Paste
from tests.web.markup import find, form, read, totals, words

SUPPORT = f"{POOLS}/support"
PASTE = f"{SUPPORT}/paste"
START = f"{SUPPORT}/operations"
PREVIEW = f"{SUPPORT}/preview"


@pytest.mark.parametrize("address", [SUPPORT, PASTE])
def test_it_works(editor: FlaskClient, support: Pool, address: str) -> None:
    page = read(editor.get(address))
    served = form(page, START)
    assert served["numbers"] == served["country"] == ""
    assert UUID(served["form_id"])
    pressed_by_enter, *buttons = find(page, f".//form[@action='{START}']").findall(".//button")
    assert pressed_by_enter.get("hidden") is not None
    assert pressed_by_enter.get("formaction") == PREVIEW
    assert [words(button) for button in buttons] == [
        "Add",
        "Remove",
        "More: move, make equal",
        "Check first",
    ]


def test_every_form_has_an_id_of_its_own(editor: FlaskClient, support: Pool) -> None:
    first, second = (form(read(editor.get(PASTE)), START)["form_id"] for _ in range(2))
    assert first != second


def test_the_countries_are_offered_by_name(editor: FlaskClient, support: Pool) -> None:
    options = read(editor.get(PASTE)).findall(".//select/option")
    offered = {option.get("value"): words(option) for option in options}
    assert len(offered) == len(options) > 200
    assert offered[""] == "Not chosen"
    assert offered["GB"] == "United Kingdom (+44)"
    names = list(offered.values())
    assert names.index("Åland Islands (+358)") < names.index("Albania (+355)")
    assert names.index("Réunion (+262)") < names.index("Romania (+40)")


def test_what_the_box_suggests_is_accepted(editor: FlaskClient, support: Pool) -> None:
    example = find(read(editor.get(PASTE)), ".//textarea").get("placeholder", "")
    page = read(editor.post(f"{SUPPORT}/preview", data={"numbers": example}))
    assert totals(page)["Invalid"] == 0
    assert sum(totals(page).values()) == 2


def test_the_failed_ones_can_be_put_back(editor: FlaskClient, paste: Paste, support: Pool) -> None:
    text = "+44 7400 123499\nnot a number\n+12 34; +44 7400 123456\n+44 7400 123456"
    report = read(editor.get(paste(text).location or ""))
    [again] = [
        link.get("href", "")
        for link in report.findall(".//a")
        if words(link) == "Put the failed ones back into the box"
    ]
    served = form(read(editor.get(again)), START)
    assert served["numbers"] == "not a number\n+12 34"


def test_what_is_put_back_is_read_by_the_same_country(
    editor: FlaskClient, paste: Paste, support: Pool
) -> None:
    report = paste("07400 123499\n07400 12345", country="GB").location or ""
    served = form(read(editor.get(f"{PASTE}?again={report.rpartition('/')[2]}")), START)
    assert (served["numbers"], served["country"]) == ("07400 12345", "GB")


def test_operations_of_another_account_are_not_put_back(
    editor: FlaskClient, support: Pool, other_operation: str
) -> None:
    answer = editor.get(f"{PASTE}?again={other_operation}")
    assert answer.status_code == 404
    assert "secret" not in answer.text


@pytest.mark.parametrize("again", ["x", "7f54fbc7-a7fc-451a-9d6b-cc68f75088c6"])
def test_an_unknown_operation_is_not_found(editor: FlaskClient, support: Pool, again: str) -> None:
    assert editor.get(f"{PASTE}?again={again}").status_code == 404


def test_an_unknown_pool_is_not_found(editor: FlaskClient, make_pool: Callable[..., Pool]) -> None:
    assert editor.get(PASTE).status_code == 404
