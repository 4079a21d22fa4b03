"""Looking after pools: what pages, API and commands do with them."""

from __future__ import annotations

from collections.abc import Sequence

from numberpools.domain.outcomes import OutcomeGroup
from numberpools.domain.pools import (
    NUMBERS_PER_CALL,
    POOL_ID_RULE,
    Page,
    PageRequest,
    Pool,
    PoolChanges,
    PoolCountries,
    PoolOrder,
    PoolSummary,
    is_pool_id,
)
from numberpools.errors import InvalidInput, InvalidParameter, TooManyNumbers
from numberpools.stores import SqlPoolStore, Stores


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


def get_pool(stores: Stores, account_id: str, pool_id: str) -> Pool:
    """Raises PoolNotFound."""
    return stores.of(account_id).get_pool(pool_id)


def create_pool(stores: Stores, pool: Pool) -> Pool:
    """Raises InvalidInput, PoolIdTaken."""
    _check_pool_id(pool.pool_id)
    with stores.changing(pool.account_id, pool.pool_id) as store:
        return store.create_pool(pool)


def update_pool(
    stores: Stores,
    account_id: str,
    pool_id: str,
    changes: PoolChanges,
    expected: str | None = None,
) -> Pool:
    """Change only what is named, if the pool's etag still is the expected one.

    Raises InvalidInput, PoolNotFound, PoolIdTaken, PoolChanged.
    """
    if changes.pool_id is not None:
        _check_pool_id(changes.pool_id)
    with stores.changing(account_id, *{pool_id, changes.pool_id or pool_id}) as store:
        return store.update_pool(pool_id, changes, expected)


def delete_pool(stores: Stores, account_id: str, pool_id: str, expected: str | None = None) -> Pool:
    """Delete the pool and its numbers; gives it as it was.

    Raises PoolNotFound, PoolChanged, NotSupported.
    """
    with stores.changing(account_id, pool_id) as store:
        return store.delete_pool(pool_id, expected)


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
    with stores.changing(account_id, pool_id) as store:
        return store.add_numbers(pool_id, numbers)


def remove_numbers(
    stores: Stores, account_id: str, pool_id: str, numbers: Sequence[str]
) -> list[OutcomeGroup]:
    """Remove up to 50 numbers. Raises PoolNotFound, TooManyNumbers, InvalidInput (none given)."""
    _check_amount(numbers)
    with stores.changing(account_id, pool_id) as store:
        return store.remove_numbers(pool_id, numbers)


def recount(stores: Stores, account_id: str) -> None:
    """Make the counts of an account of ours anew from its numbers."""
    SqlPoolStore(stores.database, account_id).recount()


def _check_pool_id(pool_id: str) -> None:
    if not is_pool_id(pool_id):
        raise InvalidInput([InvalidParameter("pool_id", f"must be {POOL_ID_RULE}.")])


def _check_amount(numbers: Sequence[str]) -> None:
    if not numbers:
        raise InvalidInput([InvalidParameter("numbers", "must name at least one number.")])
    if len(numbers) > NUMBERS_PER_CALL:
        raise TooManyNumbers("numbers", NUMBERS_PER_CALL)
