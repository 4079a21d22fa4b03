"""Pools, changes to them, and pages of lists, as values."""

from __future__ import annotations

from dataclasses import replace

import pytest

from numberpools.domain.pools import (
    Fallback,
    OddPool,
    Page,
    PageRequest,
    Pool,
    PoolChanges,
    PoolCountries,
    is_account_id,
    is_pool_id,
    readable,
    settings_of,
    why_no_address,
)
from numberpools.errors import UnreadablePool

ODD = OddPool("abcd1234", "support", None, True, False, {"fallback": "is missing"})
POOL = Pool("abcd1234", "support", Fallback.POOL, True, False)


def test_changes_make_one_pool_into_the_other() -> None:
    new = replace(POOL, fallback=Fallback.REJECT, localized_sender_preferred=False)
    changes = PoolChanges.between(POOL, new)
    assert changes.named() == {
        "fallback": Fallback.REJECT,
        "localized_sender_preferred": False,
    }
    assert changes.apply(POOL) == new


@pytest.mark.parametrize(
    "changes",
    [
        PoolChanges(pool_id="sales"),
        PoolChanges(fallback=Fallback.REJECT),
        PoolChanges(localized_sender_preferred=False),
        PoolChanges(predictable_sender_preferred=True),
    ],
)
def test_the_etag_is_another_after_any_change(changes: PoolChanges) -> None:
    assert changes.apply(POOL).etag != POOL.etag


def test_the_etag_is_short_and_stays_the_same() -> None:
    assert len(POOL.etag) == 16
    assert replace(POOL).etag == POOL.etag


def test_the_first_ten_are_asked_for_unless_told_otherwise() -> None:
    assert PageRequest() == PageRequest(1, 10)


@pytest.mark.parametrize(("page", "offset"), [(1, 0), (2, 25), (4, 75)])
def test_an_offset_is_how_many_stand_before_the_page(page: int, offset: int) -> None:
    assert PageRequest(page, 25).offset == offset


@pytest.mark.parametrize(("items", "pages"), [(0, 1), (1, 1), (10, 1), (11, 2)])
def test_a_last_page_may_be_short(items: int, pages: int) -> None:
    assert Page([], items, 1, 10).total_pages == pages


@pytest.mark.parametrize(
    ("page", "previous", "following"), [(1, None, 2), (2, 1, 3), (3, 2, None), (9, 3, None)]
)
def test_neighbours_of_a_page_are_pages_that_exist(
    page: int, previous: int | None, following: int | None
) -> None:
    shown: Page[str] = Page([], 30, page, 10)
    assert (shown.previous_page, shown.next_page) == (previous, following)


def test_numbers_of_no_country_count_for_none() -> None:
    assert PoolCountries({"GB": 3, "US": 1, "": 2}).country_count == 2


@pytest.mark.parametrize("text", ["a", "Z9_-" * 16])
def test_pool_ids(text: str) -> None:
    assert is_pool_id(text)


@pytest.mark.parametrize("text", ["", "a" * 65, "a b", "é", "a\n"])
def test_what_is_no_pool_id(text: str) -> None:
    assert not is_pool_id(text)


def test_account_ids() -> None:
    assert is_account_id("abcd1234")


@pytest.mark.parametrize("text", ["", "abcd123", "abcd12345", "ABCD1234", "abcd-234"])
def test_what_is_no_account_id(text: str) -> None:
    assert not is_account_id(text)


def test_an_odd_pool_has_the_settings_that_can_be_read_and_no_others() -> None:
    assert settings_of(ODD) == {
        "pool_id": "support",
        "localized_sender_preferred": True,
        "predictable_sender_preferred": False,
    }
    assert readable(POOL) is POOL
    with pytest.raises(UnreadablePool, match="saved over: fallback is missing"):
        readable(ODD)


def test_the_etag_of_an_odd_pool_is_another_when_something_else_is_wrong() -> None:
    assert replace(ODD, problems={"fallback": "is 7"}).etag != ODD.etag
    assert replace(ODD).etag == ODD.etag != POOL.etag


@pytest.mark.parametrize("pool_id", ["support", "new", "a b", "a.b", "...", "日本語", "x" * 2000])
def test_these_ids_have_an_address(pool_id: str) -> None:
    assert why_no_address(pool_id) == ""


@pytest.mark.parametrize("pool_id", ["", ".", "..", "a/b", "a\0", "a\x7f", "\ud800", "x" * 2001])
def test_these_ids_have_none(pool_id: str) -> None:
    assert why_no_address(pool_id)
