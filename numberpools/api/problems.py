"""Errors as the API answers them: problem JSON (RFC 9457)."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from enum import Enum
from json import dumps
from types import MappingProxyType

from flask import Response, request
from werkzeug.exceptions import HTTPException, InternalServerError

from numberpools.errors import (
    AccountIdMismatch,
    DatabaseUnavailable,
    EncodedBody,
    IncompleteBody,
    InvalidInput,
    NumberPoolsError,
    PoolIdTaken,
)
from numberpools.request_id import request_id

logger = logging.getLogger(__name__)


class Kind(Enum):
    """What went wrong: a fragment of the reference page, which explains it, and a title.

    The fragments are those of docs/api.md, and below them ours.
    """

    VALIDATION = "validation", "The request is not valid"
    INVALID_JSON = "invalid-json", "The body is not JSON"
    UNAUTHORIZED = "unauthorized", "The credentials are missing or wrong"
    NOT_FOUND = "not-found", "Not found"
    WRONG_VERB = "wrong-verb", "The method is not offered here"
    ACCEPT_HEADER = "accept-header", "The answer would be JSON"
    POOL_ID_EXISTS = "pool-id-exists", "The pool id is taken"
    ACCOUNT_ID_MISMATCH = "account-id-mismatch", "The account ids differ"
    CONTENT_TYPE_HEADER = "content-type-header", "The body has to be JSON"
    ADD_FAILURE = "add-number-failure", "No number was added"
    ADD_PARTIAL_FAILURE = "add-numbers-partial-failure", "Some numbers were not added"
    DELETE_LIMIT = "bulk-number-delete-limit", "Too many numbers to remove"
    DELETE_FAILURE = "number-deletion-failure", "No number was removed"
    DELETE_PARTIAL_FAILURE = "delete-numbers-partial-failure", "Some numbers were not removed"
    MISSING_SUBSCRIPTION = "missing-number-subscription", "The account does not own the number"
    MISSING_NUMBER = "missing-number", "The number is not in the pool"

    ADD_LIMIT = "bulk-number-add-limit", "Too many numbers to add"
    INVALID_NUMBER = "invalid-number", "Not a number"
    INCOMPLETE_BODY = "incomplete-body", "Not all of the body arrived"
    CONTENT_ENCODING_HEADER = "content-encoding-header", "The body must not be encoded"
    READS_ONLY = "reads-only", "The API secret is for reading only"
    POOL_CHANGED = "pool-changed", "The pool was changed in the meantime"
    TOO_LARGE = "too-large", "The body is too large"
    KEY_REUSED = "idempotency-key-reused", "The key came with another request before"
    TOO_MANY_REQUESTS = "too-many-requests", "Too many requests"
    UNAVAILABLE = "unavailable", "Not possible just now"
    SERVER_ERROR = "server-error", "Something went wrong here"

    def __init__(self, fragment: str, title: str) -> None:
        self.fragment = fragment
        self.title = title

    @property
    def type(self) -> str:
        """The problem's `type`: the address, on the host that was asked, of what explains it."""
        return f"{request.root_url}docs/api#{self.fragment}"


_KINDS_BY_STATUS = {
    401: Kind.UNAUTHORIZED,
    404: Kind.NOT_FOUND,
    405: Kind.WRONG_VERB,
    406: Kind.ACCEPT_HEADER,
    412: Kind.POOL_CHANGED,
    413: Kind.TOO_LARGE,
    415: Kind.CONTENT_TYPE_HEADER,
    422: Kind.KEY_REUSED,
    429: Kind.TOO_MANY_REQUESTS,
    500: Kind.SERVER_ERROR,
    503: Kind.UNAVAILABLE,
}


_KINDS = {
    PoolIdTaken: Kind.POOL_ID_EXISTS,
    AccountIdMismatch: Kind.ACCOUNT_ID_MISMATCH,
    IncompleteBody: Kind.INCOMPLETE_BODY,
    EncodedBody: Kind.CONTENT_ENCODING_HEADER,
}

_DETAILS = {
    404: "There is nothing at this address.",
    405: "This address does not offer the method; Allow lists those that it does.",
}
"""Instead of Werkzeug's words, which are for people at a browser."""


class ApiError(NumberPoolsError):
    """A refusal that only the API knows; `members` are what its problem has besides."""

    def __init__(self, kind: Kind, detail: str, status: int = 400, **members: object) -> None:
        super().__init__(detail)
        self.kind = kind
        self.status = status
        self.members = members


def problem(error: Exception) -> Response:
    """The error as problem JSON; one that nobody foresaw is logged, and told without details."""
    if isinstance(error, NumberPoolsError) and error.status != 500:
        kind, members = _kind_and_members(error)
        if not isinstance(error, DatabaseUnavailable):
            return _answer(error.status, kind, error.title, str(error), members)
        what_follows = "" if request.method in {"GET", "HEAD"} else f" {error.consequence}"
        response = _answer(error.status, kind, error.title, f"{error}{what_follows}")
        response.headers["Retry-After"] = str(error.retry_after)
        return response
    if not isinstance(error, HTTPException):
        logger.error("request %s failed", request_id(), exc_info=error)
        error = InternalServerError("It has been logged under this request's id.")
    status = error.code or 500
    kind = _KINDS_BY_STATUS.get(status)
    detail = _DETAILS.get(status, error.description) or error.name
    response = _answer(status, kind, error.name, detail)
    for name, value in error.get_headers(request.environ):
        if name != "Content-Type":
            response.headers[name] = value
    return response


def _answer(
    status: int,
    kind: Kind | None,
    title: str,
    detail: str,
    members: Mapping[str, object] = MappingProxyType({}),
) -> Response:
    body = {
        "type": kind.type if kind else "about:blank",
        "title": kind.title if kind else title,
        "status": status,
        "detail": detail,
        "instance": request_id(),
        **members,
    }
    return Response(dumps(body), status, mimetype="application/problem+json")


def _kind_and_members(error: NumberPoolsError) -> tuple[Kind | None, Mapping[str, object]]:
    match error:
        case ApiError():
            return error.kind, error.members
        case InvalidInput():
            parameters = [{"name": each.name, "reason": each.reason} for each in error.parameters]
            return Kind.VALIDATION, {"invalid_parameters": parameters}
        case _:
            return _KINDS.get(type(error)) or _KINDS_BY_STATUS.get(error.status), {}
