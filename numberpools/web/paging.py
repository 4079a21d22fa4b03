"""Which page of a list is asked for, and the addresses of the others."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import request, session, url_for

from numberpools.domain.pools import MAXIMUM_PAGE, PageRequest

PAGE_SIZES = (10, 25, 50, 100)
_DEFAULT_PAGE_SIZE = 25
_REMEMBERED = "page_size"


def requested_page() -> PageRequest:
    """The page that the address names. A size chosen once is remembered for other lists."""
    page = request.args.get("page", 1, type=int)
    size = request.args.get("page_size", type=int)
    if size in PAGE_SIZES:
        if size != session.get(_REMEMBERED, _DEFAULT_PAGE_SIZE):
            session[_REMEMBERED] = size
    else:
        size = session.get(_REMEMBERED, _DEFAULT_PAGE_SIZE)
    return PageRequest(min(max(page, 1), MAXIMUM_PAGE), size)


def address(**changes: Any) -> str:
    """This list's address with some of its query changed; None takes a parameter out."""
    query = {**request.args.to_dict(), **changes}
    kept = {name: value for name, value in query.items() if value not in (None, "")}
    path = url_for(str(request.endpoint), **(request.view_args or {}))
    return f"{path}?{urlencode(kept)}" if kept else path
