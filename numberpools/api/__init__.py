"""The Number Pools API under /v2/numberpools."""

from __future__ import annotations

from flask import Flask, Request, Response, abort, request
from flask.sessions import SessionInterface, SessionMixin

from numberpools.api import numbers, pools, reference
from numberpools.api.access import blueprint
from numberpools.paths import is_api_request

__all__ = ["blueprint", "init_app", "numbers", "pools"]


class _Sessions(SessionInterface):
    """Sessions are for pages: the API neither reads nor writes a cookie."""

    def __init__(self, of_pages: SessionInterface) -> None:
        self._of_pages = of_pages

    def open_session(self, app: Flask, request: Request) -> SessionMixin | None:
        if is_api_request():
            return self.make_null_session(app)
        return self._of_pages.open_session(app, request)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        self._of_pages.save_session(app, session, response)


def init_app(app: Flask) -> None:
    app.session_interface = _Sessions(app.session_interface)
    app.url_map.merge_slashes = False  # it redirects with a page, also under /v2/
    app.before_request(_take_addresses_as_they_are)
    app.url_map.converters["number"] = numbers.NumberConverter
    numbers.init_app(app)
    app.register_blueprint(blueprint)
    app.register_blueprint(reference.blueprint)


def _take_addresses_as_they_are() -> None:
    """Two slashes are not one. Werkzeug drops the first of those that a path begins with."""
    if request.environ.get("PATH_INFO", "").startswith("//"):
        abort(404)
