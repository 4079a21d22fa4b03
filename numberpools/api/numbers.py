"""The numbers of a pool: list, add, remove."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from flask import Flask, Response, current_app, g, request
from werkzeug.routing import BaseConverter

from numberpools.api import bodies
from numberpools.api.access import blueprint
from numberpools.api.answers import NOTHING, json_answer, page_answer, pool_path, respond
from numberpools.api.conditions import requested_page, respond_once
from numberpools.api.problems import ApiError, Kind
from numberpools.context import stores
from numberpools.domain.numbers import is_number
from numberpools.domain.outcomes import Outcome, OutcomeGroup
from numberpools.errors import InvalidInput, InvalidParameter, NumberNotInPool, PoolNotFound
from numberpools.request_id import request_id
from numberpools.services import pools
from numberpools.services.idempotency import Answer


class NumberConverter(BaseConverter):
    """Takes any text but `delete`: that path removes several numbers, and no other way."""

    regex = r"(?!delete\Z)[^/]+"


@dataclass(frozen=True, slots=True)
class _Change:
    """Adding or removing: the word for it, and the problems that it can have."""

    done: str
    limit_exceeded: Kind
    partial_failure: Kind
    failure: Kind


_ADDING = _Change("added", Kind.ADD_LIMIT, Kind.ADD_PARTIAL_FAILURE, Kind.ADD_FAILURE)
_REMOVING = _Change("removed", Kind.DELETE_LIMIT, Kind.DELETE_PARTIAL_FAILURE, Kind.DELETE_FAILURE)

_REASONS = {
    Outcome.NOT_OWNED: Kind.MISSING_SUBSCRIPTION,
    Outcome.NOT_IN_POOL: Kind.MISSING_NUMBER,
    Outcome.INVALID: Kind.INVALID_NUMBER,
}


_LISTS = "lists of numbers"
_LISTS_KEPT = 256


def init_app(app: Flask) -> None:
    # Whoever asks again, and no number came or went, is answered from memory.
    app.extensions[_LISTS] = lru_cache(_LISTS_KEPT)(_list)


@blueprint.get("/pools/<pool_id>/numbers")
def list_numbers(account_id: str, pool_id: str) -> Response:
    version = g.caller.numbers_version
    if version is None:
        raise PoolNotFound(pool_id)
    lists = current_app.extensions[_LISTS]
    answer: Answer = lists(account_id, pool_id, version, request.query_string)
    return respond(answer)


def _list(account_id: str, pool_id: str, version: str, query: bytes) -> Answer:
    """The answer to this request; it may be newer than the version under which it is kept."""
    found = pools.list_numbers(stores(), account_id, pool_id, requested_page())
    return page_answer("numbers", found.items, found)


@blueprint.post("/pools/<pool_id>/numbers")
def add_numbers(account_id: str, pool_id: str) -> Response:
    numbers = bodies.numbers(_ADDING.limit_exceeded)

    def add() -> Answer:
        groups = pools.add_numbers(stores(), account_id, pool_id, numbers)
        return _outcome(_ADDING, pool_path(account_id, pool_id), groups)

    return respond_once(account_id, add)


@blueprint.post("/pools/<pool_id>/numbers/delete")
def remove_numbers(account_id: str, pool_id: str) -> Response:
    numbers = bodies.numbers(_REMOVING.limit_exceeded)

    def remove() -> Answer:
        groups = pools.remove_numbers(stores(), account_id, pool_id, numbers)
        return _outcome(_REMOVING, pool_path(account_id, pool_id), groups)

    return respond_once(account_id, remove)


@blueprint.delete("/pools/<pool_id>/numbers/<number:number>")
def remove_number(account_id: str, pool_id: str, number: str) -> Response:
    if not is_number(number):
        raise InvalidInput([InvalidParameter("number", "must be 7 to 15 digits, without a plus.")])
    (group,) = pools.remove_numbers(stores(), account_id, pool_id, [number])
    if group.outcome is not Outcome.REMOVED:
        raise NumberNotInPool(number, pool_id)
    return respond(NOTHING)


def _outcome(change: _Change, path: str, groups: Sequence[OutcomeGroup]) -> Answer:
    """All, some (207) or none of the numbers: docs/api.md.

    Raises ApiError where it was none, so that nothing is stored for an Idempotency-Key either.
    """
    done = sorted(n for group in groups if not group.outcome.is_failure for n in group.numbers)
    body = {"numbers": done, "_links": {"self": {"href": f"{path}/numbers"}}}
    failed = [group for group in groups if group.outcome.is_failure]
    if not failed:
        return NOTHING if change is _REMOVING else json_answer(body)
    errors = [_error(group) for group in failed]
    if not done:
        raise ApiError(change.failure, f"Not one number was {change.done}.", errors=errors)
    amount = sum(len(group.numbers) for group in failed)
    error = {
        "type": change.partial_failure.type,
        "title": change.partial_failure.title,
        "detail": f"{len(done)} of {len(done) + amount} numbers were {change.done}.",
        "instance": request_id(),
        "errors": errors,
    }
    return json_answer({**body, "error": error}, 207)


def _error(group: OutcomeGroup) -> dict[str, object]:
    kind = _REASONS[group.outcome]
    return {
        "type": kind.type,
        "title": kind.title,
        "detail": group.reason,
        "numbers": group.numbers,
    }
