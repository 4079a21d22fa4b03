"""What a batch does."""

from __future__ import annotations

from typing import Final

from numberpools.services.bulk.model import Change

READ: Final = "read"
"""Read the list's file, and look its numbers up."""
COMPARE: Final = "compare"
"""Find the numbers that stand in the pool and not in the list."""
PREPARE: Final = "prepare"
"""Note which numbers the pools have already, and make the batches."""
CHECK: Final = "check"
"""Look up what became of numbers that are not confirmed."""

LOOKING = (READ, COMPARE, PREPARE, CHECK)
"""Steps that change no pool."""

SECOND_HALF = {Change.MOVE: "move-second", Change.BRING: "bring-second"}
"""After the first half of a move, where the numbers stand in both pools."""
SECOND_HALVES = tuple(SECOND_HALF.values())
