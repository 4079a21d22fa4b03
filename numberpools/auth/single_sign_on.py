"""Single sign-on: to the provider, and back."""

from __future__ import annotations

import logging

from flask import Blueprint, Flask, current_app, redirect, render_template, session, url_for
from werkzeug.wrappers import Response

from numberpools.auth import interrupted
from numberpools.auth.addresses import next_page
from numberpools.auth.admission import admit
from numberpools.auth.people import sign_out
from numberpools.auth.provider import ID_TOKEN, Provider
from numberpools.context import settings
from numberpools.errors import NotAdmitted, ProviderUnavailable, SignInFailed

logger = logging.getLogger(__name__)

blueprint = Blueprint("single_sign_on", __name__, url_prefix="/sign-in")

_EXTENSION = "identity_provider"


def init_app(app: Flask) -> None:
    app.extensions[_EXTENSION] = Provider(app.extensions["settings"])
    app.register_blueprint(blueprint)


@blueprint.get("/start")
def start() -> Response:
    back = url_for("single_sign_on.callback", _external=True)
    return redirect(identity_provider().authorization_url(back, next_page()), 303)


@blueprint.get("/callback")
def callback() -> Response:
    claims, id_token, asked_for = identity_provider().complete()
    there = interrupted.sign_in(admit(claims, settings()), asked_for)
    session[ID_TOKEN] = id_token
    return redirect(there, 303)


def sign_out_url(id_token: str) -> str | None:
    """Where the provider signs out whom this ID token is about, where it supports that."""
    if _EXTENSION not in current_app.extensions:
        return None
    return identity_provider().sign_out_url(id_token, url_for("sign_in.form", _external=True))


@blueprint.errorhandler(ProviderUnavailable)
def unavailable(error: ProviderUnavailable) -> tuple[str, int]:
    logger.warning("The identity provider is not available: %s", error)
    values = {"next": next_page(), "settings": settings(), "is_unavailable": True}
    return render_template("sign_in/form.html", **values), error.status


@blueprint.errorhandler(SignInFailed)
def failed(error: SignInFailed) -> tuple[str, int]:
    # The provider's own words may have come through the browser, so anybody's: for the log alone.
    logger.warning("A sign-in failed: %s %r", error, str(error.__cause__ or ""))
    return render_template("sign_in/failed.html", reason=str(error)), error.status


@blueprint.errorhandler(NotAdmitted)
def outside(error: NotAdmitted) -> tuple[str, int]:
    logger.warning("%s was not admitted: %s", error.name, error.reason)
    sign_out()
    contact = settings().oidc_contact
    page = render_template("sign_in/outside.html", error=error, contact=contact)
    return page, error.status


def identity_provider() -> Provider:
    found: Provider = current_app.extensions[_EXTENSION]
    return found
