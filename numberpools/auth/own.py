"""Everybody's own sessions, and ways to end those that went on somewhere else."""

from __future__ import annotations

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from numberpools.auth import signed_in
from numberpools.auth.administration import told
from numberpools.auth.people import Role, own_session, require
from numberpools.context import database

blueprint = Blueprint("own_sessions", __name__, url_prefix="/sessions/own")

_AT_MOST = 100


@blueprint.get("")
def index() -> str:
    person = require(Role.VIEWER)
    limits = current_app.extensions["session_limits"]
    found = signed_in.list_sessions(database(), limits, at_most=_AT_MOST, subject=person.subject)
    return render_template("sessions/own.html", sessions=found, own=own_session())


@blueprint.post("/end")
def end() -> Response:
    """End the one named by `session`, or all but that of this browser."""
    person = require(Role.VIEWER)
    session_id = request.form.get("session", "")
    if "\0" in session_id:  # PostgreSQL takes none in a text
        abort(400)
    if session_id:
        ended = signed_in.end_session(database(), session_id, of=person.subject)
    else:
        ended = signed_in.end_sessions_of(database(), person.subject, but=own_session())
    flash(told(len(ended)), "success")
    return redirect(url_for("own_sessions.index"), 303)
