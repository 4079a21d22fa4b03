"""The Number Pools API under /v2/numberpools."""

from __future__ import annotations

from flask import Flask, Request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface

from numberpools import request_id
from numberpools.api import numbers, pools, reference
from numberpools.api.access import blueprint
from numberpools.api.problems import is_api_request

__all__ = ["blueprint", "init_app", "numbers", "pools"]


class _Sessions(SecureCookieSessionInterface):
    """Sessions are for pages: the API neither reads nor writes a cookie."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        if is_api_request():
            return self.make_null_session(app)
        return super().open_session(app, request)


def init_app(app: Flask) -> None:
    app.session_interface = _Sessions()
    app.url_map.merge_slashes = False  # it redirects with a page, also under /v2/
    request_id.init_app(app)
    app.url_map.converters["number"] = numbers.NumberConverter
    numbers.init_app(app)
    app.register_blueprint(blueprint)
    app.register_blueprint(reference.blueprint)
