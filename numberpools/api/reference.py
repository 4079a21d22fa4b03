"""The API's own description: the OpenAPI document, and a page that is made from it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from json import dumps
from pathlib import Path
from typing import Any

import yaml
from flask import Blueprint, Response, render_template
from markupsafe import Markup, escape

_DOCUMENT = Path(__file__).parent / "openapi.yaml"
_CODE = re.compile("`([^`]+)`")
_ON_EVERY_ANSWER = {"X-Request-Id", "RateLimit-Policy", "RateLimit"}
"""Headers that the introduction tells of."""

blueprint = Blueprint("api_reference", __name__)

Node = dict[str, Any]
"""An object of the OpenAPI document."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path, with the parameters of both."""

    method: str
    path: str
    node: Node
    parameters: list[Node]


@blueprint.get("/v2/numberpools/openapi.json", provide_automatic_options=False)
def openapi() -> Response:
    return Response(_openapi_json(), mimetype="application/json")


@blueprint.get("/docs/api")
def page() -> str:
    return render_template(
        "api/reference.html",
        document=document(),
        fragment_of=_fragment_of,
        on_every_answer=_ON_EVERY_ANSWER,
        operations=list(_operations()),
        prose=_prose,
        properties=_properties,
        resolve=_resolve,
        rule=_rule,
    )


@cache
def document() -> Node:
    """The OpenAPI document, read when it is first asked for."""
    loaded: Node = yaml.load(_DOCUMENT.read_bytes(), yaml.CSafeLoader)
    return loaded


@cache
def _openapi_json() -> bytes:
    return dumps(document(), ensure_ascii=False).encode()


def _operations() -> Iterator[Operation]:
    for path, item in document()["paths"].items():
        for method, node in item.items():
            if method != "parameters":
                parameters = [*item["parameters"], *node.get("parameters", [])]
                yield Operation(method.upper(), path, node, [_resolve(each) for each in parameters])


def _resolve(node: Node) -> Node:
    """What a reference stands for; anything else as it is."""
    if "$ref" not in node:
        return node
    found = document()
    for name in node["$ref"].removeprefix("#/").split("/"):
        found = found[name]
    return found


def _properties(schema: Node) -> dict[str, tuple[Node, bool]]:
    """The properties of an object, its parents' included, and whether each has to be there."""
    found = {}
    for parent in schema.get("allOf", []):
        found.update(_properties(_resolve(parent)))
    required = schema.get("required", [])
    found.update(
        {name: (node, name in required) for name, node in schema.get("properties", {}).items()}
    )
    return found


def _fragment_of(kind: Node) -> str:
    """Where the page explains a kind of problem; '' for the one that HTTP itself explains."""
    pattern: str = kind.get("pattern", "")
    return pattern.rpartition("#")[2].removesuffix("$")


def _rule(schema: Node) -> str:
    """What a value has to be, in words."""
    if "enum" in schema:
        return "one of " + ", ".join(schema["enum"])
    if "const" in schema:
        return f"always {schema['const']}"
    words = [schema.get("type", "anything")]
    if "maximum" in schema:
        words.append(f"from {schema['minimum']} to {schema['maximum']}")
    elif "minimum" in schema:
        words.append(f"from {schema['minimum']}")
    if "maxItems" in schema:
        words.append(f"of {schema.get('minItems', 0)} to {schema['maxItems']}")
    if "pattern" in schema:
        words.append(f"like {schema['pattern']}")
    if "default" in schema:
        words.append(f"({schema['default']} where it is left out)")
    return " ".join(words)


def _prose(text: str) -> Markup:
    """Paragraphs and `code`: all the Markdown that the document's descriptions use."""
    paragraphs = str(escape(text.strip())).split("\n\n")
    return Markup("").join(
        Markup('<p class="mb-1">{}</p>').format(Markup(_CODE.sub(r"<code>\1</code>", each)))  # noqa: S704
        for each in paragraphs
    )
