"""What became of a number: concluded from what is known of it, in one place.

Known is what a look at the pool showed, what we ourselves did to the number a short while ago, and
what the vendor answered: each has its time, and none of them is the truth alone. A vendor's lists
may show for a while what was before a change (the lag), and answers get lost.

A conclusion goes through everything that may have happened so that just this is known. Where all
of it comes to the same, that is the outcome; else the number is not confirmed. What others do to
the same number between our look and our call can't be seen, and is left out of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from numberpools.domain.outcomes import Outcome, OutcomeGroup

NOT_THERE_BEFORE = "It was not in the pool before."
_CAME = "It was not in the pool before, and is now; an answer was lost on the way."
_WENT = "It was in the pool before, and is not any more; an answer was lost on the way."
_NOT_DONE = "An answer was lost on the way, and a look afterwards shows that it was not done."
_NOT_SENT = "Nothing was sent."
_UNKNOWN_BEFORE = "Whether it was there before is not known."
_REFUSALS = (Outcome.REFUSED, Outcome.NOT_OWNED, Outcome.INVALID)
_THERE_NOW = {True: "It is in the pool now.", False: "It is not in the pool now."}


class Direction(StrEnum):
    """Where numbers are to go: into a pool, or out of it."""

    IN = "in"
    OUT = "out"

    @property
    def done(self) -> Outcome:
        return Outcome.ADDED if self is Direction.IN else Outcome.REMOVED

    @property
    def needless(self) -> Outcome:
        """Of a number that was there, or not there, before anything was sent."""
        return Outcome.ALREADY_IN_POOL if self is Direction.IN else Outcome.NOT_IN_POOL


class Sight(NamedTuple):
    """What a list of the pool's numbers showed."""

    is_there: bool
    at: datetime
    """When reading it began."""


class Record(NamedTuple):
    """What we ourselves did to the number last."""

    is_there: bool | None
    """Whether it was in the pool after that; None: a call was sent, and nobody knows."""
    at: datetime


class Conclusion(NamedTuple):
    outcome: Outcome
    reason: str = ""


Reply = Conclusion
"""What one call said of a number: done, refused in some way, or, where its answer was lost or does
not tell, not confirmed. The reason is in the words of whoever said it."""


LOST = Reply(Outcome.NOT_CONFIRMED, "An answer was lost on the way.")
"""A call of which nothing is known."""


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is known of one number that is to go into a pool or out of it."""

    direction: Direction
    lag: timedelta
    """For so long after a change, lists may show what was before it."""
    looked: Sight | None = None
    """The last look before the first call."""
    record: Record | None = None
    """What we had done before the first call, or know from an answer."""
    replies: tuple[Reply, ...] = ()
    """To the calls, in their order. An attempt of which nothing is known is a lost one."""
    sent_at: datetime | None = None
    """No call whose answer was lost was sent later; None: that is not known."""
    after: Sight | None = None
    """A look after the last call."""

    @property
    def before(self) -> bool | None:
        """Whether the pool had the number before the first call; None: not known."""
        return believed(self.looked, self.record, self.lag)

    @property
    def after_is_settled(self) -> bool:
        """Whether the look afterwards shows whatever was done."""
        if self.after is None or self.sent_at is None:
            return False
        return self.after.at >= self.sent_at + self.lag


def believed(looked: Sight | None, record: Record | None, lag: timedelta) -> bool | None:
    """Whether a number is in the pool; None: not known.

    A look that may be older than what we did, or that came before it, says nothing.
    """
    if record is not None and (looked is None or looked.at < record.at + lag):
        return record.is_there
    return None if looked is None else looked.is_there


def conclude(facts: Facts) -> Conclusion:
    """The outcome for one number and one pool, with the reason where it does not go without."""
    goal = facts.direction is Direction.IN
    said = [reply.outcome for reply in facts.replies]
    if Outcome.REMOVED in said:  # what is not there is refused, whatever a look has shown
        return Conclusion(Outcome.REMOVED)
    worlds = set(_worlds(facts, facts.before))
    if Outcome.NOT_CONFIRMED not in said:
        was_there = facts.before is True and goal
        if said and said[-1] in _REFUSALS and not was_there:
            return facts.replies[-1]
        if not worlds:  # somebody else changed it after the look: the answer alone counts
            worlds = set(_worlds(facts, None))
    if worlds and all(now != goal for _, now in worlds):
        return _not_done(facts)
    if worlds == {(goal, goal)}:
        return _needless(facts)
    if worlds == {(not goal, goal)}:
        return _done(facts)
    return Conclusion(Outcome.NOT_CONFIRMED, _what_is_known(facts, worlds))


def conclude_all(facts: Mapping[str, Facts]) -> list[OutcomeGroup]:
    """The outcomes of numbers of which these are the facts."""
    numbers: dict[Conclusion, list[str]] = defaultdict(list)
    concluded = {each: conclude(each) for each in set(facts.values())}
    for number in sorted(facts):
        numbers[concluded[facts[number]]].append(number)
    return [OutcomeGroup(outcome, each, reason) for (outcome, reason), each in numbers.items()]


def conclude_move(into: Outcome, out: Conclusion, old: str, new: str) -> Conclusion:
    """The outcome of a move, of which the first half has put the number into the new pool.

    `into`: what became of that half, added or already in pool.
    """
    came = f"It was added to {new}" if into is Outcome.ADDED else f"It was in {new} before"
    match out.outcome:
        case Outcome.REMOVED:
            return Conclusion(Outcome.MOVED, out.reason)
        case Outcome.NOT_IN_POOL:
            return Conclusion(into, f"{came}. It was not in {old} any more.")
        case Outcome.NOT_CONFIRMED:
            told = f"{came}; that it was removed from {old} is not confirmed. {out.reason}"
            return Conclusion(Outcome.NOT_CONFIRMED, told.strip())
        case _:
            told = f"{came}, but not removed from {old}. {out.reason}"
            return Conclusion(Outcome.REFUSED, told.strip())


_World = tuple[bool, bool]
"""Whether the number was in the pool before the first call, and whether it is now."""


def _worlds(facts: Facts, before: bool | None) -> Iterator[_World]:
    """What may have happened; from both states, where it is not known which one was before."""
    for start in {True, False} if before is None else {before}:
        now = {start}
        for reply in facts.replies:
            now = _after(reply, now, facts.direction)
        yield from ((start, state) for state in now if _may_show(facts, start, state))


def _after(reply: Reply, states: set[bool], direction: Direction) -> set[bool]:
    """The states in which a call leaves the number, of those in which it may have found it."""
    goal = direction is Direction.IN
    match reply.outcome:
        case Outcome.NOT_CONFIRMED:
            return states | {goal}
        case Outcome.ADDED:
            return {goal}
        case Outcome.NOT_IN_POOL:
            return states & {False}
        case _:
            return states


def _may_show(facts: Facts, start: bool, now: bool) -> bool:
    """Whether the look afterwards may have shown what it did."""
    if facts.after is None:
        return True
    if facts.after_is_settled:
        return facts.after.is_there == now
    if facts.record is not None and facts.after.at < facts.record.at + facts.lag:
        return True  # perhaps what was before our own earlier changes
    return facts.after.is_there in {start, now}


def _done(facts: Facts) -> Conclusion:
    if facts.replies[-1].outcome is facts.direction.done:
        return Conclusion(facts.direction.done)
    return Conclusion(facts.direction.done, _CAME if facts.direction is Direction.IN else _WENT)


def _needless(facts: Facts) -> Conclusion:
    outcome = facts.direction.needless
    if outcome is Outcome.ALREADY_IN_POOL:
        return Conclusion(outcome)
    last = facts.replies[-1] if facts.replies else None
    is_told = last is not None and last.outcome is outcome and last.reason
    return Conclusion(outcome, last.reason if last and is_told else NOT_THERE_BEFORE)


def _not_done(facts: Facts) -> Conclusion:
    """As it was refused the last time, where the last time was an answer."""
    if not facts.replies:
        return Conclusion(Outcome.NOT_CONFIRMED, _NOT_SENT)
    if facts.replies[-1].outcome is Outcome.NOT_CONFIRMED:
        return Conclusion(Outcome.REFUSED, _NOT_DONE)
    return facts.replies[-1]


def _what_is_known(facts: Facts, worlds: set[_World]) -> str:
    """Why it is not confirmed."""
    lost = [each.reason for each in facts.replies if each.outcome is Outcome.NOT_CONFIRMED]
    told = lost[-1:]
    is_there = {now for _, now in worlds}
    if facts.after is not None:
        told.append(_THERE_NOW[facts.after.is_there])
    elif len(is_there) == 1:
        told.append(_THERE_NOW[is_there.pop()])
    if facts.before is None:
        told.append(_UNKNOWN_BEFORE)
    return " ".join(filter(None, told))
