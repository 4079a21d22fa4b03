"""What happened at the vendor, in the order in which it took effect, and who did it."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple


class By(StrEnum):
    US = "us"
    OTHERS = "somebody else"


class Span(NamedTuple):
    """From when to when, both included, in seconds of the vendor's clock."""

    begin: float
    end: float


class Change(NamedTuple):
    """A number came into a pool, or left it. What changed nothing is no event."""

    at: float
    """Seconds of the vendor's clock, no two the same; minus infinity: it was there before all."""
    key: int
    """Of the pool: it keeps this under another id, and no other pool ever has it."""
    number: str
    is_added: bool
    by: By


class Naming(NamedTuple):
    """From this time on the pool has this id; None: it was deleted."""

    at: float
    key: int
    pool_id: str | None
    by: By


@dataclass
class Arrival:
    """One of our calls that change numbers."""

    at: float
    pool_id: str
    is_adding: bool
    numbers: frozenset[str]
    answered_at: float | None = None
    """When it had been answered as the API has it; None where its answer was lost or odd."""


@dataclass
class EventLog:
    """Is written under the vendor's lock, and read when nothing happens any more."""

    changes: list[Change] = field(default_factory=list)
    namings: list[Naming] = field(default_factory=list)
    arrivals: list[Arrival] = field(default_factory=list)

    def keys(self, pool_id: str, begin: float, end: float) -> set[int]:
        """The pools that had this id at some moment of this time."""
        found: set[int] = set()
        ids: dict[int, str | None] = {}
        for naming in self.namings:
            if naming.at > begin:
                found.update(key for key, name in ids.items() if name == pool_id)
            if naming.at > end:
                return found
            ids[naming.key] = naming.pool_id
        return found | {key for key, name in ids.items() if name == pool_id}


class EventIndex:
    """Changes and calls number by number."""

    def __init__(self, log: EventLog) -> None:
        self.log = log
        self._changes: dict[tuple[int, str], list[Change]] = defaultdict(list)
        self._arrivals: dict[str, list[Arrival]] = defaultdict(list)
        self._keys: dict[tuple[str, float, float], set[int]] = {}
        for change in log.changes:
            self._changes[change.key, change.number].append(change)
        for arrival in log.arrivals:
            for number in arrival.numbers:
                self._arrivals[number].append(arrival)

    def keys(self, pool_id: str, begin: float, end: float) -> set[int]:
        """As the log has it, asked for once."""
        asked = pool_id, begin, end
        if asked not in self._keys:
            self._keys[asked] = self.log.keys(*asked)
        return self._keys[asked]

    def changes(self, key: int, number: str, begin: float, end: float) -> Sequence[Change]:
        """Both ends included."""
        found = self._changes.get((key, number), [])
        first = bisect_left(found, begin, key=lambda change: change.at)
        return [change for change in found[first:] if change.at <= end]

    def arrivals(self, number: str, begin: float, end: float) -> list[Arrival]:
        """Our calls that named the number."""
        return [each for each in self._arrivals.get(number, []) if begin <= each.at <= end]

    def is_there(self, key: int, number: str, at: float) -> bool:
        """Whether the pool had the number then, after what happened at that very moment."""
        found = self._changes.get((key, number), [])
        before = [change for change in found if change.at <= at]
        return bool(before) and before[-1].is_added

    def states(self, key: int, number: str, span: Span, lag: float) -> set[bool]:
        """Whether it was there and whether it was not, as lists could show it in this time.

        They may show what was `lag` seconds before. But what we did ourselves before the time
        began is known to us: what was before that does not count.
        """
        since = span.begin - lag
        earlier = self.changes(key, number, since, span.begin)
        begin = max([since, *(change.at for change in earlier if change.by is By.US)])
        return {
            self.is_there(key, number, begin),
            *(change.is_added for change in self.changes(key, number, begin, span.end)),
        }

    def all_changes(self, begin: float, end: float) -> list[Change]:
        """Of all numbers of all pools."""
        return [change for change in self.log.changes if begin <= change.at <= end]
