"""The routes of the API, and who may call them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, wraps
from typing import Any

from flask import Blueprint, Response, after_this_request, g, request
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import NotAcceptable, Unauthorized

from numberpools import trail
from numberpools.api.problems import ApiError, Kind
from numberpools.context import database, stores
from numberpools.db.database import Database
from numberpools.domain.api_secrets import SecretRole
from numberpools.errors import AccountNotFound
from numberpools.limits import (
    check_wrong_secrets,
    count_wrong_secret,
    limit_anonymous,
    limit_api,
)
from numberpools.request_bodies import take_body
from numberpools.services.actors import ActorKind
from numberpools.services.authentication import Caller, authenticate, note_use

View = Callable[..., Response]

_READS_ONLY = "The API secret {} is for reading only: use one that may make changes."
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

    So nothing tells whether another account exists. Raises ApiError for a change by who only reads.
    """
    caller = _caller(pool_id)
    limit_api(caller.account_id)
    if caller.account_id != account_id:
        raise AccountNotFound(account_id)
    g.caller = caller
    trail.act_as(ActorKind.API_KEY, f"{account_id} ({caller.secret_name})")
    if caller.is_to_be_noted:
        after_this_request(partial(_note_use, database(), caller.secret_id))
    if caller.role is SecretRole.READS_ONLY and request.method in trail.UNSAFE:
        raise ApiError(Kind.READS_ONLY, _READS_ONLY.format(caller.secret_name), 403)


def _caller(pool_id: str) -> Caller:
    """Raises Unauthorized, and TooManyRequests without having looked at the secret."""
    given = request.authorization
    if given is None or given.type != "basic":
        raise _unauthorized()
    api_key = given.username or ""
    check_wrong_secrets(api_key)
    caller = authenticate(database(), api_key, given.password or "", pool_id)
    if caller is None or caller.account_id in stores().vendor_accounts:
        count_wrong_secret(api_key)
        raise _unauthorized()
    return caller


def _note_use(where: Database, secret_id: str, response: Response) -> Response:
    # Once the answer is sent: on SQLite it may have to wait for its turn to write.
    response.call_on_close(partial(note_use, where, secret_id))
    return response


def _unauthorized() -> Unauthorized:
    """What to raise; raises TooManyRequests itself."""
    limit_anonymous()
    return Unauthorized(
        "Send the account id as user name and an API secret of it as password (Basic "
        "authentication). A secret that has expired or was revoked is not taken any more.",
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
