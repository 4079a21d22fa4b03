"""How a list as a whole is read: what its lines say together."""

from __future__ import annotations

import pytest

from numberpools.domain.phone import MOST_LINES, Doubt
from numberpools.services.bulk.brought import NOTHING_CHOSEN, Brought

NATIONAL = [f"71355501{place % 100:02}" for place in range(2 * MOST_LINES)]
IN_DOUBT = "3212345678"  # of Texas with the United States chosen, or of Belgium


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
