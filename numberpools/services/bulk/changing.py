"""Carrying out one batch, so that doing it twice is as good as once.

Where the store is our own database, the change and its report are one transaction. A vendor's
answer can be lost: then the batch is repeated. What became of each number the store concludes, from
what the operation knows of it and from what the vendor has answered.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import Connection

from numberpools import clock
from numberpools.db.database import Database
from numberpools.domain.conclusions import Conclusion, Direction, conclude_move
from numberpools.domain.outcomes import Outcome, OutcomeGroup
from numberpools.services.bulk.batch_items import (
    Numbers,
    note_half_done,
    open_numbers,
    record,
    unconfirmed_numbers,
)
from numberpools.services.bulk.claims import Claim, complete
from numberpools.services.bulk.model import Action, Change
from numberpools.services.bulk.steps import SECOND_HALF, SECOND_HALVES
from numberpools.stores import Known, PoolStore, Stores

_MOST_LOSSES = 8
"""After so many lost answers, numbers of which nothing is known are left to a person to check."""
_REST = timedelta(seconds=2)
"""Before the second try; each rest is twice as long as the one before, up to the longest."""
_LONGEST_REST = timedelta(seconds=64)

_NOT_TRIED = Conclusion(Outcome.REFUSED, "That was not tried.")
_SUCCESSES = (Outcome.ADDED, Outcome.ALREADY_IN_POOL)


@dataclass(frozen=True, slots=True)
class _Checked:
    outcomes: Sequence[OutcomeGroup]
    settled: Sequence[tuple[str, Sequence[OutcomeGroup]]]
    """What is known by now of the numbers of each pool."""
    in_both: Sequence[str] = ()
    """Numbers of which the first half of a move was done."""


def change(stores: Stores, claim: Claim) -> None:
    """Raises NotConfirmed where it has to be done again to find out what was done, another
    VendorError where nothing was; PoolNotFound, LeaseLost.
    """
    store = stores.of(claim.account_id)
    with store.together():
        if claim.step in SECOND_HALVES:
            _take_out(stores.database, store, claim)
        elif claim.step in SECOND_HALF:
            _put_in(stores.database, store, claim)
        else:
            _do(stores.database, store, claim)


def check(stores: Stores, claim: Claim) -> None:
    """Look up what became of numbers that are not confirmed. Raises what `change` raises."""
    store = stores.of(claim.account_id)
    database, found = stores.database, {}
    for step in Change:
        mine = replace(claim, step=step)
        if (numbers := unconfirmed_numbers(database, mine)).wanted:
            found[mine] = _found(store, mine, numbers)
    with database.write() as connection:
        totals: Counter[Outcome] = Counter()
        for mine, checked in found.items():
            for pool_id, groups in checked.settled:
                store.remember(pool_id, groups, claim.operation_id)
            if checked.in_both:
                note_half_done(database, connection, mine, checked.in_both)
            for group in checked.outcomes:
                totals.update(record(database, connection, mine, group, of_unconfirmed=True))
        totals[Outcome.NOT_CONFIRMED] -= totals.total()
        complete(connection, claim, totals)


def end(stores: Stores, connection: Connection, claim: Claim, outcome: Outcome, why: str) -> None:
    """End the batch, with this outcome for what is open in it."""
    store = stores.of(claim.account_id)
    is_second = claim.step in SECOND_HALVES
    numbers = open_numbers(stores.database, claim, is_half_done=is_second)
    group = OutcomeGroup(outcome, numbers.wanted, why)
    store.remember(_pool(claim), [group], claim.operation_id)
    totals: Counter[Outcome] = Counter()
    for each in _moved([group], claim, numbers) if is_second else [group]:
        totals.update(record(stores.database, connection, claim, each))
    complete(connection, claim, totals)


def _do(database: Database, store: PoolStore, claim: Claim) -> None:
    """Add numbers to one pool, or remove them from it."""
    numbers = open_numbers(database, claim, is_half_done=False)
    is_here = claim.step in (Change.ADD, Change.REMOVE)
    known = _known(claim, numbers.here if is_here else numbers.there)
    change = store.add_numbers if _direction(claim) is Direction.IN else store.remove_numbers
    groups = change(_pool(claim), numbers.wanted, known) if numbers.wanted else []
    _store(database, store, claim, groups, groups)


def _put_in(database: Database, store: PoolStore, claim: Claim) -> None:
    """The first half of a move: into the new pool, where they are in the old one at all.

    Undoing puts back what was moved, whether or not anybody has taken it out again since.
    """
    numbers = open_numbers(database, claim, is_half_done=False)
    old, new = _pools(claim)
    had_old, had_new = _in_pools(claim, numbers)
    moving = numbers.wanted
    if claim.action is not Action.UNDO:
        there = store.expected(old, numbers.wanted, _known(claim, had_old))
        moving = [number for number in numbers.wanted if number in there]
    groups = store.add_numbers(new, moving, _known(claim, had_new)) if moving else []
    missing = sorted(set(numbers.wanted) - set(moving))
    missed = OutcomeGroup(Outcome.NOT_IN_POOL, missing, f"It is not in the pool {old}.")
    failed = [group for group in groups if group.outcome not in _SUCCESSES]
    with database.write() as connection:
        _note_first_half(database, connection, claim, groups)
        then = SECOND_HALF[Change(claim.step)]
        _store(database, store, claim, [*failed, missed], groups, then=then)


def _take_out(database: Database, store: PoolStore, claim: Claim) -> None:
    """The second half of a move: out of the old pool."""
    numbers = open_numbers(database, claim, is_half_done=True)
    old, _ = _pools(claim)
    had_old, _ = _in_pools(claim, numbers)
    wanted = numbers.wanted
    groups = store.remove_numbers(old, wanted, _known(claim, had_old)) if wanted else []
    _store(database, store, claim, _moved(groups, claim, numbers), groups)


def _moved(groups: Iterable[OutcomeGroup], claim: Claim, numbers: Numbers) -> list[OutcomeGroup]:
    """What becoming of numbers that were to leave the old pool means for their move."""
    old, new = _pools(claim)
    _, had_new = _in_pools(claim, numbers)
    moved = []
    for group in groups:
        for into in _SUCCESSES:
            was_there = into is Outcome.ALREADY_IN_POOL
            mine = [each for each in group.numbers if (each in had_new) == was_there]
            out = Conclusion(group.outcome, group.reason)
            outcome, reason = conclude_move(into, out, old, new)
            moved.append(OutcomeGroup(outcome, mine, reason))
    return moved


def _direction(claim: Claim) -> Direction:
    """Where the numbers go in the pool that the step is about."""
    coming = (Change.ADD, Change.ADD_THERE, *SECOND_HALF)
    return Direction.IN if claim.step in coming else Direction.OUT


def _pool(claim: Claim) -> str:
    """The pool that the step is about."""
    if claim.step in SECOND_HALVES:
        return _pools(claim)[0]
    if claim.step in SECOND_HALF:
        return _pools(claim)[1]
    is_here = claim.step in (Change.ADD, Change.REMOVE)
    return claim.pool_id if is_here else claim.target_pool_id or ""


def _pools(claim: Claim) -> tuple[str, str]:
    """The pool that numbers leave, and the one where they go."""
    pools = (claim.pool_id, claim.target_pool_id or "")
    return pools[::-1] if _comes_here(claim.step) else pools


def _in_pools(claim: Claim, numbers: Numbers) -> tuple[set[str], set[str]]:
    """Those of the numbers that were in the pool that they leave, and in the one where they go."""
    found = (numbers.here, numbers.there)
    return found[::-1] if _comes_here(claim.step) else found


def _comes_here(step: str) -> bool:
    return step in (Change.BRING, SECOND_HALF[Change.BRING])


def _known(claim: Claim, present: set[str]) -> Known:
    return Known(
        claim.operation_id,
        present,
        claim.looked_at,
        claim.sent_at,
        sends_all=claim.action is Action.UNDO,
    )


def _store(
    database: Database,
    store: PoolStore,
    claim: Claim,
    groups: Sequence[OutcomeGroup],
    called: Sequence[OutcomeGroup],
    *,
    then: str | None = None,
) -> None:
    """Store the outcomes, and what comes next; nothing of it where the lease was lost.

    `called`: what the calls came to. Numbers of which nothing is known stay open for the next
    attempt.
    """
    is_last = claim.losses + 1 >= _MOST_LOSSES
    open_ones = [g for g in groups if g.outcome is Outcome.NOT_CONFIRMED and not is_last]
    totals: Counter[Outcome] = Counter()
    with database.write() as connection:
        store.remember(_pool(claim), called, claim.operation_id)
        for group in groups:
            if group not in open_ones:
                totals.update(record(database, connection, claim, group))
        if open_ones:
            rest = min(_REST * 2**claim.losses, _LONGEST_REST)
            complete(
                connection,
                claim,
                totals,
                next_step=claim.step,
                not_before=clock.shared(connection) + rest,
                unsettled=open_ones[0].reason,
            )
            return
        complete(connection, claim, totals, next_step=then)


def _note_first_half(
    database: Database, connection: Connection, claim: Claim, groups: Iterable[OutcomeGroup]
) -> None:
    """What is in the new pool by now, and whether it was before."""
    column = "was_here" if _comes_here(claim.step) else "was_there"
    for group in groups:
        if group.outcome in _SUCCESSES:
            was_there = {column: group.outcome is Outcome.ALREADY_IN_POOL}
            note_half_done(database, connection, claim, group.numbers, **was_there)


def _found(store: PoolStore, claim: Claim, numbers: Numbers) -> _Checked:
    """What became of numbers that are not confirmed, by the claim's step."""
    if claim.step not in SECOND_HALF:
        is_here = claim.step in (Change.ADD, Change.REMOVE)
        known = _known(claim, numbers.here if is_here else numbers.there)
        groups = store.settle(_pool(claim), numbers.wanted, _direction(claim), known)
        return _Checked(groups, [(_pool(claim), groups)])
    old, new = _pools(claim)
    had_old, had_new = _in_pools(claim, numbers)
    begun = sorted(set(numbers.wanted) - numbers.half_done)
    leaving = sorted(numbers.half_done)
    came = store.settle(new, begun, Direction.IN, _known(claim, had_new)) if begun else []
    left = store.settle(old, leaving, Direction.OUT, _known(claim, had_old)) if leaving else []
    failed = [group for group in came if group.outcome not in _SUCCESSES]
    in_both = [number for g in came if g.outcome in _SUCCESSES for number in g.numbers]
    stuck = OutcomeGroup(_NOT_TRIED.outcome, in_both, _NOT_TRIED.reason)
    outcomes = [*failed, *_moved([*left, stuck], claim, numbers)]
    return _Checked(outcomes, [(new, came), (old, left)], in_both)
