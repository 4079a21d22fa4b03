"""The pages of the dashboard."""

from __future__ import annotations

from contextlib import ExitStack

from flask import Flask, Response, abort, g, request
from flask_compress import Compress
from flask_wtf import CSRFProtect

from numberpools import api, trail
from numberpools.auth import current_person
from numberpools.services.actors import ActorKind
from numberpools.stores.vonage_patience import patience
from numberpools.web import (
    accounts,
    api_secrets,
    assets,
    audit,
    bulk,
    chunks,
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
    app.config.update(
        COMPRESS_MIMETYPES=["text/html", "text/csv"],
        COMPRESS_MIN_SIZE=1000,
        COMPRESS_REGISTER=False,  # only pages are compressed: see below
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session: a page may stay open over lunch
    )
    compress = Compress(app)

    @app.after_request
    def compress_page(response: Response) -> Response:
        if api.problems.is_api_request():
            return response
        compressed: Response = compress.after_request(response)
        return compressed

    app.before_request(_prepare_page)
    trail.init_app(app)
    CSRFProtect(app).exempt(api.blueprint)
    for part in (assets, chunks, headers, presentation, errors):
        part.init_app(app)
    if app.extensions["stores"].vendor_accounts:
        app.before_request(_begin_patience)
        app.teardown_request(_end_patience)
    of_accounts = (accounts, api_secrets, pools, numbers, bulk, lists, operations, mirror, audit)
    for part in (*of_accounts, health):
        app.register_blueprint(part.blueprint)
    app.add_template_global(current_person)


def _prepare_page() -> None:
    """Refuse what no page can answer, and note who acts. The API sees to its own."""
    if api.problems.is_api_request():
        return
    # No address of a page has a null character, and PostgreSQL takes none in a text.
    if "\0" in request.path or any("\0" in value for value in request.args.values()):
        abort(400)
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
