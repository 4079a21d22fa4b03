"""The OpenAPI document: valid, served, and of one mind with the code."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from flask import Flask
from flask.testing import FlaskClient
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import validate
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

import numberpools.api
from numberpools.api.bodies import RULES
from numberpools.api.problems import Kind
from numberpools.domain import pools
from numberpools.domain.numbers import MAXIMUM_DIGITS, MINIMUM_DIGITS

Node = dict[str, Any]


@pytest.fixture(scope="module")
def document() -> Node:
    path = Path(numberpools.api.__file__).with_name("openapi.yaml")
    loaded: Node = yaml.safe_load(path.read_text("utf-8"))
    return loaded


def test_it_works(client: FlaskClient, document: Node) -> None:
    answer = client.get("/v2/numberpools/openapi.json")
    assert answer.status_code == 200
    assert answer.mimetype == "application/json"
    assert json.loads(answer.data) == document


def test_it_is_valid(document: Node) -> None:
    validate(document)


def test_every_route_is_in_it_and_every_path_of_it_is_a_route(app: Flask, document: Node) -> None:
    routes = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method)
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/v2/")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    described = {
        (path, method.upper())
        for path, item in document["paths"].items()
        for method in item
        if method != "parameters"
    }
    assert described == routes


def test_every_kind_of_problem_is_in_it(app: Flask, document: Node) -> None:
    *described, blank = document["components"]["schemas"]["ProblemType"]["oneOf"]
    assert blank["const"] == "about:blank"
    with app.test_request_context("/", base_url="https://pools.example.com:8443"):
        types = {kind.type: kind.title for kind in Kind}
    found = {
        type_: each["title"]
        for type_ in types
        for each in described
        if re.search(each["pattern"], type_)
    }
    assert found == types
    assert len(described) == len(types)


def test_the_limits_are_those_of_the_code(document: Node) -> None:
    schemas = document["components"]["schemas"]
    parameters = document["components"]["parameters"]
    assert parameters["Page"]["schema"]["maximum"] == pools.MAXIMUM_PAGE
    assert parameters["Page"]["schema"]["default"] == pools.PageRequest().page
    assert parameters["PageSize"]["schema"]["maximum"] == pools.MAXIMUM_PAGE_SIZE
    assert parameters["PageSize"]["schema"]["default"] == pools.PageRequest().page_size
    assert schemas["Numbers"]["properties"]["numbers"]["maxItems"] == pools.NUMBERS_PER_CALL
    assert schemas["Number"]["pattern"] == f"^[0-9]{{{MINIMUM_DIGITS},{MAXIMUM_DIGITS}}}$"
    assert schemas["Fallback"]["enum"] == list(pools.Fallback)
    assert set(schemas["NewPool"]["properties"]) - {"_links"} == set(RULES) - {"numbers"}


def test_every_example_is_valid(document: Node) -> None:
    # A key of its own, as the document has none: references in it start from there.
    whole = Resource.from_contents(document, default_specification=DRAFT202012)
    registry: Registry[Any] = Registry().with_resource("urn:document", whole)
    tried = 0
    for pointer, content in contents(document):
        schema = {"$ref": f"urn:document#{pointer}/schema"}
        validator = OAS31Validator(schema, registry=registry)
        for example in examples(document, content):
            validator.validate(example)
            tried += 1
    assert tried > 50


def contents(node: Any, pointer: str = "") -> Iterator[tuple[str, Node]]:
    """Everything that has a schema and examples of it, and where in the document it is."""
    if isinstance(node, dict):
        if "schema" in node and ("examples" in node or "example" in node):
            yield pointer, node
        for name, inner in node.items():
            escaped = name.replace("~", "~0").replace("/", "~1")
            yield from contents(inner, f"{pointer}/{escaped}")


def examples(document: Node, content: Node) -> Iterator[Any]:
    if "example" in content:
        yield content["example"]
    for example in content.get("examples", {}).values():
        name = example.get("$ref", "").rpartition("/")[2]
        yield document["components"]["examples"][name]["value"] if name else example["value"]
