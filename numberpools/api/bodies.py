"""The bodies of requests: JSON, strictly read, with every wrong field named at once."""

from __future__ import annotations

from json import JSONDecodeError, loads
from typing import Annotated, Any, TypeVar

from annotated_types import Predicate
from flask import request
from pydantic import ConfigDict, Field, TypeAdapter, ValidationError, with_config
from pydantic_core import ErrorDetails
from typing_extensions import TypedDict
from werkzeug.exceptions import UnsupportedMediaType

from numberpools.api.problems import ApiError, Kind
from numberpools.domain.pools import (
    NUMBERS_PER_CALL,
    POOL_ID_RULE,
    Fallback,
    Pool,
    PoolChanges,
    is_pool_id,
)
from numberpools.errors import AccountIdMismatch, InvalidInput, InvalidParameter

T = TypeVar("T")

_STRICT = ConfigDict(strict=True, extra="forbid")
_ERRORS_TOLD = 100
"""The most wrong fields that one answer names: a body can hold a hundred thousand."""

RULES = {
    "account_id": "must be the account id of the path.",
    "pool_id": f"must be a string of {POOL_ID_RULE}.",
    "fallback": "must be Pool, CustomFrom or Reject.",
    "localized_sender_preferred": "must be true or false.",
    "predictable_sender_preferred": "must be true or false.",
    "numbers": f"must be an array of 1 to {NUMBERS_PER_CALL} strings.",
}

PoolId = Annotated[str, Predicate(is_pool_id)]
FallbackName = Annotated[Fallback, Field(strict=False)]  # JSON has no enumerations, only strings


class _Answered(TypedDict, total=False):
    """What the answer to a GET has besides the fields, so that it can be sent back."""

    account_id: str
    _links: Any


@with_config(_STRICT)
class _NewPool(_Answered):
    pool_id: PoolId
    fallback: FallbackName
    localized_sender_preferred: bool
    predictable_sender_preferred: bool


@with_config(_STRICT)
class _PoolPatch(_Answered, total=False):
    pool_id: PoolId
    fallback: FallbackName
    localized_sender_preferred: bool
    predictable_sender_preferred: bool


@with_config(_STRICT)
class _Numbers(TypedDict):
    numbers: Annotated[list[str], Field(min_length=1)]


_NEW_POOL = TypeAdapter(_NewPool)
_POOL_PATCH = TypeAdapter(_PoolPatch)
_NUMBERS = TypeAdapter(_Numbers)


def new_pool(account_id: str) -> Pool:
    """The pool to be created. Raises what `_read` does, and AccountIdMismatch."""
    body = _read(_NEW_POOL)
    _check_account_id(body, account_id)
    return Pool(
        account_id,
        body["pool_id"],
        body["fallback"],
        body["localized_sender_preferred"],
        body["predictable_sender_preferred"],
    )


def pool_changes(account_id: str) -> PoolChanges:
    """The fields to be changed, possibly none. Raises what `_read` does, and AccountIdMismatch."""
    body = _read(_POOL_PATCH)
    _check_account_id(body, account_id)
    return PoolChanges(
        pool_id=body.get("pool_id"),
        fallback=body.get("fallback"),
        localized_sender_preferred=body.get("localized_sender_preferred"),
        predictable_sender_preferred=body.get("predictable_sender_preferred"),
    )


def numbers(limit_exceeded: Kind) -> list[str]:
    """1 to 50 texts that ought to be numbers.

    Raises what `_read` does, and ApiError of the given kind where there are more.
    """
    given = _read(_NUMBERS)["numbers"]
    if len(given) > NUMBERS_PER_CALL:
        reason = f"Limit of {NUMBERS_PER_CALL} numbers exceeded."
        parameter = {"name": "numbers", "reason": reason}
        raise ApiError(limit_exceeded, reason, invalid_parameters=[parameter])
    return given


def _check_account_id(body: _Answered, account_id: str) -> None:
    named = body.get("account_id", account_id)
    if named != account_id:
        raise AccountIdMismatch(named, account_id)


def _read(shape: TypeAdapter[T]) -> T:
    """The body in this shape. Raises UnsupportedMediaType, ApiError (no JSON), InvalidInput."""
    if request.mimetype != "application/json":
        raise UnsupportedMediaType("Send the body as application/json.")
    try:
        body = _decode(request.get_data())
    except (ValueError, RecursionError) as exc:
        detail = f"The body can't be read as JSON: {_why_no_json(exc)}."
        raise ApiError(Kind.INVALID_JSON, detail) from exc
    try:
        return shape.validate_python(body)
    except ValidationError as exc:
        errors = exc.errors(include_url=False, include_context=False, include_input=False)
        raise InvalidInput([_parameter(each) for each in errors[:_ERRORS_TOLD]]) from None


def _decode(body: bytes) -> object:
    """Raises ValueError or RecursionError where the body is no JSON, or no one clear JSON."""
    return loads(
        body.decode(),
        object_pairs_hook=_decode_object,
        parse_constant=_refuse_constant,
        parse_int=float,  # no field is a number, and one of 5,000 digits is no reason to fail
    )


def _why_no_json(error: ValueError | RecursionError) -> str:
    """In the words of JSON, and not in those of Python."""
    match error:
        case JSONDecodeError(doc=""):
            return "it is empty"
        case JSONDecodeError():
            return f"line {error.lineno}, column {error.colno} is not what JSON has there"
        case UnicodeDecodeError():
            return f"its byte {error.start + 1} is not UTF-8"
        case RecursionError():
            return "it is nested too deeply"
        case _NotClear():
            return str(error)
        case _:
            return "it is not clear what it means"


class _NotClear(ValueError):
    """JSON that programs read differently; says why."""


def _decode_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    decoded = dict(pairs)
    if len(decoded) < len(pairs):
        raise _NotClear("a name stands twice in one object")
    try:
        "".join(decoded).encode()
    except UnicodeEncodeError:
        raise _NotClear("a name holds half of a surrogate pair, which is no text") from None
    return decoded


def _refuse_constant(name: str) -> None:
    raise _NotClear(f"{name} is no value of JSON")


def _parameter(error: ErrorDetails) -> InvalidParameter:
    if not error["loc"]:
        return InvalidParameter("body", "must be a JSON object.")
    field, *index = error["loc"]
    if error["type"] == "extra_forbidden":
        return InvalidParameter(str(field), "is not a field of this request.")
    if index:
        return InvalidParameter(f"{field}[{index[0]}]", "must be a string of 7 to 15 digits.")
    is_missing = error["type"] == "missing"
    rule = RULES[str(field)]
    return InvalidParameter(str(field), f"is missing: it {rule}" if is_missing else rule)
