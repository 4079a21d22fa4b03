"""How a list was read is told truly: what else of it is used, and for which columns."""

from __future__ import annotations

import pytest

from numberpools.domain.phone import MOST_LINES, Doubt
from numberpools.services.bulk.brought import NOTHING_CHOSEN, Brought, ListChoices

TWO_ADDRESSES = b"""\
Billing country;Billing phone;Shipping country;Shipping phone
DE;0151 23456789;FR;06 12 34 56 78
DE;0151 23456788;FR;06 12 34 56 79
"""
RANGES = b"""\
Start;End
+34910050000;+34910050009
+34910050020;+34910050029
"""
NATIONAL = [f"71355501{place % 100:02}" for place in range(2 * MOST_LINES)]
IN_DOUBT = "3212345678"  # of Texas with the United States chosen, or of Belgium


def remarks(content: bytes, *columns: int) -> list[str]:
    """Of the list when these of its columns are read."""
    found = Brought("list.csv", content, "", ListChoices(columns={0: columns}))
    return found.reading.sheets[0].remarks


def test_columns_are_named_that_are_used_for_those_that_are_read() -> None:
    billing = "Countries are taken from the column Billing country."
    shipping = "Countries are taken from the column Shipping country."
    assert remarks(TWO_ADDRESSES, 1) == [billing]
    assert remarks(TWO_ADDRESSES, 3) == [shipping]
    assert remarks(TWO_ADDRESSES, 1, 3) == [billing, shipping]


def test_no_range_is_named_whose_end_is_read_by_itself() -> None:
    assert remarks(RANGES, 0) == ["The last numbers of ranges are taken from the column End."]
    assert remarks(RANGES, 0, 1) == []


@pytest.mark.parametrize(
    ("further_down", "doubt"),
    [(NATIONAL, None), (["447400123456"] * len(NATIONAL), Doubt.READING)],
    ids=["alike", "otherwise"],
)
def test_what_the_first_lines_say_counts_where_the_others_say_so_too(
    further_down: list[str], doubt: Doubt | None
) -> None:
    text = "\n".join([IN_DOUBT, *NATIONAL, *further_down])
    entries = list(Brought("list.csv", text.encode(), "US", NOTHING_CHOSEN).entries())
    assert entries[0].doubt is doubt
    assert entries[0].number == ("13212345678" if doubt is None else None)
