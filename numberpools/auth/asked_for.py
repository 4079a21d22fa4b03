"""The page for whose sake somebody went off to sign in, in a cookie of its own.

The session in which the sign-in was begun ends while they are away for long, or with the sign-in
itself, and Back may then lead to the provider's answer once more: the page that says so can still
lead where they wanted to go. The cookie ends with the browser.
"""

from __future__ import annotations

from flask import current_app, request
from werkzeug.wrappers import Response

from numberpools.auth.addresses import own_path

_MOST_CHARACTERS = 2_000
"""Browsers keep 4 KB, of which some characters take three bytes."""


def remember(page: str, answer: Response) -> None:
    if len(page) <= _MOST_CHARACTERS:
        secure = current_app.session_interface.get_cookie_secure(current_app)
        answer.set_cookie(_name(), page, secure=secure, httponly=True, samesite="Lax")


def recalled() -> str:
    """The page; `/` where none is known."""
    return own_path(request.cookies.get(_name(), ""))


def _name() -> str:
    """With the prefix of the session's cookie, that no other host of the domain can set it."""
    prefix = current_app.session_interface.get_cookie_name(current_app).removesuffix("session")
    return f"{prefix}asked-for"
