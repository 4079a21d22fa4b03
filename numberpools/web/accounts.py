"""The way in: which account to look after."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from numberpools.auth import Role, requires
from numberpools.context import stores
from numberpools.services.accounts import list_accounts

blueprint = Blueprint("accounts", __name__)


@blueprint.get("/")
@requires(Role.VIEWER)
def index() -> str | Response:
    """The one account's pools, or a choice where there are several."""
    accounts = list_accounts(stores())
    if len(accounts) == 1:
        return redirect(url_for("pools.index", account_id=accounts[0].account_id))
    return render_template("accounts/list.html", accounts=accounts)


@blueprint.app_context_processor
def switcher() -> dict[str, Any]:
    """For the header's switcher: this page's account, and all of them where it asks for them."""
    account_id = (request.view_args or {}).get("account_id") if request else None
    return {"account_id": account_id, "all_accounts": partial(list_accounts, stores())}
