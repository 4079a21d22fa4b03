from __future__ import annotations

import hashlib

import phonenumbers
import pytest
from phonenumbers import PhoneNumberType

from numberpools import demo
from numberpools.domain.numbers import country_of
from numberpools.domain.pools import Fallback, PageRequest
from numberpools.errors import SettingsError
from numberpools.services import accounts
from numberpools.services.authentication import authenticate
from numberpools.settings import Environment, Settings
from numberpools.stores import PoolStore, Stores
from tests.databases import on_sqlite

SECRET = "the-secret-of-the-demo-account"
MOBILE = {PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE}


def with_secret(settings: Settings, secret: str) -> Settings:
    return Settings.parse(
        {
            "NUMBERPOOLS_ENV": "development",
            "SECRET_KEY": settings.secret_key.get_secret_value(),
            "DATABASE_URL": settings.database_url,
            "DEMO_API_SECRET": secret,
        }
    )


@pytest.fixture
def demo_store(stores: Stores, settings: Settings) -> PoolStore:
    demo.load(stores, with_secret(settings, SECRET))
    return stores.of(demo.ACCOUNT_ID)


def numbers_by_pool(store: PoolStore) -> dict[str, list[str]]:
    return {
        each.pool.pool_id: [
            number
            for page in range(1, 17)
            for number in store.list_numbers(each.pool.pool_id, PageRequest(page, 1000)).items
        ]
        for each in store.list_pools(PageRequest(1, 100)).items
    }


@on_sqlite
def test_it_has_the_pools_of_a_company(demo_store: PoolStore) -> None:
    pools = demo_store.list_pools(PageRequest(1, 100)).items
    counts = [each.number_count or 0 for each in pools]
    assert len(pools) == 12
    assert sum(counts) == 25_000
    assert {0, 1, 15_000} <= set(counts)
    assert max(len(each.pool.pool_id) for each in pools) == 64
    assert {each.pool.fallback for each in pools} == set(Fallback)
    assert {each.pool.localized_sender_preferred for each in pools} == {True, False}
    assert {each.pool.predictable_sender_preferred for each in pools} == {True, False}


@on_sqlite
def test_its_numbers_are_valid_mobile_numbers_of_40_countries(demo_store: PoolStore) -> None:
    numbers = [number for pool in numbers_by_pool(demo_store).values() for number in pool]
    assert len(set(numbers)) == 25_000
    countries = set()
    for number in numbers:
        parsed = phonenumbers.parse(f"+{number}")
        assert phonenumbers.number_type(parsed) in MOBILE, number
        assert phonenumbers.region_code_for_number(parsed) == country_of(number), number
        countries.add(country_of(number))
    assert len(countries) == 40
    assert None not in countries


def test_its_numbers_are_always_the_same(demo_store: PoolStore) -> None:
    text = "".join(
        f"{pool_id} {number}\n"
        for pool_id, numbers in numbers_by_pool(demo_store).items()
        for number in numbers
    )
    expected = "4246b0dfb7010f6bdeaa3cdd1e6db61b28bb8f82e454b2d94f3df1fc80d4ff67"
    assert hashlib.sha256(text.encode()).hexdigest() == expected


@on_sqlite
def test_it_leaves_what_was_changed_alone(
    demo_store: PoolStore, stores: Stores, settings: Settings
) -> None:
    demo_store.delete_pool("support-uk")
    demo.load(stores, with_secret(settings, SECRET))
    assert demo_store.list_pools(PageRequest()).total_items == 11


@on_sqlite
def test_it_follows_the_secret(demo_store: PoolStore, stores: Stores, settings: Settings) -> None:
    assert authenticate(stores.database, demo.ACCOUNT_ID, SECRET)
    demo.load(stores, with_secret(settings, "another-secret-of-the-demo"))
    assert authenticate(stores.database, demo.ACCOUNT_ID, "another-secret-of-the-demo")
    assert not authenticate(stores.database, demo.ACCOUNT_ID, SECRET)


@on_sqlite
def test_it_refuses_production(stores: Stores, settings: Settings) -> None:
    production = with_secret(settings, SECRET).model_copy(
        update={"environment": Environment.PRODUCTION}
    )
    with pytest.raises(SettingsError, match="demo account"):
        demo.load(stores, production)
    assert accounts.list_accounts(stores) == []


@on_sqlite
def test_it_refuses_to_invent_a_secret(stores: Stores, settings: Settings) -> None:
    with pytest.raises(SettingsError, match="DEMO_API_SECRET"):
        demo.load(stores, settings)
