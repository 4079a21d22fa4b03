"""Every error that Number Pools raises on purpose, and the HTTP status by which it is answered.

    NumberPoolsError
    ├── SettingsError               a setting is missing, malformed or unsafe
    ├── NotSignedIn                 401
    ├── NotAllowed                  403  signed in, but the role does not reach
    ├── NotFound                    404
    │   ├── AccountNotFound
    │   ├── PoolNotFound
    │   ├── NumberNotInPool
    │   └── OperationNotFound
    ├── Conflict                    409
    │   ├── PoolIdTaken
    │   └── AccountIdMismatch
    ├── PoolChanged                 412  somebody else changed the pool in the meantime
    ├── IdempotencyKeyReused        422  the same key came with another request
    ├── InvalidInput                400  names every field and what would be right
    │   └── TooManyNumbers
    └── NotSupported                501  the store does not offer this

The API answers them as problem JSON (`api/problems.py`), the dashboard as pages (`web/errors.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class NumberPoolsError(Exception):
    """The base of all; ``str(error)`` is one sentence that can be shown to a person."""

    status = 500
    title = "Something went wrong"


class SettingsError(NumberPoolsError):
    """A setting is missing, malformed or unsafe; the message names it."""


class NotSignedIn(NumberPoolsError):
    status = 401
    title = "Not signed in"


class NotAllowed(NumberPoolsError):
    status = 403
    title = "Not allowed"


class NotFound(NumberPoolsError):
    status = 404
    title = "Not found"


class AccountNotFound(NotFound):
    def __init__(self, account_id: str) -> None:
        super().__init__(f"There is no account {account_id}.")


class PoolNotFound(NotFound):
    def __init__(self, pool_id: str) -> None:
        super().__init__(f"There is no pool {pool_id} in this account.")
        self.pool_id = pool_id


class NumberNotInPool(NotFound):
    def __init__(self, number: str, pool_id: str) -> None:
        super().__init__(f"The number {number} is not in the pool {pool_id}.")


class OperationNotFound(NotFound):
    def __init__(self, operation_id: str) -> None:
        super().__init__(f"There is no operation {operation_id} in this account.")


class Conflict(NumberPoolsError):
    status = 409
    title = "Conflict"


class PoolIdTaken(Conflict):
    title = "The pool id is taken"

    def __init__(self, pool_id: str) -> None:
        super().__init__(f"A pool with the id {pool_id} exists already in this account.")
        self.pool_id = pool_id


class AccountIdMismatch(Conflict):
    title = "The account ids differ"

    def __init__(self, in_body: str, in_path: str) -> None:
        super().__init__(f"The body names the account {in_body}, the path {in_path}.")


class PoolChanged(NumberPoolsError):
    status = 412
    title = "The pool was changed in the meantime"

    def __init__(self, pool_id: str) -> None:
        super().__init__(f"The pool {pool_id} was changed in the meantime.")


class IdempotencyKeyReused(NumberPoolsError):
    status = 422
    title = "The idempotency key was used for another request"

    def __init__(self) -> None:
        super().__init__(
            "This Idempotency-Key came with a different request in the last 24 hours: "
            "use a new key for a new request."
        )


@dataclass(frozen=True, slots=True)
class InvalidParameter:
    """One field that was refused; ``reason`` says what would be right."""

    name: str
    reason: str


class InvalidInput(NumberPoolsError):
    """Input that was refused as a whole; nothing was done."""

    status = 400
    title = "Invalid input"

    def __init__(self, parameters: Sequence[InvalidParameter]) -> None:
        super().__init__(" ".join(f"{each.name}: {each.reason}" for each in parameters))
        self.parameters = tuple(parameters)


class TooManyNumbers(InvalidInput):
    title = "Too many numbers"

    def __init__(self, name: str, limit: int) -> None:
        super().__init__([InvalidParameter(name, f"Limit of {limit} numbers exceeded.")])


class NotSupported(NumberPoolsError):
    status = 501
    title = "Not supported"
