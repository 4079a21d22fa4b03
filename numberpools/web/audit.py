"""The audit trail: of an account for administrators, of a pool for all; search, CSV, and undo."""

from __future__ import annotations

from functools import partial
from json import dumps
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from numberpools.auth import Role, require
from numberpools.context import database, stores
from numberpools.services import audit, undo
from numberpools.services.audit import Action, Entry, Wanted
from numberpools.web import audit_words, loading, spreadsheet
from numberpools.web.audit_filter import AuditFilter
from numberpools.web.fragments import render
from numberpools.web.paging import PAGE_SIZES, address, requested_page
from numberpools.web.presentation import OUTCOMES

_COLUMNS = ["entry", "time", "kind", "who", "address", "request", "pool", "action", "what"]
_MORE_COLUMNS = ["number", "before", "after", "operation", "undo of", "result", "reason"]

blueprint = Blueprint("audit", __name__, url_prefix="/accounts/<account_id>")


@blueprint.app_template_filter("entry_sentence")
def entry_sentence(entry: Entry) -> str:
    return audit_words.sentence(entry)


@blueprint.get("/audit")
def index(account_id: str) -> Response:
    require(Role.ADMINISTRATOR)
    loading.account_for_reading(account_id)
    return _list(account_id, None)


@blueprint.get("/pools/<pool_id>/history")
def history(account_id: str, pool_id: str) -> Response:
    """Also of a pool that is deleted."""
    _history_for_reading(account_id, pool_id)
    return _list(account_id, pool_id)


@blueprint.get("/audit.csv")
def download(account_id: str) -> Response:
    require(Role.ADMINISTRATOR)
    loading.account_for_reading(account_id)
    return _download(account_id, AuditFilter(), f"audit-{account_id}.csv")


@blueprint.get("/pools/<pool_id>/history.csv")
def download_history(account_id: str, pool_id: str) -> Response:
    _history_for_reading(account_id, pool_id)
    return _download(account_id, AuditFilter(pool_id), f"history-{pool_id}.csv")


@blueprint.get("/audit/<int(max=9223372036854775807):entry_id>/undo")
def undo_form(account_id: str, entry_id: int) -> str:
    entry = _entry_to_undo(account_id, entry_id)
    undo.check(stores(), entry)
    changes = audit_words.changes(entry.after or {}, entry.before or {})
    return render_template("audit/undo.html", entry=entry, changes=changes)


@blueprint.post("/audit/<int(max=9223372036854775807):entry_id>/undo")
def take_back(account_id: str, entry_id: int) -> Response:
    pool_id = undo.undo(stores(), _entry_to_undo(account_id, entry_id))
    flash("It is as it was before.", "success")
    return redirect(url_for("pools.show", account_id=account_id, pool_id=pool_id), 303)


def _entry_to_undo(account_id: str, entry_id: int) -> Entry:
    """Who may delete a pool may bring it back. Raises NotAllowed, EntryNotFound."""
    loading.account_for_change(account_id)
    entry = audit.get_entry(database(), account_id, entry_id)
    if entry.action is Action.DELETE_POOL:
        require(Role.ADMINISTRATOR)
    return entry


def _history_for_reading(account_id: str, pool_id: str) -> None:
    """Raises PoolNotFound where there is no such pool, and never was one."""
    loading.account_for_reading(account_id)
    if not audit.has_history(database(), account_id, pool_id):
        loading.check_pool(account_id, pool_id)


def _list(account_id: str, pool_id: str | None) -> Response:
    found = AuditFilter(pool_id or "")
    page = audit.list_entries(database(), account_id, requested_page(), found.wanted)
    return render(
        "audit/list.html",
        "audit/_table.html",
        pool_id=pool_id,
        filter=found,
        page=page,
        at_most=audit.LISTED_AT_MOST,
        page_sizes=PAGE_SIZES,
        address=address,
        actions=audit_words.ACTIONS,
        can_undo=partial(undo.can_undo, stores()),
        has_changed_numbers=audit_words.has_changed_numbers,
    )


def _download(account_id: str, found: AuditFilter, name: str) -> Response:
    entries = audit.all_entries(database(), account_id, found.wanted)
    rows = (_cells(entry, found.wanted) for entry in entries)
    return spreadsheet.download(name, _COLUMNS + _MORE_COLUMNS, rows)


def _cells(entry: Entry, wanted: Wanted) -> list[Any]:
    actor = entry.actor
    outcome = OUTCOMES[entry.number_outcome] if entry.number_outcome else ""
    return [
        *[entry.entry_id, entry.at.isoformat(), actor.kind, actor.name, actor.address],
        *[actor.request_id, entry.pool_id or "", entry.action, audit_words.sentence(entry)],
        f"{wanted.number} {outcome}".strip(),
        dumps(entry.before) if entry.before else "",
        dumps(entry.after) if entry.after else "",
        *[entry.operation_id or "", entry.undo_of or "", entry.result, entry.reason],
    ]
