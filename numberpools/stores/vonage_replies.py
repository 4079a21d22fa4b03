"""Reading the vendor's answers: tolerant of what `docs/api.md` leaves open, never of nonsense."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, NamedTuple, TypeGuard, TypeVar
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    Field,
    OnErrorOmit,
    StringConstraints,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)
from pydantic_core import from_json

from numberpools.domain.numbers import is_number
from numberpools.domain.pools import AnyPool, Page, PageRequest
from numberpools.errors import UnreadableAnswer
from numberpools.stores.vonage_odd import read_pool, shown, without_digits
from numberpools.stores.vonage_session import Answer

T = TypeVar("T")

_QUOTED_CHARACTERS = 200
_NUMBERS = re.compile(r"\d{5,}")
"""What may be a phone number, in an address that has other digits besides."""


def _printable(text: str, limit: int = 500) -> str:
    """One line of text that can be shown and logged, cut at the limit."""
    line = " ".join(text.split())[:limit]
    return "".join(character if character.isprintable() else "\ufffd" for character in line)


def _or(default: object) -> WrapValidator:
    """What does not fit counts as absent."""

    def validate(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
        try:
            return handler(value)
        except ValidationError:
            return default

    return WrapValidator(validate)


def _number(value: object) -> object:
    """The vendor's examples have numbers as strings and as integers."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value.removeprefix("+") if isinstance(value, str) else value


Number = Annotated[str, StringConstraints(pattern=r"^[0-9]+$"), BeforeValidator(_number)]
_Text = Annotated[str, AfterValidator(_printable), _or("")]
_Count = Annotated[Annotated[int, Field(ge=0)] | None, _or(None)]
_Some = Annotated[tuple[OnErrorOmit[T], ...], _or(())]
"""A list without the entries that don't fit."""


class _Parameter(BaseModel):
    name: str
    reason: _Text = "is refused by the vendor."


class Problem(BaseModel):
    """An error as RFC 9457 has it; whatever of it is missing or unreadable is empty."""

    type: _Text = ""
    title: _Text = ""
    detail: _Text = ""
    instance: _Text = ""
    invalid_parameters: _Some[_Parameter] = ()

    @property
    def kind(self) -> str:
        """What follows the # in the type: ``not-found``."""
        return self.type.rpartition("#")[2]

    @property
    def told(self) -> str:
        """The vendor's own words, as far as it said any."""
        reasons = [f"{each.name}: {each.reason}" for each in self.invalid_parameters]
        return " ".join([self.detail or self.title, *reasons]).strip()


class _Failure(Problem):
    numbers: _Some[Number] = ()

    @model_validator(mode="before")
    @classmethod
    def _unwrap(cls, value: Any) -> Any:
        """Removing wraps each failure once more: ``{"error": {...}}``."""
        wrapped = value.get("error") if isinstance(value, dict) else None
        return wrapped if isinstance(wrapped, dict) else value


class _Failures(BaseModel):
    errors: _Some[_Failure] = ()


class _Batch(_Failures):
    numbers: _Some[Number] = ()
    error: Annotated[_Failures, _or(_Failures())] = _Failures()


class _Page(BaseModel):
    page_size: _Count = None
    total_pages: _Count = None
    total_items: _Count = None
    embedded: dict[str, Any] | None = Field(None, alias="_embedded")


class Batch(NamedTuple):
    """The numbers that the answer to a batch names."""

    succeeded: frozenset[str] | None
    """None: it says nothing of numbers that succeeded."""
    failed: Mapping[str, Problem]


def problem(answer: Answer) -> Problem:
    content = _json(answer)
    return Problem.model_validate(content if isinstance(content, dict) else {})


def is_of_the_api(answer: Answer) -> bool:
    """Whether the body is what an API sends, and not a page of something on the way to it."""
    return not answer.body.strip() or isinstance(_json(answer), dict)


def pool(answer: Answer, account_id: str, pool_id: str) -> AnyPool:
    """The pool of this id. Raises UnreadableAnswer, also where another one is told of."""
    read = read_pool(_json(answer), account_id)
    if read.pool_id != pool_id:
        raise unreadable(answer, f"it is not about the pool {pool_id}")
    return read


def pools(answer: Answer, account_id: str, request: PageRequest) -> Page[AnyPool]:
    """Raises UnreadableAnswer; one odd pool takes nothing away from the others."""
    found = _page(answer, request, "pools")
    return replace(found, items=[read_pool(each, account_id) for each in found.items])


def numbers(answer: Answer, request: PageRequest) -> Page[str]:
    """Raises UnreadableAnswer; what is no number takes nothing away from the others."""
    found = _page(answer, request, "numbers")
    read = [(_number(each), each) for each in found.items]
    return replace(
        found,
        items=[number for number, _ in read if _is_one(number)],
        odd=[shown(each) for number, each in read if not _is_one(number)],
    )


def batch(answer: Answer) -> Batch:
    """Both shapes of a partial success, and bodies without any detail. Raises UnreadableAnswer."""
    if not is_of_the_api(answer):
        raise unreadable(answer)
    read = _Batch.model_validate(_json(answer) or {})
    failures = (*read.error.errors, *read.errors)
    failed = {number: failure for failure in failures for number in failure.numbers}
    says_which = "numbers" in read.model_fields_set
    return Batch(frozenset(read.numbers) if says_which else None, failed)


def unreadable(answer: Answer, why: str = "") -> UnreadableAnswer:
    """Says enough for the vendor's support to find it, and no number. A success may still be one.

    `why`: what is wrong with it, where it is an answer of the API's by its form.
    """
    request_id = problem(answer).instance or _printable(answer.headers.get("X-Request-Id", ""))
    media_type = _printable(answer.headers.get("Content-Type", "").partition(";")[0], 100)
    facts = [
        f"status {answer.status}",
        media_type or "no type",
        f"{len(answer.body):,} bytes",
        f"request id {request_id or 'none'}",
    ]
    told = [f"The vendor's answer can't be read ({', '.join(facts)})"]
    if why:
        told.append(why)
    if 300 <= answer.status < 400:
        told.append(f"it leads to {_target(answer) or 'no address'}")
    body = answer.body[: 4 * _QUOTED_CHARACTERS].decode("utf-8", "replace")
    begins = without_digits(_printable(body, _QUOTED_CHARACTERS))
    told.append(f"it begins with {begins}" if begins else "it is empty")
    return UnreadableAnswer(": ".join(told), may_have_been_done=answer.status < 300)


def _target(answer: Answer) -> str:
    """Where a redirect leads, without what may be secret in it: user, query and fragment."""
    location = _printable(answer.headers.get("Location", ""))
    try:
        parts = urlsplit(location)
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return ""
    there = f"{parts.scheme}://" if parts.scheme else "//"
    path = _NUMBERS.sub(lambda found: "#" * len(found[0]), parts.path)
    return f"{there}{host}{port}{path}" if host else path


def _page(answer: Answer, request: PageRequest, name: str) -> Page[Any]:
    """The page's entries, as they came."""
    try:
        read = _Page.model_validate(_json(answer))
    except ValidationError:
        raise unreadable(answer) from None
    items = (read.embedded or {}).get(name) or []
    if not isinstance(items, list):
        raise unreadable(answer)
    # A vendor that gives shorter pages than asked for counts its pages in those.
    page_size = read.page_size or request.page_size
    says_nothing = read.embedded is None and read.total_items is None
    if says_nothing or (not items and (read.total_items or 0) > (request.page - 1) * page_size):
        raise unreadable(answer)  # else it would look as if there were nothing
    return Page(items, _total(read, len(items), request.page, page_size), request.page, page_size)


def _total(read: _Page, found: int, page: int, page_size: int) -> int:
    """How many items there are in all; where the vendor doesn't say, as much as can be known."""
    seen = (page - 1) * page_size + found
    if read.total_items is not None:
        return max(read.total_items, seen if found else 0)
    if 0 < found < page_size or (page == 1 and not found):
        return seen
    # A full page without totals: there may be a next one.
    return max(seen + (1 if found else 0), (read.total_pages or 0) * page_size)


def _is_one(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and is_number(value)


def _json(answer: Answer) -> object:
    """The body's content; None where it has none, whatever its Content-Type says."""
    try:
        content: object = from_json(answer.body)
    except ValueError:
        return None
    return content
