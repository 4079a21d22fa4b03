"""How processes of one machine tell each other that something was put into a file.

Each listens at a named pipe of its own beside the file. SQLite itself tells nobody.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from glob import escape
from pathlib import Path
from uuid import uuid4

MANY_RINGS = 4096
"""Bytes to read at once: each stands for a ring, and one is as good as many."""


def ring(file: str) -> None:
    """Wake all who listen, and clear away after those who were killed."""
    folder, name = Path(file).parent, Path(file).name
    for pipe in folder.glob(f"{escape(name)}-bell-*"):
        try:
            bell = os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
        except FileNotFoundError:
            continue
        except OSError:  # nobody has it open for reading
            with suppress(OSError):
                pipe.unlink()
            continue
        with suppress(OSError):  # it is full: they have not even read what rang before
            os.write(bell, b".")
        os.close(bell)


@contextmanager
def listening_at(file: str) -> Iterator[int]:
    """A descriptor from which something can be read as soon as somebody has rung."""
    pipe = Path(f"{file}-bell-{uuid4().hex}")
    os.mkfifo(pipe, 0o600)
    bell = os.open(pipe, os.O_RDWR | os.O_NONBLOCK)
    try:
        yield bell
    finally:
        os.close(bell)
        pipe.unlink(missing_ok=True)
