"""What the vendor holds, what its lists show of it, and the log of how it came to that.

Nothing here is locked: the vendor lets in one at a time.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping
from itertools import count
from math import inf, nextafter

from tests.chaos.events import By, Change, EventLog, Naming


class VendorPool:
    """The numbers as they are, and in order as they are shown."""

    def __init__(self, key: int, numbers: Iterable[str] = ()) -> None:
        self.key = key
        self.numbers = set(numbers)
        self.unseen: deque[Change] = deque()
        """Changes that lists don't show yet."""
        self._shown = sorted(self.numbers)

    def shown(self, until: float) -> list[str]:
        """Ascending, as they were then; never as they were before what was shown already."""
        while self.unseen and self.unseen[0].at <= until:
            change = self.unseen.popleft()
            if change.is_added:
                insort(self._shown, change.number)
            else:
                del self._shown[bisect_left(self._shown, change.number)]
        return self._shown


class Pools:
    """Pools by id. `now` tells the time in seconds."""

    def __init__(self, contents: Mapping[str, Collection[str]], now: Callable[[], float]) -> None:
        self.lag = 0.0
        """Seconds until lists show what was changed."""
        self.log = EventLog()
        self._now = now
        self._last = -inf
        self._keys = count(1)
        self._pools: dict[str, VendorPool] = {}
        self._shown_ids: set[str] = set()
        self._unseen: deque[tuple[float, str, bool]] = deque()
        for pool_id, numbers in contents.items():
            self.have(pool_id, numbers)

    def __contains__(self, pool_id: object) -> bool:
        return pool_id in self._pools

    def ids(self) -> list[str]:
        return sorted(self._pools)

    def numbers(self, pool_id: str) -> set[str]:
        """A copy; empty where there is no such pool."""
        pool = self._pools.get(pool_id)
        return set(pool.numbers) if pool else set()

    def contents(self) -> dict[str, set[str]]:
        return {pool_id: set(pool.numbers) for pool_id, pool in self._pools.items()}

    def shown_numbers(self, pool_id: str) -> list[str]:
        """Ascending, as they were `lag` seconds ago."""
        return self._pools[pool_id].shown(self.time() - self.lag)

    def shown_ids(self) -> list[str]:
        """The ids of the pools, ascending, as they were `lag` seconds ago."""
        until = self.time() - self.lag
        while self._unseen and self._unseen[0][0] <= until:
            _, pool_id, is_there = self._unseen.popleft()
            (self._shown_ids.add if is_there else self._shown_ids.discard)(pool_id)
        return sorted(self._shown_ids)

    def add(self, pool_id: str, numbers: Iterable[str], by: By) -> None:
        pool = self._pools[pool_id]
        for number in numbers:
            if number not in pool.numbers:
                pool.numbers.add(number)
                self._note(pool, number, by, is_added=True)

    def remove(self, pool_id: str, numbers: Iterable[str], by: By) -> None:
        pool = self._pools[pool_id]
        for number in numbers:
            if number in pool.numbers:
                pool.numbers.discard(number)
                self._note(pool, number, by, is_added=False)

    def have(self, pool_id: str, numbers: Collection[str]) -> None:
        """The pool is there and has these numbers, and had them for ever."""
        pool = VendorPool(next(self._keys), numbers)
        self._put(pool_id, pool, -inf, By.OTHERS)
        changes = (Change(-inf, pool.key, each, True, By.OTHERS) for each in numbers)
        self.log.changes.extend(changes)

    def create(self, pool_id: str, by: By, numbers: Iterable[str] = ()) -> None:
        self._put(pool_id, VendorPool(next(self._keys)), self.time(), by)
        self.add(pool_id, numbers, by)

    def rename(self, old_id: str, new_id: str, by: By) -> None:
        self._put(new_id, self._take(old_id), self.time(), by)

    def delete(self, pool_id: str, by: By) -> None:
        self.remove(pool_id, self.numbers(pool_id), by)
        pool = self._take(pool_id)
        self.log.namings.append(Naming(self.time(), pool.key, None, by))

    def time(self) -> float:
        """Later each time, also where the clock stands still."""
        self._last = max(self._now(), nextafter(self._last, inf))
        return self._last

    def _put(self, pool_id: str, pool: VendorPool, at: float, by: By) -> None:
        self._pools[pool_id] = pool
        self._unseen.append((at, pool_id, True))
        self.log.namings.append(Naming(at, pool.key, pool_id, by))

    def _take(self, pool_id: str) -> VendorPool:
        self._unseen.append((self.time(), pool_id, False))
        return self._pools.pop(pool_id)

    def _note(self, pool: VendorPool, number: str, by: By, *, is_added: bool) -> None:
        change = Change(self.time(), pool.key, number, is_added, by)
        self.log.changes.append(change)
        pool.unseen.append(change)
