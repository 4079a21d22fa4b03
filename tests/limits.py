"""A clock for rate limits, and what answers beyond them have to say."""

from __future__ import annotations

import time

from werkzeug.test import TestResponse


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 600_000.0

    def __call__(self) -> float:
        return self.now


def early_in_the_next_hour() -> Clock:
    """A moment whose minute and hour have not ended for those who look at the real time."""
    clock = Clock()
    clock.now = (time.time() // 3600 + 1) * 3600
    return clock


def check_headers(refused: TestResponse, name: str, amount: int) -> None:
    wait = int(refused.headers["Retry-After"])
    assert 1 <= wait <= 60
    assert refused.headers["RateLimit-Policy"] == f'"{name}";q={amount};w=60'
    assert refused.headers["RateLimit"] == f'"{name}";r=0;t={wait}'
