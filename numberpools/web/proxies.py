"""The proxies in front, and what they say of a request.

`TRUSTED_PROXIES` says how many there are; what comes from further away, anybody may have made up.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

logger = logging.getLogger(__name__)

_NOT_COUNTED = (
    "TRUSTED_PROXIES, which is {}, does not fit the proxies in front of this service: one of them "
    "says that this request came over https, and is not believed. Whoever runs the service sets "
    "TRUSTED_PROXIES to the number of proxies, which is 1 behind the router of a host."
)
_NOT_TOLD = (
    "TRUSTED_PROXIES is {}, but this request does not say with X-Forwarded-Proto whether it came "
    "over https. Whoever runs the service lets the proxy in front set that header."
)


def init_app(app: Flask) -> None:
    hops: int = app.extensions["settings"].trusted_proxies
    if hops:
        app.wsgi_app = _Believed(app.wsgi_app, hops)  # type: ignore[method-assign]


class _Believed:
    """Puts what the proxies say in the place of what the connection says.

    Proxies add themselves to X-Forwarded-For, but most replace X-Forwarded-Proto. Where it holds
    fewer values than there are proxies, all of them come from one of these.
    """

    def __init__(self, application: WSGIApplication, hops: int) -> None:
        self._hops = hops
        self._by_values: list[WSGIApplication] = [
            ProxyFix(application, x_for=hops, x_proto=values, x_host=hops)
            for values in range(1, hops + 1)
        ]

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        more: int = environ.get("HTTP_X_FORWARDED_PROTO", "").count(",")
        return self._by_values[min(more, self._hops - 1)](environ, start_response)


class Misfit:
    """What would lead a request over HTTPS to HTTPS, for ever, since we do not learn of it.

    A header of anybody's is reason enough to say so instead, and for nothing else.
    """

    def __init__(self, hops: int) -> None:
        self._hops = hops
        self._logged: set[str] = set()

    def advice(self, environ: WSGIEnvironment) -> str:
        """For a request that seems to have come without HTTPS; empty where it may have."""
        told = environ.get("HTTP_X_FORWARDED_PROTO", "").lower()
        if "https" in map(str.strip, told.split(",")):
            advice = _NOT_COUNTED
        elif told:
            return ""
        elif self._hops:
            advice = _NOT_TOLD
        elif "proto=https" in environ.get("HTTP_FORWARDED", "").lower():  # RFC 7239
            advice = _NOT_COUNTED
        else:
            return ""
        return self._once_logged(advice.format(self._hops))

    def _once_logged(self, advice: str) -> str:
        """It holds for each request."""
        if advice not in self._logged:
            self._logged.add(advice)
            logger.warning(advice)
        return advice
