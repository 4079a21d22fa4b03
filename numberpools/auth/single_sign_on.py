"""Single sign-on: to the provider, and back."""

from __future__ import annotations

import logging
from typing import Any

from flask import (
    Blueprint,
    Flask,
    current_app,
    g,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from werkzeug.wrappers import Response

from numberpools.auth import asked_for, interrupted
from numberpools.auth.addresses import next_page
from numberpools.auth.admission import admit
from numberpools.auth.discovery import LOGIN, SELECT_ACCOUNT
from numberpools.auth.people import current_person, sign_out
from numberpools.auth.provider import (
    ID_TOKEN,
    Provider,
    begun_sign_ins,
    page_asked_for,
    refuses_to_choose_account,
)
from numberpools.context import settings
from numberpools.errors import NotAdmitted, ProviderUnavailable, SignInFailed
from numberpools.settings.sign_in import LogoutBy

logger = logging.getLogger(__name__)

blueprint = Blueprint("single_sign_on", __name__, url_prefix="/sign-in")

_EXTENSION = "identity_provider"
_RETRY_AFTER_SECONDS = "10"


def init_app(app: Flask) -> None:
    app.extensions[_EXTENSION] = Provider(app.extensions["settings"])
    app.register_blueprint(blueprint)


@blueprint.get("/start")
def start() -> Response:
    is_other = request.args.get("prompt") == SELECT_ACCOUNT
    return _to_the_provider(next_page(), SELECT_ACCOUNT if is_other else None)


@blueprint.get("/callback")
def callback() -> Response:
    g.asked_for = page_asked_for() or asked_for.recalled()
    if refuses_to_choose_account():
        return _to_the_provider(_page_to_go_to(), LOGIN)
    claims, id_token = identity_provider().complete()
    others = begun_sign_ins()
    there = interrupted.sign_in(admit(claims, settings()), _page_to_go_to())
    session.update(others)  # in tabs of their own
    session[ID_TOKEN] = id_token if settings().oidc_logout_by is LogoutBy.ID_TOKEN else ""
    return redirect(there, 303)


def _to_the_provider(page: str, prompt: str | None) -> Response:
    back = url_for("single_sign_on.callback", _external=True)
    answer = redirect(identity_provider().authorization_url(back, page, prompt), 303)
    asked_for.remember(page, answer)
    return answer


@blueprint.get("/keys")
def keys() -> dict[str, Any]:
    """The public part of `OIDC_CLIENT_KEY`, as a JWK Set for the provider (RFC 7517)."""
    return {"keys": identity_provider().client_keys()}


def sign_out_url(id_token: str) -> str | None:
    """Where the provider signs out whom this ID token is about, where it supports that."""
    if _EXTENSION not in current_app.extensions:
        return None
    return identity_provider().sign_out_url(id_token, url_for("sign_in.form", _external=True))


@blueprint.errorhandler(ProviderUnavailable)
def unavailable(error: ProviderUnavailable) -> tuple[str, int, dict[str, str]]:
    logger.warning("The identity provider is not available: %s", error)
    values = {"next": _page_to_go_to(), "settings": settings(), "is_unavailable": True}
    page = render_template("sign_in/form.html", **values)
    return page, error.status, {"Retry-After": _RETRY_AFTER_SECONDS}


@blueprint.errorhandler(SignInFailed)
def failed(error: SignInFailed) -> tuple[str, int]:
    # The provider's own words may have come through the browser, so anybody's: for the log alone.
    logger.warning("A sign-in failed: %s %r", error, str(error.__cause__ or ""))
    values = {"reason": str(error), "next": _page_to_go_to(), "contact": settings().oidc_contact}
    return render_template("sign_in/failed.html", **values), error.status


@blueprint.errorhandler(NotAdmitted)
def outside(error: NotAdmitted) -> tuple[str, int]:
    why = f"{error.reason}; {error.hint}" if error.hint else error.reason
    logger.warning("%s was not admitted: %s", error.name, why)
    if current_person() is not None:
        # Somebody else was signed in, and is so no longer. Otherwise there is nothing to end, and
        # a form that is kept for who should have come stays.
        others = begun_sign_ins()
        sign_out()
        session.update(others)
    values = {"error": error, "next": _page_to_go_to(), "contact": settings().oidc_contact}
    return render_template("sign_in/outside.html", **values), error.status


def _page_to_go_to() -> str:
    """The page that was asked for before all this, on this service."""
    page: str | None = g.get("asked_for")
    return page or next_page()


def identity_provider() -> Provider:
    found: Provider = current_app.extensions[_EXTENSION]
    return found
