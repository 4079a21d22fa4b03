"""Accounts at the vendor, from the environment to their stores."""

from __future__ import annotations

import pytest

from numberpools.db.database import Database
from numberpools.settings import Settings
from numberpools.stores import SqlPoolStore, Stores, VonagePoolStore
from numberpools.stores.vonage import connect


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
