"""Looking after pools: what pages, API and commands do with them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from numberpools.domain.outcomes import OutcomeGroup
from numberpools.domain.pools import (
    NUMBERS_PER_CALL,
    POOL_ID_RULE,
    AnyPool,
    OddPool,
    Page,
    PageRequest,
    Pool,
    PoolChanges,
    PoolCountries,
    PoolOrder,
    PoolSummary,
    is_pool_id,
    settings_of,
)
from numberpools.errors import InvalidInput, InvalidParameter, TooManyNumbers, UnreadablePool
from numberpools.services import audit, bulk
from numberpools.services.audit import Action, Draft
from numberpools.stores import PoolStore, SqlPoolStore, Stores


def list_pools(
    stores: Stores,
    account_id: str,
    page: PageRequest,
    *,
    containing: str = "",
    order: PoolOrder = PoolOrder.POOL_ID,
    descending: bool = False,
) -> Page[PoolSummary]:
    """The account's pools whose id contains the text; a page beyond the last is empty."""
    store = stores.of(account_id)
    return store.list_pools(page, containing=containing, order=order, descending=descending)


def get_pool(stores: Stores, account_id: str, pool_id: str) -> AnyPool:
    """Raises PoolNotFound."""
    return stores.of(account_id).get_pool(pool_id)


def create_pool(stores: Stores, pool: Pool) -> AnyPool:
    """Raises InvalidInput, PoolIdTaken."""
    _check_pool_id(pool.pool_id)
    draft = Draft(Action.CREATE_POOL, pool.account_id, pool.pool_id, after=settings_of(pool))
    with _changing(stores, draft, pool.pool_id) as store:
        return store.create_pool(pool)


def update_pool(
    stores: Stores,
    account_id: str,
    pool_id: str,
    changes: PoolChanges,
    expected: str | None = None,
    *,
    undo_of: int | None = None,
) -> AnyPool:
    """Change only what is named, if the pool's etag still is the expected one.

    `undo_of`: the entry of the audit trail that this takes back. Raises InvalidInput, PoolNotFound,
    PoolIdTaken, PoolChanged; UnreadablePool where it would save over what can't be read.
    """
    if changes.pool_id is not None:
        _check_pool_id(changes.pool_id)
    new_id = changes.pool_id or pool_id
    draft = Draft(Action.CHANGE_POOL, account_id, pool_id, undo_of=undo_of, after=changes.named())
    with _changing(stores, draft, *{pool_id, new_id}) as store:
        pool = store.pool_to_change(pool_id)
        _refuse_what_cannot_be_read(pool, changes)
        before, after = settings_of(pool), settings_of(changes.apply(pool))
        different = [name for name, value in before.items() if value != after[name]]
        draft.before = {name: before[name] for name in different}
        draft.after = {name: after[name] for name in different}
        if not different and expected in (None, pool.etag):
            draft.is_settled = True
            return pool
        changed = store.update_pool(pool_id, changes, expected)
        if new_id != pool_id:
            bulk.follow_renaming(stores.database, account_id, pool_id, new_id)
        draft.pool_id, draft.other_pool_id = new_id, pool_id if new_id != pool_id else None
        return changed


def delete_pool(
    stores: Stores, account_id: str, pool_id: str, expected: str | None = None
) -> AnyPool:
    """Delete the pool and its numbers; gives it as it was.

    Raises PoolNotFound, PoolChanged, NotSupported.
    """
    draft = Draft(Action.DELETE_POOL, account_id, pool_id)
    with _changing(stores, draft, pool_id) as store:
        if store.keeps_deleted_pools:
            draft.before = settings_of(store.pool_to_change(pool_id))
            audit.record_deletion(stores.database, draft, store.count_numbers(pool_id))
        deleted = store.delete_pool(pool_id, expected)
        draft.before = draft.before or settings_of(deleted)
        return deleted


def list_numbers(
    stores: Stores, account_id: str, pool_id: str, page: PageRequest, *, containing: str = ""
) -> Page[str]:
    """The pool's numbers that contain these digits, ascending as text. Raises PoolNotFound."""
    return stores.of(account_id).list_numbers(pool_id, page, containing=containing)


def count_numbers(stores: Stores, account_id: str, pool_id: str) -> int:
    """How many numbers the pool has now. Raises PoolNotFound."""
    return stores.of(account_id).count_numbers(pool_id)


def countries(stores: Stores, account_id: str, pool_id: str) -> PoolCountries | None:
    """The pool's numbers per country; None where they were never counted. Raises PoolNotFound."""
    return stores.of(account_id).countries(pool_id)


def add_numbers(
    stores: Stores, account_id: str, pool_id: str, numbers: Sequence[str]
) -> list[OutcomeGroup]:
    """Add up to 50 numbers. Raises PoolNotFound, TooManyNumbers, InvalidInput (none given)."""
    _check_amount(numbers)
    draft = Draft(Action.ADD_NUMBERS, account_id, pool_id)
    with _changing(stores, draft, pool_id) as store:
        groups = store.add_numbers(pool_id, numbers)
        draft.note_outcomes(groups)
        return groups


def remove_numbers(
    stores: Stores, account_id: str, pool_id: str, numbers: Sequence[str]
) -> list[OutcomeGroup]:
    """Remove up to 50 numbers. Raises PoolNotFound, TooManyNumbers, InvalidInput (none given)."""
    _check_amount(numbers)
    draft = Draft(Action.REMOVE_NUMBERS, account_id, pool_id)
    with _changing(stores, draft, pool_id) as store:
        groups = store.remove_numbers(pool_id, numbers)
        draft.note_outcomes(groups)
        return groups


def recount(stores: Stores, account_id: str) -> None:
    """Make the counts of an account of ours anew from its numbers."""
    SqlPoolStore(stores.database, account_id).recount()


@contextmanager
def _changing(stores: Stores, draft: Draft, *pool_ids: str) -> Iterator[PoolStore]:
    """The account's store, to change these pools; the change goes into the audit trail."""
    account_id = draft.account_id or ""
    with (
        stores.changing(account_id, *pool_ids) as store,
        audit.recording(stores.database, store, draft),
    ):
        yield store


def _refuse_what_cannot_be_read(pool: AnyPool, changes: PoolChanges) -> None:
    if isinstance(pool, OddPool) and pool.problems.keys() & changes.named().keys():
        raise UnreadablePool(pool.pool_id, pool.told)


def _check_pool_id(pool_id: str) -> None:
    if not is_pool_id(pool_id):
        raise InvalidInput([InvalidParameter("pool_id", f"must be {POOL_ID_RULE}.")])


def _check_amount(numbers: Sequence[str]) -> None:
    if not numbers:
        raise InvalidInput([InvalidParameter("numbers", "must name at least one number.")])
    if len(numbers) > NUMBERS_PER_CALL:
        raise TooManyNumbers("numbers", NUMBERS_PER_CALL)
