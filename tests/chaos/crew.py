"""A service under bad conditions: its workers, their vendor, and what can be asked of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from random import Random
from uuid import uuid4

from numberpools.db.database import Database
from numberpools.errors import OperationChanged
from numberpools.jobs.tasks import Jobs
from numberpools.services import bulk, mirror
from numberpools.services.bulk import Action
from numberpools.stores import Stores
from tests.chaos import report
from tests.chaos.events import Span
from tests.chaos.judge import Judge, Judgement, Reported
from tests.chaos.others import Others
from tests.chaos.scale import PLAIN, Conditions
from tests.chaos.vendor import ChaosVendor
from tests.chaos.workers import Workers, end_leases
from tests.processes import wait_until

_SECONDS = 900
"""Of 20,000 numbers; after so long they hang."""
_ENDED = ("finished", "cancelled")
_PATIENCE, _MOST_TRIES = 5, 20
_LAGS = 5
"""After so many times the vendor's lag, a look that could tell something has told it."""
_REFUSALS, _REFUSALS_OF_REPEATS = 0.02, 0.5


@dataclass
class Crew:
    account_id: str
    vendor: ChaosVendor
    workers: Workers
    stores: Stores
    jobs: Jobs
    random: Random
    conditions: Conditions = PLAIN
    judged: Judgement = field(default_factory=Judgement)
    note: str = ""
    """What else is to be told at the end of a long run."""
    _begun: dict[str, float] = field(default_factory=dict)
    _settled: dict[str, float] = field(default_factory=dict)

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
        return self.begun(
            lambda: bulk.start(
                self.stores,
                form_id=str(uuid4()),
                account_id=self.account_id,
                pool_id=pool_id,
                action=action,
                entries=bulk.entries_of(numbers),
                started_by="Ann",
            )
        )

    def move(self, numbers: Sequence[str], old: str, new: str) -> str:
        operation_id = self.read_list(numbers, old)
        return self.begin(operation_id, Action.MOVE, new)

    def begin(self, operation_id: str, action: Action, target: str | None = None) -> str:
        """Have the list carried out that was read."""

        def start() -> str:
            bulk.begin(self.stores, self.account_id, operation_id, action, target)
            return operation_id

        return self.begun(start)

    def undo(self, operation_id: str) -> str:
        """Raises OperationChanged where there is nothing to undo."""
        undoing = self.begun(lambda: bulk.undo(self.stores, self.account_id, operation_id, "Ann"))
        self.jobs.work()
        return undoing

    def undo_count(self, operation_id: str) -> int:
        """How many numbers an undo would put back; none as long as some are not confirmed."""
        if report.totals(self.database, operation_id)["not-confirmed"]:
            return 0
        operation = bulk.get_operation(self.database, self.account_id, operation_id)
        return bulk.undo_count(self.database, operation)

    def begun(self, start: Callable[[], str]) -> str:
        """The id of the operation that this starts; notes when."""
        moment = self.vendor.time()
        operation_id = start()
        self._begun[operation_id] = moment
        return operation_id

    def fail(self, rate: float = 0.3) -> None:
        """From now on the vendor fails at so many calls, and refuses where it is to."""
        self.vendor.failure_rate = rate
        if self.conditions.refusals:
            self.vendor.refusal_rate = _REFUSALS
            self.vendor.refusal_rate_of_repeats = _REFUSALS_OF_REPEATS

    def others(self, pools: Sequence[str], numbers: Sequence[str]) -> AbstractContextManager[None]:
        """Somebody else at work, where there is to be one, until the end of the block."""
        if not self.conditions.others:
            return nullcontext()
        return Others(self.vendor, pools, numbers, self.random_of_others()).at_work()

    def random_of_others(self) -> Random:
        """Of its own: two threads that draw from one would repeat nothing."""
        return Random(self.random.getrandbits(32))  # noqa: S311

    def reported(self, operation_id: str) -> Reported:
        """When it went on, and what its report says; it has been settled."""
        span = Span(self._begun[operation_id], self._settled[operation_id])
        pools = report.pools(self.database, operation_id)
        return Reported(*pools, span, report.lines(self.database, operation_id))

    def judge(self, done: Sequence[str], undone: Sequence[str] = ()) -> Judgement:
        """Hold the reports against the vendor's log; nothing of it may be false.

        `undone`: the operations that undid the first ones.
        """
        judge = Judge(self.vendor.log, float(self.conditions.lag_setting))
        reports = {each: self.reported(each) for each in (*done, *undone)}
        found = Judgement()
        for each in reports.values():
            found += judge.judge(each)
        if undone:
            found += judge.judge_undo(
                [reports[each] for each in done], [reports[each] for each in undone]
            )
        self.judged += found
        assert not found.false, "\n".join([str(found), *found.false[:20]])
        return found

    def read_list(self, numbers: Sequence[str], pool_id: str) -> str:
        """A list that is ready to begin."""
        [operation_id] = self.read_lists(numbers, [pool_id])
        return operation_id

    def read_lists(self, numbers: Sequence[str], pool_ids: Sequence[str]) -> list[str]:
        """The same numbers for each of these pools."""
        content = "\n".join(f"+{number}" for number in numbers).encode()
        ids = [
            bulk.submit_list(
                self.stores,
                form_id=str(uuid4()),
                account_id=self.account_id,
                pool_id=pool_id,
                name="",
                content=content,
                country="",
                started_by="Ann",
            )
            for pool_id in pool_ids
        ]
        for _ in ids:
            self.jobs.work()
        self.wait(lambda: all(self.state(each) == "ready" for each in ids))
        return ids

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

    def follow(self, runs: Sequence[Iterator[str]], at_once: int) -> None:
        """Go through so many at a time: each starts an operation, and goes on when it has ended."""
        left = iter(runs)
        waiting: dict[str, Iterator[str]] = {}

        def go_on(run: Iterator[str] | None) -> None:
            while run is not None:
                if operation_id := next(run, None):
                    waiting[operation_id] = run
                    self.jobs.work()
                    return
                run = next(left, None)

        for _ in range(at_once):
            go_on(next(left, None))
        while waiting:
            self.wait(lambda: bool(waiting.keys() & report.ended(self.database)))
            for operation_id in waiting.keys() & report.ended(self.database):
                self._settled[operation_id] = self.vendor.time()
                go_on(waiting.pop(operation_id))

    def ended_within_the_lag(self, operations: Sequence[str]) -> bool:
        """Whether each of them ended when lists still showed what was before the one before it."""
        ends = [self._settled[each] for each in operations]
        return all(after - before < self.conditions.lag for before, after in pairwise(ends))

    def wait_for_the_end(self, operation_id: str) -> None:
        """With numbers that are not confirmed, perhaps."""
        self.wait(lambda: self.has_ended(operation_id))
        self._settled[operation_id] = self.vendor.time()

    def settle(self, operation_id: str) -> None:
        """Wait for the end, and have what is not confirmed checked until all of it is known.

        While somebody else is at work, something may stay unknown for good.
        """
        ends_at = self.vendor.time() + _LAGS * self.conditions.lag
        tries = 0
        while True:
            self.wait_for_the_end(operation_id)
            report.check_totals(self.database, operation_id)
            if not report.totals(self.database, operation_id)["not-confirmed"]:
                return
            tries += 1
            if tries > _MOST_TRIES and self.vendor.time() > ends_at:
                break
            bulk.check(self.stores, self.account_id, operation_id)
            self.jobs.work()
        if not self.conditions.others:
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
                self.vendor.come_to_its_senses()
            ids.append(self.begun(partial(self._retry, ids[-1])))
            self.jobs.work()
        raise AssertionError("Numbers are refused, however often they are tried.")

    def _retry(self, operation_id: str) -> str:
        return bulk.retry(
            self.stores, self.account_id, operation_id, form_id=str(uuid4()), person="Ann"
        )
