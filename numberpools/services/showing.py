"""What a page shows: the vendor's answer, or our copy where the vendor takes too long for it.

Only for pages that change nothing. What changes something waits for the vendor.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from numberpools.errors import (
    NoAnswerInTime,
    PoolNotFound,
    RateLimited,
    VendorError,
    VendorUnavailable,
)
from numberpools.services import mirror
from numberpools.stores import Stores
from numberpools.stores.vonage_patience import at_most

T = TypeVar("T")

SECONDS_BEFORE_THE_COPY = 3.0
"""All calls of a page together: what a person waits for gladly, and many times a call's usual."""

_PASSES = (NoAnswerInTime, RateLimited, VendorUnavailable)
"""After these a copy serves a person better than the error. Others someone has to mend."""


@dataclass(frozen=True, slots=True)
class Shown(Generic[T]):
    found: T
    copied_at: datetime | None = None
    """When the copy was made that this was read from; None: it is as it is now."""
    error: VendorError | None = None
    """Why it is the copy."""


def shown(
    stores: Stores, account_id: str, read: Callable[[Stores], T], pool_id: str | None = None
) -> Shown[T]:
    """What `read` finds at the vendor, or in our copy: of this pool, or of the whole account.

    Raises what `read` raises; VendorError only where there is no copy, or it would be no help.
    """
    copied_at = mirror.copied_at(stores, account_id, pool_id)
    if copied_at is None:
        return Shown(read(stores))
    try:
        with at_most(SECONDS_BEFORE_THE_COPY):
            return Shown(read(stores))
    except _PASSES as exc:
        try:
            return Shown(read(stores.copies), copied_at, exc)
        except PoolNotFound:  # it was forgotten just now
            raise exc from None
