"""What wakes the threads of one process that wait for a task."""

from __future__ import annotations

from threading import Condition


class Bell:
    """Wakes those who wait, also where it rings before they have begun to."""

    def __init__(self) -> None:
        self._condition = Condition()
        self.rings = 0
        """How often it has rung: to be asked before looking whether there is a task."""

    def ring(self, *, for_all: bool = False) -> None:
        with self._condition:
            self.rings += 1
            self._condition.notify_all() if for_all else self._condition.notify()

    def wait(self, rings: int, seconds: float) -> None:
        """Wait for the next ring, or for so long; not at all where it has rung since."""
        with self._condition:
            if self.rings == rings:
                self._condition.wait(seconds)
