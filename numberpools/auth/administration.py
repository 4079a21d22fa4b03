"""Who is signed in, for administrators, and a way to end it."""

from __future__ import annotations

import logging

from flask import (
    Blueprint,
    abort,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from werkzeug.wrappers import Response

from numberpools.auth import sessions
from numberpools.auth.people import Role, require, requires
from numberpools.context import database

logger = logging.getLogger(__name__)

blueprint = Blueprint("sessions", __name__, url_prefix="/sessions")

_AT_MOST = 500


@blueprint.get("")
@requires(Role.ADMINISTRATOR)
def index() -> str:
    found = sessions.list_sessions(
        database(), current_app.extensions["session_limits"], at_most=_AT_MOST
    )
    own = getattr(session, "token", None)
    return render_template(
        "sessions/list.html",
        sessions=found,
        at_most=_AT_MOST,
        own=own and sessions.hash_of(own),
    )


@blueprint.post("/end")
def end() -> Response:
    """End the session named by `session`, or all of the person named by `subject`."""
    person = require(Role.ADMINISTRATOR)
    subject, session_id = request.form.get("subject", ""), request.form.get("session", "")
    if "\0" in subject + session_id:  # PostgreSQL takes none in a text
        abort(400)
    if subject:
        ended = sessions.end_sessions_of(database(), subject)
    else:
        ended = sessions.end_session(database(), session_id)
    if ended:
        # It is no change of an account, in whose trail it could stand.
        told = (person.name, person.subject, len(ended), ended[0])
        logger.warning("%s (%s) has ended %d session(s) of %s", *told)
    words = {0: "That session had ended already.", 1: "The session is ended."}
    flash(words.get(len(ended), f"{len(ended)} sessions are ended."), "success")
    return redirect(url_for("sessions.index"), 303)
