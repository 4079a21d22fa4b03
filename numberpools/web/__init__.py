"""The pages of the dashboard."""

from __future__ import annotations

from contextlib import ExitStack

from flask import Flask, abort, g, request
from flask_wtf import CSRFProtect

from numberpools import api, compression, request_bodies, trail
from numberpools.auth import back_channel, current_person, session_mark
from numberpools.paths import is_api_request
from numberpools.request_bodies import take_body
from numberpools.services.actors import ActorKind
from numberpools.stores.vonage_patience import patience
from numberpools.web import (
    accounts,
    api_secrets,
    assets,
    audit,
    bulk,
    errors,
    headers,
    health,
    lists,
    mirror,
    numbers,
    operations,
    pools,
    presentation,
)


def init_app(app: Flask) -> None:
    # As long as the session: a page may stay open over lunch.
    app.config["WTF_CSRF_TIME_LIMIT"] = None
    app.before_request(_prepare_page)
    trail.init_app(app)
    csrf = CSRFProtect(app)
    for asked_by_programs in (api.blueprint, back_channel.blueprint):
        csrf.exempt(asked_by_programs)
    for part in (compression, assets, request_bodies, headers, presentation, errors):
        part.init_app(app)
    if app.extensions["stores"].vendor_accounts:
        app.before_request(_begin_patience)
        app.teardown_request(_end_patience)
    of_accounts = (accounts, api_secrets, pools, numbers, bulk, lists, operations, mirror, audit)
    for part in (*of_accounts, health):
        app.register_blueprint(part.blueprint)
    app.add_template_global(current_person)
    app.add_template_global(session_mark)


def _prepare_page() -> None:
    """Refuse what no page can answer, and note who acts. The API sees to its own."""
    if is_api_request():
        return
    # No address of a page has a null character, and PostgreSQL takes none in a text.
    if "\0" in request.path or any("\0" in value for value in request.args.values()):
        abort(400)
    take_body()
    if request.method in trail.UNSAFE and (person := current_person()):
        email = f" <{person.email}>" if person.email else ""  # two people may share a name
        trail.act_as(ActorKind.PERSON, f"{person.name}{email}")


def _begin_patience() -> None:
    """All calls of a vendor that a page makes share the seconds that a person waits."""
    g.patience = ExitStack()
    g.patience.enter_context(patience())


def _end_patience(error: BaseException | None) -> None:
    if stack := g.pop("patience", None):
        stack.close()
