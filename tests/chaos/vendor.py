"""A vendor in memory that keeps to the API, fails as often as it is told to, and shows old lists.

It is quick, and so simple that what it holds can be believed: sets of numbers behind one lock. A
call whose caller has hung up, or died, is not carried out any more: nothing of what was given up
comes later, however long a thread waits for its turn. What took effect stands in its log.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from json import loads
from random import Random
from threading import Event, Lock, Thread
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit

from tests.chaos.events import Arrival, By, EventLog
from tests.chaos.failures import FAILURES, PROBLEMS, REFUSALS, Failure, behave
from tests.chaos.pools import Pools
from tests.chaos.server import Answer, Call, Server

_MOST = 50
"""Numbers that one call may name."""


class ChaosVendor:
    """Pools by id. `now` tells the time in seconds, to the lists that lag and to the log."""

    def __init__(
        self,
        account_id: str,
        pools: Mapping[str, Collection[str]],
        seed: int,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.account_id = account_id
        self.not_owned: set[str] = set()
        self.failure_rate = 0.0
        """The share of all calls that fail, from 0 to 1."""
        self.refusal_rate = 0.0
        """The share of those changes that are refused though nothing is wrong with them."""
        self.refusal_rate_of_repeats = 0.0
        """The same of changes that were asked for before, word for word."""
        self.to_come: deque[Failure] = deque()
        """How the next changes are met, before anything is left to chance."""
        self.largest_page = 1_000
        """Who asks for more numbers at once is given so many."""
        self.after_page: Callable[[str, int], object] = lambda _pool_id, _page: None
        """Called with pool and page after a page of numbers was made, before it is sent."""
        self.call_count = 0
        self.page_count = 0
        self.failure_count = 0
        self.refusal_count = 0
        self.most_changes_at_once = 0
        self._pools = Pools(pools, now)
        self._changes: set[Call] = set()
        self._asked: set[tuple[str, bytes]] = set()
        self._goes_on = Event()
        self._goes_on.set()
        self._random = Random(seed)  # noqa: S311
        self._lock = Lock()
        self._server = Server(self)
        self._thread = Thread(target=self._server.serve)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.closing.set()
        self._thread.join()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def pools(self) -> dict[str, set[str]]:
        """What the pools have, truly; a copy."""
        with self._lock:
            return self._pools.contents()

    @property
    def log(self) -> EventLog:
        return self._pools.log

    @property
    def lag(self) -> float:
        return self._pools.lag

    @lag.setter
    def lag(self, seconds: float) -> None:
        with self._lock:
            self._pools.lag = seconds

    @property
    def changes_at_once(self) -> int:
        """How many changes wait for their answer. What was given up does not."""
        with self._lock:
            return self._count_changes()

    def time(self) -> float:
        """By the clock of the log, and later than all that stands in it."""
        with self._lock:
            return self._pools.time()

    @contextmanager
    def acting(self) -> Iterator[Pools]:
        """The pools for somebody else, who changes them while nobody else does."""
        with self._lock:
            yield self._pools

    @contextmanager
    def holding_changes(self) -> Iterator[None]:
        """Until the end of the block, changes are taken and not carried out."""
        self._goes_on.clear()
        try:
            yield
        finally:
            self._goes_on.set()

    def come_to_its_senses(self) -> None:
        """Fail no more, and refuse nothing without a reason."""
        self.failure_rate = self.refusal_rate = self.refusal_rate_of_repeats = 0.0

    def end_calls_of_the_dead(self) -> None:
        """What a worker that has died sent is carried out when this returns, or never will be."""
        with self._lock:
            pass

    def handle(self, call: Call) -> None:
        """Answer one call, fail at it, or refuse it."""
        with self._lock:
            self.call_count += 1
            self.page_count += call.method == "GET" and "/numbers?" in call.path
            arrival = self._arrival(call)
            if call.is_change:
                self._changes.add(call)
                self.most_changes_at_once = max(self.most_changes_at_once, self._count_changes())
            behaviour = self._choose(call)
        if call.is_change:
            self._goes_on.wait()
        with suppress(_GivenUp):
            behaviour(call)
            if arrival and behaviour in (behave, *REFUSALS):
                arrival.answered_at = self.time()
        self.end(call)

    def end(self, call: Call) -> None:
        """Before its answer goes out: who has it may send the next one at once."""
        with self._lock:
            self._changes.discard(call)

    def work(self, call: Call) -> Answer:
        """Do what the API says that this call does."""
        with self._lock:
            if call.is_given_up:
                raise _GivenUp
            _, pool_id, *rest = [*self._parts(call), ""]
            if not pool_id:
                return self._of_the_account(call)
            if pool_id not in self._pools:
                return 404, _problem("not-found")
            if rest == [""]:
                return self._of_a_pool(call, pool_id)
            if call.method == "POST":
                return self._change(pool_id, loads(call.body)["numbers"], is_adding=len(rest) == 2)
            answer = 200, self._numbers_page(pool_id, call.path)
        self.after_page(pool_id, answer[1]["page"])
        return answer

    def _choose(self, call: Call) -> Failure:
        if call.is_change and self.to_come:
            return self.to_come.popleft()
        is_repeat = call.is_change and (call.path, call.body) in self._asked
        if call.is_change:
            self._asked.add((call.path, call.body))
        if self._random.random() < self.failure_rate:
            self.failure_count += 1
            return self._random.choice(FAILURES)
        rate = self.refusal_rate_of_repeats if is_repeat else self.refusal_rate
        if call.is_change and self._random.random() < rate:
            self.refusal_count += 1
            return self._random.choice(REFUSALS)
        return behave

    def _arrival(self, call: Call) -> Arrival | None:
        parts = self._parts(call)
        if call.method != "POST" or len(parts) < 3:
            return None
        numbers = frozenset(loads(call.body)["numbers"])
        arrival = Arrival(self._pools.time(), parts[1], parts[-1] != "delete", numbers)
        self.log.arrivals.append(arrival)
        return arrival

    def _count_changes(self) -> int:
        return sum(not each.is_given_up for each in self._changes)

    def _parts(self, call: Call) -> list[str]:
        """Of the address: ``pools``, a pool's id, ``numbers``, ``delete``."""
        path = urlsplit(call.path).path
        parts = path.removeprefix(f"/v2/numberpools/accounts/{self.account_id}/").split("/")
        return [unquote(part) for part in parts]

    def _of_the_account(self, call: Call) -> Answer:
        if call.method == "GET":
            found = [_pool(pool_id) for pool_id in self._pools.shown_ids()]
            return 200, _page("pools", found, call.path, 1_000)
        pool_id = loads(call.body)["pool_id"]
        if pool_id in self._pools:
            return 409, _problem("pool-id-exists")
        self._pools.create(pool_id, By.US)
        return 201, _pool(pool_id)

    def _of_a_pool(self, call: Call, pool_id: str) -> Answer:
        if call.method == "DELETE":
            self._pools.delete(pool_id, By.US)
        elif call.method == "PATCH":
            new_id = loads(call.body).get("pool_id", pool_id)
            if new_id != pool_id:
                if new_id in self._pools:
                    return 409, _problem("pool-id-exists")
                self._pools.rename(pool_id, new_id, By.US)
            return 200, _pool(new_id)
        return 200, _pool(pool_id)

    def _numbers_page(self, pool_id: str, path: str) -> dict[str, Any]:
        return _page("numbers", self._pools.shown_numbers(pool_id), path, self.largest_page)

    def _change(self, pool_id: str, wanted: list[str], *, is_adding: bool) -> Answer:
        if len(wanted) > _MOST:
            return 400, _problem("validation")
        if is_adding:
            refused = [number for number in wanted if number in self.not_owned]
            done = [number for number in wanted if number not in self.not_owned]
            self._pools.add(pool_id, done, By.US)
            refusal = _partly(done, refused, "missing-number-subscription")
            return refusal or (200, {"numbers": done})
        there = self._pools.numbers(pool_id)
        done = [number for number in wanted if number in there]
        missing = [number for number in wanted if number not in there]
        self._pools.remove(pool_id, done, By.US)
        return _partly(done, missing, "missing-number") or (204, None)


class _GivenUp(Exception):
    """Nobody waits for the answer."""


def _partly(done: list[str], refused: list[str], kind: str) -> Answer | None:
    if not refused:
        return None
    errors = [{"type": f"{PROBLEMS}#{kind}", "title": "Refused", "numbers": refused}]
    if not done:
        return 400, {"errors": errors}
    return 207, {"numbers": done, "error": {"title": "In part", "errors": errors}}


def _problem(kind: str) -> dict[str, Any]:
    return {"type": f"{PROBLEMS}#{kind}", "title": kind}


def _pool(pool_id: str) -> dict[str, Any]:
    return {
        "pool_id": pool_id,
        "fallback": "Pool",
        "localized_sender_preferred": True,
        "predictable_sender_preferred": False,
    }


def _page(name: str, items: list[Any], path: str, largest: int) -> dict[str, Any]:
    given = parse_qs(urlsplit(path).query)
    number, size = int(given["page"][0]), min(int(given["page_size"][0]), largest)
    return {
        "page": number,
        "page_size": size,
        "total_items": len(items),
        "total_pages": max(1, -(-len(items) // size)),
        "_embedded": {name: items[(number - 1) * size : number * size]},
    }
