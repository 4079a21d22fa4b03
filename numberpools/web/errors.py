"""One handler turns an error into a page, a fragment, or a problem of the API."""

from __future__ import annotations

import logging
from math import ceil
from typing import Any, cast

from flask import Flask, make_response, redirect, render_template, request, session, url_for
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.wrappers import Response as BaseResponse

from numberpools import trail
from numberpools.api import problems
from numberpools.auth import interrupted
from numberpools.auth.addresses import page_before
from numberpools.auth.sessions import Session
from numberpools.errors import (
    MAY_HAVE_BEEN_DONE,
    DatabaseUnavailable,
    NotConfirmed,
    NotSignedIn,
    NumberPoolsError,
    VendorError,
)
from numberpools.paths import is_api_request
from numberpools.services import audit
from numberpools.web.fragments import is_fragment

logger = logging.getLogger(__name__)


def init_app(app: Flask) -> None:
    app.register_error_handler(Exception, answer)


def answer(error: Exception) -> BaseResponse:
    """Show what went wrong; what nobody foresaw is logged, and shown without details."""
    error = _cause(error)
    trail.note_error(error)
    if is_api_request():
        return problems.problem(error)
    if isinstance(error, CSRFError) and interrupted.is_interruption():
        error = NotSignedIn("Sign in to go on.")  # the token went with the session
    if isinstance(error, NotSignedIn) and request.method == "GET" and not is_fragment():
        there = url_for("sign_in.form", next=request.full_path.rstrip("?"))
        return interrupted.without_dead_cookie(redirect(there, 303))
    status, title, detail = _told(error)
    page = "sign_in/ended.html" if isinstance(error, NotSignedIn) else "errors/page.html"
    template = "errors/_message.html" if is_fragment() else page
    may_pass = isinstance(error, VendorError | DatabaseUnavailable)
    can_retry = may_pass and not isinstance(error, NotConfirmed)
    values: dict[str, Any] = {"title": title, "detail": detail, "can_retry": can_retry}
    values["page_before"] = page_before() or None
    if status == 500 or isinstance(error, DatabaseUnavailable):
        values["account_id"] = None  # the header asks the database, which may be what failed
    if isinstance(error, DatabaseUnavailable):
        cast("Session", session).freeze()
    response = make_response(render_template(template, **values), status)
    response.vary.add("HX-Request")
    if is_fragment():
        # Above the page and not into it: what was typed and what was shown stays.
        response.headers["HX-Retarget"] = "#messages"
        response.headers["HX-Reswap"] = "innerHTML"
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        response.allow.update(error.valid_methods)
    if isinstance(error, VendorError | DatabaseUnavailable) and error.retry_after is not None:
        response.headers["Retry-After"] = str(ceil(error.retry_after))
    return response


def _cause(error: Exception) -> Exception:
    """What Flask calls an error of its own where an answer, or its session, could not be stored."""
    original = getattr(error, "original_exception", None)
    return original if isinstance(original, DatabaseUnavailable) else error


def _told(error: Exception) -> tuple[int, str, str]:
    if isinstance(error, NotSignedIn):
        return error.status, *interrupted.told()
    if isinstance(error, NumberPoolsError) and error.status != 500:
        told = str(error).removeprefix(f"{error.title}.")  # the title stands above it
        return error.status, error.title, f"{told} {_what_follows(error)}".strip()
    if isinstance(error, CSRFError):
        return 400, "This form has expired", "Go back, load the page again and send it once more."
    if isinstance(error, HTTPException):
        return error.code or 500, *_HTTP_WORDS.get(error.code or 500, (error.name, ""))
    logger.error("unexpected error", exc_info=error)
    return (
        500,
        "Something went wrong here",
        (
            "It was not your doing, and it has been logged. What you did last may or may not have "
            "happened: look before you do it again."
        ),
    )


def _what_follows(error: NumberPoolsError) -> str:
    """What became of a change at which the vendor failed; '' where nothing was to be changed."""
    attempt = audit.current_attempt()
    if isinstance(error, DatabaseUnavailable):
        return "" if request.method == "GET" else error.consequence
    if attempt is None or not isinstance(error, VendorError) or isinstance(error, NotConfirmed):
        return ""
    if attempt.is_recorded and error.may_have_been_done:
        return MAY_HAVE_BEEN_DONE
    return "Nothing was changed."


_HTTP_WORDS = {
    400: ("This request can't be understood", "Go back and try it once more."),
    404: ("There is no such page", "The address may be mistyped, or what it showed is gone."),
    405: ("This address can't be used that way", "Go back and use the buttons of the page."),
    413: (
        "This is too much at once",
        "A list may have 20 MB at the most. Go back, split it or save only its numbers as .csv.",
    ),
}
