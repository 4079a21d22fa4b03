"""What a process tells of how much of a limit is left, though it holds a share of it only."""

from __future__ import annotations

from numberpools.limits import Limit, RateLimiter, _Lease

LIMIT = Limit("tests", 100, 60)


def _at_noon() -> float:
    return 43_200.0


def test_what_is_left_is_told_though_only_a_share_is_held() -> None:
    counts = _Counting()
    limiter = RateLimiter(counts, _at_noon)
    told = [limiter.take(LIMIT, "somebody") for _ in range(100)]
    assert [each.left for each in told] == list(range(99, -1, -1))
    assert {each.seconds for each in told} == {60}
    assert counts.asked == 20


def test_two_processes_tell_no_more_than_is_left_once_they_know_of_each_other() -> None:
    counts = _Counting()
    limiters = [RateLimiter(counts, _at_noon) for _ in range(2)]
    told = [limiters[turn % 2].take(LIMIT, "somebody").left for turn in range(100)]
    for turn, left in enumerate(told[10:], start=10):
        assert 99 - turn - 15 <= left <= 99 - turn


def test_threads_that_take_shares_in_turns_tell_no_more_than_is_left() -> None:
    """The one that took later comes back first."""
    lease = _Lease(60.0)
    for total in (10, 5, 15):
        lease.add(LIMIT, 5, total)
        assert lease.left + lease.beyond <= LIMIT.amount


def test_a_count_of_its_own_is_told_where_processes_do_not_share() -> None:
    alone = Limit("alone", 3, 60, is_shared=False)
    counts = _Counting()
    limiter = RateLimiter(counts, _at_noon)
    assert [limiter.take(alone, "somebody").left for _ in range(3)] == [2, 1, 0]
    assert counts.asked == 0


class _Counting:
    """Counts one key for all who ask, as a database does."""

    def __init__(self) -> None:
        self.asked = 0
        self._count = 0

    def add(self, key: str, amount: int, seconds: float) -> int | None:
        self.asked += 1
        self._count += amount
        return self._count
