"""Headers that every answer carries, and HTTPS for all of them in production.

They are the same for pages, API and assets, so they are put on outside of Flask, where it costs
an answer of the API nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from flask import Flask
from werkzeug.utils import redirect
from werkzeug.wrappers import Request

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",  # Bootstrap's stylesheet holds its ticks and arrows as data
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
_HEADERS = [
    ("Content-Security-Policy", "; ".join(f"{name} {value}" for name, value in _POLICY.items())),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "browsing-topics=(), camera=(), geolocation=(), microphone=()"),
    ("Referrer-Policy", "same-origin"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
]
_ONLY_HTTPS = ("Strict-Transport-Security", "max-age=31536000; includeSubDomains")


def init_app(app: Flask) -> None:
    only_https = not app.extensions["settings"].is_development
    app.wsgi_app = _Headers(app.wsgi_app, only_https=only_https)  # type: ignore[method-assign]


class _Headers:
    def __init__(self, application: WSGIApplication, *, only_https: bool) -> None:
        self._application = application
        self._only_https = only_https
        self._headers = [*_HEADERS, _ONLY_HTTPS] if only_https else _HEADERS

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            return start_response(status, headers + self._headers, exc_info)

        if self._only_https and environ["wsgi.url_scheme"] != "https":
            address = Request(environ).url.replace("http://", "https://", 1)
            return redirect(address, 308)(environ, start)
        return self._application(environ, start)
