"""How much of it, and under which conditions: a little in every run of the tests, a lot where
somebody asks for chaos.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import floor


@dataclass(frozen=True)
class Conditions:
    """What is odd about the vendor besides calls that fail and workers that die."""

    lag: float = 0.0
    """Seconds until its lists show a change."""
    others: bool = False
    """Somebody else changes pools at the same time."""
    refusals: bool = False
    """It refuses some of what is asked for, and half of what is asked for once more."""

    def __str__(self) -> str:
        parts = [f"lag {self.lag:g}", *["others"] * self.others, *["refusals"] * self.refusals]
        return ", ".join(parts)

    @property
    def lag_setting(self) -> str:
        """For VONAGE_LAG_SECONDS: whole seconds, and more than the lag."""
        return str(floor(self.lag) + 1)


PLAIN = Conditions()
ALL_CONDITIONS = [
    PLAIN,
    *(
        Conditions(lag, others, refusals=True)
        for lag in (0.0, 0.7, 3.0)
        for others in (False, True)
    ),
]


@dataclass(frozen=True)
class Scale:
    numbers: int
    kills: int
    fewer_numbers: int
    """Where everything is done and undone several times."""
    fewer_kills: int
    lists: int
    """What several people send at once."""
    runs: int
    """Of what was told falsely once, and is not to be any more."""


SHORT = Scale(800, kills=3, fewer_numbers=400, fewer_kills=2, lists=6, runs=2)
LONG = Scale(20_000, kills=26, fewer_numbers=2_000, fewer_kills=6, lists=12, runs=100)
ODD = Scale(4_000, kills=8, fewer_numbers=1_000, fewer_kills=3, lists=12, runs=100)
"""Long too, under conditions that are not plain."""
