"""Operations: what they do at present, what became of every number, and how to steer them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import takewhile
from typing import Any
from uuid import uuid4

from flask import Blueprint, flash, render_template, request
from flask import Response as FlaskResponse
from werkzeug.wrappers import Response

from numberpools.auth import Role, require
from numberpools.context import database, jobs, stores
from numberpools.domain.outcomes import Outcome
from numberpools.domain.pools import Page
from numberpools.services import bulk
from numberpools.services.bulk import Item, Operation, State
from numberpools.web import lists, loading, spreadsheet
from numberpools.web.fragments import is_fragment, render
from numberpools.web.lists import to_operation
from numberpools.web.paging import PAGE_SIZES, address, requested_page
from numberpools.web.presentation import OUTCOMES
from numberpools.web.searching import search

STOP_POLLING = 286
"""The status by which a page is told that there will be no more news."""

_YOUNG = timedelta(seconds=2)

blueprint = Blueprint("operations", __name__, url_prefix="/accounts/<account_id>")


@blueprint.get("/operations")
def index(account_id: str) -> Response:
    loading.account_for_reading(account_id)
    return _index(account_id, None)


@blueprint.get("/pools/<pool_id>/operations")
def of_pool(account_id: str, pool_id: str) -> Response:
    loading.check_pool(account_id, pool_id)
    return _index(account_id, pool_id)


@blueprint.get("/operations/<operation_id>")
def show(account_id: str, operation_id: str) -> Response:
    loading.account_for_reading(account_id)
    operation = bulk.get_operation(database(), account_id, operation_id)
    if operation.state.is_list:
        return lists.page(operation)
    if is_fragment():
        return render("", "operations/_items.html", operation=operation, **_items(operation))
    return render("operations/show.html", "", **_panel(operation), **_items(operation))


@blueprint.get("/operations/<operation_id>/progress")
def progress(account_id: str, operation_id: str) -> Response:
    """What is new since `seen`: figures, and where the stage is another one, much more."""
    loading.account_for_reading(account_id)
    operation = bulk.get_operation(database(), account_id, operation_id)
    if not is_fragment():
        return to_operation(account_id, operation_id)
    seen = request.args.get("seen", "")
    if seen == State.READING and operation.state is not State.READING:
        return FlaskResponse(status=STOP_POLLING, headers={"HX-Refresh": "true"})
    if operation.state.is_list:
        return render("", "lists/_reading.html", operation=operation)
    panel = _panel(operation)
    status = STOP_POLLING if operation.state.has_ended else 200
    response = render("", "operations/_news.html", status, seen=seen, **panel)
    if panel["stage"] != seen:
        response.headers["HX-Trigger"] = "operation-moved"
    return response


@blueprint.get("/operations/<operation_id>.csv")
def download(account_id: str, operation_id: str) -> Response:
    """Every line as it is now, also while the operation runs."""
    loading.account_for_reading(account_id)
    operation = bulk.get_operation(database(), account_id, operation_id)
    rows = (_cells(operation, item) for item in bulk.all_items(database(), operation_id))
    name = f"{operation.pool_id}-{operation.action or 'list'}-{operation_id[:8]}.csv"
    return spreadsheet.download(name, lists.COLUMNS, rows)


@blueprint.post("/operations/<operation_id>/pause")
def pause(account_id: str, operation_id: str) -> Response:
    loading.account_for_change(account_id)
    bulk.pause(stores(), account_id, operation_id, require(Role.EDITOR).name)
    return to_operation(account_id, operation_id)


@blueprint.post("/operations/<operation_id>/resume")
def resume(account_id: str, operation_id: str) -> Response:
    loading.account_for_change(account_id)
    bulk.resume(stores(), account_id, operation_id)
    return _at_work(account_id, operation_id)


@blueprint.post("/operations/<operation_id>/cancel")
def cancel(account_id: str, operation_id: str) -> Response:
    loading.account_for_change(account_id)
    bulk.cancel(stores(), account_id, operation_id)
    return _at_work(account_id, operation_id)


@blueprint.post("/operations/<operation_id>/check")
def check(account_id: str, operation_id: str) -> Response:
    """Look up what became of the numbers that are not confirmed; twice is as good as once."""
    loading.account_for_change(account_id)
    if bulk.get_operation(database(), account_id, operation_id).state.has_ended:
        bulk.check(stores(), account_id, operation_id)
    return _at_work(account_id, operation_id)


@blueprint.post("/operations/<operation_id>/retry")
def retry(account_id: str, operation_id: str) -> Response:
    loading.account_for_change(account_id)
    form_id, person = request.form.get("form_id", ""), require(Role.EDITOR).name
    new_id = bulk.retry(stores(), account_id, operation_id, form_id=form_id, person=person)
    return _at_work(account_id, new_id)


@blueprint.get("/operations/<operation_id>/undo")
def undo_form(account_id: str, operation_id: str) -> str | Response:
    loading.account_for_change(account_id)
    operation = bulk.get_operation(database(), account_id, operation_id)
    if undone_by := bulk.undone_by(database(), operation_id):
        flash("It was undone already. This is what took it back.", "warning")
        return to_operation(account_id, undone_by)
    amount = bulk.undo_count(database(), operation)
    return render_template("operations/undo.html", operation=operation, amount=amount)


@blueprint.post("/operations/<operation_id>/undo")
def undo(account_id: str, operation_id: str) -> Response:
    loading.account_for_change(account_id)
    new_id = bulk.undo(stores(), account_id, operation_id, require(Role.EDITOR).name)
    return _at_work(account_id, new_id)


def _at_work(account_id: str, operation_id: str) -> Response:
    jobs().work()
    return to_operation(account_id, operation_id)


def _index(account_id: str, pool_id: str | None) -> Response:
    return render(
        "operations/index.html",
        "operations/_table.html",
        pool_id=pool_id,
        lists=bulk.waiting_lists(database(), account_id, pool_id),
        page=bulk.list_operations(database(), account_id, requested_page(), pool_id=pool_id),
        page_sizes=PAGE_SIZES,
        address=address,
    )


def _panel(operation: Operation) -> dict[str, Any]:
    """What stands above the table of numbers."""
    now = database().now()
    begun = operation.started_at or operation.created_at
    return {
        "operation": operation,
        "stage": _stage(operation),
        "is_young": now - begun < _YOUNG,
        "pace": bulk.progress(database(), operation),
        "goes_on_in": operation.retry_at - now if operation.retry_at else None,
        "ahead": _ahead(operation),
        "undone_by": bulk.undone_by(database(), operation.operation_id),
        "can_undo": operation.state.has_ended and bulk.can_undo(database(), operation),
        "awaits_check": bulk.awaits_check(database(), operation),
        "form_id": uuid4(),
    }


def _stage(operation: Operation) -> str:
    """Changes a few times only: then it is told to a screen reader, and the buttons are others."""
    if operation.state is not State.RUNNING or not operation.wanted_count:
        return operation.state
    quarters = -(-4 * (operation.wanted_count - operation.open_count) // operation.wanted_count)
    return f"{operation.state}-{quarters}"


def _ahead(operation: Operation) -> Sequence[Operation]:
    """The operations that have to end before this one's turn."""
    if operation.state is not State.QUEUED:
        return []
    here, there = operation.pool_id, operation.target_pool_id
    earlier: dict[str, Operation] = {}
    for pool_id in filter(None, (here, there)):
        queue = bulk.under_way(database(), operation.account_id, pool_id)
        for each in takewhile(lambda each: each.operation_id != operation.operation_id, queue):
            earlier[each.operation_id] = each
    return list(earlier.values())


def _items(operation: Operation) -> dict[str, Any]:
    wanted = request.args.get("outcome", "")
    containing = request.args.get("containing", "").strip()
    outcomes = [Outcome(wanted)] if wanted in list(Outcome) else []

    def find(digits: str) -> Page[Item]:
        return bulk.list_items(
            database(),
            operation.operation_id,
            requested_page(),
            outcomes=outcomes,
            containing=containing,
            digits=digits,
        )

    return {
        "page": search(find, containing),
        "wanted": wanted,
        "containing": containing,
        "page_sizes": PAGE_SIZES,
        "address": address,
    }


def _cells(operation: Operation, item: Item) -> list[object]:
    is_list = operation.state.is_list
    outcome = lists.kind_words(item) if is_list else OUTCOMES[item.outcome]
    return lists.cells(item, outcome, operation.reading.sheet_names)
