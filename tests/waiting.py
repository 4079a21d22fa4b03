"""Waiting for what is to come, and not for time."""

from __future__ import annotations

import time
from collections.abc import Callable

LIMIT_SECONDS = 120
"""After so long something hangs. Nothing that works comes near it, however busy the machine is."""
_SECONDS_BETWEEN_LOOKS = 0.02


def wait_until(condition: Callable[[], object], what: str) -> None:
    """Until the condition holds; `what` says which one, where it never does."""
    ends_at = time.monotonic() + LIMIT_SECONDS
    while not condition():
        assert time.monotonic() < ends_at, f"waited in vain: {what}"
        time.sleep(_SECONDS_BETWEEN_LOOKS)
