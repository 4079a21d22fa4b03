"""The box for lists of numbers: paste or drop one, look, and send it off."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request
from werkzeug.wrappers import Response

from numberpools.auth import Role, require, sees_account
from numberpools.context import database, jobs, stores
from numberpools.domain.pools import AnyPool
from numberpools.errors import InvalidInput
from numberpools.services import bulk as service
from numberpools.services.bulk import Action
from numberpools.web import lists, loading, spreadsheet
from numberpools.web.fragments import render
from numberpools.web.list_forms import LARGEST_REQUEST, PasteForm, StartForm, names_of
from numberpools.web.lists import to_operation

_WITH_LISTS = ("bulk.preview", "bulk.download", "bulk.start")

blueprint = Blueprint("bulk", __name__, url_prefix="/accounts/<account_id>")


@blueprint.url_value_preprocessor
def let_lists_be_large(endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Files are larger than all else that is sent. The CSRF check reads the form after this."""
    if endpoint in _WITH_LISTS and sees_account((values or {})["account_id"]):
        request.max_content_length = request.max_form_memory_size = LARGEST_REQUEST


@blueprint.get("/pools/<pool_id>/paste")
def paste(account_id: str, pool_id: str) -> Response:
    """The box on a page of its own; filled with what failed in the operation named by `again`."""
    pool = loading.pool_for_change(account_id, pool_id)
    form = PasteForm()
    if again := request.args.get("again"):
        form.country.data = service.get_operation(database(), account_id, again).country
        form.numbers.data = service.failed_text(database(), again)
    return _paste_page(pool, form)


@blueprint.post("/pools/<pool_id>/preview")
def preview(account_id: str, pool_id: str) -> Response:
    """What would happen. Nothing is changed."""
    pool = loading.pool_for_change(account_id, pool_id)
    form = PasteForm()
    found = _preview(pool, form)
    return _paste_page(pool, form, preview=found, is_long=found is None or found.is_long)


@blueprint.post("/pools/<pool_id>/preview.csv")
def download(account_id: str, pool_id: str) -> Response:
    """What would happen to each entry. Nothing is changed."""
    pool = loading.pool_for_change(account_id, pool_id)
    form = PasteForm()
    found = _preview(pool, form)
    if found is None:
        return _paste_page(pool, form, is_long=True)
    rows = (lists.cells(item, lists.kind_words(item)) for item in found.items)
    return spreadsheet.download(f"{pool_id}-preview.csv", lists.COLUMNS, rows)


def _preview(pool: AnyPool, form: PasteForm) -> service.Preview | None:
    """None: the list is too long for it."""
    if form.is_too_long_to_preview:
        return None
    return service.preview(stores(), pool.account_id, pool.pool_id, form.paste)


@blueprint.post("/pools/<pool_id>/operations")
def start(account_id: str, pool_id: str) -> Response:
    """A short list is added or removed at once; any other is read, and looked at first."""
    loading.account_for_change(account_id)  # the service looks the pool up; a vendor takes its time
    form = StartForm()
    if not form.validate_on_submit():
        reasons = [why for each in form.errors.values() for why in each]
        return _refusal(account_id, pool_id, form, reasons)
    try:
        operation_id = _submit(account_id, pool_id, form)
    except InvalidInput as exc:
        return _refusal(account_id, pool_id, form, [exc.reasons])
    jobs().work()
    return to_operation(account_id, operation_id)


def _refusal(account_id: str, pool_id: str, form: StartForm, reasons: list[str]) -> Response:
    (form.file if form.file.data else form.numbers).errors = reasons
    return _paste_page(loading.pool_for_change(account_id, pool_id), form, status=422)


def _submit(account_id: str, pool_id: str, form: StartForm) -> str:
    common = {
        "form_id": form.form_id.data,
        "account_id": account_id,
        "pool_id": pool_id,
        "started_by": require(Role.EDITOR).name,
        "country": form.country.data or "",
        "choices": form.list_choices,
    }
    if not form.is_looked_at_first:
        action, paste = Action(form.action.data), form.paste
        return service.start(
            stores(), **common, action=action, entries=paste.entries, reading=paste.reading
        )
    return service.submit_list(stores(), **common, name=form.file_name, content=form.content)


def _paste_page(
    pool: AnyPool,
    form: PasteForm,
    *,
    preview: service.Preview | None = None,
    is_long: bool = False,
    status: int = 200,
) -> Response:
    return render(
        "bulk/paste.html",
        "bulk/_preview.html",
        status,
        pool=pool,
        paste=form,
        preview=preview,
        is_long=is_long,
        names_of=names_of,
    )
