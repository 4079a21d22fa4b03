"""Lists of numbers: paste, look, do, and see what became of every line."""

from __future__ import annotations

import csv
from io import StringIO

from flask import Blueprint, make_response, redirect, request, url_for
from werkzeug.wrappers import Response

from numberpools.auth import Role, require
from numberpools.context import database, stores
from numberpools.domain.outcomes import Outcome
from numberpools.domain.pools import Pool
from numberpools.errors import InvalidInput
from numberpools.services import bulk as service
from numberpools.services.bulk import Action
from numberpools.web import loading
from numberpools.web.forms import ActionForm, PasteForm
from numberpools.web.fragments import render
from numberpools.web.paging import PAGE_SIZES, address, requested_page
from numberpools.web.presentation import OUTCOMES

_FORMULA_SIGNS = tuple("=+-@\t\r\uff1d\uff0b\uff0d\uff20")  # the last four are full-width

blueprint = Blueprint("bulk", __name__, url_prefix="/accounts/<account_id>")


@blueprint.get("/pools/<pool_id>/paste")
def paste(account_id: str, pool_id: str) -> Response:
    """The box on a page of its own; filled with what failed in the operation named by `again`."""
    pool = loading.pool_for_change(account_id, pool_id)
    form = PasteForm()
    if again := request.args.get("again"):
        service.get_operation(database(), account_id, again)
        form.numbers.data = service.failed_text(database(), again)
    return _paste_page(pool, form)


@blueprint.post("/pools/<pool_id>/preview")
def preview(account_id: str, pool_id: str) -> Response:
    """What would happen. Nothing is changed."""
    pool = loading.pool_for_change(account_id, pool_id)
    form = PasteForm()
    found = service.preview(stores(), account_id, pool_id, form.entries)
    return _paste_page(pool, form, preview=found)


@blueprint.post("/pools/<pool_id>/operations")
def start(account_id: str, pool_id: str) -> Response:
    pool = loading.pool_for_change(account_id, pool_id)
    form = ActionForm()
    if not form.validate_on_submit():
        form.numbers.errors = [reason for reasons in form.errors.values() for reason in reasons]
        return _paste_page(pool, form, status=422)
    try:
        operation_id = service.start(
            stores(),
            form_id=form.form_id.data,
            account_id=account_id,
            pool_id=pool_id,
            action=Action(form.action.data),
            entries=form.entries,
            started_by=require(Role.EDITOR).name,
        )
    except InvalidInput as exc:
        form.numbers.errors = [each.reason for each in exc.parameters]
        return _paste_page(pool, form, status=422)
    return _to_operation(account_id, operation_id)


@blueprint.get("/operations/<operation_id>")
def show(account_id: str, operation_id: str) -> Response:
    account = loading.account_for_reading(account_id)
    operation = service.get_operation(database(), account_id, operation_id)
    wanted = request.args.get("outcome", "")
    containing = request.args.get("containing", "").strip()
    page = service.list_items(
        database(),
        operation_id,
        requested_page(),
        outcomes=[Outcome(wanted)] if wanted in list(Outcome) else [],
        containing=containing,
    )
    return render(
        "bulk/operation.html",
        "bulk/_items.html",
        account=account,
        operation=operation,
        page=page,
        wanted=wanted,
        containing=containing,
        page_sizes=PAGE_SIZES,
        address=address,
    )


@blueprint.post("/operations/<operation_id>/continue")
def resume(account_id: str, operation_id: str) -> Response:
    """Do what was left open when the service stopped in the middle."""
    loading.account_for_change(account_id)
    service.run(stores(), account_id, operation_id)
    return _to_operation(account_id, operation_id)


@blueprint.post("/operations/<operation_id>/check")
def check(account_id: str, operation_id: str) -> Response:
    """Look up what became of the numbers that are not confirmed."""
    loading.account_for_change(account_id)
    service.check(stores(), account_id, operation_id)
    return _to_operation(account_id, operation_id)


@blueprint.get("/operations/<operation_id>.csv")
def download(account_id: str, operation_id: str) -> Response:
    loading.account_for_reading(account_id)
    operation = service.get_operation(database(), account_id, operation_id)
    text = StringIO()
    rows = csv.writer(text)
    rows.writerow(["line", "text", "number", "outcome", "reason"])
    for item in service.all_items(database(), operation_id):
        number = item.number or ""
        rows.writerow(
            [item.line, _harmless(item.text), number, OUTCOMES[item.outcome], item.reason]
        )
    response = make_response(text.getvalue())
    response.mimetype = "text/csv"
    response.headers["Content-Disposition"] = (
        f'attachment; filename="{operation.pool_id}-{operation.action}-{operation_id[:8]}.csv"'
    )
    return response


def _harmless(text: str) -> str:
    """Text that no spreadsheet takes for a formula; a plus before digits alone is none."""
    plain_number = text.startswith("+") and text[1:].replace(" ", "").isdigit()
    return f"'{text}" if text.startswith(_FORMULA_SIGNS) and not plain_number else text


def _paste_page(
    pool: Pool, form: PasteForm, *, preview: service.Preview | None = None, status: int = 200
) -> Response:
    return render(
        "bulk/paste.html", "bulk/_preview.html", status, pool=pool, paste=form, preview=preview
    )


def _to_operation(account_id: str, operation_id: str) -> Response:
    return redirect(url_for("bulk.show", account_id=account_id, operation_id=operation_id), 303)
