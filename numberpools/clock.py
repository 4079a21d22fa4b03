"""The time of day: asked for here alone, so that a test can hold it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial

_tell: Callable[[], datetime] = partial(datetime.now, UTC)


def now() -> datetime:
    """In UTC, as the database has it."""
    return _tell()


@contextmanager
def told_by(tell: Callable[[], datetime]) -> Iterator[None]:
    """Until the end of the block, this tells the time to the whole process."""
    global _tell  # noqa: PLW0603 - there is one time
    before, _tell = _tell, tell
    try:
        yield
    finally:
        _tell = before
