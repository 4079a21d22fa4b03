"""How old the copy of a vendor account is, and a button to renew it."""

from __future__ import annotations

from flask import Blueprint, redirect, url_for
from werkzeug.wrappers import Response

from numberpools.context import jobs, stores
from numberpools.errors import NotSupported
from numberpools.services import mirror as service
from numberpools.web import loading
from numberpools.web.fragments import is_fragment, render

blueprint = Blueprint("mirror", __name__, url_prefix="/accounts/<account_id>/mirror")


@blueprint.get("")
def show(account_id: str) -> Response:
    loading.account_for_reading(account_id)
    return _panel(account_id)


@blueprint.post("")
def copy(account_id: str) -> Response:
    loading.account_for_reading(account_id)
    jobs().copy_account(account_id)
    if is_fragment():
        return _panel(account_id, was_requested=True)
    return redirect(url_for("pools.index", account_id=account_id), 303)


def _panel(account_id: str, *, was_requested: bool = False) -> Response:
    current = service.state(stores(), account_id)
    if current is None:
        raise NotSupported("This account needs no counting: its counts are always current.")
    return render(
        "mirror/show.html",
        "mirror/_panel.html",
        mirror=current,
        is_running=was_requested or current.is_running,
    )
