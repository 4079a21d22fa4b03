"""Lists that were brought, as a person has them on the page."""

from __future__ import annotations

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from numberpools.domain.pools import PageRequest
from numberpools.stores import PoolStore
from tests.web.markup import form, read


def seen(client: FlaskClient, there: str) -> dict[str, str]:
    """The form by which a list begins, as the page has it now."""
    return form(read(client.get(there)), f"{there}/begin")


def begin(client: FlaskClient, there: str, **fields: str) -> TestResponse:
    return client.post(f"{there}/begin", data=seen(client, there) | fields)


def numbers_of(store: PoolStore, pool_id: str = "support") -> list[str]:
    return list(store.list_numbers(pool_id, PageRequest(1, 100)).items)
