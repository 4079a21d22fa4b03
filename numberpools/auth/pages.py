"""Signing in and out, and going on where a session ended in the middle of something."""

from __future__ import annotations

from flask import (
    Blueprint,
    Response,
    make_response,
    redirect,
    render_template,
    session,
    url_for,
)
from werkzeug.wrappers import Response as BaseResponse

from numberpools.auth import interrupted, single_sign_on
from numberpools.auth.addresses import next_page
from numberpools.auth.people import Role, requires, session_mark, sign_out
from numberpools.auth.provider import ID_TOKEN
from numberpools.compression import holds_secret
from numberpools.context import settings

blueprint = Blueprint("sign_in", __name__)


@blueprint.get("/sign-in")
def form() -> str:
    return render_template("sign_in/form.html", next=next_page(), settings=settings())


@blueprint.get("/session")
def mark() -> Response:
    """Whose page one that comes back from the browser's back-forward cache may be."""
    answer = Response(session_mark(), mimetype="text/plain")
    # A page that has asked for something with no-store would not be kept a second time.
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer


@blueprint.post("/sign-out")
def leave() -> BaseResponse:
    """End the session here and, where the provider supports it, there."""
    id_token = session.get(ID_TOKEN)
    sign_out()
    there = None if id_token is None else single_sign_on.sign_out_url(id_token)
    if there is None:
        return forgetting(redirect(url_for("sign_in.form"), 303))
    # Not a redirect: the Content Security Policy lets no form lead to another host. Not a header
    # either: with the ID token of somebody in many groups it is more than proxies take there.
    holds_secret()
    return forgetting(make_response(render_template("sign_in/signed_out.html", there=there)))


def forgetting(answer: BaseResponse) -> BaseResponse:
    """Have the browser drop what it keeps of this service.

    Not its cookies: that would sign people out of every host of the same domain.
    """
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    return answer


@blueprint.get("/sign-in/again")
@requires(Role.VIEWER)
def again() -> str | BaseResponse:
    """What was sent when the session had ended, to be sent again."""
    kept = interrupted.kept_form()
    if kept is None:
        return redirect("/", 303)
    return render_template("sign_in/again.html", kept=kept)


@blueprint.post("/sign-in/again/send")
@requires(Role.VIEWER)
def send_again() -> BaseResponse:
    kept = interrupted.kept_form()
    interrupted.forget()
    # 307: the browser sends the very same form to where it was meant to go.
    return redirect(kept.action, 307) if kept else redirect("/", 303)


@blueprint.post("/sign-in/again/leave")
@requires(Role.VIEWER)
def leave_it() -> BaseResponse:
    kept = interrupted.kept_form()
    interrupted.forget()
    return redirect((kept and kept.page) or "/", 303)
