"""Somebody else who works on the same pools at the vendor, at random and at a given pace."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random
from threading import Event, Thread

from tests.chaos.events import By
from tests.chaos.vendor import ChaosVendor


@dataclass
class Others:
    """Adds and removes `numbers` in `pools`; makes, renames and deletes pools of its own."""

    vendor: ChaosVendor
    pools: Sequence[str]
    numbers: Sequence[str]
    random: Random
    seconds: float = 0.01
    """Between two changes."""
    change_count: int = 0

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Until the end of the block."""
        end = Event()
        thread = Thread(target=self._work, args=(end,))
        thread.start()
        try:
            yield
        finally:
            end.set()
            thread.join()

    def act(self) -> None:
        """Change one thing."""
        self.change_count += 1
        if self.random.random() < 0.05:
            self._change_a_pool()
            return
        pool_id, number = self.random.choice(self.pools), self.random.choice(self.numbers)
        with self.vendor.acting() as pools:
            if pool_id not in pools:
                return
            change = pools.remove if self.random.random() < 0.5 else pools.add
            change(pool_id, [number], By.OTHERS)

    def _work(self, end: Event) -> None:
        while not end.wait(self.seconds):
            self.act()

    def _change_a_pool(self) -> None:
        """So that the list of pools moves too."""
        new_id = f"another-{self.random.randrange(10)}"
        with self.vendor.acting() as pools:
            mine = [pool_id for pool_id in pools.ids() if pool_id.startswith("another-")]
            if new_id in mine:
                pools.delete(new_id, By.OTHERS)
            elif mine and self.random.random() < 0.5:
                pools.rename(mine[0], new_id, By.OTHERS)
            else:
                pools.create(new_id, By.OTHERS, self.random.sample(self.numbers, 3))
