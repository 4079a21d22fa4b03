"""``/pools/<pool_id>``: a pool with its settings and numbers."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from numberpools.domain.pools import Pool
from numberpools.stores import PoolStore
from tests.web import FRAGMENT, POOLS
from tests.web.conftest import NUMBERS
from tests.web.markup import find, form, read, words

SUPPORT = f"{POOLS}/support"


def test_it_works(viewer: FlaskClient, support: Pool) -> None:
    page = read(viewer.get(SUPPORT))
    assert words(page.find(".//h1")) == "support"
    assert words(page.find(".//*[@id='numbers-title']")) == "3 numbers in 2 countries"
    assert page.find(".//*[@id='numbers']") is not None


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        (0, "0 numbers"),
        (1, "1 number in 1 country"),
        (2, "2 numbers in 1 country"),
    ],
)
def test_it_counts(
    viewer: FlaskClient, empty_pool: Pool, store: PoolStore, numbers: int, said: str
) -> None:
    if numbers:
        store.add_numbers("empty", NUMBERS[:numbers])
    page = read(viewer.get(f"{POOLS}/empty"))
    assert words(page.find(".//*[@id='numbers-title']")) == said


def test_numbers_of_no_country_make_no_country(
    viewer: FlaskClient, empty_pool: Pool, store: PoolStore
) -> None:
    store.add_numbers("empty", ["80012345678"])
    page = read(viewer.get(f"{POOLS}/empty"))
    assert words(page.find(".//*[@id='numbers-title']")) == "1 number"


def test_a_large_count_is_readable(viewer: FlaskClient, empty_pool: Pool, store: PoolStore) -> None:
    store.add_numbers("empty", [f"44740{number:07}" for number in range(1234)])
    page = read(viewer.get(f"{POOLS}/empty"))
    assert words(page.find(".//*[@id='number-count']")) == "1,234 numbers"


def test_an_unknown_pool_is_not_found(viewer: FlaskClient, account_id: str) -> None:
    answer = viewer.get(f"{POOLS}/nowhere")
    assert answer.status_code == 404
    assert "There is no pool nowhere in this account." in answer.text


def test_the_settings_are_shown(viewer: FlaskClient, support: Pool) -> None:
    settings = form(read(viewer.get(SUPPORT)), f"{SUPPORT}/settings")
    assert settings["fallback"] == "Pool"
    assert settings["localized_sender_preferred"] == "y"
    assert "predictable_sender_preferred" not in settings


def test_each_setting_says_what_it_does_to_a_message(viewer: FlaskClient, support: Pool) -> None:
    page = read(viewer.get(SUPPORT))
    fields = [*page.findall(".//input[@type='radio']"), *page.findall(".//input[@role='switch']")]
    assert len(fields) == 5
    for field in fields:
        effect = words(page.find(f".//*[@id='{field.get('aria-describedby')}']"))
        assert "message" in effect or "recipient" in effect


def test_a_viewer_is_offered_nothing_that_changes(viewer: FlaskClient, support: Pool) -> None:
    main = find(read(viewer.get(SUPPORT)), ".//main")
    buttons = [words(each) or each.get("aria-label") for each in main.findall(".//button")]
    assert buttons == ["Filter numbers by any digits"]
    assert find(main, ".//fieldset").get("disabled") is not None
    assert main.find(".//textarea") is None
    assert main.find(".//input[@type='checkbox'][@name='number']") is None
    links = {words(each) for each in main.findall(".//a")}
    assert not links & {"Rename", "Delete"}


def test_an_editor_may_change_but_not_delete(editor: FlaskClient, support: Pool) -> None:
    page = read(editor.get(SUPPORT))
    assert page.find(f".//a[@href='{SUPPORT}/rename']") is not None
    assert page.find(f".//a[@href='{SUPPORT}/delete']") is None


def test_an_administrator_is_offered_to_delete(administrator: FlaskClient, support: Pool) -> None:
    assert read(administrator.get(SUPPORT)).find(f".//a[@href='{SUPPORT}/delete']") is not None


def test_a_fragment_is_the_table_of_the_page(viewer: FlaskClient, support: Pool) -> None:
    fragment = viewer.get(SUPPORT, headers=FRAGMENT).text.strip()
    assert fragment.startswith('<div id="numbers">')
    assert fragment in viewer.get(SUPPORT).text
