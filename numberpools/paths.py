"""Which paths belong to the API. Asked outside of Flask as well, where paths are as they came."""

from __future__ import annotations

from flask import request


def is_of_the_api(path: str) -> bool:
    """Whether what is wrong at this path is told as the API tells it.

    Everything under /v2/ is; so are /v2, /V2/... and //v2/..., which only mean it and lead nowhere,
    and the * that OPTIONS may ask about.
    """
    first, _, _ = path.lstrip("/").partition("/")
    return first in {"v2", "V2"} or path == "*"


def is_api_request() -> bool:
    """Whether the API answers this request, also where its path leads nowhere."""
    return is_of_the_api(request.environ.get("PATH_INFO", ""))
