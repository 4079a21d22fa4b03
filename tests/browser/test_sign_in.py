"""Single sign-on as in production: the Procfile, HTTPS, a provider of its own, and a browser."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import delete

from numberpools.db.database import Database
from numberpools.db.tables import sessions
from numberpools.domain.pools import Fallback, Pool
from numberpools.services.accounts import create_account
from numberpools.stores import Stores
from tests.browser.conftest import new_context
from tests.browser.test_every_page import violations
from tests.certificates import write_certificate
from tests.conftest import ACCOUNT_ID, new_database
from tests.processes import reserved_port, run, serving

"""The provider and the deployment start once."""

HONCHO = [sys.executable, "-m", "honcho", "start"]
PEOPLE: list[dict[str, Any]] = [
    {"sub": "vera", "name": "Vera Viewer", "groups": ["pool-viewers"]},
    {"sub": "emil", "name": "Emil Editor", "groups": ["pool-viewers", "pool-editors"]},
    {"sub": "ada", "name": "Ada Administrator", "groups": ["pool-admins"]},
    {"sub": "mia", "name": "Mia Many", "groups": ["pool-viewers", *map(str, range(2_000))]},
    {"sub": "tom", "name": "Tom Teamless", "groups": ["gardeners"]},
    {"sub": "una", "name": "Una Unverified", "groups": ["pool-admins"], "email_verified": False},
    {"sub": "fay", "name": "Fay Foreign", "groups": ["pool-admins"], "email": "fay@evil.example"},
]


class Deployment(NamedTuple):
    url: str
    database: Database

    @property
    def pools(self) -> str:
        return f"{self.url}/accounts/{ACCOUNT_ID}/pools"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("production")


@pytest.fixture(scope="module")
def certificate(folder: Path) -> Path:
    return write_certificate(folder / "certificate.pem")


@pytest.fixture(scope="module")
def provider(folder: Path) -> Iterator[str]:
    """The issuer of an OpenID Connect provider that knows `PEOPLE`."""
    command = [sys.executable, "-m", "oidc_provider_mock", "--require-nonce"]
    for person in PEOPLE:
        told = {"email": f"{person['sub']}@example.com", "email_verified": True} | person
        command += ["--user-claims", json.dumps(told)]
    with reserved_port() as port:
        issuer = f"http://127.0.0.1:{port}"
        log = folder / "provider.log"
        with serving([*command, "--port", str(port)], issuer, {}, log):
            yield issuer


@pytest.fixture(scope="module")
def deployment(folder: Path, certificate: Path, provider: str) -> Iterator[Deployment]:
    """The service in production mode, with an account and a pool."""
    with (
        new_database("sqlite", folder) as url,
        reserved_port() as port,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("REQUESTS_CA_BUNDLE", str(certificate))  # for the look whether it is there
        settings = {
            "SECRET_KEY": "a key for the tests alone, long enough to be one",
            "DATABASE_URL": url,
            "ALLOWED_HOSTS": "localhost",
            "PORT": str(port),
            "GUNICORN_CMD_ARGS": f"--certfile {certificate} --keyfile {certificate}",
            "SIGN_INS_PER_MINUTE": "1000",  # all of these tests come from one address
            "OIDC_ISSUER": provider,
            "OIDC_CLIENT_ID": "numberpools",
            "OIDC_CLIENT_SECRET": "the-client-secret-of-the-tests",
            "OIDC_ALLOWED_DOMAINS": "example.com",
            "OIDC_VIEWER_GROUPS": "pool-viewers",
            "OIDC_EDITOR_GROUPS": "pool-editors",
            "OIDC_ADMIN_GROUPS": "pool-admins",
            "OIDC_CONTACT": "support-tools@example.com",
        }
        assert run([*HONCHO, "release"], settings).returncode == 0
        database = Database(url)
        create_account(database, ACCOUNT_ID, "Example Ltd")
        Stores(database).of(ACCOUNT_ID).create_pool(
            Pool(ACCOUNT_ID, "support", Fallback.POOL, True, False)
        )
        address, log = f"https://localhost:{port}", folder / "service.log"
        command = [*HONCHO, "-p", str(port), "web"]
        with serving(command, f"{address}/sign-in", settings, log):
            yield Deployment(address, database)
        database.engine.dispose()


@pytest.fixture
def open_browser(browser: Browser) -> Iterator[Callable[[], Page]]:
    """A new browser that trusts the certificate. Nothing may break the Content Security Policy."""
    contexts, complaints = [], []

    def opened() -> Page:
        context = new_context(browser, ignore_https_errors=True)
        contexts.append(context)
        page = context.new_page()
        page.on(
            "console",
            lambda message: (
                complaints.append(message.text)
                if "Content Security Policy" in message.text
                else None
            ),
        )
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def page(open_browser: Callable[[], Page]) -> Page:
    return open_browser()


def sign_in(page: Page, subject: str) -> None:
    """From our sign-in page through the provider's, and back."""
    page.get_by_role("link", name="Sign in with your organisation's account").click()
    page.get_by_role("button", name=subject, exact=True).first.click()


@pytest.mark.parametrize(
    ("subject", "name", "may_edit", "may_delete"),
    [
        ("vera", "Vera Viewer", False, False),
        ("emil", "Emil Editor", True, False),
        ("ada", "Ada Administrator", True, True),
    ],
)
def test_each_role_comes_to_the_page_they_asked_for_and_may_do_theirs(
    page: Page, deployment: Deployment, subject: str, name: str, may_edit: bool, may_delete: bool
) -> None:
    page.goto(f"{deployment.pools}/support?page_size=50")
    sign_in(page, subject)
    expect(page).to_have_url(f"{deployment.pools}/support?page_size=50")
    expect(page.get_by_role("banner")).to_contain_text(name)
    expect(page.get_by_role("link", name="Rename")).to_have_count(int(may_edit))
    expect(page.get_by_role("link", name="Delete")).to_have_count(int(may_delete))
    expect(page.get_by_role("link", name="Sessions", exact=True)).to_have_count(int(may_delete))
    [cookie] = [each for each in page.context.cookies() if "session" in each.get("name", "")]
    assert cookie.get("name") == "__Host-session"
    assert (cookie.get("secure"), cookie.get("httpOnly"), cookie.get("sameSite")) == (
        True,
        True,
        "Lax",
    )


@pytest.mark.parametrize(
    ("subject", "reason"),
    [
        ("tom", "Tom Teamless, but you are in none of the groups that may use it"),
        ("una", "Una Unverified, but the provider does not confirm your e-mail address"),
        ("fay", "Fay Foreign, but your e-mail address is of another organisation"),
    ],
)
def test_somebody_outside_reads_as_whom_and_whom_to_ask(
    page: Page, deployment: Deployment, subject: str, reason: str
) -> None:
    page.goto(deployment.url)
    sign_in(page, subject)
    expect(page.get_by_role("main")).to_contain_text(f"You are signed in as {reason}.")
    expect(page.get_by_role("main")).to_contain_text("Ask support-tools@example.com for access.")
    page.goto(deployment.pools)
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_somebody_outside_can_use_another_account(page: Page, deployment: Deployment) -> None:
    page.goto(f"{deployment.pools}/support?page_size=50")
    sign_in(page, "tom")
    page.get_by_role("link", name="Use another account").click()
    assert "prompt=select_account" in page.url
    page.get_by_role("button", name="vera", exact=True).first.click()
    expect(page).to_have_url(f"{deployment.pools}/support?page_size=50")


def test_somebody_who_denies_it_can_try_again(page: Page, deployment: Deployment) -> None:
    page.goto(f"{deployment.pools}/support?page_size=50")
    page.get_by_role("link", name="Sign in with").click()
    page.get_by_role("button", name="Deny").click()
    expect(page.get_by_role("heading")).to_have_text("Signing in did not work")
    page.get_by_role("link", name="Sign in again").click()
    sign_in(page, "vera")
    expect(page).to_have_url(f"{deployment.pools}/support?page_size=50")


@pytest.mark.parametrize("subject", ["vera", "mia"])
def test_signing_out_goes_on_at_the_provider_and_comes_back(
    page: Page, deployment: Deployment, provider: str, subject: str
) -> None:
    page.goto(deployment.pools)
    sign_in(page, subject)
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(f"{provider}/**")
    assert "id_token" not in page.url
    page.get_by_role("button", name="End session").click()
    expect(page).to_have_url(f"{deployment.url}/sign-in")
    page.goto(deployment.pools)
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


@pytest.mark.parametrize("has_scripts", [True, False])
def test_what_was_typed_when_the_session_ended_is_sent_after_all(
    browser: Browser, deployment: Deployment, has_scripts: bool
) -> None:
    options = {"ignore_https_errors": True, "java_script_enabled": has_scripts}
    with new_context(browser, **options) as context:
        page = context.new_page()
        page.goto(f"{deployment.pools.removesuffix('/pools')}/new-pool")
        sign_in(page, "emil")
        pool_id = f"typed-{has_scripts}"
        page.get_by_label("Pool id").fill(pool_id)
        page.get_by_label("Don't send").check()
        with deployment.database.write() as connection:
            connection.execute(delete(sessions))
        page.get_by_role("button", name="Create pool").click()
        expect(page.get_by_role("heading")).to_have_text("Your session has ended")
        page.get_by_role("link", name="Sign in").click()
        sign_in(page, "emil")
        expect(page.get_by_role("heading")).to_have_text(
            "You were signed out in the middle of this"
        )
        expect(page.get_by_role("main")).to_contain_text(pool_id)
        page.get_by_role("button", name="Send it now").click()
        expect(page).to_have_url(f"{deployment.pools}/{pool_id}")
        expect(page.get_by_label("Don't send")).to_be_checked()


def test_its_pages_are_accessible_and_fit(page: Page, deployment: Deployment) -> None:
    found: dict[str, list[str]] = {}

    def look(name: str) -> None:
        expect(page.get_by_role("heading", level=1)).to_have_text(name)
        page.wait_for_load_state()
        found[name] = violations(page)

    page.goto(f"{deployment.pools}/support/paste")
    look("Sign in")
    sign_in(page, "tom")
    look("You can't use this service yet")
    page.goto(f"{deployment.url}/sign-in/callback?state=wrong")
    look("Signing in did not work")
    page.goto(f"{deployment.pools.removesuffix('/pools')}/new-pool")
    sign_in(page, "ada")
    page.get_by_label("Pool id").fill("x" * 64)
    with deployment.database.write() as connection:
        connection.execute(delete(sessions))
    page.get_by_role("button", name="Create pool").click()
    look("Your session has ended")
    page.get_by_role("link", name="Sign in").click()
    sign_in(page, "ada")
    look("You were signed out in the middle of this")
    page.goto(f"{deployment.url}/sessions")
    look("Sessions")
    assert found == {name: [] for name in found}


def test_an_administrator_ends_somebodys_sessions(
    open_browser: Callable[[], Page], deployment: Deployment
) -> None:
    page, other = open_browser(), open_browser()
    for each, subject in ((page, "ada"), (other, "emil")):
        each.goto(deployment.pools)
        sign_in(each, subject)
        expect(each.get_by_role("heading", name="Pools")).to_be_visible()
    page.get_by_role("link", name="Sessions", exact=True).click()
    page.get_by_role("button", name="End all sessions of Emil Editor").first.click()
    expect(page.get_by_role("status")).to_contain_text("ended.")
    expect(page.get_by_role("cell", name="Emil Editor")).to_have_count(0)
    other.reload()
    expect(other.get_by_role("heading", name="Sign in")).to_be_visible()
