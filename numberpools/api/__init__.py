"""The Number Pools API under /v2/numberpools."""

from __future__ import annotations

from flask import Flask

from numberpools import request_id
from numberpools.api import numbers, pools, reference
from numberpools.api.access import blueprint

__all__ = ["blueprint", "init_app", "numbers", "pools"]


def init_app(app: Flask) -> None:
    request_id.init_app(app)
    app.register_blueprint(blueprint)
    app.register_blueprint(reference.blueprint)
