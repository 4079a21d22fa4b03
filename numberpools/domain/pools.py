"""Pools and pages of them: the values that stores take and give."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, fields, replace
from datetime import datetime
from enum import StrEnum
from typing import Generic, Self, TypeVar

T = TypeVar("T")

NUMBERS_PER_CALL = 50
"""The most numbers in one call of the API (docs/api.md)."""

MAXIMUM_PAGE_SIZE = 1000
MAXIMUM_PAGE = 1_000_000_000
"""Far beyond any last page, and small enough that an offset fits a database's integer."""

POOL_ID_RULE = "1 to 64 letters (A-Z, a-z), digits, underscores or hyphens"
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
        settings = "\n".join(str(getattr(self, field.name)) for field in fields(self))
        return hashlib.sha256(settings.encode()).hexdigest()[:16]


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

    def apply(self, pool: Pool) -> Pool:
        return replace(pool, **self.named())  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class PoolSummary:
    """A pool as a list shows it; the counts are None where the store does not know them."""

    pool: Pool
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


def is_account_id(text: str) -> bool:
    return _ACCOUNT_ID.fullmatch(text) is not None
