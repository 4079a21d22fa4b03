"""What guards every answer: its headers, and who may be asked in which way.

Under a host name that is not ours nothing is answered, and in production nothing without HTTPS.
All of it is the same for pages, API and assets, so it stands outside of Flask, where it costs an
answer of the API nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from json import dumps
from typing import TYPE_CHECKING, Any

from flask import Flask
from werkzeug.sansio.utils import host_is_trusted
from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from numberpools.limits import told
from numberpools.paths import is_of_the_api
from numberpools.request_id import HEADER, request_id_of
from numberpools.settings import Settings
from numberpools.web.proxies import Misfit

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
_NOT_NEEDED = (
    *("accelerometer", "autoplay", "browsing-topics", "camera", "display-capture"),
    *("encrypted-media", "fullscreen", "gamepad", "geolocation", "gyroscope", "hid"),
    *("idle-detection", "keyboard-map", "local-fonts", "magnetometer", "microphone", "midi"),
    *("payment", "picture-in-picture", "publickey-credentials-get", "screen-wake-lock", "serial"),
    *("storage-access", "usb", "window-management", "xr-spatial-tracking"),
)
"""What browsers offer to pages, and none of ours uses."""

_HEADERS = [
    ("Content-Security-Policy", "; ".join(f"{name} {value}" for name, value in _POLICY.items())),
    ("Cross-Origin-Embedder-Policy", "require-corp"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", ", ".join(f"{name}=()" for name in _NOT_NEEDED)),
    ("Referrer-Policy", "same-origin"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("X-Permitted-Cross-Domain-Policies", "none"),
]
_HSTS_SECONDS = 63_072_000
"""Two years, as lists for preloading ask for at least one."""
_KEPT_NOWHERE = ("Cache-Control", "no-store")
"""Of whatever does not say otherwise: what was private comes back to nobody who has signed out."""
_ASKED_FOR_AGAIN = ("Cache-Control", "private, no-cache")
"""Of the API, and of what htmx shows of a form that is being filled in.

No cache keeps an answer to a POST that does not ask for it. Saying `no-store` there as well would
cost the page around it its place in the browser's back-forward cache, and with it what was typed.
"""

_WITHIN_THE_NETWORK = {"/healthz", "/readyz", "/metrics"}
"""Asked by machines, which often know an address only, and no HTTPS."""


def init_app(app: Flask) -> None:
    app.wsgi_app = _Shell(app.wsgi_app, app.extensions["settings"])  # type: ignore[method-assign]


def _only_https(settings: Settings) -> tuple[str, str]:
    """RFC 6797, and https://hstspreload.org for the last of its words."""
    words = [f"max-age={_HSTS_SECONDS}"]
    if settings.hsts_include_subdomains:
        words.append("includeSubDomains")
    if settings.hsts_preload:
        words.append("preload")
    return "Strict-Transport-Security", "; ".join(words)


class _Shell:
    def __init__(self, application: WSGIApplication, settings: Settings) -> None:
        self._application = application
        self._only_https = not settings.is_development
        self._headers = [*_HEADERS, _only_https(settings)] if self._only_https else _HEADERS
        self._misfit = Misfit(settings.trusted_proxies)
        self._is_ours = lru_cache(256)(lambda host: host_is_trusted(host, settings.hosts))

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            if all(name != "Cache-Control" for name, _ in headers):
                headers.append(_cache_control(environ))
            headers.append((HEADER, request_id_of(environ)))
            headers.extend(told(environ))
            return start_response(status, headers + self._headers, exc_info)

        application = self._application
        if environ["PATH_INFO"] not in _WITHIN_THE_NETWORK:
            application = self._refusal(environ) or application
        return application(environ, start)

    def _refusal(self, environ: WSGIEnvironment) -> WSGIApplication | None:
        if not self._is_ours(environ.get("HTTP_HOST", "").lower()):
            return _refused(environ, 400, "This service does not answer under that host name.")
        if not self._only_https or environ["wsgi.url_scheme"] == "https":
            return None
        if advice := self._misfit.advice(environ):
            return _refused(environ, 400, advice)
        if is_of_the_api(environ["PATH_INFO"]):
            # A redirect would hide that the credentials have just been sent in the clear.
            return _refused(environ, 403, "Use https: over http, anybody can read the API secret.")
        return redirect(Request(environ).url.replace("http://", "https://", 1), 308)


def _cache_control(environ: WSGIEnvironment) -> tuple[str, str]:
    is_api = is_of_the_api(environ["PATH_INFO"])
    is_part_of_page = environ["REQUEST_METHOD"] == "POST" and "HTTP_HX_REQUEST" in environ
    return _ASKED_FOR_AGAIN if is_api or is_part_of_page else _KEPT_NOWHERE


def _refused(environ: WSGIEnvironment, status: int, reason: str) -> Response:
    if not is_of_the_api(environ["PATH_INFO"]):
        return Response(f"{reason}\n", status, mimetype="text/plain")
    problem = {
        "type": "about:blank",
        "title": "Bad Request" if status == 400 else "Forbidden",
        "status": status,
        "detail": reason,
        "instance": request_id_of(environ),
    }
    return Response(dumps(problem), status, mimetype="application/problem+json")
