"""How much of it: a little in every run of the tests, a lot where somebody asks for chaos."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    numbers: int
    kills: int
    fewer_numbers: int
    """Where everything is done and undone several times."""
    fewer_kills: int
    lists: int
    """What several people send at once."""


SHORT = Scale(numbers=800, kills=3, fewer_numbers=400, fewer_kills=2, lists=6)
LONG = Scale(numbers=20_000, kills=26, fewer_numbers=2_000, fewer_kills=6, lists=12)
