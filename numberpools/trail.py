"""The audit trail and HTTP: who a request acts for, and what is recorded where it was refused.

What was done is recorded by the services. What was refused is recorded here, in one place for pages
and API, after the transaction that failed has ended; never for somebody who has not signed in, and
never with what a form held.
"""

from __future__ import annotations

import logging
from typing import Any

from flask import Flask, Response, g, request

from numberpools.context import database
from numberpools.domain.pools import is_account_id, why_no_address
from numberpools.errors import DatabaseUnavailable, NotConfirmed, NumberPoolsError
from numberpools.request_id import request_id
from numberpools.services import audit
from numberpools.services.actors import Actor, ActorKind
from numberpools.services.audit import Action, Draft, Result

logger = logging.getLogger(__name__)

ACTIONS = {
    "api.add_numbers": Action.ADD_NUMBERS,
    "api.create_pool": Action.CREATE_POOL,
    "api.delete_pool": Action.DELETE_POOL,
    "api.remove_number": Action.REMOVE_NUMBERS,
    "api.remove_numbers": Action.REMOVE_NUMBERS,
    "api.update_pool": Action.CHANGE_POOL,
    "api_secrets.create": Action.CREATE_SECRET,
    "api_secrets.replace": Action.REPLACE_SECRET,
    "api_secrets.revoke": Action.REVOKE_SECRET,
    "audit.take_back": Action.UNDO,
    "bulk.start": Action.START_OPERATION,
    "lists.begin": Action.START_OPERATION,
    "lists.discard": Action.DISCARD_LIST,
    "numbers.remove": Action.REMOVE_NUMBERS,
    "numbers.remove_selected": Action.START_OPERATION,
    "numbers.restore": Action.ADD_NUMBERS,
    "operations.cancel": Action.CANCEL_OPERATION,
    "operations.check": Action.CHECK_OPERATION,
    "operations.pause": Action.PAUSE_OPERATION,
    "operations.resume": Action.RESUME_OPERATION,
    "operations.retry": Action.START_OPERATION,
    "operations.undo": Action.START_OPERATION,
    "pools.change_settings": Action.CHANGE_POOL,
    "pools.create": Action.CREATE_POOL,
    "pools.delete": Action.DELETE_POOL,
    "pools.rename": Action.CHANGE_POOL,
}
"""What each endpoint changes. Those that change nothing are not here."""

UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}
"""Methods that can change something."""
_ERROR = "numberpools.trail.error"
_NOT_ACCEPTED = "What the form held was not accepted."
_TOO_MANY = 429
"""Whoever is slowed down must not be able to fill the trail instead."""


def init_app(app: Flask) -> None:
    app.after_request(_record_refusal)
    app.teardown_request(_end)


def act_as(kind: ActorKind, name: str) -> None:
    """What this request changes is done by this actor. To be called once it is known who calls."""
    if request.method in UNSAFE:
        audit.begin_attempt(Actor(kind, name, request.remote_addr or "", request_id()))


def note_error(error: Exception) -> None:
    """Keep why this request fails."""
    g.setdefault(_ERROR, error)


def _end(error: BaseException | None) -> None:
    audit.end_attempt()


def _record_refusal(response: Response) -> Response:
    current = audit.current_attempt()
    if current is None or response.status_code == _TOO_MANY:
        return response
    # After an entry was written, only a crash can have taken it back, or followed it.
    if current.is_recorded and response.status_code != 500:
        return response
    draft = current.refusal or _refused(response.status_code)
    if draft is None:
        return response
    try:
        audit.record_refusal(database(), draft)
    except DatabaseUnavailable:
        pass  # the log has it already, and this request with its status
    except Exception:
        logger.exception("request %s was refused, and is not in the audit trail", request_id())
    return response


def _refused(status: int) -> Draft | None:
    """What the request wanted, as far as its address tells; None: it changes nothing."""
    action = ACTIONS.get(request.endpoint or "")
    if action is None or status < 400:
        return None
    named: dict[str, Any] = request.view_args or {}
    account_id, pool_id = named.get("account_id", ""), named.get("pool_id", "")
    error = g.get(_ERROR)
    result = Result.FAILED if status >= 500 else Result.REFUSED
    return Draft(
        action,
        account_id if is_account_id(account_id) else None,
        None if why_no_address(pool_id) else pool_id,
        undo_of=named.get("entry_id"),
        result=Result.NOT_CONFIRMED if isinstance(error, NotConfirmed) else result,
        reason=_reason(error, status),
    )


def _reason(error: Exception | None, status: int) -> str:
    if isinstance(error, NumberPoolsError) and error.status != 500:
        return str(error)
    if status >= 500:
        return "Something went wrong; the service's log has it under the request's id."
    description: str | None = getattr(error, "description", None)
    return description or _NOT_ACCEPTED
