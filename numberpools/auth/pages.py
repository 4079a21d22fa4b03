"""Signing in and out, and going on where a session ended in the middle of something."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, session, url_for
from werkzeug.wrappers import Response

from numberpools.auth import interrupted, single_sign_on
from numberpools.auth.addresses import next_page
from numberpools.auth.people import Role, requires, sign_out
from numberpools.auth.provider import ID_TOKEN
from numberpools.compression import holds_secret
from numberpools.context import settings

blueprint = Blueprint("sign_in", __name__)


@blueprint.get("/sign-in")
def form() -> str:
    return render_template("sign_in/form.html", next=next_page(), settings=settings())


@blueprint.post("/sign-out")
def leave() -> str | Response:
    """End the session here and, where the provider supports it, there."""
    id_token = session.get(ID_TOKEN)
    sign_out()
    there = single_sign_on.sign_out_url(id_token) if id_token else None
    if there is None:
        return redirect(url_for("sign_in.form"), 303)
    # Not a redirect: the Content Security Policy lets no form lead to another host. Not a header
    # either: the ID token of somebody in many groups is more than proxies take there.
    holds_secret()
    return render_template("sign_in/signed_out.html", there=there)


@blueprint.get("/sign-in/again")
@requires(Role.VIEWER)
def again() -> str | Response:
    """What was sent when the session had ended, to be sent again."""
    kept = interrupted.kept_form()
    if kept is None:
        return redirect("/", 303)
    return render_template("sign_in/again.html", kept=kept)


@blueprint.post("/sign-in/again/send")
@requires(Role.VIEWER)
def send_again() -> Response:
    kept = interrupted.kept_form()
    interrupted.forget()
    # 307: the browser sends the very same form to where it was meant to go.
    return redirect(kept.action, 307) if kept else redirect("/", 303)


@blueprint.post("/sign-in/again/leave")
@requires(Role.VIEWER)
def leave_it() -> Response:
    kept = interrupted.kept_form()
    interrupted.forget()
    return redirect((kept and kept.page) or "/", 303)
