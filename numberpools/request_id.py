"""The id of each request, by which an answer and the log lines about it find each other."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from uuid import uuid4

from flask import request

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

HEADER = "X-Request-Id"

_WELL_FORMED = re.compile(r"[A-Za-z0-9._-]{1,64}")
_KEY = "numberpools.request_id"


def request_id() -> str:
    """The id of the request that is being answered."""
    return request_id_of(request.environ)


def request_id_of(environ: WSGIEnvironment) -> str:
    """The id that came with the request, if it is 1 to 64 of A-Z a-z 0-9 . _ -; else a new one."""
    if _KEY not in environ:
        given = environ.get("HTTP_X_REQUEST_ID", "")
        environ[_KEY] = given if _WELL_FORMED.fullmatch(given) else uuid4().hex
    known: str = environ[_KEY]
    return known
