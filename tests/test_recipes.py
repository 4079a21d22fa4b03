"""What app.json asks for, and what docs/operating.md says to set, is all that a start takes."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest
import requests

from numberpools.errors import SettingsError
from numberpools.settings import Settings
from tests.processes import ROOT, reserved_port, run, serving

ANSWERS = {
    "ALLOWED_HOSTS": "pools.example.com",
    "OIDC_ISSUER": "https://accounts.google.com",
    "OIDC_CLIENT_ID": "numberpools",
    "OIDC_CLIENT_SECRET": "the-secret-of-the-tests",
}
"""To what app.json asks of whoever deploys."""
GOOGLE = {"OIDC_ALLOWED_DOMAINS": "example.com", "OIDC_DEFAULT_ROLE": "editor"}
GROUPS = {"OIDC_EDITOR_GROUPS": "support"}
DATABASE = {"DATABASE_URL": "postgres://pools:password@db.example/pools"}
"""What the host gives of itself."""


def _asked() -> dict[str, dict[str, Any]]:
    asked: dict[str, dict[str, Any]] = json.loads((ROOT / "app.json").read_text())["env"]
    return asked


def _deployed() -> dict[str, str]:
    """The environment once all that is compulsory is answered."""
    environ = {}
    for name, entry in _asked().items():
        if entry.get("generator") == "secret":
            environ[name] = "0123456789abcdef" * 4
        elif "value" in entry:
            environ[name] = entry["value"]
        elif entry.get("required", True):
            environ[name] = ANSWERS[name]
    return environ


@pytest.mark.parametrize("people", [GOOGLE, GROUPS], ids=["without groups", "by groups"])
def test_app_json_is_enough_for_a_start(people: dict[str, str]) -> None:
    assert people.keys() <= _asked().keys()
    settings = Settings.parse({**_deployed(), **people, **DATABASE})
    assert settings.trusted_proxies == 1


def test_app_json_makes_nothing_compulsory_that_a_start_does_not_need() -> None:
    complete = {**_deployed(), **GOOGLE, **DATABASE}
    for name in ANSWERS:
        with pytest.raises(SettingsError, match=name):
            Settings.parse({**complete, name: ""})


def test_every_provider_of_the_documentation_can_be_deployed_by_app_json() -> None:
    text = (ROOT / "docs" / "security.md").read_text("utf-8").replace("<tenant id>", "0f0a4d6c")
    recipes = re.findall(r"^    OIDC_ISSUER=.*\n(?:^    [A-Z_]+=.*\n)*", text, re.MULTILINE)
    assert len(recipes) == 4
    for recipe in recipes:
        said = dict(line.strip().split("=", 1) for line in recipe.splitlines())
        assert said.keys() <= _asked().keys()
        Settings.parse({**_deployed(), **DATABASE, **said})


def test_app_json_asks_for_settings_alone() -> None:
    assert _asked().keys() <= {field.alias for field in Settings.model_fields.values()}


@pytest.mark.parametrize("command", ["heroku config:set", "export"])
def test_what_the_documentation_sets_by_hand_is_enough_for_a_start(command: str) -> None:
    set_there = _recipe(command)
    assert set_there.keys() >= ANSWERS.keys() | GOOGLE.keys() | {"SECRET_KEY", "TRUSTED_PROXIES"}
    Settings.parse({**DATABASE, **set_there})


def _recipe(command: str) -> dict[str, str]:
    text = (ROOT / "docs" / "operating.md").read_text("utf-8").replace("\\\n", " ")
    lines = re.findall(rf"^    {re.escape(command)} (.*)$", text, re.MULTILINE)
    found = dict(re.findall(r'\b([A-Z_]+)=("[^"]*"|\$\(.*?\)\)|\S+)', " ".join(lines)))
    made = {name: value for name, value in found.items() if value != "..." and name != "PATH"}
    if "SECRET_KEY" in found:
        made["SECRET_KEY"] = "0123456789abcdef" * 4
    return {**dict.fromkeys(found.keys() & ANSWERS.keys(), "told-by-the-provider"), **made}


def test_app_json_starts_behind_the_router_of_a_host(tmp_path: Path) -> None:
    environ = {
        **_deployed(),
        **GOOGLE,
        "DATABASE_URL": f"sqlite:///{tmp_path}/numberpools.db",
        "RENDER_EXTERNAL_HOSTNAME": "pools.onrender.com",
    }
    with reserved_port() as port:
        environ["PORT"] = str(port)
        url = f"http://127.0.0.1:{port}"
        assert run(["flask", "--app", "app", "db", "upgrade"], environ).returncode == 0
        command = [sys.executable, "-m", "gunicorn", "app:app"]
        with serving(command, f"{url}/healthz", environ, tmp_path / "log"):
            for host in ("pools.example.com", "pools.onrender.com"):
                router = {"Host": host, "X-Forwarded-Proto": "https"}
                page = requests.get(f"{url}/sign-in", headers=router, timeout=60)
                assert page.status_code == 200
