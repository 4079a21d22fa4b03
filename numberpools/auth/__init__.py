"""Sign-in, sessions, and roles."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask

from numberpools.auth import (
    administration,
    back_channel,
    development,
    own,
    pages,
    single_sign_on,
)
from numberpools.auth.people import (
    Person,
    Role,
    administers_account,
    current_person,
    require,
    requires,
    sees_account,
    session_mark,
)
from numberpools.auth.sessions import Limits, Sessions
from numberpools.settings import Settings

__all__ = [
    "Person",
    "Role",
    "administers_account",
    "current_person",
    "init_app",
    "require",
    "requires",
    "sees_account",
    "session_mark",
]


def init_app(app: Flask) -> None:
    settings: Settings = app.extensions["settings"]
    limits = Limits(
        idle=timedelta(minutes=settings.session_idle_minutes),
        absolute=timedelta(hours=settings.session_hours),
    )
    app.extensions["session_limits"] = limits
    app.session_interface = Sessions(app.extensions["stores"].database, limits)
    if not settings.is_development:
        # The prefix keeps other hosts of the same domain from setting the cookie.
        app.config["SESSION_COOKIE_NAME"] = "__Host-session"
    app.register_blueprint(pages.blueprint)
    for part in (administration, own):
        app.register_blueprint(part.blueprint)
    if settings.is_development:
        app.register_blueprint(development.blueprint)
    if settings.has_single_sign_on:
        single_sign_on.init_app(app)
        app.register_blueprint(back_channel.blueprint)
