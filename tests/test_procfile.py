"""The Procfile's processes, started by honcho as a host would start them."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.conftest import ACCOUNT_ID, POSTGRES_URL, new_database
from tests.processes import LIMIT_SECONDS, reserved_port, run, serving, wait_until

"""One deployment is there for all tests."""

HONCHO = [sys.executable, "-m", "honcho", "start"]
NUMBERS = ["447400123456", "447400123457"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("deployment")


@pytest.fixture(scope="module")
def deployment(folder: Path) -> Iterator[dict[str, str]]:
    """What a host sets, with a database that has no tables yet: PostgreSQL, if there is one."""
    kind = "postgres" if POSTGRES_URL else "sqlite"
    with new_database(kind, folder) as url, reserved_port() as port:
        yield {
            "NUMBERPOOLS_ENV": "development",
            "SECRET_KEY": "a key for the tests alone, long enough to be one",
            "DATABASE_URL": url.replace("postgresql+psycopg://", "postgres://"),
            "PORT": str(port),
        }


@pytest.fixture(scope="module")
def log(folder: Path) -> Path:
    return folder / "service.log"


@pytest.fixture(scope="module")
def service(deployment: dict[str, str], log: Path) -> Iterator[str]:
    """The address of a deployed service."""
    assert run([*HONCHO, "release"], deployment).returncode == 0
    port = deployment["PORT"]
    with serving([*HONCHO, "-p", port, "web"], f"http://127.0.0.1:{port}/", deployment, log):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="module")
def secret(deployment: dict[str, str], service: str) -> str:
    """The API secret of an account that an operator made on the command line."""
    made = run(["flask", "--app", "app", "accounts", "create", ACCOUNT_ID], deployment)
    assert made.returncode == 0, made.stderr
    return made.stdout.split()[-1]


def test_a_program_looks_after_a_pool(service: str, secret: str) -> None:
    account = f"{service}/v2/numberpools/accounts/{ACCOUNT_ID}"
    with requests.Session() as client:
        client.auth = (ACCOUNT_ID, secret)
        pool = {
            "pool_id": "alerts",
            "fallback": "Pool",
            "localized_sender_preferred": True,
            "predictable_sender_preferred": False,
        }
        assert client.post(f"{account}/pools", json=pool).status_code == 201
        added = client.post(f"{account}/pools/alerts/numbers", json={"numbers": NUMBERS})
        assert added.status_code == 200
        listed = client.get(f"{account}/pools/alerts/numbers").json()
        assert listed["_embedded"]["numbers"] == NUMBERS
        assert requests.get(f"{account}/pools", timeout=LIMIT_SECONDS).status_code == 401


def test_a_person_looks_after_a_pool(service: str, secret: str) -> None:
    pools = f"{service}/accounts/{ACCOUNT_ID}/pools"
    with requests.Session() as browser:
        _submit(browser, f"{service}/sign-in", f"{service}/sign-in", role="EDITOR")
        form = f"{service}/accounts/{ACCOUNT_ID}/new-pool"
        _submit(browser, form, pools, pool_id="support", fallback="Pool")
        report = _submit(
            browser,
            f"{pools}/support",
            f"{pools}/support/operations",
            numbers="Reception, 07400 123456\n+44 7400 123457\nnone",
            country="GB",
            action="add",
        )
        assert "/operations/" in report.url
        assert "07400 123456" in report.text
        _wait_until_finished(browser, report.url)
        page = browser.get(f"{pools}/support").text
        assert "+44 7400 123456" in page
        assert "+44 7400 123457" in page


def test_its_log_keeps_what_was_looked_for_to_itself(service: str, secret: str, log: Path) -> None:
    page = f"{service}/accounts/{ACCOUNT_ID}/pools"
    headers = {"Referer": f"{page}?447400"}
    requests.get(page, {"containing": "447400"}, headers=headers, timeout=LIMIT_SECONDS)
    line = re.compile(r"GET /accounts/<account_id>/pools 303 \d+ bytes \d+ ms$", re.MULTILINE)
    wait_until(lambda: line.search(log.read_text()), "the request is logged")
    assert "447400" not in log.read_text()


def test_it_believes_no_proxy_unless_told_to(service: str) -> None:
    with requests.Session() as browser:
        # Believed to come over https, the form would need a Referer, which is not sent.
        browser.headers["X-Forwarded-Proto"] = "https"
        _submit(browser, f"{service}/sign-in", f"{service}/sign-in", role="VIEWER")


def test_production_refuses_to_start_without_sign_in(deployment: dict[str, str]) -> None:
    for command in (["gunicorn", "app:app"], ["flask", "--app", "app", "db", "upgrade"]):
        refused = run(command, {**deployment, "NUMBERPOOLS_ENV": "production"})
        assert refused.returncode == 1
        assert refused.stderr.startswith("Number Pools cannot start. These settings are missing")
        assert "\n- OIDC_ISSUER" in refused.stderr
        assert "\n- ALLOWED_HOSTS" in refused.stderr
        assert "Traceback" not in refused.stderr


def _wait_until_finished(browser: requests.Session, page: str) -> None:
    wait_until(lambda: "Finished" in browser.get(page).text, "the operation is finished")


def _submit(browser: requests.Session, page: str, target: str, **fields: str) -> requests.Response:
    """Fill in the form by which a page posts to the target, and follow it to where it leads."""
    path = target.removeprefix("http://").partition("/")[2]
    form = next(
        form
        for form in re.findall(r"<form.*?</form>", browser.get(page).text, re.DOTALL)
        if f'action="/{path}"' in form
    )
    inputs = (
        dict(re.findall(r'(\w+)="([^"]*)"', tag)) for tag in re.findall(r"<input[^>]*>", form)
    )
    hidden = {each["name"]: each["value"] for each in inputs if each.get("type") == "hidden"}
    answer = browser.post(target, data={**hidden, **fields})
    assert answer.status_code == 200, answer.text
    assert [step.status_code for step in answer.history][:1] == [303]
    return answer
