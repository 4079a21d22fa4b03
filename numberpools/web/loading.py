"""Load and authorise in one step: for reading, for changing, and for deleting.

An account on which the person has no role is not found, as if it were not there: `auth.require`
looks at the account that the page's address names.
"""

from __future__ import annotations

from numberpools.auth import Role, require
from numberpools.context import stores
from numberpools.domain.pools import AnyPool
from numberpools.services import accounts, pools, showing


def account_for_reading(account_id: str) -> accounts.Account:
    """Raises NotSignedIn, AccountNotFound."""
    require(Role.VIEWER)
    return accounts.get_account(stores(), account_id)


def account_for_change(account_id: str) -> accounts.Account:
    """Raises NotSignedIn, NotAllowed, AccountNotFound."""
    require(Role.EDITOR)
    return accounts.get_account(stores(), account_id)


def account_to_administer(account_id: str) -> accounts.Account:
    """Raises NotSignedIn, NotAllowed, AccountNotFound."""
    require(Role.ADMINISTRATOR)
    return accounts.get_account(stores(), account_id)


def pool_for_reading(account_id: str, pool_id: str) -> AnyPool:
    """Raises NotSignedIn, AccountNotFound, PoolNotFound."""
    require(Role.VIEWER)
    return pools.get_pool(stores(), account_id, pool_id)


def check_pool(account_id: str, pool_id: str) -> None:
    """For pages that show what is ours: there is such a pool, or our copy has one.

    Raises NotSignedIn, AccountNotFound, PoolNotFound.
    """
    require(Role.VIEWER)
    showing.shown(
        stores(), account_id, lambda where: pools.get_pool(where, account_id, pool_id), pool_id
    )


def pool_for_change(account_id: str, pool_id: str) -> AnyPool:
    """Raises NotSignedIn, NotAllowed, AccountNotFound, PoolNotFound."""
    require(Role.EDITOR)
    return pools.get_pool(stores(), account_id, pool_id)


def pool_for_deletion(account_id: str, pool_id: str) -> AnyPool:
    """Raises NotSignedIn, NotAllowed, AccountNotFound, PoolNotFound."""
    require(Role.ADMINISTRATOR)
    return pools.get_pool(stores(), account_id, pool_id)
