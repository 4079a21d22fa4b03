"""Accounts at the vendor, from the environment to their stores."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from numberpools import create_app
from numberpools.db.database import Database
from numberpools.services.accounts import create_account
from numberpools.settings import Settings
from numberpools.stores import SqlPoolStore, Stores, VonagePoolStore
from numberpools.stores.vonage import connect
from tests.conftest import ACCOUNT_ID, SECRET, opened


def parse(**values: str) -> Settings:
    return Settings.parse(
        {
            "NUMBERPOOLS_ENV": "development",
            "SECRET_KEY": "a key for the tests alone, long enough to be one",
            "DATABASE_URL": "sqlite:///unused.db",
            **values,
        }
    )


def test_each_account_has_the_vendors_store_and_every_other_ours(database: Database) -> None:
    settings = parse(VONAGE_ACCOUNTS="Europe:efgh5678:s3cret,Asia:ijkl9012:s3cret")
    stores = Stores(database, connect(settings))
    assert list(stores.vendor_accounts.items()) == [("efgh5678", "Europe"), ("ijkl9012", "Asia")]
    assert isinstance(stores.of("efgh5678"), VonagePoolStore)
    assert isinstance(stores.of("ijkl9012"), VonagePoolStore)
    assert isinstance(stores.of("abcd1234"), SqlPoolStore)


def test_label_and_secret_may_hold_any_character() -> None:
    (account,) = parse(VONAGE_ACCOUNTS="Asia%2C%20%3A:abcd1234:%3A%2C%25%C3%BC").vonage_accounts
    assert account.label == "Asia, :"
    assert account.secret.get_secret_value() == ":,%ü"


@pytest.mark.parametrize(
    "url", ["https://vendor.example/gateway", "http://127.0.0.1:8001", "http://localhost"]
)
def test_the_api_may_be_anywhere(url: str) -> None:
    assert parse(VONAGE_API_URL=url).vonage_api_url == url


class TestAnIdThatIsTheVendorsToo:
    def test_with_an_account_of_ours_it_ends_the_start(self, database_url: str) -> None:
        database = Database(database_url)
        create_account(database, ACCOUNT_ID, "Ours")
        database.engine.dispose()
        settings = parse(DATABASE_URL=database_url, VONAGE_ACCOUNTS="Theirs:abcd1234:s3cret")
        with pytest.raises(SystemExit, match="names abcd1234, which is also one of the service's"):
            create_app(settings)

    def test_it_is_not_created(self, dashboard: Flask) -> None:
        runner = dashboard.test_cli_runner()
        refused = runner.invoke(args=["accounts", "create", ACCOUNT_ID])
        assert refused.exit_code == 1
        assert "is an account at the vendor: VONAGE_ACCOUNTS names it." in refused.output

    def test_the_api_serves_it_to_nobody(self, dashboard: Flask) -> None:
        """It was created by a command that does not know the vendor's accounts."""
        create_account(dashboard.extensions["stores"].database, ACCOUNT_ID, "Ours", SECRET)
        pools = f"/v2/numberpools/accounts/{ACCOUNT_ID}/pools"
        refused = dashboard.test_client().get(pools, auth=(ACCOUNT_ID, SECRET))
        assert refused.status_code == 401

    def test_before_there_are_tables_nothing_is_looked_for(self, tmp_path: Path) -> None:
        url = f"sqlite:///{tmp_path}/new.db"
        with opened(parse(DATABASE_URL=url, VONAGE_ACCOUNTS="Theirs:abcd1234:s3cret")) as app:
            done = app.test_cli_runner().invoke(args=["db", "upgrade"])
        assert done.exit_code == 0
