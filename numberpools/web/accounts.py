"""The way in: which account to look after."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from numberpools.auth import Role, administers_account, requires, sees_account
from numberpools.context import stores
from numberpools.services.accounts import Account, list_accounts

blueprint = Blueprint("accounts", __name__)


@blueprint.get("/")
@requires(Role.VIEWER)
def index() -> str | Response:
    """The one account's pools, or a choice where there are several."""
    accounts = _visible_accounts()
    if len(accounts) == 1:
        return redirect(url_for("pools.index", account_id=accounts[0].account_id))
    return render_template(
        "accounts/list.html", accounts=accounts, administers_account=administers_account
    )


@blueprint.app_context_processor
def switcher() -> dict[str, Any]:
    """For the header's switcher: this page's account, and all of them where it asks for them."""
    account_id = (request.view_args or {}).get("account_id") if request else None
    return {"account_id": account_id, "all_accounts": _visible_accounts}


def _visible_accounts() -> list[Account]:
    """Those on which the person has any role."""
    return [each for each in list_accounts(stores()) if sees_account(each.account_id)]
