"""Input that makes a program work for minutes."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SECONDS = 20


@contextmanager
def no_hang() -> Iterator[None]:
    """Stop what goes on and on; what others do with the processor meanwhile does not count.

    A hundred times what the block is meant to take: where the time grows with the square of the
    input, it takes still longer.
    """

    def stop(number: int, frame: FrameType | None) -> None:
        raise AssertionError("It goes on and on.")

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, _SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
