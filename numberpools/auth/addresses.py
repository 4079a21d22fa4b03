"""Where to go after the sign-in: on this service only."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import request


def next_page() -> str:
    """The page that was asked for, as the parameter `next` says."""
    return own_path(request.values.get("next", ""))


def page_before() -> str:
    """The page whose form or link sent this request, as the browser says; empty: not known."""
    referrer = request.headers.get("HX-Current-URL") or request.referrer or ""
    if not referrer.startswith(request.host_url):
        return ""
    parts = urlsplit(referrer)
    return own_path(f"{parts.path}?{parts.query}" if parts.query else parts.path)


def own_path(wanted: str) -> str:
    """The path, if it stays on this service however a browser reads it; else `/`."""
    is_ours = wanted.startswith("/") and not wanted.startswith(("//", "/\\"))
    return wanted if is_ours and wanted.isprintable() else "/"
