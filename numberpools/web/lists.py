"""Lists that were brought and not started yet: what they would do, and what to do with them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, flash, get_flashed_messages, request, url_for
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from numberpools import trail
from numberpools.auth import Role, require
from numberpools.context import database, jobs, stores
from numberpools.domain.numbers import format_international
from numberpools.domain.outcomes import Outcome
from numberpools.domain.pools import Page
from numberpools.errors import InvalidInput, OperationChanged, OperationNotFound
from numberpools.services import bulk
from numberpools.services.bulk import Action, Item, Operation, State
from numberpools.web import loading
from numberpools.web.fragments import is_fragment, render
from numberpools.web.list_forms import BeginForm, ListForm, names_of
from numberpools.web.paging import PAGE_SIZES, address, requested_page
from numberpools.web.searching import search

KINDS = {
    "new": "New",
    "in-pool": "Already in the pool",
    "in-other-pools": "In another pool",
    "duplicate": "Duplicate",
    "invalid": "Invalid",
    "surplus": "Not in the list",
}
"""The kinds of rows in a list, in words."""

COLUMNS = ("line", "text", "number", "outcome", "reason", "note", "sheet")
"""Of a file with the entries of a list or an operation."""

_SHOWN = ("kind", "containing", "page", "page_size")
"""What says which entries a page shows, and is kept when one of them is mended."""

blueprint = Blueprint(
    "lists", __name__, url_prefix="/accounts/<account_id>/operations/<operation_id>"
)


def page(
    operation: Operation, form: BeginForm | None = None, status: int = 200, *, refusal: str = ""
) -> Response:
    """The list as it is now: being read, read, or not readable; `refusal` is why it did not begin.

    Its figures are older than the rows, if anything: should it be read once more in between, it
    can't be begun from here.
    """
    if operation.state is not State.READY:
        return render("lists/show.html", "lists/_reading.html", status, operation=operation)
    if is_fragment():
        return render("", "lists/_rows.html", operation=operation, **_rows(operation))
    look = bulk.look(database(), operation)
    pool_ids = bulk.other_pool_ids(database(), operation.account_id, operation.pool_id)
    return render(
        "lists/show.html",
        "",
        status,
        operation=operation,
        look=look,
        form=form or BeginForm(pool_ids, look, formdata=None),
        refusal=refusal,
        reading_form=ListForm(formdata=None),
        counts=_counts(look),
        **_rows(operation),
    )


def kind_words(item: Item) -> str:
    """What an entry is to the pool."""
    if item.outcome is not None:
        return KINDS[item.outcome]
    if item.line == 0:
        return KINDS["surplus"]
    if item.was_here:
        return KINDS["in-pool"]
    return f"New, and in {item.other_pool}" if item.other_pool else KINDS["new"]


def cells(item: Item, outcome: str, sheet_names: Sequence[str] = ()) -> list[object]:
    """An entry's row in a file, as `COLUMNS` says."""
    sheet = sheet_names[item.sheet] if sheet_names and item.line else ""
    number = item.number or ""
    return [item.line or "", item.text, number, outcome, item.reason, item.note, sheet]


def to_operation(account_id: str, operation_id: str, **shown: Any) -> Response:
    """Go to its page; `shown` says which of its entries to show (`_SHOWN`)."""
    there = url_for("operations.show", account_id=account_id, operation_id=operation_id, **shown)
    return redirect(there, 303)


@blueprint.get("/columns")
def columns(account_id: str, operation_id: str) -> Response:
    """Other sheets and columns, another country, or other choices."""
    loading.account_for_change(account_id)
    operation = bulk.get_operation(database(), account_id, operation_id)
    return _columns_page(operation, ListForm.showing(operation))


@blueprint.post("/columns")
def read_again(account_id: str, operation_id: str) -> Response:
    loading.account_for_change(account_id)
    operation = bulk.get_operation(database(), account_id, operation_id)
    if operation.state is State.READING:
        return to_operation(account_id, operation_id)  # the button was pressed twice
    form = ListForm()
    if not form.validate_on_submit():
        return _columns_page(operation, form, 422)
    choices = form.list_choices(operation)
    bulk.read_again(stores(), account_id, operation_id, choices=choices, country=form.country.data)
    jobs().work()
    return to_operation(account_id, operation_id)


@blueprint.post("/compare")
def compare(account_id: str, operation_id: str) -> Response:
    """Find out what would make the pool equal to the list."""
    loading.account_for_change(account_id)
    operation = bulk.get_operation(database(), account_id, operation_id)
    if operation.state is State.READING:
        return to_operation(account_id, operation_id)
    try:
        bulk.compare(stores(), account_id, operation_id)
    except InvalidInput as exc:
        return page(operation, status=422, refusal=exc.reasons)
    jobs().work()
    return to_operation(account_id, operation_id)


@blueprint.post("/items/<int:position>")
def mend(account_id: str, operation_id: str, position: int) -> Response:
    """Read what was typed in the place of an entry that was refused."""
    loading.account_for_change(account_id)
    text = request.form.get("text", "")
    try:
        entry = bulk.mend(stores(), account_id, operation_id, position, text)
    except InvalidInput as exc:
        flash(exc.reasons, "warning")
        flash(text[:_LONGEST_TYPED], "typed")
    except OperationChanged as exc:
        return _as_it_is_now(account_id, operation_id, exc, "Nothing was read again.")
    else:
        if entry.number and not entry.problem:
            number = format_international(entry.number)
            flash(f"Line {entry.line} is read as {number}.", "success")
    flash(str(position), "mended")
    shown = {name: value for name in _SHOWN if (value := request.form.get(name))}
    return to_operation(account_id, operation_id, **shown)


_SHOWN = ("kind", "containing", "page", "page_size")
"""What says which entries a page shows, and is kept when one of them is mended."""
_LONGEST_TYPED = 200  # characters that the field of an entry takes


@blueprint.post("/begin")
def begin(account_id: str, operation_id: str) -> Response:
    """Do with the list what was looked at."""
    loading.account_for_change(account_id)
    operation = bulk.get_operation(database(), account_id, operation_id)
    if operation.state is State.READING:
        flash("Nothing was started: the list is being read or compared once more.", "warning")
    if operation.state is not State.READY:
        return to_operation(account_id, operation_id)  # perhaps the button was pressed twice
    pool_ids = bulk.other_pool_ids(database(), account_id, operation.pool_id)
    form = BeginForm(pool_ids, bulk.look(database(), operation))
    if not form.validate_on_submit():
        return page(operation, form, 422)
    try:
        _begin(operation, form)
    except InvalidInput as exc:
        form.target.errors = [exc.reasons]
        return page(operation, form, 422)
    except OperationChanged as exc:
        return _as_it_is_now(account_id, operation_id, exc, "Nothing was started.")
    jobs().work()
    return to_operation(account_id, operation_id)


def _begin(operation: Operation, form: BeginForm) -> None:
    bulk.begin(
        stores(),
        operation.account_id,
        operation.operation_id,
        Action(form.action.data),
        form.target.data,
        person=require(Role.EDITOR).name,
        version=form.seen,
    )


def _as_it_is_now(
    account_id: str, operation_id: str, error: OperationChanged, told: str
) -> Response:
    """The list that is another one than somebody had before them when they pressed a button."""
    now = bulk.get_operation(database(), account_id, operation_id)
    if now.state is not State.READY:
        raise error
    trail.note_error(error)
    return page(now, status=error.status, refusal=f"{told} {error}")


@blueprint.post("/discard")
def discard(account_id: str, operation_id: str) -> Response:
    loading.account_for_change(account_id)
    try:
        operation = bulk.get_operation(database(), account_id, operation_id)
    except OperationNotFound:  # the button was pressed twice
        return redirect(url_for("pools.index", account_id=account_id), 303)
    bulk.discard(stores(), account_id, operation_id)
    flash("The list is discarded. Nothing was changed.", "success")
    there = url_for("pools.show", account_id=account_id, pool_id=operation.pool_id)
    return redirect(there, 303)


def _rows(operation: Operation) -> dict[str, Any]:
    kind = request.args.get("kind", "")
    kind = kind if kind in bulk.KINDS else ""
    containing = request.args.get("containing", "").strip()

    def find(digits: str) -> Page[Item]:
        return bulk.list_items(
            database(),
            operation.operation_id,
            requested_page(),
            kind=kind,
            containing=containing,
            digits=digits,
        )

    found = search(find, containing)
    return {
        "page": found,
        "goes_on_at": _goes_on_at(found),
        "kind": kind,
        "kinds": KINDS,
        "kind_words": kind_words,
        "containing": containing,
        "page_sizes": PAGE_SIZES,
        "address": address,
        "shown": {name: request.args[name] for name in _SHOWN if name in request.args},
    }


def _goes_on_at(page: Page[Item]) -> int | None:
    """Where somebody goes on who has just mended an entry; -1 if nothing below it was refused."""
    mended = [int(str(each)) for each in get_flashed_messages(category_filter=["mended"])]
    if not mended:
        return None
    refused = (item.position for item in page.items if item.outcome is Outcome.INVALID)
    return next((position for position in refused if position >= mended[0]), -1)


def _counts(look: bulk.Look) -> dict[str, int]:
    """How many entries there are of each of `KINDS`."""
    return {
        "new": look.new,
        "in-pool": look.in_pool,
        "in-other-pools": look.in_other_pools,
        "duplicate": look.duplicate,
        "invalid": look.invalid,
        "surplus": look.surplus,
    }


def _columns_page(operation: Operation, form: ListForm, status: int = 200) -> Response:
    found = bulk.list_file(database(), operation)
    return render(
        "lists/columns.html",
        "lists/columns.html",
        status,
        operation=operation,
        form=form,
        sheets=found.sheets,
        ticked=form.columns.data or names_of(found.guessed),
    )
