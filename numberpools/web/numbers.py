"""A pool's numbers: pages of them, a filter, and removing some."""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from uuid import uuid4

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from numberpools.auth import require
from numberpools.auth.people import Role
from numberpools.context import jobs, stores
from numberpools.domain.numbers import format_international, is_number
from numberpools.domain.outcomes import Outcome, OutcomeGroup
from numberpools.domain.pools import AnyPool, Page
from numberpools.errors import NumberNotInPool, VendorError
from numberpools.services import bulk, pools
from numberpools.services.bulk import Action
from numberpools.stores import Stores
from numberpools.web import loading
from numberpools.web.fragments import is_fragment
from numberpools.web.lists import to_operation
from numberpools.web.paging import PAGE_SIZES, address, requested_page
from numberpools.web.searching import search

blueprint = Blueprint(
    "numbers", __name__, url_prefix="/accounts/<account_id>/pools/<pool_id>/numbers"
)


def numbers_table(where: Stores, account_id: str, pool_id: str) -> dict[str, Any]:
    """What `numbers/_table.html` shows of a pool there for this address. Raises PoolNotFound."""
    typed = request.args.get("containing", "").strip()

    def find(digits: str) -> Page[str]:
        page = requested_page()
        return pools.list_numbers(where, account_id, pool_id, page, containing=digits)

    return {
        "page": search(find, typed),
        "page_sizes": PAGE_SIZES,
        "address": address,
        "containing": typed,
        "all_selected": request.args.get("selected") == "all",
        "form_id": uuid4(),
    }


@blueprint.post("/remove")
def remove_selected(account_id: str, pool_id: str) -> Response:
    """Remove the numbers that are ticked: an operation, with its report."""
    loading.pool_for_change(account_id, pool_id)
    numbers = request.form.getlist("number")
    if not numbers:
        flash("Nothing was changed: tick the numbers to remove first.", "warning")
        return _to_list(account_id, pool_id)
    operation_id = bulk.start(
        stores(),
        form_id=request.form.get("form_id", ""),
        account_id=account_id,
        pool_id=pool_id,
        action=Action.REMOVE,
        entries=bulk.entries_of(numbers),
        started_by=require(Role.EDITOR).name,
    )
    jobs().work()
    return to_operation(account_id, operation_id)


@blueprint.post("/<number>/remove")
def remove(account_id: str, pool_id: str, number: str) -> Response | str:
    """Remove one number; in its place stands a way to put it back."""
    pool = loading.pool_for_change(account_id, pool_id)
    if not is_number(number):
        raise NumberNotInPool(number, pool_id)
    group = pools.remove_numbers(stores(), account_id, pool_id, [number])[0]
    told = _told_of_removal(number, group)
    if is_fragment():
        return _row("numbers/_removed.html", pool, number, group.outcome, told)
    if group.outcome is Outcome.REMOVED:
        flash(number, "removed")
    else:
        flash(told, "warning")
    return _to_list(account_id, pool_id)


@blueprint.post("/<number>/restore")
def restore(account_id: str, pool_id: str, number: str) -> Response | str:
    """Put a number back that was removed a moment ago."""
    pool = loading.pool_for_change(account_id, pool_id)
    if not is_number(number):
        raise NumberNotInPool(number, pool_id)
    group = pools.add_numbers(stores(), account_id, pool_id, [number])[0]
    told = _told_of_return(number, group)
    if is_fragment():
        return _row("numbers/_restored.html", pool, number, group.outcome, told)
    flash(told, "success" if group.outcome in _THERE else "warning")
    return _to_list(account_id, pool_id)


_THERE = (Outcome.ADDED, Outcome.ALREADY_IN_POOL)


def _told_of_removal(number: str, group: OutcomeGroup) -> str:
    shown = format_international(number)
    match group.outcome:
        case Outcome.REMOVED:
            return f"Removed {shown}."
        case Outcome.NOT_IN_POOL:
            return f"{shown} was not in the pool any more."
        case Outcome.NOT_CONFIRMED:
            return f"It is not confirmed that {shown} was removed. {group.reason} {_LOOK}"
        case _:
            return f"{shown} was not removed: {group.reason}"


def _told_of_return(number: str, group: OutcomeGroup) -> str:
    shown = format_international(number)
    match group.outcome:
        case Outcome.ADDED | Outcome.ALREADY_IN_POOL:
            return f"{shown} is back in the pool."
        case Outcome.NOT_CONFIRMED:
            return f"It is not confirmed that {shown} is back. {group.reason} {_LOOK}"
        case _:
            return f"{shown} was not put back: {group.reason}"


_LOOK = "Load the page again to see."


def _row(template: str, pool: AnyPool, number: str, outcome: Outcome, told: str) -> str:
    count = None
    with suppress(VendorError):  # what was done is told, whether or not it can be counted now
        count = pools.count_numbers(stores(), pool.account_id, pool.pool_id)
    values = {"number": number, "outcome": outcome, "told": told, "number_count": count}
    return render_template(template, pool=pool, **values)


def _to_list(account_id: str, pool_id: str) -> Response:
    """Back to where the person was in the list."""
    place: dict[str, Any] = {
        name: request.form.get(name) for name in ("page", "page_size", "containing")
    }
    there = url_for("pools.show", account_id=account_id, pool_id=pool_id, **place)
    return redirect(f"{there}#numbers", 303)
