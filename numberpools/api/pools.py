"""Pools: list, create, get, change, delete."""

from __future__ import annotations

from flask import Response, request

from numberpools.api import bodies
from numberpools.api.access import blueprint
from numberpools.api.answers import (
    created_answer,
    json_answer,
    not_modified_answer,
    page_answer,
    pool_answer,
    pool_body,
    respond,
)
from numberpools.api.conditions import expected_etag, requested_page, respond_once
from numberpools.context import stores
from numberpools.domain.pools import readable
from numberpools.services import pools
from numberpools.services.idempotency import Answer


@blueprint.get("/pools")
def list_pools(account_id: str) -> Response:
    page = pools.list_pools(stores(), account_id, requested_page())
    return respond(
        page_answer("pools", [pool_body(readable(each.pool)) for each in page.items], page)
    )


@blueprint.post("/pools")
def create_pool(account_id: str) -> Response:
    pool = bodies.new_pool(account_id)

    def create() -> Answer:
        return created_answer(readable(pools.create_pool(stores(), pool)))

    return respond_once(account_id, create)


@blueprint.get("/pools/<pool_id>")
def get_pool(account_id: str, pool_id: str) -> Response:
    pool = readable(pools.get_pool(stores(), account_id, pool_id))
    if request.if_none_match.contains_weak(pool.etag):
        return respond(not_modified_answer(pool))
    return respond(pool_answer(pool))


@blueprint.patch("/pools/<pool_id>")
def update_pool(account_id: str, pool_id: str) -> Response:
    changes = bodies.pool_changes(account_id)
    expected = expected_etag(account_id, pool_id)
    pool = pools.update_pool(stores(), account_id, pool_id, changes, expected)
    return respond(pool_answer(readable(pool)))


@blueprint.delete("/pools/<pool_id>")
def delete_pool(account_id: str, pool_id: str) -> Response:
    expected = expected_etag(account_id, pool_id)
    pool = pools.delete_pool(stores(), account_id, pool_id, expected)
    return respond(json_answer(pool_body(readable(pool))))
