"""The list of pools, and one pool with its settings."""

from __future__ import annotations

from functools import partial
from math import ceil
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from numberpools import trail
from numberpools.auth import Role, require
from numberpools.context import jobs, stores
from numberpools.domain.pools import (
    AnyPool,
    Page,
    Pool,
    PoolChanges,
    PoolOrder,
    PoolSummary,
    readable,
    why_no_address,
)
from numberpools.errors import PoolChanged, PoolIdTaken
from numberpools.services import bulk, mirror, showing
from numberpools.services import pools as service
from numberpools.services.showing import Shown
from numberpools.stores import Stores
from numberpools.web import loading
from numberpools.web.forms import DeleteForm, NewPoolForm, RenameForm, SettingsForm
from numberpools.web.fragments import is_fragment, render
from numberpools.web.list_forms import PasteForm
from numberpools.web.numbers import numbers_table
from numberpools.web.paging import PAGE_SIZES, address, requested_page

blueprint = Blueprint("pools", __name__, url_prefix="/accounts/<account_id>")


@blueprint.get("/pools")
def index(account_id: str) -> Response:
    account = loading.account_for_reading(account_id)
    order = request.args.get("sort", "")
    wanted: dict[str, Any] = {
        "order": PoolOrder(order) if order in list(PoolOrder) else PoolOrder.POOL_ID,
        "descending": request.args.get("direction") == "descending",
        "containing": request.args.get("containing", "").strip(),
    }

    def read(where: Stores) -> Page[PoolSummary]:
        return service.list_pools(where, account_id, requested_page(), **wanted)

    shown = showing.shown(stores(), account_id, read)
    uncounted = [each.pool.pool_id for each in shown.found.items if each.number_count is None]
    jobs().copy_new_pools(account_id, uncounted)
    return _with_retry(
        shown,
        "pools/list.html",
        "pools/_table.html",
        account=account,
        mirror=mirror.state(stores(), account_id),
        page=shown.found,
        page_sizes=PAGE_SIZES,
        address=address,
        why_no_address=why_no_address,
        **wanted,
    )


@blueprint.get("/new-pool")
def new(account_id: str) -> str:
    loading.account_for_change(account_id)
    form = NewPoolForm(fallback="Pool", localized_sender_preferred=True)
    return render_template("pools/new.html", form=form)


@blueprint.post("/pools")
def create(account_id: str) -> Response | tuple[str, int]:
    loading.account_for_change(account_id)
    form = NewPoolForm()
    if form.validate_on_submit():
        try:
            pool = service.create_pool(stores(), form.pool(account_id))
        except PoolIdTaken:
            form.pool_id.errors = ["There is a pool with this id already. Choose another."]
        else:
            flash(f"The pool {pool.pool_id} is there. Now give it numbers.", "success")
            return _to_pool(pool)
    return render_template("pools/new.html", form=form), 422


@blueprint.get("/pools/<pool_id>")
def show(account_id: str, pool_id: str) -> Response:
    require(Role.VIEWER)
    shown = showing.shown(stores(), account_id, partial(_pool_page, account_id, pool_id), pool_id)
    found = shown.found
    if is_fragment():
        return _with_retry(shown, "", "numbers/_table.html", is_fragment=True, **found)
    countries = service.countries(stores(), account_id, pool_id)
    if countries is None:
        jobs().copy_new_pools(account_id, [pool_id])
    return _with_retry(
        shown,
        "pools/show.html",
        "",
        settings=_form(found["pool"]),
        paste=PasteForm(),
        countries=countries,
        under_way=bulk.under_way(stores().database, account_id, pool_id),
        lists=bulk.waiting_lists(stores().database, account_id, pool_id),
        **found,
    )


def _pool_page(account_id: str, pool_id: str, where: Stores) -> dict[str, Any]:
    """What a pool's page asks the vendor for. Raises PoolNotFound."""
    pool = service.get_pool(where, account_id, pool_id)
    table = numbers_table(where, account_id, pool_id)
    count = None if is_fragment() else table["page"].total_items
    if count is not None and table["containing"]:
        count = service.count_numbers(where, account_id, pool_id)
    return {"pool": pool, "number_count": count, **table}


def _with_retry(
    shown: Shown[Any], template: str, partial_template: str, **values: object
) -> Response:
    """A page, perhaps of our copy, and when the vendor wants to be asked again."""
    response = render(template, partial_template, shown=shown, **values)
    if shown.error and shown.error.retry_after is not None:
        response.headers["Retry-After"] = str(ceil(shown.error.retry_after))
    return response


@blueprint.get("/pools/<pool_id>/settings")
def settings(account_id: str, pool_id: str) -> Response:
    return _settings(loading.pool_for_reading(account_id, pool_id))


@blueprint.post("/pools/<pool_id>/settings")
def change_settings(account_id: str, pool_id: str) -> Response:
    pool = readable(loading.pool_for_change(account_id, pool_id))
    form = SettingsForm()
    if not form.validate_on_submit():
        return _settings(pool, form, status=422)
    changes = form.changes(pool)
    try:
        if form.seen_pool(pool) != pool:
            raise PoolChanged(pool_id)
        changed = service.update_pool(stores(), account_id, pool_id, changes, pool.etag)
    except PoolChanged as exc:
        trail.note_error(exc)
        return _conflict(readable(loading.pool_for_change(account_id, pool_id)), form)
    if not is_fragment():
        flash("Saved." if changes.named() else "Nothing was different.", "success")
        return _to_pool(changed)
    return _settings(changed, saved=bool(changes.named()))


@blueprint.get("/pools/<pool_id>/rename")
def rename_form(account_id: str, pool_id: str) -> str:
    pool = loading.pool_for_change(account_id, pool_id)
    form = RenameForm(pool_id=pool.pool_id)
    return render_template("pools/rename.html", pool=pool, form=form)


@blueprint.post("/pools/<pool_id>/rename")
def rename(account_id: str, pool_id: str) -> Response | tuple[str, int]:
    pool = loading.pool_for_change(account_id, pool_id)
    form = RenameForm()
    if form.validate_on_submit():
        changes = PoolChanges(pool_id=form.pool_id.data)
        try:
            renamed = service.update_pool(stores(), account_id, pool_id, changes)
        except PoolIdTaken:
            form.pool_id.errors = ["Another pool has this id. Choose another."]
        else:
            flash(f"The pool {pool_id} is now called {renamed.pool_id}.", "success")
            return _to_pool(renamed)
    return render_template("pools/rename.html", pool=pool, form=form), 422


@blueprint.get("/pools/<pool_id>/delete")
def delete_form(account_id: str, pool_id: str) -> tuple[str, int]:
    return _delete_page(loading.pool_for_deletion(account_id, pool_id))


@blueprint.post("/pools/<pool_id>/delete")
def delete(account_id: str, pool_id: str) -> Response | tuple[str, int]:
    pool = loading.pool_for_deletion(account_id, pool_id)
    form = DeleteForm(pool)
    if not form.validate_on_submit():
        return _delete_page(pool, form, 422)
    try:
        service.delete_pool(stores(), account_id, pool_id, form.etag.data)
    except PoolChanged:
        form.pool_id.errors = ["Somebody changed this pool in the meantime. Look at it first."]
        return _delete_page(pool, form, 409)
    flash(f"The pool {pool_id} is deleted.", "success")
    return redirect(url_for("pools.index", account_id=account_id), 303)


def _form(pool: AnyPool) -> SettingsForm | None:
    """None where not every setting can be read: those are not saved over."""
    return SettingsForm.showing(pool) if isinstance(pool, Pool) else None


def _settings(
    pool: AnyPool, form: SettingsForm | None = None, status: int = 200, **values: object
) -> Response:
    """The settings alone."""
    return render(
        "pools/settings.html",
        "pools/_settings.html",
        status,
        pool=pool,
        settings=form or _form(pool),
        **values,
    )


def _conflict(pool: Pool, sent: SettingsForm) -> Response:
    """Somebody else's changes, with the person's own on top: to be saved again, or not."""
    seen, mine = sent.seen_pool(pool), sent.changes(pool)
    theirs = PoolChanges.between(seen, pool).named() if seen else {}
    form = SettingsForm.showing(pool, mine)
    return _settings(pool, form, 409, is_conflict=True, theirs=theirs, mine=mine.named())


def _delete_page(
    pool: AnyPool, form: DeleteForm | None = None, status: int = 200
) -> tuple[str, int]:
    number_count = service.count_numbers(stores(), pool.account_id, pool.pool_id)
    form = form or DeleteForm(pool)
    page = render_template(
        "pools/delete.html",
        pool=pool,
        form=form,
        number_count=number_count,
        can_come_back=stores().of(pool.account_id).keeps_deleted_pools,
    )
    return page, status


def _to_pool(pool: AnyPool) -> Response:
    address = url_for("pools.show", account_id=pool.account_id, pool_id=pool.pool_id)
    return redirect(address, 303)
