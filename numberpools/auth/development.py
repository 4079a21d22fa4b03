"""Sign-in without a password, for development: in production this door does not exist."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from numberpools.auth.people import Person, Role, sign_in, sign_out

blueprint = Blueprint("sign_in", __name__)


@blueprint.get("/sign-in")
def form() -> str:
    return render_template("sign_in/form.html", roles=Role, next=_next())


@blueprint.post("/sign-in")
def submit() -> Response:
    name = request.form.get("role", "")
    if name not in Role.__members__:
        abort(400, "Choose one of the roles.")
    sign_in(Person(f"Development {name.lower()}", Role[name]))
    return redirect(_next(), 303)


@blueprint.post("/sign-out")
def leave() -> Response:
    sign_out()
    return redirect(url_for("sign_in.form"), 303)


def _next() -> str:
    """The page that was asked for, on this service only."""
    wanted = request.values.get("next", "")
    is_ours = wanted.startswith("/") and not wanted.startswith(("//", "/\\"))
    return wanted if is_ours and wanted.isprintable() else "/"
