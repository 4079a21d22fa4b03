"""Pools and pages of them: the values that stores take and give."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, fields, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, Self, TypeVar
from unicodedata import category
from urllib.parse import quote

from numberpools.errors import UnreadablePool

T = TypeVar("T")

NUMBERS_PER_CALL = 50
"""The most numbers in one call of the API (docs/api.md)."""

MAXIMUM_PAGE_SIZE = 1000
MAXIMUM_PAGE = 1_000_000_000
"""Far beyond any last page, and small enough that an offset fits a database's integer."""

POOL_ID_RULE = "1 to 64 letters (A-Z, a-z), digits, underscores or hyphens"
SETTINGS = ("fallback", "localized_sender_preferred", "predictable_sender_preferred")
"""The fields of a pool that say which sender a message gets."""

_LONGEST_IN_ADDRESS = 2_000
"""Bytes, percent-encoded: servers take addresses of 4,000."""
_IN_NO_ADDRESS = {"Cc", "Cs"}
"""Kinds of characters, by Unicode: controls, which databases refuse too, and halves of pairs."""
_POOL_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_ACCOUNT_ID = re.compile(r"[a-z0-9]{8}")


class Fallback(StrEnum):
    """What happens to a message when no number of the pool fits its destination."""

    POOL = "Pool"
    CUSTOM_FROM = "CustomFrom"
    REJECT = "Reject"


@dataclass(frozen=True, slots=True)
class Pool:
    """A named set of numbers with its settings; the numbers themselves stay in the store."""

    account_id: str
    pool_id: str
    fallback: Fallback
    localized_sender_preferred: bool
    predictable_sender_preferred: bool

    @property
    def etag(self) -> str:
        """Stands for exactly these settings: 16 hexadecimal digits, without quotes."""
        return _etag(self)


@dataclass(frozen=True, slots=True)
class OddPool:
    """A vendor's pool of which not every field can be read. Those that can't be are None."""

    account_id: str
    pool_id: str
    """Its name, as far as it has one; else ''."""
    fallback: Fallback | None
    localized_sender_preferred: bool | None
    predictable_sender_preferred: bool | None
    problems: Mapping[str, str]
    """What is wrong, by field, in words that go on after the field's name."""

    @property
    def told(self) -> str:
        """``fallback is "RoundRobin", and should be Pool, CustomFrom or Reject``."""
        return "; ".join(f"{field} {problem}" for field, problem in self.problems.items())

    @property
    def etag(self) -> str:
        """Stands for exactly what was told: 16 hexadecimal digits, without quotes."""
        return _etag(self)


AnyPool = Pool | OddPool
_P = TypeVar("_P", bound=AnyPool)


def readable(pool: AnyPool) -> Pool:
    """The pool, whose settings are needed. Raises UnreadablePool."""
    if isinstance(pool, OddPool):
        raise UnreadablePool(pool.pool_id, pool.told)
    return pool


def settings_of(pool: AnyPool) -> dict[str, Any]:
    """What can be changed of a pool, by name, as JSON has it; without what can't be read."""
    problems = pool.problems if isinstance(pool, OddPool) else {}
    return {name: getattr(pool, name) for name in ("pool_id", *SETTINGS) if name not in problems}


def _etag(pool: AnyPool) -> str:
    settings = "\n".join(str(getattr(pool, field.name)) for field in fields(pool))
    return hashlib.sha256(settings.encode("utf-8", "surrogatepass")).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class PoolChanges:
    """New values for some of a pool's fields; None leaves a field as it is."""

    pool_id: str | None = None
    fallback: Fallback | None = None
    localized_sender_preferred: bool | None = None
    predictable_sender_preferred: bool | None = None

    @classmethod
    def between(cls, old: Pool, new: Pool) -> Self:
        """The changes that make the one into the other."""
        names = [field.name for field in fields(cls)]
        changed = [name for name in names if getattr(old, name) != getattr(new, name)]
        return cls(**{name: getattr(new, name) for name in changed})

    def named(self) -> dict[str, str | bool]:
        """The changes by field name, without those that change nothing."""
        values = ((field.name, getattr(self, field.name)) for field in fields(self))
        return {name: value for name, value in values if value is not None}

    def apply(self, pool: _P) -> _P:
        return replace(pool, **self.named())  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class PoolSummary:
    """A pool as a list shows it; the counts are None where the store does not know them."""

    pool: AnyPool
    number_count: int | None
    country_count: int | None


@dataclass(frozen=True, slots=True)
class PoolCountries:
    """How many numbers each country has in a pool."""

    by_country: Mapping[str, int]
    """By ISO 3166-1 alpha-2; '' counts the numbers of no country."""
    as_of: datetime | None = None
    """When they were counted; None: just now."""

    @property
    def country_count(self) -> int:
        return len(self.by_country.keys() - {""})


@dataclass(frozen=True, slots=True)
class Presence:
    """Which of some numbers are in a pool."""

    numbers: Set[str]
    as_of: datetime | None = None
    """When the copy was made that was looked at; None: just now."""


class PoolOrder(StrEnum):
    """The columns by which a list of pools can be sorted."""

    POOL_ID = "pool_id"
    FALLBACK = "fallback"
    LOCALIZED = "localized"
    PREDICTABLE = "predictable"
    NUMBERS = "numbers"
    COUNTRIES = "countries"


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which page is wanted: `page` from 1, `page_size` from 1 to 1000."""

    page: int = 1
    page_size: int = 10

    @property
    def offset(self) -> int:
        return (self.page - 1) * self.page_size


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list. A page beyond the last is valid and empty."""

    items: Sequence[T]
    total_items: int
    page: int
    page_size: int
    as_of: datetime | None = None
    """When the copy was made that this was read from; None: just now."""
    odd: Sequence[str] = ()
    """What else a vendor's page holds, and can't be read: as it was written, shortened."""

    @property
    def total_pages(self) -> int:
        """At least 1, also when there are no items."""
        return max(1, -(-self.total_items // self.page_size))

    @property
    def next_page(self) -> int | None:
        return self.page + 1 if self.page < self.total_pages else None

    @property
    def previous_page(self) -> int | None:
        """The page before, or the last one where this page lies beyond it."""
        return min(self.page - 1, self.total_pages) or None


def is_pool_id(text: str) -> bool:
    return _POOL_ID.fullmatch(text) is not None


def why_no_address(pool_id: str) -> str:
    """Why no page can be about a vendor's pool of this id; '' for one that can be opened."""
    if not pool_id:
        return "It has no id that an address could name."
    if pool_id in {".", ".."}:
        return "In an address, its id would stand for another page."
    if "/" in pool_id:
        return "Its id holds a slash, which separates the parts of an address."
    if any(category(character) in _IN_NO_ADDRESS for character in pool_id):
        return "Its id holds a character that an address can't."
    if len(quote(pool_id, safe="")) > _LONGEST_IN_ADDRESS:
        return "Its id is too long for an address."
    return ""


def is_account_id(text: str) -> bool:
    return _ACCOUNT_ID.fullmatch(text) is not None
