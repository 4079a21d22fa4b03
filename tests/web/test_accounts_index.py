"""``/``: the way in."""

from __future__ import annotations

from flask.testing import FlaskClient

from numberpools.db.database import Database
from numberpools.services.accounts import create_account
from tests.web import POOLS
from tests.web.markup import read, words


def test_it_works(viewer: FlaskClient, account_id: str) -> None:
    answer = viewer.get("/")
    assert answer.status_code == 302
    assert answer.location == POOLS


def test_several_accounts_are_offered(
    viewer: FlaskClient, account_id: str, database: Database
) -> None:
    create_account(database, "efgh5678", "Second Ltd")
    page = read(viewer.get("/"))
    offered = {words(link): link.get("href") for link in page.findall(".//main//a")}
    assert offered == {"Example Ltd": POOLS, "Second Ltd": "/accounts/efgh5678/pools"}


def test_the_header_leads_to_the_other_accounts(
    viewer: FlaskClient, account_id: str, database: Database
) -> None:
    create_account(database, "efgh5678", "Second Ltd")
    links = read(viewer.get(POOLS)).findall(".//header//li/a")
    assert [link.get("href") for link in links] == [POOLS, "/accounts/efgh5678/pools"]
    assert [link.get("aria-current") for link in links] == ["true", None]
    assert words(read(viewer.get(POOLS)).find(".//header//summary")) == "Example Ltd abcd1234"


def test_without_any_account_it_says_how_to_make_one(viewer: FlaskClient) -> None:
    page = read(viewer.get("/"))
    assert words(page.find(".//code")).startswith("flask --app app accounts create")
