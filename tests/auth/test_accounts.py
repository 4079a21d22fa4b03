"""ACCOUNT_ROLES: a team sees and touches only its own accounts."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from numberpools.errors import PoolNotFound
from numberpools.services.accounts import create_account
from numberpools.stores import Stores
from tests.auth.answers import is_nobody
from tests.auth.conftest import HOME, Visit
from tests.auth.provider import Provider
from tests.web.markup import find, read, words

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
OTHER = "/accounts/efgh5678/pools"
NEW = {"pool_id": "alerts", "fallback": "Reject"}


@pytest.fixture
def options() -> dict[str, str]:
    return {
        "OIDC_VIEWER_GROUPS": "viewers",
        "ACCOUNT_ROLES": "abcd1234:team=editor,"
        "efgh5678:others=viewer, ijkl9012:others=administrator",
    }


@pytest.fixture
def member(sso_app: Flask, browser: FlaskClient, visit: Visit, provider: Provider) -> FlaskClient:
    """Somebody in the team alone, where there are accounts of others as well."""
    for account_id in ("abcd1234", "efgh5678", "ijkl9012"):
        create_account(sso_app.extensions["stores"].database, account_id, f"Label {account_id}")
    sso_app.config["WTF_CSRF_ENABLED"] = False
    provider.claims = {"groups": ["team", "everybody"]}
    assert visit(browser).status_code == 303
    return browser


def test_it_works(member: FlaskClient) -> None:
    assert member.get(HOME).status_code == 200
    assert member.post(HOME, data=NEW).status_code == 303
    assert member.get(f"{HOME}/alerts/delete").status_code == 403


@pytest.mark.parametrize("path", ["", "/alerts", "/alerts/settings", "/alerts/paste"])
def test_other_accounts_are_as_if_they_were_not_there(member: FlaskClient, path: str) -> None:
    unknown = member.get(f"/accounts/zzzz9999/pools{path}")
    other = member.get(f"{OTHER}{path}")
    assert other.status_code == unknown.status_code == 404
    said = words(read(other)).replace("efgh5678", "zzzz9999")
    assert said == words(read(unknown))
    assert "Label efgh5678" not in other.text


def test_nothing_is_changed_in_another_account(member: FlaskClient, sso_app: Flask) -> None:
    assert member.post(OTHER, data=NEW).status_code == 404
    stores: Stores = sso_app.extensions["stores"]
    with pytest.raises(PoolNotFound):
        stores.of("efgh5678").get_pool("alerts")


def test_their_own_account_is_the_way_in(member: FlaskClient) -> None:
    assert member.get("/").location == HOME


def test_the_menu_shows_their_own(
    sso_app: Flask, member: FlaskClient, visit: Visit, provider: Provider
) -> None:
    header = find(read(member.get(HOME)), ".//header")
    assert header.find(".//details") is None
    provider.claims = {"groups": ["team", "others"]}
    both = sso_app.test_client()
    visit(both)
    links = read(both.get(HOME)).findall(".//header//li/a")
    assert [link.get("href") for link in links] == [HOME, OTHER, "/accounts/ijkl9012/pools"]


def test_an_administrator_of_one_account_ends_no_sessions(
    sso_app: Flask, member: FlaskClient, visit: Visit, provider: Provider
) -> None:
    provider.claims = {"groups": ["others"]}
    other = sso_app.test_client()
    visit(other)
    assert other.get("/accounts/ijkl9012/pools").status_code == 200
    assert other.get("/sessions").status_code == 403


def test_a_general_role_sees_all_of_them(
    sso_app: Flask, member: FlaskClient, visit: Visit, provider: Provider
) -> None:
    provider.claims = {"groups": ["viewers", "team"]}
    both = sso_app.test_client()
    visit(both)
    assert [both.get(path).status_code for path in (HOME, OTHER)] == [200, 200]
    statuses = [both.post(path, data=NEW).status_code for path in (HOME, OTHER)]
    assert statuses == [303, 403]


def test_a_role_that_is_taken_away_is_gone_at_once(
    sso_app: Flask, member: FlaskClient, visit: Visit, provider: Provider
) -> None:
    provider.claims = {"groups": ["team", "others"]}
    both = sso_app.test_client()
    visit(both)
    settings = sso_app.extensions["settings"]
    left = tuple(each for each in settings.account_roles if each.group == "others")
    sso_app.extensions["settings"] = settings.model_copy(update={"account_roles": left})
    assert both.get(HOME).status_code == 404
    assert both.get("/accounts/ijkl9012/pools").status_code == 200
    assert is_nobody(member)
