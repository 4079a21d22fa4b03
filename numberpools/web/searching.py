"""Looking for numbers by a part of one, as people type it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from numberpools.domain.phone import normalise_digits
from numberpools.domain.pools import Page

Found = TypeVar("Found")


def search(find: Callable[[str], Page[Found]], typed: str) -> Page[Found]:
    """What `find` finds for the digits that were typed, however they are set and written.

    Where that is nothing, the 0 may be one that is dialled within a country and stands in no
    number: then without it.
    """
    digits = _digits(typed)
    page, rest = find(digits), digits.lstrip("0")
    return page if page.total_items or rest in ("", digits) else find(rest)


def _digits(typed: str) -> str:
    # A word stands in no number; leaving it out would find them all.
    if any(map(str.isalpha, typed)):
        return typed
    return "".join(filter(str.isdigit, normalise_digits(typed)))
