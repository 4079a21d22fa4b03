"""Answers, in a form that can be sent, and stored to be sent again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from json import JSONEncoder
from types import MappingProxyType
from typing import TypeVar

from flask import Response, request

from numberpools.domain.pools import Page, Pool
from numberpools.services.idempotency import Answer

T = TypeVar("T")

NOTHING = Answer(204, b"", {})

_NO_HEADERS: Mapping[str, str] = MappingProxyType({})
_encode = JSONEncoder(separators=(",", ":")).encode


class _Response(Response):
    default_mimetype = None  # Flask would call an answer without a body HTML


def respond(answer: Answer) -> Response:
    return _Response(answer.body, answer.status, answer.headers)


def json_answer(
    body: Mapping[str, object], status: int = 200, headers: Mapping[str, str] = _NO_HEADERS
) -> Answer:
    headers = {"Content-Type": "application/json", **headers}
    return Answer(status, _encode(body).encode(), headers)


def page_answer(name: str, items: Sequence[object], page: Page[T]) -> Answer:
    """A page in the Hypertext Application Language (docs/api.md)."""
    pages = {
        "self": page.page,
        "first": 1,
        "last": page.total_pages,
        "next": page.next_page,
        "previous": page.previous_page,
    }
    path, page_size = request.path, page.page_size
    return json_answer(
        {
            "page_size": page_size,
            "page": page.page,
            "total_pages": page.total_pages,
            "total_items": page.total_items,
            "_embedded": {name: items},
            "_links": {
                relation: {"href": f"{path}?page={number}&page_size={page_size}"}
                for relation, number in pages.items()
                if number is not None
            },
        }
    )


def pool_path(account_id: str, pool_id: str) -> str:
    return f"/v2/numberpools/accounts/{account_id}/pools/{pool_id}"


def pool_body(pool: Pool) -> dict[str, object]:
    path = pool_path(pool.account_id, pool.pool_id)
    return {
        "fallback": pool.fallback,
        "localized_sender_preferred": pool.localized_sender_preferred,
        "predictable_sender_preferred": pool.predictable_sender_preferred,
        "pool_id": pool.pool_id,
        "account_id": pool.account_id,
        "_links": {"self": {"href": path}, "numbers": {"href": f"{path}/numbers"}},
    }


def pool_answer(pool: Pool) -> Answer:
    return json_answer(pool_body(pool), headers=_etag(pool))


def created_answer(pool: Pool) -> Answer:
    location = pool_path(pool.account_id, pool.pool_id)
    return json_answer(pool_body(pool), 201, {**_etag(pool), "Location": location})


def not_modified_answer(pool: Pool) -> Answer:
    return Answer(304, b"", _etag(pool))


def _etag(pool: Pool) -> dict[str, str]:
    return {"ETag": f'"{pool.etag}"'}
