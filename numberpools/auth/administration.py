"""Who is signed in, for administrators, and ways to end it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from numberpools.auth import signed_in
from numberpools.auth.pages import forgetting
from numberpools.auth.people import Person, Role, as_of_now, own_session, require, requires
from numberpools.context import database
from numberpools.errors import NotAdmitted

logger = logging.getLogger(__name__)

blueprint = Blueprint("sessions", __name__, url_prefix="/sessions")

_AT_MOST = 500


@blueprint.get("")
@requires(Role.ADMINISTRATOR)
def index() -> str:
    limits = current_app.extensions["session_limits"]
    found = signed_in.list_sessions(database(), limits, at_most=_AT_MOST)
    return render_template(
        "sessions/list.html",
        sessions=list(_admitted(found)),
        is_all=len(found) < _AT_MOST,
        at_most=_AT_MOST,
        own=own_session(),
    )


@blueprint.post("/end")
def end() -> Response:
    """End the session named by `session`, or all of the person named by `subject`."""
    person = require(Role.ADMINISTRATOR)
    subject, session_id = request.form.get("subject", ""), request.form.get("session", "")
    if "\0" in subject + session_id:  # PostgreSQL takes none in a text
        abort(400)
    if subject:
        ended = signed_in.end_sessions_of(database(), subject)
    else:
        ended = signed_in.end_session(database(), session_id)
    if ended:
        _log(person, len(ended), ended[0])
    flash(told(len(ended)), "success")
    return redirect(url_for("sessions.index"), 303)


@blueprint.get("/end-all")
@requires(Role.ADMINISTRATOR)
def end_all_form() -> str:
    return render_template("sessions/end_all.html")


@blueprint.post("/end-all")
def end_all() -> Response:
    """End the sessions of everybody, one's own only where that is asked for."""
    person = require(Role.ADMINISTRATOR)
    has_own = "own" in request.form
    ended = signed_in.end_all_sessions(database(), but=None if has_own else own_session())
    _log(person, len(ended), "everybody" if has_own else "everybody else")
    if has_own:
        return forgetting(redirect(url_for("sign_in.form"), 303))
    flash(told(len(ended)) if ended else "Nobody else was signed in.", "success")
    return redirect(url_for("sessions.index"), 303)


def told(count: int) -> str:
    """What became of the sessions that were to be ended."""
    words = {0: "That session had ended already.", 1: "The session is ended."}
    return words.get(count, f"{count:,} sessions are ended.")


def _admitted(found: list[signed_in.SignedIn]) -> Iterator[signed_in.SignedIn]:
    """With the role of today, and without those who will find themselves signed out."""
    for each in found:
        try:
            yield replace(each, identity=as_of_now(each.identity))
        except NotAdmitted:
            continue


def _log(person: Person, count: int, whose: str) -> None:
    """It is no change of an account, in whose trail it could stand."""
    who = (person.name, person.subject, count, whose)
    logger.warning("%s (%s) has ended %d session(s) of %s", *who)
