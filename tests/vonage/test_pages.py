"""Reading long lists of a vendor that offers neither search nor count."""

from __future__ import annotations

import pytest

from numberpools.errors import NotSupported
from numberpools.stores.vonage_pages import MOST_PAGES_OF_A_LIST, VendorPages
from tests.vonage.numbers import Numbers, numbers


def test_a_short_list_is_read_whole() -> None:
    pool = Numbers(numbers(25), 10)
    assert VendorPages(pool).all() == numbers(25)
    assert [page for page, _ in pool.read] == [1, 2, 3]


def test_a_list_that_grows_meanwhile_is_read_to_its_end() -> None:
    pool = Numbers(numbers(20), 10)
    pages = VendorPages(pool)
    pool.numbers = numbers(25)
    assert pages.all() == numbers(25)


def test_a_long_list_is_not_read() -> None:
    pool = Numbers(numbers(10 * MOST_PAGES_OF_A_LIST + 1), 10)
    with pytest.raises(NotSupported, match="201 entries are too many"):
        VendorPages(pool).all()
    assert len(pool.read) == 1
