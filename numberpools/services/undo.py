"""Taking back what an entry of the audit trail says: settings, names, and whole pools of ours.

Bulk work has an undo of its own (`bulk.undo`).
"""

from __future__ import annotations

from sqlalchemy import select

from numberpools.db.tables import audit_numbers
from numberpools.domain.outcomes import Outcome, OutcomeGroup
from numberpools.domain.pools import AnyPool, Fallback, Pool, PoolChanges, settings_of
from numberpools.errors import CannotBeUndone, PoolIdTaken, PoolNotFound
from numberpools.services import audit, pools
from numberpools.services.audit import Action, Draft, Entry, Result
from numberpools.stores import Stores


def can_undo(stores: Stores, entry: Entry) -> bool:
    """Whether this is something that can be taken back, if nothing has come in between."""
    if entry.result is not Result.DONE or entry.undone_by is not None:
        return False
    if entry.action is Action.DELETE_POOL:
        return stores.of(entry.account_id or "").keeps_deleted_pools
    return entry.action is Action.CHANGE_POOL


def check(stores: Stores, entry: Entry) -> None:
    """Raises CannotBeUndone, with the reason; PoolNotFound, and what the store raises."""
    if not can_undo(stores, entry):
        raise CannotBeUndone(
            "This was taken back already." if entry.undone_by else "This can't be taken back here."
        )
    if entry.action is Action.CHANGE_POOL:
        _unchanged_since(stores, entry)
    elif _exists(stores, entry.account_id or "", entry.pool_id or ""):
        raise CannotBeUndone(f"There is a pool {entry.pool_id} again: rename that one first.")


def undo(stores: Stores, entry: Entry) -> str:
    """Take it back; gives the pool's id. Raises what `check` raises, PoolChanged, PoolIdTaken."""
    check(stores, entry)
    if entry.action is Action.DELETE_POOL:
        return _restore(stores, entry)
    pool = _unchanged_since(stores, entry)
    changes = _changes(entry.before or {})
    try:
        undone = pools.update_pool(
            stores, pool.account_id, pool.pool_id, changes, pool.etag, undo_of=entry.entry_id
        )
    except PoolIdTaken as exc:
        raise CannotBeUndone(f"Another pool is called {exc.pool_id} now.") from exc
    return undone.pool_id


def _unchanged_since(stores: Stores, entry: Entry) -> AnyPool:
    """The pool, if it still is what the entry made of it. Raises CannotBeUndone, PoolNotFound."""
    since = audit.since(stores.database, entry)
    if since.pool_id is None:
        raise CannotBeUndone("The pool was deleted since. One that has its id now is another.")
    pool = pools.get_pool(stores, entry.account_id or "", since.pool_id)
    now = settings_of(pool)
    for name, value in (entry.after or {}).items():
        words = name.replace("_", " ")
        if name not in now:
            raise CannotBeUndone(f"The pool's {words} can't be read: it is odd at the vendor.")
        if now[name] != value or name in since.changed:
            raise CannotBeUndone(f"The pool's {words} was changed again since: it is {now[name]}.")
    return pool


def _changes(settings: audit.Values) -> PoolChanges:
    fallback = settings.get("fallback")
    return PoolChanges(**{**settings, "fallback": Fallback(fallback) if fallback else None})


def _restore(stores: Stores, entry: Entry) -> str:
    """Create the pool once more, with its settings and its numbers."""
    settings = {name: value for name, value in (entry.before or {}).items() if name != "numbers"}
    pool = Pool(
        account_id=entry.account_id or "",
        **{**settings, "fallback": Fallback(settings["fallback"])},
    )
    query = select(audit_numbers.c.number).where(audit_numbers.c.entry_id == entry.entry_id)
    with stores.database.write() as connection:
        numbers = connection.scalars(query.order_by(audit_numbers.c.number)).all()
        store = stores.of(pool.account_id)
        groups: list[OutcomeGroup] = []
        store.create_pool(pool)
        if numbers:
            groups = store.add_numbers(pool.pool_id, numbers)
        after = {group.outcome: len(group.numbers) for group in groups}
        draft = Draft(
            Action.CREATE_POOL,
            pool.account_id,
            pool.pool_id,
            undo_of=entry.entry_id,
            after={**settings_of(pool), "numbers": after},
            numbers=[group for group in groups if group.outcome is not Outcome.ADDED],
        )
        audit.record_with_numbers(connection, draft, Outcome.ADDED)
    return pool.pool_id


def _exists(stores: Stores, account_id: str, pool_id: str) -> bool:
    try:
        pools.get_pool(stores, account_id, pool_id)
    except PoolNotFound:
        return False
    return True
