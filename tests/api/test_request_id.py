from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from tests.api.expectations import POOLS


def test_it_works(api: FlaskClient) -> None:
    first, second = (api.get(POOLS).headers["X-Request-Id"] for _ in range(2))
    assert re.fullmatch(r"[0-9a-f]{32}", first)
    assert first != second


@pytest.mark.parametrize("given", ["x", "A-b_c.9", "0" * 64])
def test_a_well_formed_id_is_kept(api: FlaskClient, given: str) -> None:
    answer = api.get(POOLS, headers={"X-Request-Id": given})
    assert answer.headers["X-Request-Id"] == given


@pytest.mark.parametrize("given", ["", "0" * 65, "two words", "<b>", "a,b", "\u00e9", "a\t"])
def test_any_other_id_is_replaced(api: FlaskClient, given: str) -> None:
    answer = api.get(POOLS, headers={"X-Request-Id": given})
    assert re.fullmatch(r"[0-9a-f]{32}", answer.headers["X-Request-Id"])


@pytest.mark.parametrize("path", ["/", "/sign-in", "/docs/api", "/nowhere", "/v2/nowhere"])
def test_every_answer_has_one(client: FlaskClient, path: str) -> None:
    answer = client.get(path, headers={"X-Request-Id": "mine"})
    assert answer.headers["X-Request-Id"] == "mine"
