"""Every error that Number Pools raises on purpose, and the HTTP status by which it is answered.

    NumberPoolsError
    ├── SettingsError               a setting is missing, malformed or unsafe
    ├── NewerDatabase               a newer version has changed its tables
    ├── NotSignedIn                 401
    ├── NotAllowed                  403  signed in, but the role does not reach
    ├── NotAdmitted                 403  known to the provider, but not one who may come in
    ├── SignInFailed                400  the provider's answer does not hold, or says no
    ├── ProviderUnavailable         503  the provider can't be reached, or is not usable
    ├── NotFound                    404
    │   ├── AccountNotFound
    │   ├── PoolNotFound
    │   ├── NumberNotInPool
    │   ├── OperationNotFound
    │   ├── EntryNotFound
    │   └── SecretNotFound
    ├── Conflict                    409
    │   ├── PoolIdTaken
    │   ├── OperationChanged        it is in a state in which this can't be done
    │   ├── CannotBeUndone          an entry of the audit trail, and why not
    │   ├── SecretMadeAlready       the form came twice; the secret was shown once
    │   ├── SecretReplaced          somebody else has replaced it in the meantime
    │   └── AccountIdMismatch
    ├── PoolChanged                 412  somebody else changed the pool in the meantime
    ├── IdempotencyKeyReused        422  the same key came with another request
    ├── InvalidInput                400  names every field and what would be right
    │   └── TooManyNumbers
    ├── UnreadableFile              400  an uploaded list; says what is wrong with it
    ├── IncompleteBody              400  the request ended before all of its body had come
    ├── EncodedBody                 415  the request's body is compressed, or otherwise encoded
    ├── TooManyRequests             429  beyond a rate limit; knows how long to wait
    ├── NotSupported                501  the store does not offer this
    ├── DatabaseUnavailable         503  our own database is away, full or busy
    └── VendorError                      what a vendor's API did not do for us
        ├── WrongCredentials        502  the vendor does not accept the API key and secret
        ├── NotEnabled              502  the account has no access to the vendor's API
        ├── VendorRefused           502  any other refusal, in the vendor's words
        ├── UnreadableAnswer        502  the vendor's answer is none of its API's
        ├── UnreadablePool          502  a setting that is needed can't be read; nothing was sent
        ├── NotTrusted              502  the vendor's certificate does not hold
        ├── RateLimited             503  too many calls; knows how long to wait
        ├── VendorUnavailable       503  the vendor can't be reached, or fails
        ├── NoAnswerInTime          504
        ├── NotSettled              503  its lists can't be relied on just now; knows how long
        └── NotConfirmed            504  a change was sent; whether it happened is not known

The API answers them as problem JSON (`api/problems.py`), the dashboard as pages (`web/errors.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

MAY_HAVE_BEEN_DONE = "What you sent may have been done all the same: look before you send it again."


class NumberPoolsError(Exception):
    """The base of all; ``str(error)`` is one sentence that can be shown to a person."""

    status = 500
    title = "Something went wrong"


class SettingsError(NumberPoolsError):
    """A setting is missing, malformed or unsafe; the message names it."""


class NewerDatabase(NumberPoolsError):
    def __init__(self, revision: str, newest: str) -> None:
        super().__init__(
            "The database (DATABASE_URL) is that of a newer version of Number Pools: it has "
            f"migration {revision}, and this version knows them up to {newest}. Use the newer "
            "version, or put back the backup that was made before the upgrade."
        )


class NotSignedIn(NumberPoolsError):
    status = 401
    title = "Not signed in"


class NotAllowed(NumberPoolsError):
    status = 403
    title = "Not allowed"


class NotAdmitted(NumberPoolsError):
    status = 403
    title = "You can't use this service yet"

    def __init__(self, name: str, reason: str, hint: str = "") -> None:
        super().__init__(f"You are signed in as {name}, but {reason}.")
        self.name = name
        self.reason = reason
        self.hint = hint
        """What whoever runs the service can do about it: for the log."""


class SignInFailed(NumberPoolsError):
    status = 400
    title = "Signing in did not work"


class ProviderUnavailable(NumberPoolsError):
    status = 503
    title = "Signing in is not possible just now"


class NotFound(NumberPoolsError):
    status = 404
    title = "Not found"


class AccountNotFound(NotFound):
    def __init__(self, account_id: str) -> None:
        super().__init__(f"There is no account {account_id}.")


class PoolNotFound(NotFound):
    may_have_been_done = False
    """Whether a change was sent before, and may have been carried out while there was one."""

    def __init__(self, pool_id: str) -> None:
        super().__init__(f"There is no pool {pool_id} in this account.")
        self.pool_id = pool_id


class NumberNotInPool(NotFound):
    def __init__(self, number: str, pool_id: str) -> None:
        super().__init__(f"The number {number} is not in the pool {pool_id}.")


class OperationNotFound(NotFound):
    def __init__(self, operation_id: str) -> None:
        super().__init__(f"There is no operation {operation_id} in this account.")


class EntryNotFound(NotFound):
    def __init__(self) -> None:
        super().__init__("There is no such entry in this account's audit trail.")


class SecretNotFound(NotFound):
    def __init__(self) -> None:
        super().__init__("There is no such API secret in this account: it may have been revoked.")


class Conflict(NumberPoolsError):
    status = 409
    title = "Conflict"


class PoolIdTaken(Conflict):
    title = "The pool id is taken"

    def __init__(self, pool_id: str) -> None:
        super().__init__(f"A pool with the id {pool_id} exists already in this account.")
        self.pool_id = pool_id


class OperationChanged(Conflict):
    title = "This can't be done any more, or not yet"


class CannotBeUndone(Conflict):
    title = "This can't be undone"


class SecretMadeAlready(Conflict):
    def __init__(self, name: str) -> None:
        super().__init__(
            f"The secret {name} was made already. It was shown once, and can't be shown again: "
            "where nobody has it, replace it."
        )


class SecretReplaced(Conflict):
    def __init__(self, name: str) -> None:
        super().__init__(f"The secret {name} was replaced in the meantime: there is a new one.")


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

    @property
    def reasons(self) -> str:
        """What would be right, for somebody who sees which field it is about."""
        return " ".join(each.reason for each in self.parameters)


class TooManyNumbers(InvalidInput):
    title = "Too many numbers"

    def __init__(self, name: str, limit: int) -> None:
        super().__init__([InvalidParameter(name, f"Limit of {limit} numbers exceeded.")])


class UnreadableFile(NumberPoolsError):
    """A list that was brought as a file; the message says what is wrong and what would be right."""

    status = 400
    title = "This file can't be read"


class IncompleteBody(NumberPoolsError):
    status = 400
    title = "Not all of it arrived"

    def __init__(self) -> None:
        super().__init__("The request ended before all of its body had come. Nothing was done.")


class EncodedBody(NumberPoolsError):
    status = 415
    title = "This can't be read"

    def __init__(self) -> None:
        super().__init__("The body is encoded: send it again as it is, without Content-Encoding.")


class TooManyRequests(NumberPoolsError):
    status = 429
    title = "Too many requests"

    def __init__(self, amount: int, seconds: int, retry_after: int, what: str = "") -> None:
        super().__init__(
            f"At most {amount:,}{what and f' {what}'} are taken in {seconds} seconds: try again in "
            f"{retry_after} second{'' if retry_after == 1 else 's'}."
        )
        self.retry_after = retry_after
        """Seconds to wait before the next try."""


class NotSupported(NumberPoolsError):
    status = 501
    title = "Not supported"


class DatabaseUnavailable(NumberPoolsError):
    status = 503
    title = "Not possible just now"
    retry_after = 10
    """Seconds."""

    def __init__(self, told: str, *, may_have_been_done: bool = False) -> None:
        super().__init__(told)
        self.may_have_been_done = may_have_been_done
        """Whether the connection was lost when what was to be stored had been handed over."""

    @property
    def consequence(self) -> str:
        """What became of what was to be changed."""
        return MAY_HAVE_BEEN_DONE if self.may_have_been_done else "Nothing was changed."


class VendorError(NumberPoolsError):
    """A vendor's API did not do what was asked of it. `docs/vendor.md` says what helps."""

    status = 502
    title = "The vendor did not do this"

    def __init__(
        self, message: str, *, may_have_been_done: bool = False, retry_after: float | None = None
    ) -> None:
        super().__init__(message)
        self.may_have_been_done = may_have_been_done
        """Whether the vendor may have carried the request out all the same."""
        self.retry_after = retry_after
        """Seconds to wait before the next try, where the vendor said so."""


class WrongCredentials(VendorError):
    title = "The vendor does not accept the API key and secret"


class NotEnabled(VendorError):
    title = "Number Pools is not enabled for this account"


class VendorRefused(VendorError):
    title = "The vendor refused this"


class UnreadableAnswer(VendorError):
    title = "The vendor's answer can't be read"


class UnreadablePool(VendorError):
    """Settings of a pool are needed, and what the vendor tells of them can't be read."""

    title = "The pool's settings can't be read"

    def __init__(self, pool_id: str, problems: str) -> None:
        super().__init__(
            f"What the vendor tells of the pool {pool_id} can't be read, and so can't be saved "
            f"over: {problems}."
        )
        self.pool_id = pool_id


class NotTrusted(VendorError):
    title = "The vendor's certificate is not trusted"


class RateLimited(VendorError):
    status = 503
    title = "Too many calls to the vendor"


class VendorUnavailable(VendorError):
    status = 503
    title = "The vendor is not available"


class VendorFailed(VendorUnavailable):
    """It is there and failed at this call; at the next one it may well succeed."""


class NoAnswerInTime(VendorError):
    status = 504
    title = "The vendor did not answer in time"


class NotSettled(VendorError):
    """Its lists may still show what was before a change, or change while they are read."""

    status = 503
    title = "The vendor's lists can't be relied on just now"


class NotConfirmed(VendorError):
    status = 504
    title = "It is not known whether this was done"
