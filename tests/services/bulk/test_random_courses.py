"""Operations that follow each other at once, at a vendor that fails, and whose lists lag.

What they report is held against the vendor's log. The clock is held, so that a seed tells the whole
course. tests/chaos has the same with real workers, in real time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random

import pytest

from numberpools.errors import OperationChanged, VendorError
from numberpools.services import bulk, pools
from numberpools.services.bulk import Action
from numberpools.stores.vonage_transport import call_ended
from tests.chaos import report
from tests.chaos.events import Span
from tests.chaos.failures import FAILURES, REFUSALS, Failure, be_slow, behave, refuse
from tests.chaos.judge import Judge, Judgement, Reported
from tests.chaos.vendor import ChaosVendor
from tests.chaos.workers import end_leases
from tests.databases import on_sqlite
from tests.services.bulk.service import Service, numbers

pytestmark = [on_sqlite, pytest.mark.server]

SEEDS = range(33, 38)
"""In three of these courses something was told falsely once."""
NUMBERS = numbers(12)
LAG, LAG_SETTING = 20.0, 30.0
OPERATIONS, MOST_CHECKS, MOST_STEPS = 4, 3, 500
QUICK_FAILURES = [each for each in FAILURES if each not in (be_slow, refuse)]


class Died(BaseException):
    """A worker, after a call of the vendor."""


@dataclass
class Course:
    away: Service
    vendor: ChaosVendor
    random: Random
    begun: dict[str, float] = field(default_factory=dict)
    ended: dict[str, float] = field(default_factory=dict)
    undone: dict[str, str] = field(default_factory=dict)
    """What an operation undid."""
    death_rate: float = 0.0
    """The share of all calls after which the worker dies, from 0 to 1."""

    def run(self) -> None:
        last = ""
        for _ in range(OPERATIONS):
            last = self._undo(last) or self._begin()
            self._work(last)
            for _ in range(MOST_CHECKS):
                if report.totals(self.away.database, last)["not-confirmed"]:
                    self._pass(0, 5, 40)
                    bulk.check(self.away.stores, self.away.account_id, last)
                    self._work(last)
            self._pass(0, 1, 5, 15, 40)

    def judge(self) -> Judgement:
        judge, judged = Judge(self.vendor.log, LAG_SETTING), Judgement()
        reports = {each: self._reported(each) for each in self.begun}
        for each in reports.values():
            judged += judge.judge(each)
        for undoing, done in self.undone.items():
            judged += judge.judge_undo([reports[done]], [reports[undoing]])
        return judged

    def may_die(self, _result: str, seconds: float) -> None:
        if self.random.random() < self.death_rate:
            raise Died

    def _change_by_hand(self) -> None:
        self._fail()
        change = self.random.choice((pools.add_numbers, pools.remove_numbers))
        with suppress(VendorError):
            change(self.away.stores, self.away.account_id, "one", self._some())
        self._pass(0, 1, 5)

    def _undo(self, last: str) -> str:
        """In half of the cases where there is something to be put back."""
        if not last or self.random.random() < 0.5:
            return ""
        moment = self.vendor.time()
        try:
            undoing = bulk.undo(self.away.stores, self.away.account_id, last, "Ann")
        except OperationChanged:
            return ""
        self.begun[undoing], self.undone[undoing] = moment, last
        return undoing

    def _begin(self) -> str:
        if self.random.random() < 0.3:
            self._change_by_hand()
        self.vendor.to_come.clear()
        moment = self.vendor.time()
        action = self.random.choice((Action.ADD, Action.REMOVE, Action.MOVE))
        some = self._some()
        is_move = action is Action.MOVE
        operation_id = self.away.move(some) if is_move else self.away.start(some, action)
        self.begun[operation_id] = moment
        return operation_id

    def _work(self, operation_id: str) -> None:
        self.death_rate = 0.1
        for _ in range(MOST_STEPS):
            self._fail()
            try:
                self.away.claim_and_run()
            except Died:
                end_leases(self.away.database, self.away.worker.name)
            if self.away.get(operation_id).state.has_ended:
                break
            if self.random.random() < 0.02:
                bulk.cancel(self.away.stores, self.away.account_id, operation_id)
            self._pass(0, 0, 0.5, 2, 5)
        else:
            raise AssertionError(f"It does not end: {self.away.get(operation_id)}")
        self.ended[operation_id] = self.vendor.time()
        self.death_rate = 0.0

    def _some(self) -> list[str]:
        return self.random.sample(NUMBERS, self.random.randint(1, len(NUMBERS)))

    def _pass(self, *seconds: float) -> None:
        self.away.time_of_day.move(seconds=self.random.choice(seconds))

    def _fail(self) -> None:
        """More than half of the changes that come next, and refuse some."""
        self.vendor.to_come.clear()
        self.vendor.to_come.extend(self._behaviours(20))

    def _behaviours(self, count: int) -> Iterator[Failure]:
        for _ in range(count):
            [kind] = self.random.choices((QUICK_FAILURES, REFUSALS, [behave]), (6, 1, 3))
            yield self.random.choice(kind)

    def _reported(self, operation_id: str) -> Reported:
        span = Span(self.begun[operation_id], self.ended[operation_id])
        lines = report.lines(self.away.database, operation_id)
        return Reported(*report.pools(self.away.database, operation_id), span, lines)


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_is_reported_that_did_not_happen(
    start_service: Callable[[], Service], vendor_in_memory: ChaosVendor, seed: int
) -> None:
    random = Random(seed)  # noqa: S311
    vendor_in_memory.lag = LAG
    with vendor_in_memory.acting() as there:
        there.have("one", random.sample(NUMBERS, 6))
        there.have("two", random.sample(NUMBERS, 3))
    course = Course(start_service(), vendor_in_memory, random)
    with call_ended.connected_to(course.may_die):
        course.run()
    judged = course.judge()
    assert not judged.false, "\n".join([str(judged), *judged.false])
