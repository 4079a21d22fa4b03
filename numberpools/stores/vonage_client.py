"""The vendor's Number Pools API, operation by operation: https://developer.vonage.com/en/api/number-pools

What the vendor leaves open is settled in the product's contract: a 2xx is success with or without
a body, and addresses are built here and never taken from the vendor's `_links`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple
from urllib.parse import quote

from numberpools.domain.pools import (
    AnyPool,
    Page,
    PageRequest,
    Pool,
    PoolChanges,
)
from numberpools.errors import (
    InvalidInput,
    InvalidParameter,
    NotEnabled,
    NotSupported,
    PoolIdTaken,
    PoolNotFound,
    VendorError,
    VendorFailed,
    VendorRefused,
    WrongCredentials,
)
from numberpools.settings import VonageAccount
from numberpools.stores import vonage_replies as replies
from numberpools.stores.vonage_replies import Problem
from numberpools.stores.vonage_session import Answer
from numberpools.stores.vonage_transport import Call, VonageTransport

_WRONG_CREDENTIALS = (
    "The vendor does not accept this account's API key and secret. Whoever runs the service sets "
    "them in VONAGE_ACCOUNTS."
)
_NOT_ENABLED = (
    "Number Pools is not enabled for this account at the vendor. The API is in beta: the vendor's "
    "account manager enables it."
)
_PARTIAL_SUCCESS = 207
_NO_POOL_IDS = {"", ".", ".."}
"""An address with one of these in it would be another operation's."""


class BatchReply(NamedTuple):
    """The vendor's verdict on the numbers of a batch. A number may stand in neither part."""

    succeeded: frozenset[str]
    failed: Mapping[str, Problem]
    after_lost_answer: bool
    """Whether the batch was sent before and may have been done, its answer being lost."""


class VonageClient:
    """One account. Threads may share it.

    Every method raises VendorError besides what it names; where `may_have_been_done` is set in
    it, the vendor may have done what was asked.
    """

    def __init__(self, account: VonageAccount, transport: VonageTransport, lag: timedelta) -> None:
        self.account_id = account.account_id
        self.label = account.label
        self.lag = lag
        """For so long after a change, lists may show what was before it."""
        self._transport = transport
        self._pools_path = f"/v2/numberpools/accounts/{quote(self.account_id, safe='')}/pools"

    def close(self) -> None:
        """Close the connections that are kept. The next call opens new ones."""
        self._transport.close()

    def list_pools(self, page: PageRequest) -> Page[AnyPool]:
        answer = self._get(self._pools_path, page, None)
        return replies.pools(answer, self.account_id, page)

    def create_pool(self, pool: Pool) -> AnyPool | None:
        """The pool as the vendor made it; None where it answers without a body.

        Raises PoolIdTaken, InvalidInput.
        """
        body = {
            "pool_id": pool.pool_id,
            "fallback": pool.fallback,
            "localized_sender_preferred": pool.localized_sender_preferred,
            "predictable_sender_preferred": pool.predictable_sender_preferred,
        }
        answer = self._transport.send(Call("POST", self._pools_path, body=body)).answer
        if answer.status == 409:
            raise PoolIdTaken(pool.pool_id)
        _check(answer)
        return self._pool_in(answer, pool.pool_id)

    def get_pool(self, pool_id: str) -> AnyPool:
        """Raises PoolNotFound."""
        answer = self._get(self._pool_path(pool_id), None, pool_id)
        return replies.pool(answer, self.account_id, pool_id)

    def update_pool(self, pool_id: str, changes: PoolChanges) -> AnyPool | None:
        """The pool as the vendor has it now; None where it answers without a body.

        Raises PoolNotFound, PoolIdTaken, InvalidInput.
        """
        call = Call("PATCH", self._pool_path(pool_id), body=changes.named())
        answer = self._transport.send(call).answer
        if answer.status == 409 and changes.pool_id is not None:
            raise PoolIdTaken(changes.pool_id)
        _check(answer, pool_id)
        return self._pool_in(answer, changes.pool_id or pool_id)

    def delete_pool(self, pool_id: str) -> None:
        """Raises NotSupported, whether the vendor refuses to delete or does not find the pool."""
        answer = self._transport.send(Call("DELETE", self._pool_path(pool_id))).answer
        if answer.status in {403, 404, 405, 501}:
            raise NotSupported(
                "The vendor does not delete pools through its API yet: its support does it, and "
                "needs the pool's id."
            )
        _check(answer)
        if not replies.is_of_the_api(answer):
            raise replies.unreadable(answer)

    def list_numbers(self, pool_id: str, page: PageRequest) -> Page[str]:
        """Raises PoolNotFound."""
        answer = self._get(f"{self._pool_path(pool_id)}/numbers", page, pool_id)
        return replies.numbers(answer, page)

    def add_numbers(self, pool_id: str, numbers: Sequence[str]) -> BatchReply:
        """Up to 50 numbers; doing it twice is as good as once. Raises PoolNotFound."""
        return self._batch(pool_id, "numbers", numbers)

    def remove_numbers(self, pool_id: str, numbers: Sequence[str]) -> BatchReply:
        """Up to 50 numbers; doing it twice is as good as once. Raises PoolNotFound."""
        return self._batch(pool_id, "numbers/delete", numbers)

    def _batch(self, pool_id: str, operation: str, numbers: Sequence[str]) -> BatchReply:
        path = f"{self._pool_path(pool_id)}/{operation}"
        body = {"numbers": list(numbers)}
        answer, after_lost_answer = self._transport.send(Call("POST", path, None, body, True))
        refused_as_a_whole = answer.status in {400, 422}
        try:
            if not refused_as_a_whole:
                _check(answer, pool_id)
            succeeded, failed = replies.batch(answer)
        except (VendorError, PoolNotFound) as exc:
            exc.may_have_been_done |= after_lost_answer
            raise
        if refused_as_a_whole:
            failed = {**dict.fromkeys(numbers, replies.problem(answer)), **failed}
        elif succeeded is None and not failed and answer.status != _PARTIAL_SUCCESS:
            succeeded = frozenset(numbers)  # any 2xx is success, with a body or without
        if not {*(succeeded or ()), *failed} <= set(numbers):
            succeeded, failed = None, {}  # what is said of other numbers is said of another call
        return BatchReply(succeeded or frozenset(), failed, after_lost_answer)

    def _get(self, path: str, page: PageRequest | None, pool_id: str | None) -> Answer:
        query = {"page": page.page, "page_size": page.page_size} if page else None
        answer = self._transport.send(Call("GET", path, query, repeatable=True)).answer
        _check(answer, pool_id)
        return answer

    def _pool_in(self, answer: Answer, pool_id: str) -> AnyPool | None:
        return replies.pool(answer, self.account_id, pool_id) if answer.body.strip() else None

    def _pool_path(self, pool_id: str) -> str:
        if pool_id in _NO_POOL_IDS:
            raise PoolNotFound(pool_id)
        return f"{self._pools_path}/{quote(pool_id, safe='', errors='surrogatepass')}"


def _check(answer: Answer, pool_id: str | None = None) -> None:
    """Raise what an answer other than a 2xx means; with a pool's id, a 404 is about that pool."""
    if 200 <= answer.status < 300:
        return
    problem = replies.problem(answer)
    match answer.status:
        case 400 | 422 if problem.invalid_parameters:
            refused = problem.invalid_parameters
            raise InvalidInput([InvalidParameter(each.name, each.reason) for each in refused])
        case 401:
            raise WrongCredentials(f"{_WRONG_CREDENTIALS} {problem.told}".strip())
        case 403 if problem.kind in {"", "forbidden"}:
            raise NotEnabled(f"{_NOT_ENABLED} {problem.told}".strip())
        case 404 if replies.is_of_the_api(answer):
            raise PoolNotFound(pool_id) if pool_id else NotEnabled(_NOT_ENABLED)
        case 405 | 501:
            raise NotSupported("The vendor does not offer this through its API.")
        case status if status >= 500:
            told = f"The vendor failed to do this (status {status}). {problem.told}".strip()
            raise VendorFailed(told, may_have_been_done=True)
        case status if status >= 400 and problem.told:
            raise VendorRefused(f"The vendor refused this: {problem.told}")
    raise replies.unreadable(answer)
