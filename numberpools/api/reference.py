"""The API's own description: the OpenAPI document, and a page that is made from it."""

from __future__ import annotations

from functools import cache
from json import dumps
from pathlib import Path
from typing import Any

import yaml
from flask import Blueprint, Response, render_template

_DOCUMENT = Path(__file__).parent / "openapi.yaml"

blueprint = Blueprint("api_reference", __name__)


@blueprint.get("/v2/numberpools/openapi.json")
def openapi() -> Response:
    return Response(_openapi_json(), mimetype="application/json")


@blueprint.get("/docs/api")
def page() -> str:
    return render_template("api/reference.html", document=document())


@cache
def document() -> dict[str, Any]:
    """The OpenAPI document, read when it is first asked for."""
    loaded: dict[str, Any] = yaml.load(_DOCUMENT.read_bytes(), yaml.CSafeLoader)
    return loaded


@cache
def _openapi_json() -> bytes:
    return dumps(document(), ensure_ascii=False).encode()
