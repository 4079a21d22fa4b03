"""What a request expects: which page, which state of a pool, to be carried out only once."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable

from flask import Response, request

from numberpools.api.answers import respond
from numberpools.context import database, stores
from numberpools.domain.pools import MAXIMUM_PAGE, MAXIMUM_PAGE_SIZE, PageRequest
from numberpools.errors import InvalidInput, InvalidParameter, PoolChanged
from numberpools.services import pools
from numberpools.services.idempotency import Answer, once

_KEY = re.compile(r"[!-~]{1,255}")
_KEY_RULE = "must be 1 to 255 visible ASCII characters."
_LIMITS = {"page": MAXIMUM_PAGE, "page_size": MAXIMUM_PAGE_SIZE}


def requested_page() -> PageRequest:
    """The page that the query asks for. Raises InvalidInput, which names all that is wrong."""
    given = {name: _whole_number(request.args[name]) for name in _LIMITS if name in request.args}
    wrong = [
        InvalidParameter(name, f"must be a whole number from 1 to {_LIMITS[name]}.")
        for name, number in given.items()
        if not 1 <= number <= _LIMITS[name]
    ]
    if wrong:
        raise InvalidInput(wrong)
    return PageRequest(**given)


def _whole_number(text: str) -> int:
    """The number, or 0 where the text is none or far too long for one."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 10 else 0


def expected_etag(account_id: str, pool_id: str) -> str | None:
    """The state in which a change may find the pool (If-Match); None where any will do.

    Raises PoolChanged where the pool is in none of the states that the header lists.
    """
    if "If-Match" not in request.headers or request.if_match.star_tag:
        return None
    current = pools.get_pool(stores(), account_id, pool_id).etag
    if current not in request.if_match:
        raise PoolChanged(pool_id)
    return current


def respond_once(account_id: str, work: Callable[[], Answer]) -> Response:
    """Do the work, once only for each Idempotency-Key where the request has one.

    Raises InvalidInput, and what `idempotency.once` raises.
    """
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return respond(work())
    if not _KEY.fullmatch(key):
        raise InvalidInput([InvalidParameter("Idempotency-Key", _KEY_RULE)])
    request_line = f"{request.method} {request.path}\n"
    fingerprint = hashlib.sha256(request_line.encode() + request.get_data()).digest()
    answer = once(database(), account_id, key, fingerprint, work)
    response = respond(answer)
    if answer.replayed:
        response.headers["Idempotent-Replayed"] = "true"
    return response
