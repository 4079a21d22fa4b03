"""Who may reach which page: one table, and no page without a line in it."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from numberpools.auth import Role
from numberpools.domain.pools import Pool

NOBODY = None
RULES: dict[str, Role | None] = {
    "accounts.index": Role.VIEWER,
    "bulk.check": Role.EDITOR,
    "bulk.download": Role.VIEWER,
    "bulk.paste": Role.EDITOR,
    "bulk.preview": Role.EDITOR,
    "bulk.resume": Role.EDITOR,
    "bulk.show": Role.VIEWER,
    "bulk.start": Role.EDITOR,
    "mirror.copy": Role.VIEWER,
    "mirror.show": Role.VIEWER,
    "numbers.remove": Role.EDITOR,
    "numbers.remove_selected": Role.EDITOR,
    "numbers.restore": Role.EDITOR,
    "pools.change_settings": Role.EDITOR,
    "pools.create": Role.EDITOR,
    "pools.delete": Role.ADMINISTRATOR,
    "pools.delete_form": Role.ADMINISTRATOR,
    "pools.index": Role.VIEWER,
    "pools.new": Role.EDITOR,
    "pools.rename": Role.EDITOR,
    "pools.rename_form": Role.EDITOR,
    "pools.settings": Role.VIEWER,
    "pools.show": Role.VIEWER,
    "sign_in.form": NOBODY,
    "sign_in.leave": NOBODY,
    "sign_in.submit": NOBODY,
}
"""The least role that reaches the view with this endpoint; NOBODY: no sign-in at all."""

ELSEWHERE = {
    "api": "programs sign in with their API key (tests/api)",
    "api_reference": "the API's documentation is public",
}

_VALUES = {
    "account_id": "abcd1234",
    "pool_id": "support",
    "number": "447400123456",
    "operation_id": str(uuid4()),
}


def _views(app: Flask) -> dict[str, Rule]:
    rules = {rule.endpoint: rule for rule in app.url_map.iter_rules()}
    return {name: rule for name, rule in rules.items() if name.split(".")[0] not in ELSEWHERE}


def test_every_view_has_its_line(app: Flask) -> None:
    assert set(_views(app)) == set(RULES)


@pytest.mark.parametrize("role", [NOBODY, *Role], ids=lambda role: role.name if role else "NOBODY")
def test_each_role_reaches_what_the_table_says(
    app: Flask, sign_in: Callable[[str], FlaskClient], support: Pool, role: Role | None
) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    reached: dict[str, str] = {}
    for name, rule in _views(app).items():
        client = sign_in(role.name) if role else app.test_client()
        method = "POST" if "POST" in (rule.methods or ()) else "GET"
        address = rule.build({each: _VALUES[each] for each in rule.arguments})
        assert address is not None
        answer = client.open(address[1], method=method)
        refused = (answer.location or "").startswith("/sign-in?next=")
        reached[name] = {401: "sign in", 403: "not allowed"}.get(
            answer.status_code, "sign in" if refused else "reached"
        )
    assert reached == {name: _expected(role, RULES[name]) for name in reached}


def _expected(role: Role | None, least: Role | None) -> str:
    if least is NOBODY:
        return "reached"
    if role is NOBODY:
        return "sign in"
    return "reached" if role >= least else "not allowed"
