"""Conclusions hold in every course of events that leaves exactly these facts behind.

The courses are played here: what the pool had, what was done to it and when, which calls were
carried out, and what lists showed. Nothing of it comes from the code under test.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import NamedTuple

import pytest

from numberpools.domain.conclusions import (
    Direction,
    Facts,
    Record,
    Reply,
    Sight,
    believed,
    conclude,
    conclude_move,
)
from numberpools.domain.outcomes import Outcome

NOW, LAG = timedelta(0), timedelta(seconds=30)
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
LOST = Reply(Outcome.NOT_CONFIRMED, "The vendor did not answer in time.")
REFUSED = Reply(Outcome.REFUSED, "Try later.")
LATE = tuple(product((NOW, LAG), (NOW, LAG / 6, LAG)))
"""How old the lists may be that are shown before the first call, and after the last one."""
REFUSALS = (REFUSED, Reply(Outcome.NOT_OWNED, "Not yours."), Reply(Outcome.INVALID, "No number."))
IN, OUT = Direction.IN, Direction.OUT


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


class Pool:
    """Whether one number is in it, and since when: its lists show that late."""

    def __init__(self, *, is_there: bool) -> None:
        self._states = [(at(-1_000_000), is_there)]

    @property
    def is_there(self) -> bool:
        return self._states[-1][1]

    def change(self, *, is_there: bool, moment: datetime) -> None:
        self._states.append((moment, is_there))

    def shown(self, moment: datetime, late: timedelta) -> bool:
        return next(state for since, state in reversed(self._states) if since <= moment - late)


class Course(NamedTuple):
    """One way in which it may have come about."""

    direction: Direction
    was_there: bool
    ours: bool | None
    """What we had made of it ourselves 5 seconds before the look."""
    is_looked_at: bool
    late: tuple[timedelta, timedelta]
    calls: tuple[str, ...]
    look_after: float | None
    """Seconds after the last call."""


CALLS = ("lost and done", "lost and not done", "answered", "refused", "not owned", "invalid")


def courses() -> Iterator[Course]:
    for tries in range(4):
        for calls in product(CALLS, repeat=tries):
            if "answered" in calls[:-1]:
                continue  # nothing is sent after that
            yield from (
                Course(*values)
                for values in product(
                    Direction,
                    (True, False),
                    (True, False, None),
                    (True, False),
                    LATE,
                    [calls],
                    (None, 1.0, 40.0),
                )
            )


def play(course: Course) -> tuple[Facts, bool, bool]:
    """What is known then; whether we changed it, and whether it is as it should be."""
    goal = course.direction is IN
    pool = Pool(is_there=course.was_there)
    record = None
    if course.ours is not None:
        pool.change(is_there=course.ours, moment=at(-5))
        record = Record(course.ours, at(-5))
    looked = Sight(pool.shown(at(0), course.late[0]), at(0)) if course.is_looked_at else None
    before, replies, moment, sent_at = pool.is_there, [], 0.0, None
    for call in course.calls:
        moment += 1
        reply = _call(pool, call, course.direction, at(moment))
        replies.append(reply)
        if reply is LOST:
            sent_at = at(moment)
    after = None
    if course.look_after is not None:
        seen_at = at(moment + course.look_after)
        after = Sight(pool.shown(seen_at, course.late[1]), seen_at)
    facts = Facts(course.direction, LAG, looked, record, tuple(replies), sent_at, after)
    return facts, pool.is_there != before, pool.is_there == goal


def _call(pool: Pool, call: str, direction: Direction, moment: datetime) -> Reply:
    goal = direction is IN
    match call:
        case "lost and done":
            if pool.is_there != goal:
                pool.change(is_there=goal, moment=moment)
            return LOST
        case "lost and not done":
            return LOST
        case "answered":
            if direction is OUT and not pool.is_there:
                return Reply(Outcome.NOT_IN_POOL, "It is not there.")
            pool.change(is_there=goal, moment=moment)
            return Reply(direction.done)
        case _:
            return REFUSALS[("refused", "not owned", "invalid").index(call)]


def _is_true(
    outcome: Outcome, *, is_changed: bool, is_as_wanted: bool, direction: Direction
) -> bool:
    match outcome:
        case Outcome.ADDED | Outcome.REMOVED:
            return is_changed and outcome is direction.done
        case Outcome.ALREADY_IN_POOL | Outcome.NOT_IN_POOL:
            return is_as_wanted and not is_changed and outcome is direction.needless
        case Outcome.REFUSED | Outcome.NOT_OWNED | Outcome.INVALID:
            return not is_changed
        case _:
            return outcome is Outcome.NOT_CONFIRMED


def test_no_course_of_events_makes_a_conclusion_false() -> None:
    count: Counter[Outcome] = Counter()
    for course in courses():
        facts, is_changed, is_as_wanted = play(course)
        outcome, reason = conclude(facts)
        assert _is_true(
            outcome, is_changed=is_changed, is_as_wanted=is_as_wanted, direction=course.direction
        ), (course, facts, outcome)
        assert reason or outcome in {Outcome.ADDED, Outcome.REMOVED, Outcome.ALREADY_IN_POOL}
        count[outcome] += 1
    assert count.keys() == set(Outcome) - {Outcome.MOVED, Outcome.DUPLICATE, Outcome.CANCELLED}


def test_what_all_courses_agree_on_is_concluded() -> None:
    """Where it is not confirmed, another course with the same facts comes to something else."""
    found: dict[Facts, set[tuple[bool, bool]]] = defaultdict(set)
    for course in courses():
        facts, is_changed, is_as_wanted = play(course)
        found[facts].add((is_changed, is_as_wanted))
    timid = [
        facts
        for facts, courses_ in found.items()
        if facts.replies and len(courses_) == 1 and conclude(facts).outcome is Outcome.NOT_CONFIRMED
    ]
    assert timid == []


@pytest.mark.parametrize("direction", Direction)
@pytest.mark.parametrize("is_there", [True, False])
def test_a_look_yields_to_what_we_did_a_short_while_ago(
    direction: Direction, is_there: bool
) -> None:
    record = Record(is_there, at(0))
    assert believed(Sight(not is_there, at(29)), record, LAG) is is_there
    assert believed(Sight(not is_there, at(30)), record, LAG) is not is_there
    assert believed(Sight(not is_there, at(-9)), record, LAG) is is_there
    assert believed(None, record, LAG) is is_there
    assert believed(Sight(is_there, at(1)), Record(None, at(0)), LAG) is None
    assert believed(None, None, LAG) is None


def test_an_answer_counts_where_somebody_else_was_quicker() -> None:
    missing = Reply(Outcome.NOT_IN_POOL, "It is not there.")
    assert conclude(Facts(OUT, LAG, Sight(True, at(0)), None, (missing,))) == missing
    removed = Reply(Outcome.REMOVED)
    assert conclude(Facts(OUT, LAG, Sight(False, at(0)), None, (removed,))) == removed
    assert conclude(Facts(OUT, LAG, Sight(False, at(0)), None, (LOST, removed))) == removed


def test_a_look_that_fits_nothing_confirms_nothing() -> None:
    facts = Facts(IN, LAG, Sight(True, at(0)), None, (LOST,), at(1), Sight(False, at(60)))
    assert conclude(facts).outcome is Outcome.NOT_CONFIRMED


@pytest.mark.parametrize(
    ("replies", "after", "outcome", "reason"),
    [
        ((), None, Outcome.NOT_CONFIRMED, "Nothing was sent."),
        ((LOST,), None, Outcome.NOT_CONFIRMED, "The vendor did not answer in time."),
        (
            (LOST,),
            Sight(False, at(2)),
            Outcome.NOT_CONFIRMED,
            "The vendor did not answer in time. It is not in the pool now.",
        ),
        (
            (LOST,),
            Sight(True, at(2)),
            Outcome.ADDED,
            "It was not in the pool before, and is now; an answer was lost on the way.",
        ),
        ((LOST, REFUSED), Sight(False, at(60)), Outcome.REFUSED, "Try later."),
        (
            (LOST,),
            Sight(False, at(60)),
            Outcome.REFUSED,
            "An answer was lost on the way, and a look afterwards shows that it was not done.",
        ),
    ],
)
def test_the_reason_says_what_is_known(
    replies: tuple[Reply, ...], after: Sight | None, outcome: Outcome, reason: str
) -> None:
    facts = Facts(IN, LAG, Sight(False, at(0)), None, replies, at(1), after)
    assert conclude(facts) == (outcome, reason)


def test_what_was_there_before_is_told_where_it_is_not_known() -> None:
    assert conclude(Facts(IN, LAG, replies=(Reply(Outcome.ADDED),))) == (
        Outcome.NOT_CONFIRMED,
        "It is in the pool now. Whether it was there before is not known.",
    )


MOVES = [
    (Outcome.REMOVED, Outcome.ADDED, Outcome.MOVED, ""),
    (Outcome.REMOVED, Outcome.ALREADY_IN_POOL, Outcome.MOVED, ""),
    (Outcome.NOT_IN_POOL, Outcome.ADDED, Outcome.ADDED, "It was not in old any more."),
    (
        Outcome.NOT_IN_POOL,
        Outcome.ALREADY_IN_POOL,
        Outcome.ALREADY_IN_POOL,
        "It was in new before. It was not in old any more.",
    ),
    (Outcome.NOT_CONFIRMED, Outcome.ADDED, Outcome.NOT_CONFIRMED, "is not confirmed. Why."),
    (Outcome.REFUSED, Outcome.ADDED, Outcome.REFUSED, "It was added to new, but not removed"),
    (Outcome.INVALID, Outcome.ALREADY_IN_POOL, Outcome.REFUSED, "It was in new before, but not"),
]


@pytest.mark.parametrize(("out", "into", "outcome", "reason"), MOVES)
def test_a_move_is_what_its_halves_are(
    out: Outcome, into: Outcome, outcome: Outcome, reason: str
) -> None:
    told = "" if out is Outcome.REMOVED else "Why."
    concluded = conclude_move(into, Reply(out, told), "old", "new")
    assert concluded.outcome is outcome
    assert reason in concluded.reason
