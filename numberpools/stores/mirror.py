"""Our last copy of a vendor's pools, in the tables that hold our own.

One transaction writes one pool, so readers see the pool as it was before or as it is now, never
half of it.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from json import dumps
from typing import Any

from sqlalchemy import delete as delete_from
from sqlalchemy import insert, select, update

from numberpools.db.database import Database
from numberpools.db.tables import pools
from numberpools.domain.pools import SETTINGS, AnyPool, OddPool, settings_of
from numberpools.errors import Conflict
from numberpools.stores.contents import PoolContents


class Mirror:
    """The copies of one account's pools."""

    def __init__(self, database: Database, account_id: str) -> None:
        self._database = database
        self._account_id = account_id

    def taken_at(self) -> dict[str, datetime]:
        """When each pool that is in the mirror was copied."""
        query = select(pools.c.pool_id, pools.c.mirrored_at).where(
            pools.c.account_id == self._account_id, pools.c.mirrored_at.is_not(None)
        )
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        return {row.pool_id: row.mirrored_at for row in rows}

    def store(self, pool: AnyPool, numbers: Collection[str], taken_at: datetime) -> None:
        """Make the copy of a pool equal to what was read at that time, unless it is newer.

        Raises Conflict where the pool is no copy but one of ours.
        """
        values = {**_values(pool), "mirrored_at": taken_at}
        wanted = sorted(set(numbers))
        with self._database.write() as connection:
            own = (pools.c.account_id == self._account_id, pools.c.pool_id == pool.pool_id)
            row = connection.execute(
                select(pools.c.pool_key, pools.c.mirrored_at).where(*own).with_for_update()
            ).one_or_none()
            if row is None:
                created = {**values, "created_at": taken_at}
                result = connection.execute(insert(pools).returning(pools.c.pool_key), created)
                pool_key = result.scalar_one()
            elif row.mirrored_at is None:
                raise Conflict(
                    f"The account id {self._account_id} is the vendor's and one of ours: the pool "
                    f"{pool.pool_id} in our database is not overwritten."
                )
            elif row.mirrored_at > taken_at:
                return
            else:
                pool_key = row.pool_key
                connection.execute(update(pools).where(*own).values(values))
            PoolContents(self._database, connection, pool_key).replace(wanted)

    def keep_only(self, pool_ids: Collection[str], taken_at: datetime) -> None:
        """Forget the pools that were gone at that time."""
        for pool_id, copied_at in self.taken_at().items():
            if pool_id not in pool_ids and copied_at <= taken_at:
                self.forget(pool_id)

    def forget(self, pool_id: str) -> None:
        """Drop a pool that the vendor has no more."""
        own = (pools.c.account_id == self._account_id, pools.c.pool_id == pool_id)
        with self._database.write() as connection:
            query = select(pools.c.pool_key).where(*own).with_for_update()
            pool_key = connection.scalar(query)
            if pool_key is not None:
                PoolContents(self._database, connection, pool_key).delete()
                connection.execute(delete_from(pools).where(*own))


def _values(pool: AnyPool) -> dict[str, Any]:
    """The row of a pool: settings that can't be read stay empty, none is made up."""
    settings = settings_of(pool)
    return {
        "account_id": pool.account_id,
        "pool_id": pool.pool_id,
        **{name: settings.get(name) for name in SETTINGS},
        "problems": dumps(dict(pool.problems)) if isinstance(pool, OddPool) else None,
    }
