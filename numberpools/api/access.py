"""The routes of the API, and who may call them."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Blueprint, Response, g, request
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import NotAcceptable, Unauthorized

from numberpools import trail
from numberpools.context import database, stores
from numberpools.errors import AccountNotFound
from numberpools.limits import limit_anonymous, limit_api
from numberpools.request_bodies import take_body
from numberpools.services.accounts import authenticate
from numberpools.services.actors import ActorKind

View = Callable[..., Response]

_CHALLENGE = WWWAuthenticate("basic", {"realm": "Number Pools API", "charset": "UTF-8"})


class _Operations(Blueprint):
    """Routes that only the owner of the account in their path comes through."""

    def add_url_rule(
        self,
        rule: str,
        endpoint: str | None = None,
        view_func: Any = None,
        provide_automatic_options: bool | None = None,
        **options: Any,
    ) -> None:
        # Flask's own answer to OPTIONS would be a page, for everybody.
        super().add_url_rule(rule, endpoint, _guarded(view_func), False, **options)


blueprint = _Operations("api", __name__, url_prefix="/v2/numberpools/accounts/<account_id>")


def _guarded(view: View) -> View:
    """Check every call first."""

    @wraps(view)
    def guarded(account_id: str, **arguments: str) -> Response:
        _check_account(account_id, arguments.get("pool_id", ""))
        _check_accept()
        take_body()
        return view(account_id, **arguments)

    return guarded


def _check_account(account_id: str, pool_id: str) -> None:
    """Raises Unauthorized, TooManyRequests, and AccountNotFound for any account but the caller's.

    So nothing tells whether another account exists.
    """
    given = request.authorization
    if given is None or given.type != "basic":
        raise _unauthorized()
    caller = authenticate(database(), given.username or "", given.password or "", pool_id)
    if caller is None or caller.account_id in stores().vendor_accounts:
        raise _unauthorized()
    limit_api(caller.account_id)
    if caller.account_id != account_id:
        raise AccountNotFound(account_id)
    g.caller = caller
    trail.act_as(ActorKind.API_KEY, account_id)


def _unauthorized() -> Unauthorized:
    """What to raise; raises TooManyRequests itself."""
    limit_anonymous()
    return Unauthorized(
        "Send the account id as user name and its API secret as password (Basic authentication).",
        www_authenticate=_CHALLENGE,
    )


def _check_accept() -> None:
    """Raises NotAcceptable."""
    if request.headers.get("Accept", "*/*") in {"*/*", "application/json"}:
        return
    accepted = request.accept_mimetypes
    # With a parameter, such as a charset, it is another media range, and JSON is meant still.
    variants = (quality for each, quality in accepted if each.startswith("application/json;"))
    if accepted and not accepted["application/json"] and not any(variants):
        raise NotAcceptable("The answer is application/json, which Accept leaves out.")
