"""Carrying out one batch, so that doing it twice is as good as once.

Where the store is our own database, the change and its report are one transaction. A vendor's
answer can be lost: then the batch is repeated, and an answer by which the wanted state holds
already counts as success, because the pool was looked at before the first call.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import ColumnElement, Connection, and_, select, update

from numberpools import clock
from numberpools.db.database import Database
from numberpools.db.tables import operation_items as items
from numberpools.domain.outcomes import Outcome, OutcomeGroup
from numberpools.services.bulk.claims import Claim, complete
from numberpools.services.bulk.model import Change
from numberpools.services.bulk.steps import CHECK, SECOND_HALF, SECOND_HALVES
from numberpools.stores import PoolStore, Stores

_MOST_LOSSES = 8
"""After so many lost answers, numbers of which nothing is known are left to a person to check."""
_REST = timedelta(seconds=2)

_GONE = "It was in the pool before, and is not any more; an answer was lost on the way."
_WAS_NOT_THERE = "It was not in the pool before."
_SUCCESSES = (Outcome.ADDED, Outcome.ALREADY_IN_POOL)


@dataclass(frozen=True, slots=True)
class _Numbers:
    """The numbers of a batch that are still to be done, and which of them were in the pools."""

    wanted: list[str]
    here: set[str]
    there: set[str]


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
    found = {
        step: _found(store, claim, step, numbers)
        for step in Change
        if (numbers := _unconfirmed(stores.database, claim, step)).wanted
    }
    with stores.database.write() as connection:
        totals: Counter[Outcome] = Counter()
        for step, (groups, in_both) in found.items():
            mine = and_(_mine(claim), items.c.change == step)
            if step in SECOND_HALF:
                halves = items.c.number.in_(select(stores.database.given_texts(in_both).c.value))
                half_done = update(items).where(mine, _UNCONFIRMED, halves)
                connection.execute(half_done.values(is_half_done=True))
            for group in groups:
                totals.update(_record(stores.database, connection, mine, group, _UNCONFIRMED))
        totals[Outcome.NOT_CONFIRMED] -= totals.total()
        complete(connection, claim, totals)


def end(connection: Connection, claim: Claim, outcome: Outcome, reason: str) -> None:
    """End the batch, with this outcome for what is open in it."""
    ended = connection.execute(
        update(items).where(_mine(claim), _OPEN).values(outcome=outcome, reason=reason)
    )
    complete(connection, claim, {outcome: ended.rowcount})


def _do(database: Database, store: PoolStore, claim: Claim) -> None:
    """Add numbers to one pool, or remove them from it."""
    is_here = claim.step in (Change.ADD, Change.REMOVE)
    pool_id = claim.pool_id if is_here else claim.target_pool_id or ""
    numbers = _open(database, claim, is_half_done=False)
    had = numbers.here if is_here else numbers.there
    if claim.step in (Change.ADD, Change.ADD_THERE):
        groups = _add(store, pool_id, numbers.wanted, had, is_repeated=claim.is_repeated)
    else:
        removed = store.remove_numbers(pool_id, numbers.wanted) if numbers.wanted else []
        groups = _checked(removed, had, is_repeated=claim.is_repeated)
    _store(database, claim, groups)


def _put_in(database: Database, store: PoolStore, claim: Claim) -> None:
    """The first half of a move: into the new pool, where they are in the old one at all."""
    numbers = _open(database, claim, is_half_done=False)
    if store.tells_what_was_there and claim.target_pool_id:
        here = store.which_are_in_pool(claim.pool_id, numbers.wanted)
        there = store.which_are_in_pool(claim.target_pool_id, numbers.wanted)
        numbers = replace(numbers, here=here, there=there)
    old, new = _pools(claim)
    had_old, had_new = numbers.here, numbers.there
    if claim.step == Change.BRING:
        had_old, had_new = had_new, had_old
    missing = [number for number in numbers.wanted if number not in had_old]
    moving = [number for number in numbers.wanted if number in had_old]
    groups = _add(store, new, moving, had_new, is_repeated=claim.is_repeated)
    reason = f"It is not in the pool {old}."
    failed = [group for group in groups if group.outcome not in _SUCCESSES]
    succeeded = [number for g in groups if g.outcome in _SUCCESSES for number in g.numbers]
    with database.write() as connection:
        _note_first_half(database, connection, claim, succeeded, had_new)
        missed = OutcomeGroup(Outcome.NOT_IN_POOL, missing, reason)
        _store(database, claim, [*failed, missed], then=SECOND_HALF[Change(claim.step)])


def _take_out(database: Database, store: PoolStore, claim: Claim) -> None:
    """The second half of a move: out of the old pool."""
    numbers = _open(database, claim, is_half_done=True).wanted
    old, new = _pools(claim)
    groups = store.remove_numbers(old, numbers) if numbers else []
    _store(database, claim, [_moved(group, old, new) for group in groups])


def _moved(group: OutcomeGroup, old: str, new: str) -> OutcomeGroup:
    """What the removal from the old pool means for the move."""
    if group.outcome in (Outcome.REMOVED, Outcome.NOT_IN_POOL):
        return OutcomeGroup(Outcome.MOVED, group.numbers)
    outcome = group.outcome if group.outcome is Outcome.NOT_CONFIRMED else Outcome.REFUSED
    reason = f"It was added to {new}, but not removed from {old}. {group.reason}"
    return OutcomeGroup(outcome, group.numbers, reason)


def _pools(claim: Claim) -> tuple[str, str]:
    """The pool that numbers leave, and the one where they go."""
    pools = (claim.pool_id, claim.target_pool_id or "")
    comes_here = claim.step in (Change.BRING, SECOND_HALF[Change.BRING])
    return pools[::-1] if comes_here else pools


def _add(
    store: PoolStore, pool_id: str, numbers: list[str], had: set[str], *, is_repeated: bool
) -> list[OutcomeGroup]:
    """Add what was not there before; the store itself may not tell."""
    known = [] if store.tells_what_was_there else [each for each in numbers if each in had]
    new = [number for number in numbers if number not in set(known)]
    groups = store.add_numbers(pool_id, new) if new else []
    if is_repeated:
        groups = _looked_up(store, pool_id, groups)
    return [*groups, *([OutcomeGroup(Outcome.ALREADY_IN_POOL, known)] if known else [])]


def _looked_up(store: PoolStore, pool_id: str, groups: list[OutcomeGroup]) -> list[OutcomeGroup]:
    """A repeated call may be refused because the first one was carried out: the pool tells."""
    refused = {each for g in groups if g.outcome is Outcome.REFUSED for each in g.numbers}
    if not refused:
        return groups
    there = store.which_are_in_pool(pool_id, sorted(refused))
    left = [replace(g, numbers=[each for each in g.numbers if each not in there]) for g in groups]
    return [*left, OutcomeGroup(Outcome.ADDED, sorted(there))]


def _checked(
    groups: Sequence[OutcomeGroup], had: set[str], *, is_repeated: bool
) -> list[OutcomeGroup]:
    """The outcomes of a removal at a vendor, where answers were lost, by what the pool had before.

    A number that the pool had, and that a repeated call misses, was removed by an earlier one. And
    one that it did not have was not removed, though it is not there: where a removal was not told
    but concluded from that, it has a reason.
    """
    checked = []
    for group in groups:
        ours = [number for number in group.numbers if number in had]
        others = [number for number in group.numbers if number not in had]
        if group.outcome is Outcome.NOT_IN_POOL and is_repeated:
            checked.append(OutcomeGroup(Outcome.REMOVED, ours, _GONE))
            checked.append(OutcomeGroup(group.outcome, others, group.reason))
        elif group.outcome is Outcome.REMOVED and group.reason:
            checked.append(OutcomeGroup(group.outcome, ours, group.reason))
            checked.append(OutcomeGroup(Outcome.NOT_IN_POOL, others, _WAS_NOT_THERE))
        else:
            checked.append(group)
    return [group for group in checked if group.numbers]


def _store(
    database: Database, claim: Claim, groups: Sequence[OutcomeGroup], *, then: str | None = None
) -> None:
    """Store the outcomes, and what comes next; nothing of it where the lease was lost.

    Numbers of which nothing is known stay open for the next attempt.
    """
    is_last = claim.losses + 1 >= _MOST_LOSSES
    open_ones = [g for g in groups if g.outcome is Outcome.NOT_CONFIRMED and not is_last]
    totals: Counter[Outcome] = Counter()
    with database.write() as connection:
        for group in groups:
            if group not in open_ones:
                totals.update(_record(database, connection, _mine(claim), group, _OPEN))
        if open_ones:
            later = clock.shared(connection) + _REST
            complete(
                connection,
                claim,
                totals,
                next_step=claim.step,
                not_before=later,
                is_unsettled=True,
            )
            return
        complete(connection, claim, totals, next_step=then)


_OPEN = items.c.outcome.is_(None)
_UNCONFIRMED = items.c.outcome == Outcome.NOT_CONFIRMED


def _record(
    database: Database,
    connection: Connection,
    mine: ColumnElement[bool],
    group: OutcomeGroup,
    before: ColumnElement[bool],
) -> dict[Outcome, int]:
    if not group.numbers:
        return {}
    given = database.given_texts(group.numbers)
    stored = connection.execute(
        update(items)
        .where(mine, before, items.c.number.in_(select(given.c.value)))
        .values(outcome=group.outcome, reason=group.reason)
    )
    return {group.outcome: stored.rowcount}


def _note_first_half(
    database: Database,
    connection: Connection,
    claim: Claim,
    numbers: Sequence[str],
    had_new: set[str],
) -> None:
    given = database.given_texts(numbers)
    already = database.given_texts(sorted(had_new))
    column = "was_here" if claim.step == Change.BRING else "was_there"
    connection.execute(
        update(items)
        .where(_mine(claim), _OPEN, items.c.number.in_(select(given.c.value)))
        .values({"is_half_done": True, column: items.c.number.in_(select(already.c.value))})
    )


def _mine(claim: Claim) -> ColumnElement[bool]:
    """The claim's items; between them may stand some of other batches."""
    mine = and_(
        items.c.operation_id == claim.operation_id,
        items.c.position.between(claim.first, claim.last),
    )
    if claim.step == CHECK:
        return mine
    firsts = {second: str(first) for first, second in SECOND_HALF.items()}
    return and_(mine, items.c.change == firsts.get(claim.step, claim.step))


def _open(database: Database, claim: Claim, *, is_half_done: bool) -> _Numbers:
    return _numbers(database, _mine(claim), _OPEN, items.c.is_half_done == is_half_done)


def _unconfirmed(database: Database, claim: Claim, step: Change) -> _Numbers:
    return _numbers(database, _mine(claim), _UNCONFIRMED, items.c.change == step)


def _numbers(database: Database, *wanted: ColumnElement[bool]) -> _Numbers:
    query = select(items.c.number, items.c.was_here, items.c.was_there).where(*wanted)
    with database.read() as connection:
        rows = connection.execute(query.order_by(items.c.position)).all()
    return _Numbers(
        [row.number for row in rows],
        {row.number for row in rows if row.was_here},
        {row.number for row in rows if row.was_there},
    )


def _found(
    store: PoolStore, claim: Claim, step: Change, numbers: _Numbers
) -> tuple[list[OutcomeGroup], list[str]]:
    """What the pools say of numbers that are not confirmed, and those that both pools have."""
    wanted = set(numbers.wanted)
    here = store.which_are_in_pool(claim.pool_id, numbers.wanted)
    there = here
    if claim.target_pool_id:
        there = store.which_are_in_pool(claim.target_pool_id, numbers.wanted)
    done = {
        Change.ADD: (Outcome.ADDED, here),
        Change.REMOVE: (Outcome.REMOVED, numbers.here - here),
        Change.MOVE: (Outcome.MOVED, there - here),
        Change.BRING: (Outcome.MOVED, here - there),
        Change.ADD_THERE: (Outcome.ADDED, there),
        Change.REMOVE_THERE: (Outcome.REMOVED, numbers.there - there),
    }
    never_there = {
        Change.REMOVE: wanted - numbers.here - here,
        Change.REMOVE_THERE: wanted - numbers.there - there,
    }
    outcome, are_done = done[step]
    were_not_there = never_there.get(step, set())
    groups = [
        OutcomeGroup(outcome, sorted(are_done), "Checked afterwards."),
        OutcomeGroup(Outcome.NOT_IN_POOL, sorted(were_not_there), _WAS_NOT_THERE),
        OutcomeGroup(
            Outcome.REFUSED,
            sorted(wanted - are_done - were_not_there),
            "Checked afterwards: it was not done.",
        ),
    ]
    return groups, sorted(here & there)
