"""The Number Pools API under /v2/numberpools."""

from __future__ import annotations

from flask import Flask


def init_app(app: Flask) -> None:
    pass
