"""A service under bad conditions: its workers, their vendor, and what can be asked of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from uuid import uuid4

from numberpools.db.database import Database
from numberpools.errors import OperationChanged
from numberpools.jobs.tasks import Jobs
from numberpools.services import bulk, mirror
from numberpools.services.bulk import Action
from numberpools.stores import Stores
from tests.chaos import report
from tests.chaos.vendor import ChaosVendor
from tests.chaos.workers import Workers, end_leases
from tests.processes import wait_until

_SECONDS = 900
"""Of 20,000 numbers; after so long they hang."""
_ENDED = ("finished", "cancelled")
_PATIENCE, _MOST_TRIES = 5, 20


@dataclass
class Crew:
    account_id: str
    vendor: ChaosVendor
    workers: Workers
    stores: Stores
    jobs: Jobs
    random: Random

    @property
    def database(self) -> Database:
        return self.stores.database

    def close(self) -> None:
        self.workers.__exit__(None, None, None)
        self.vendor.__exit__(None, None, None)
        self.stores.close()
        self.jobs.close()
        print(self.workers.log[-20_000:])  # noqa: T201 - pytest shows it where the test fails

    def copy_account(self) -> None:
        """As the service does each hour, so that it does not happen in the middle of a test."""
        mirror.copy_account(self.stores, self.account_id)

    def start(self, numbers: Sequence[str], action: Action, pool_id: str) -> str:
        return bulk.start(
            self.stores,
            form_id=str(uuid4()),
            account_id=self.account_id,
            pool_id=pool_id,
            action=action,
            entries=bulk.entries_of(numbers),
            started_by="Ann",
        )

    def read_list(self, numbers: Sequence[str], pool_id: str) -> str:
        """A list that is ready to begin."""
        operation_id = bulk.submit_list(
            self.stores,
            form_id=str(uuid4()),
            account_id=self.account_id,
            pool_id=pool_id,
            name="",
            content="\n".join(f"+{number}" for number in numbers).encode(),
            country="",
            started_by="Ann",
        )
        self.jobs.work()
        self.wait(lambda: report.state(self.database, operation_id) == "ready")
        return operation_id

    def state(self, operation_id: str) -> str:
        return report.state(self.database, operation_id)

    def has_ended(self, operation_id: str) -> bool:
        return self.state(operation_id) in _ENDED

    def done(self, operation_id: str) -> int:
        return report.done_count(self.database, operation_id)

    def wait(self, condition: Callable[[], bool]) -> None:
        wait_until(condition, "An operation that comes so far", _SECONDS)

    def moments(self, operation_id: str, count: int) -> list[Callable[[], bool]]:
        """Random moments in the life of an operation, each after something more of it is done."""
        last = max(report.item_count(self.database, operation_id) * 9 // 10, 1)
        points = sorted(self.random.randint(1, last) for _ in range(count))

        def passes(point: int) -> Callable[[], bool]:
            return lambda: self.done(operation_id) >= point or self.has_ended(operation_id)

        return [passes(point) for point in points]

    def kill_one(self) -> None:
        """What the dead worker held is free for others; what it was to call them for, we do."""
        name = self.workers.kill_one()
        self.vendor.end_calls_of_the_dead()
        end_leases(self.database, name)
        self.jobs.work()

    def wait_for_calls(self, operation_id: str) -> None:
        """Until the vendor has been called a few times more: the last call is under way."""
        wanted = self.vendor.call_count + self.random.randint(0, 3)
        self.wait(lambda: self.vendor.call_count >= wanted or self.has_ended(operation_id))

    def steer(self, steering: Callable[[], object]) -> None:
        """Do it if it can be done: the operation may have ended in the meantime."""
        with suppress(OperationChanged):
            steering()
        self.jobs.work()

    def disturb(self, operation_id: str) -> None:
        """Kill a worker; in half of the cases, while the operation is paused."""
        if self.random.random() < 0.5:
            self.kill_one()
            return
        self.steer(lambda: bulk.pause(self.stores, self.account_id, operation_id, "Ann"))
        self.kill_one()
        self.steer(lambda: bulk.resume(self.stores, self.account_id, operation_id))

    def settle(self, operation_id: str) -> None:
        """Wait for the end, and have what is not confirmed checked until all of it is known."""
        for _ in range(_MOST_TRIES):
            self.wait(lambda: self.has_ended(operation_id))
            if not report.totals(self.database, operation_id)["not-confirmed"]:
                return
            bulk.check(self.stores, self.account_id, operation_id)
            self.jobs.work()
        raise AssertionError("Numbers stay unconfirmed, however often they are checked.")

    def settle_and_retry(self, operation_id: str) -> list[str]:
        """As a person does who wants all of it done: what the vendor refused is tried again.

        Should that not be enough, the vendor comes to its senses. Gives the operations that it
        took.
        """
        ids = [operation_id]
        for tries in range(_MOST_TRIES):
            self.settle(ids[-1])
            if not report.totals(self.database, ids[-1])["refused"]:
                return ids
            if tries == _PATIENCE:
                self.vendor.failure_rate = 0.0
            again = bulk.retry(
                self.stores, self.account_id, ids[-1], form_id=str(uuid4()), person="Ann"
            )
            ids.append(again)
            self.jobs.work()
        raise AssertionError("Numbers are refused, however often they are tried.")
