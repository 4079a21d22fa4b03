"""A time of day that a test holds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from threading import Lock


class HeldClock:
    """Passes when it is told to.

    Each look takes a microsecond, so that what comes later is later.
    """

    def __init__(self) -> None:
        self._time = datetime.now(UTC)
        self._lock = Lock()

    def __call__(self) -> datetime:
        return self.move(microseconds=1)

    def move(self, **amount: float) -> datetime:
        """Let time pass: ``clock.move(hours=1)``."""
        with self._lock:
            self._time += timedelta(**amount)
            return self._time
