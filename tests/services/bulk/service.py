"""The service as the tests of bulk operations use it: stores, a worker, and what is really so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from sqlalchemy import text

from numberpools.db.database import Database
from numberpools.domain import phone
from numberpools.domain.phone import Entry
from numberpools.domain.pools import Fallback, PageRequest, Pool
from numberpools.services import bulk
from numberpools.services.bulk import Action, Operation, State, claims
from numberpools.services.bulk.claims import Claim, Limits
from numberpools.services.bulk.work import Worker
from numberpools.stores import PoolStore, Stores
from tests.chaos.report import check_totals
from tests.clock import HeldClock
from tests.vonage.vendor import Vendor, answer

TRIES = 4
"""How often a call is tried before it counts as failed."""

Wake = Callable[[int], object]


def numbers(count: int, first: int = 0) -> list[str]:
    """So many valid numbers; those with another `first` are others."""
    return [f"447400{number:06}" for number in range(first, first + count)]


@dataclass
class Service:
    """Lists and operations of one account, whose pools are ours or a vendor's."""

    stores: Stores
    truth: PoolStore
    """The pools themselves, asked without the service in between."""
    account_id: str
    time_of_day: HeldClock

    def __post_init__(self) -> None:
        self._workers: list[Worker] = []
        self.worker = self.new_worker()

    def close(self) -> None:
        """End the workers' signs of life."""
        for worker in self._workers:
            worker.close()

    @property
    def database(self) -> Database:
        return self.stores.database

    def new_worker(self, *, stores: Stores | None = None, wake: Wake = lambda _: None) -> Worker:
        self._workers.append(Worker(stores or self.stores, Limits(), wake))
        return self._workers[-1]

    def pool(self, pool_id: str, contents: Sequence[str] = ()) -> None:
        self.truth.create_pool(Pool(self.account_id, pool_id, Fallback.POOL, True, False))
        if contents:
            self.truth.add_numbers(pool_id, contents)

    def contents(self, pool_id: str) -> set[str]:
        found: set[str] = set()
        page = PageRequest(1, 1000)
        while True:
            items = self.truth.list_numbers(pool_id, page).items
            found.update(items)
            if len(items) < page.page_size:
                return found
            page = PageRequest(page.page + 1, 1000)

    def start(
        self,
        wanted: Sequence[str] | str,
        action: Action = Action.ADD,
        pool_id: str = "one",
        **changes: Any,
    ) -> str:
        """Store an operation; a text is parsed, numbers are taken as they are."""
        entries = phone.parse(wanted) if isinstance(wanted, str) else bulk.entries_of(wanted)
        return self.start_entries(entries, action=action, pool_id=pool_id, **changes)

    def start_entries(self, entries: Sequence[Entry], **changes: Any) -> str:
        values: dict[str, Any] = {
            "form_id": str(uuid4()),
            "account_id": self.account_id,
            "started_by": "Ann",
            **changes,
        }
        return bulk.start(self.stores, entries=entries, **values)

    def submit(self, content: Sequence[str] | str | bytes, **changes: Any) -> str:
        """Store a list to be read and looked at."""
        if isinstance(content, str):
            content = content.encode()
        elif not isinstance(content, bytes):
            content = "\n".join(f"+{number}" for number in content).encode()
        values: dict[str, Any] = {
            "form_id": str(uuid4()),
            "account_id": self.account_id,
            "pool_id": "one",
            "name": "",
            "country": "",
            "started_by": "Ann",
            **changes,
        }
        return bulk.submit_list(self.stores, content=content, **values)

    def list_read(self, content: Sequence[str] | str | bytes, **changes: Any) -> str:
        operation_id = self.submit(content, **changes)
        self.run()
        return operation_id

    def move(self, wanted: Sequence[str], target: str = "two") -> str:
        """An operation that is to move numbers from the pool ``one``."""
        operation_id = self.list_read(wanted)
        bulk.begin(self.stores, self.account_id, operation_id, Action.MOVE, target)
        return operation_id

    def run(self) -> None:
        """Work until nothing is left to do, or everything waits."""
        while self.worker.work():
            pass

    def claim(self, worker: str = "somebody", limits: Limits | None = None) -> Claim | None:
        return claims.claim(self.database, limits or Limits(), worker)

    def step(self) -> Claim:
        """Do the next batch alone."""
        found = self.claim(self.worker.name)
        assert found is not None
        self.worker.run(found)
        return found

    def claim_and_run(self) -> bool:
        """Do the next batch alone, if there is one."""
        found = self.claim(self.worker.name)
        if found is not None:
            self.worker.run(found)
        return found is not None

    def let_time_pass(self) -> None:
        """Leases run out and waits end, but workers are not missed for so long that it is held."""
        self.time_of_day.move(minutes=20)

    def run_to_the_end(self, operation_id: str) -> Operation:
        """Work, and let time pass whenever everything waits, until the operation has ended."""
        return self.run_until(operation_id, State.FINISHED, State.CANCELLED)

    def run_until(self, operation_id: str, *states: State, rounds: int = 30) -> Operation:
        for _ in range(rounds):
            self.run()
            operation = self.get(operation_id)
            if operation.state in states:
                return operation
            self.let_time_pass()
        raise AssertionError(f"It does not end: {self.get(operation_id)}")

    def lose_answers_to_the_end(self, operation_id: str, vendor: Vendor, rounds: int = 12) -> None:
        """Work at a vendor that fails at every change, and does not tell that it does nothing."""
        for _ in range(rounds):
            vendor.forget()
            vendor.will(*[answer(503)] * TRIES)
            self.run()
            if self.get(operation_id).state.has_ended:
                vendor.forget()
                return
            self.let_time_pass()
        raise AssertionError(f"It does not end: {self.get(operation_id)}")

    def get(self, operation_id: str) -> Operation:
        return bulk.get_operation(self.database, self.account_id, operation_id)

    def rows(self, statement: str, **values: object) -> list[Any]:
        with self.database.read() as connection:
            return list(connection.execute(text(statement), values).all())

    def outcomes(self, operation_id: str) -> dict[str, str | None]:
        """What the items' own rows say, by number, or by text where there is none."""
        found = self.rows(
            "SELECT number, text, outcome FROM operation_items WHERE operation_id = :id"
            " ORDER BY position",
            id=operation_id,
        )
        return {row.number or row.text: row.outcome for row in found}

    def reasons(self, operation_id: str) -> set[str]:
        found = self.rows(
            "SELECT DISTINCT reason FROM operation_items WHERE operation_id = :id", id=operation_id
        )
        return {row.reason for row in found}

    def assert_whole(self, operation_id: str) -> Counter[str]:
        """Every entry has one outcome, and the totals are what the items say; gives these."""
        items = self.rows(
            "SELECT position, outcome FROM operation_items WHERE operation_id = :id"
            " ORDER BY position",
            id=operation_id,
        )
        assert [item.position for item in items] == list(range(len(items)))
        counted = Counter(item.outcome for item in items)
        assert None not in counted
        operation = self.get(operation_id)
        assert operation.item_count == len(items)
        assert {str(outcome): count for outcome, count in operation.totals.items()} == counted
        if operation.state.has_ended:
            check_totals(self.database, operation_id)
        return counted
