"""Sign-in without a password, for development: in production this door does not exist."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, request
from werkzeug.wrappers import Response

from numberpools.auth import interrupted
from numberpools.auth.addresses import next_page
from numberpools.auth.people import Identity, Role

blueprint = Blueprint("development", __name__)


@blueprint.post("/sign-in")
def submit() -> Response:
    name = request.form.get("role", "")
    if name not in Role.__members__:
        abort(400, "Choose one of the roles.")
    subject = f"development {name.lower()}"
    there = interrupted.sign_in(Identity(subject, subject.capitalize(), Role[name]), next_page())
    return redirect(there, 303)
