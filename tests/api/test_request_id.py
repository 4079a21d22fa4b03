from __future__ import annotations

import re

from flask.testing import FlaskClient

from tests.api.expectations import POOLS


def test_it_works(api: FlaskClient) -> None:
    first, second = (api.get(POOLS).headers["X-Request-Id"] for _ in range(2))
    assert re.fullmatch(r"[0-9a-f]{32}", first)
    assert first != second


def test_a_well_formed_id_is_kept(client: FlaskClient) -> None:
    for given in ("x", "A-b_c.9", "0" * 64):
        answer = client.get("/v2/nowhere", headers={"X-Request-Id": given})
        assert answer.headers["X-Request-Id"] == given


def test_any_other_id_is_replaced(client: FlaskClient) -> None:
    for given in ("", "0" * 65, "two words", "<b>", "a,b", "\u00e9", "a\t"):
        answer = client.get("/v2/nowhere", headers={"X-Request-Id": given})
        assert re.fullmatch(r"[0-9a-f]{32}", answer.headers["X-Request-Id"])


def test_every_answer_has_one(client: FlaskClient) -> None:
    for path in ("/", "/sign-in", "/docs/api", "/nowhere", "/v2/nowhere"):
        answer = client.get(path, headers={"X-Request-Id": "mine"})
        assert answer.headers["X-Request-Id"] == "mine"
