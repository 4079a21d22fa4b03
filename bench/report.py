"""What was measured, as lines of a Markdown table."""

from __future__ import annotations

from dataclasses import dataclass

HEADING = f"| {'what':<72} | {'measured':>10} | {'limit':<14} | result |\n|---|---|---|---|"


@dataclass(frozen=True, slots=True)
class Row:
    """A value with the limit that it has to keep: `at_least`, `at_most`, or neither."""

    what: str
    measured: float
    unit: str = ""
    at_least: float | None = None
    at_most: float | None = None

    @property
    def failed(self) -> bool:
        too_low = self.at_least is not None and self.measured < self.at_least
        return too_low or (self.at_most is not None and self.measured > self.at_most)

    def __str__(self) -> str:
        measured = f"{self.measured:.2f} {self.unit}".strip()
        result = "NOT OK" if self.failed else "ok" if self._limit else "-"
        return f"| {self.what:<72} | {measured:>10} | {self._limit:<14} | {result:<6} |"

    @property
    def _limit(self) -> str:
        if self.at_least is not None:
            return f"at least {self.at_least:g}"
        return "" if self.at_most is None else f"at most {self.at_most:g}"


@dataclass(frozen=True, slots=True)
class NotMeasured:
    """What can't be measured here, and why."""

    what: str
    reason: str
    failed = False

    def __str__(self) -> str:
        return f"| {self.what:<72} | not measured: {self.reason} | | |"
