"""Holds what the service reports against what happened at the vendor, number by number.

It is told of each operation when it began, when it had ended, and what its report says. Nothing
is excused but what nobody could know: that somebody else changed the same number in the same pool,
between the first moment that the operation's lists could show and its last answer about it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.chaos.events import By, Change, EventIndex, EventLog, Span
from tests.chaos.report import Line

_LEAVES = {"move": "here", "bring": "there", "remove": "here", "remove-there": "there"}
_ENTERS = {"move": "there", "bring": "here", "add": "here", "add-there": "there"}
_UNCHANGED = ("refused", "not-owned", "invalid", "duplicate", "cancelled")
_LEFT = (*_UNCHANGED, "not-confirmed")
"""Outcomes of an undo that say themselves that the number may not be back."""


@dataclass(frozen=True)
class Reported:
    """An operation, when it went on, and its report."""

    pool_id: str
    target_pool_id: str | None
    span: Span
    lines: Sequence[Line]


@dataclass
class Judgement:
    judged: int = 0
    false: list[str] = field(default_factory=list)
    """What was reported, or put back, and is not so."""
    excused: list[str] = field(default_factory=list)
    """The same, where somebody else changed that number in that pool in the meantime."""
    unconfirmed: int = 0

    def __iadd__(self, other: Judgement) -> Judgement:
        self.judged += other.judged
        self.false += other.false
        self.excused += other.excused
        self.unconfirmed += other.unconfirmed
        return self

    def __str__(self) -> str:
        return (
            f"{self.judged:,} judged, {len(self.false)} false, {len(self.excused)} excused,"
            f" {self.unconfirmed} not confirmed"
        )


@dataclass(frozen=True)
class _Place:
    """A number in a pool of an operation, and what became of it there meanwhile."""

    ours: list[Change]
    states: set[bool]
    is_touched: bool
    """Whether somebody else changed it so that nobody could know."""

    @property
    def was_added(self) -> bool:
        return any(change.is_added for change in self.ours)

    @property
    def was_removed(self) -> bool:
        return any(not change.is_added for change in self.ours)


_NOWHERE = _Place([], set(), is_touched=False)


class Judge:
    """`lag`: for how many seconds lists may show what was before."""

    def __init__(self, log: EventLog, lag: float) -> None:
        self._index = EventIndex(log)
        self._lag = lag

    def judge(self, reported: Reported) -> Judgement:
        """What the report says of each of its numbers."""
        judgement = Judgement()
        for line in reported.lines:
            if not line.change:
                continue
            judgement.judged += 1
            judgement.unconfirmed += line.outcome == "not-confirmed"
            left = self._place(reported, line, _LEAVES.get(line.change))
            entered = self._place(reported, line, _ENTERS.get(line.change))
            if not (wrong := _wrong(line, left, entered)):
                continue
            found = judgement.excused if left.is_touched or entered.is_touched else judgement.false
            found.append(f"{line.number}: {line.change}, {line.outcome}, but {wrong}")
        return judgement

    def judge_undo(self, done: Sequence[Reported], undone: Sequence[Reported]) -> Judgement:
        """Whether what some operations changed is back, and nothing else was touched.

        `undone`: what undid all of them, with every further try.
        """
        judgement = Judgement()
        begin, middle = done[0].span.begin, undone[0].span.begin
        whole = Span(begin, undone[-1].span.end)
        pools = {
            key
            for each in done
            for pool_id in (each.pool_id, each.target_pool_id)
            for key in self._index.keys(pool_id or "", *whole)
        }
        before = self._changed(pools, By.US, Span(begin, middle))
        after = self._changed(pools, By.US, Span(middle, whole.end))
        theirs = self._changed(pools, By.OTHERS, Span(begin - self._lag, whole.end))
        outcomes = {line.number: line.outcome for each in undone for line in each.lines}
        for place in sorted(before | after):
            key, number = place
            judgement.judged += 1
            wrong = ""
            was, is_there = (self._index.is_there(key, number, at) for at in whole)
            if place not in before:
                wrong = "the undo changed what had not been changed"
            elif was != is_there and outcomes.get(number) not in _LEFT:
                wrong = "it is not back as it was"
            if wrong:
                found = judgement.excused if place in theirs else judgement.false
                found.append(f"{number}: undo, {wrong}")
        return judgement

    def _changed(self, pools: set[int], by: By, span: Span) -> set[tuple[int, str]]:
        changes = self._index.all_changes(*span)
        return {(each.key, each.number) for each in changes if each.key in pools and each.by is by}

    def _place(self, reported: Reported, line: Line, which: str | None) -> _Place:
        if which is None:
            return _NOWHERE
        pool_id = reported.pool_id if which == "here" else reported.target_pool_id or ""
        span, number = reported.span, line.number
        since = span.begin - self._lag
        until = self._known_until(number, span)
        ours: list[Change] = []
        states: set[bool] = set()
        is_touched = False
        for key in self._index.keys(pool_id, since, span.end):
            changes = self._index.changes(key, number, span.begin, span.end)
            ours += [change for change in changes if change.by is By.US]
            states |= self._index.states(key, number, span, self._lag)
            is_touched |= any(
                change.by is By.OTHERS for change in self._index.changes(key, number, since, until)
            )
        return _Place(ours, states, is_touched)

    def _known_until(self, number: str, span: Span) -> float:
        """The last answer about the number; the end, where one was lost or nothing was asked."""
        answers = [each.answered_at for each in self._index.arrivals(number, *span)]
        known = [answer for answer in answers if answer is not None]
        return max(known) if known and len(known) == len(answers) else span.end


def _wrong(line: Line, left: _Place, entered: _Place) -> str:
    """What is not so; empty where the report is true."""
    if line.outcome == "not-confirmed":
        return ""
    is_move = line.change in _LEAVES and line.change in _ENTERS
    half = is_move and line.is_half_done
    is_changed = bool(left.ours or entered.ours)
    was_in = entered.was_added or True in entered.states
    unchanged = (bool(left.ours or (entered.ours and not half)), "it was done")
    faults = {
        "added": [(not entered.was_added, "we did not add it")],
        "removed": [(not left.was_removed, "we did not remove it")],
        "moved": [
            (not left.was_removed, "we did not take it out of the old pool"),
            (not was_in, "it never was in the new pool"),
        ],
        "already-in-pool": [
            (True not in entered.states, "it was not there"),
            (is_changed, "we had changed it"),
        ],
        "not-in-pool": [(False not in left.states, "it was there"), (is_changed, "it was done")],
        **{outcome: [unchanged] for outcome in _UNCHANGED},
    }
    found = faults.get(line.outcome or "", [(True, "there is no such outcome")])
    return next((told for is_so, told in found if is_so), "")
