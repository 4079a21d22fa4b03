from __future__ import annotations

import re

from flask.testing import FlaskClient

from numberpools.api.problems import Kind
from numberpools.api.reference import document


def test_it_works(client: FlaskClient) -> None:
    answer = client.get("/docs/api")
    assert answer.status_code == 200
    assert answer.mimetype == "text/html"
    for path, item in document()["paths"].items():
        assert path in answer.text
        for method in item.keys() - {"parameters"}:
            assert f'id="{item[method]["operationId"]}"' in answer.text


def test_every_kind_of_problem_has_its_place(client: FlaskClient) -> None:
    text = client.get("/docs/api").text
    for kind in Kind:
        assert f'id="{kind.fragment}"' in text


def test_every_link_on_the_page_leads_somewhere(client: FlaskClient) -> None:
    text = client.get("/docs/api").text
    targets = set(re.findall(r'id="([^"]+)"', text))
    links = set(re.findall(r'href="#([^"]+)"', text))
    assert len(links) > 20
    assert links <= targets


def test_descriptions_use_no_markdown_but_code(client: FlaskClient) -> None:
    text = client.get("/docs/api").text
    assert "`" not in text
    assert "<code>X-Request-Id</code>" in text
