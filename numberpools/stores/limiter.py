"""How many calls a vendor's account takes: one limiter for all threads of a process."""

from __future__ import annotations

import time
from threading import Lock

_SECONDS_OF_BURST = 0.5
_ROUNDING = 1e-9


class Clock:
    """Time that passes, in seconds, and waiting for it. Tests put one of their own in its place."""

    def now(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


class Limiter:
    """Lets calls through at a steady rate: a token bucket, of which each call takes one token.

    The bucket holds half a second's tokens, so that the few calls of a page go at once. Work that
    nobody waits for leaves half of them in it: however much there is of it, a person's page finds
    tokens, and takes each new one first.
    """

    def __init__(self, calls_per_second: float, clock: Clock) -> None:
        self._rate = calls_per_second
        self._capacity = max(2.0, calls_per_second * _SECONDS_OF_BURST)
        self._tokens = self._capacity
        self._clock = clock
        self._counted_at = self._paused_until = clock.now()
        self._lock = Lock()

    def take(self, *, urgent: bool, at_most: float) -> bool:
        """Wait for a token, `at_most` so many seconds; False where that is not long enough."""
        ends_at = self._clock.now() + at_most
        while (wait := self._try_to_take(1.0 if urgent else 1.0 + self._capacity / 2)) > 0:
            if self._clock.now() + wait > ends_at:
                return False
            self._clock.sleep(wait)
        return True

    @property
    def pause_left(self) -> float:
        """Seconds, from now, for which nobody is let through."""
        return max(0.0, self._paused_until - self._clock.now())

    def pause(self, seconds: float) -> None:
        """Let nobody through for so long: the vendor asked for it."""
        with self._lock:
            self._count()
            self._paused_until = max(self._paused_until, self._counted_at + seconds)
            self._tokens = min(self._tokens, 1.0 - seconds * self._rate)

    def _try_to_take(self, needed: float) -> float:
        """Take a token if there are as many as `needed`; else give the seconds until then."""
        with self._lock:
            self._count()
            missing = needed - self._tokens
            if missing > _ROUNDING:
                return missing / self._rate
            self._tokens -= 1.0
            return 0.0

    def _count(self) -> None:
        now = self._clock.now()
        earned = (now - self._counted_at) * self._rate
        self._tokens = min(self._capacity, self._tokens + earned)
        self._counted_at = now
