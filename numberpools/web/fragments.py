"""Which part of a page is asked for."""

from __future__ import annotations

from typing import Any

from flask import Response, make_response, render_template
from htmx_flask import request


def is_fragment() -> bool:
    """Whether htmx asks for a part of the page only.

    A boosted link and a step back in the history need the whole page.
    """
    return (
        bool(request.htmx) and not request.htmx.boosted and not request.htmx.history_restore_request
    )


def render(template: str, partial: str, status: int = 200, /, **values: Any) -> Response:
    """The partial where htmx asks for it, else the whole page, which includes the very same."""
    response = make_response(
        render_template(partial if is_fragment() else template, **values), status
    )
    response.vary.add("HX-Request")
    return response
