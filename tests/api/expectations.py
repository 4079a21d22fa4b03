"""Addresses, bodies and errors that the tests of the API share."""

from __future__ import annotations

from typing import Any

from werkzeug.test import TestResponse

ACCOUNT = "/v2/numberpools/accounts/abcd1234"
POOLS = f"{ACCOUNT}/pools"
SUPPORT = f"{POOLS}/support"
NUMBERS = f"{SUPPORT}/numbers"
REMOVAL = f"{NUMBERS}/delete"

NEW_POOL = {
    "pool_id": "support",
    "fallback": "Pool",
    "localized_sender_preferred": True,
    "predictable_sender_preferred": False,
}
POOL = {
    **NEW_POOL,
    "account_id": "abcd1234",
    "_links": {"self": {"href": SUPPORT}, "numbers": {"href": NUMBERS}},
}


def kind_address(kind: str) -> str:
    """The type of a problem: where the service that was asked explains it."""
    return f"http://localhost/docs/api#{kind}"


def problem(answer: TestResponse, status: int, kind: str) -> dict[str, Any]:
    """The answer's body, which is a problem of this kind in the one shape that problems have."""
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/problem+json"
    body: dict[str, Any] = answer.get_json()
    assert body["type"] == kind_address(kind)
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    assert body["instance"] == answer.headers["X-Request-Id"]
    further = set(body) - {"type", "title", "status", "detail", "instance"}
    assert further <= {"invalid_parameters", "errors"}
    return body


def invalid(answer: TestResponse) -> dict[str, str]:
    """What was wrong: the reason by name."""
    parameters = problem(answer, 400, "validation")["invalid_parameters"]
    return {each["name"]: each["reason"] for each in parameters}
