"""Which secrets open an account, and until when; the time of day is held."""

from __future__ import annotations

from datetime import timedelta

import pytest

from numberpools.db.database import Database
from numberpools.domain.api_secrets import SecretRole
from numberpools.services import api_secrets
from numberpools.services.accounts import create_account
from numberpools.services.authentication import authenticate, note_use
from tests.clock import HeldClock
from tests.conftest import SECRET

DAY = timedelta(days=1)


def test_it_works(database: Database, account_id: str) -> None:
    new = api_secrets.create_secret(database, account_id, "Reports", SecretRole.READS_ONLY, DAY)
    for secret, name, role in (
        (SECRET, "first", SecretRole.CHANGES),
        (new.secret, "Reports", SecretRole.READS_ONLY),
    ):
        caller = authenticate(database, account_id, secret)
        assert caller is not None
        assert (caller.account_id, caller.secret_name, caller.role) == (account_id, name, role)


@pytest.mark.parametrize("secret", ["", "wrong", SECRET[:-1], SECRET + " ", "\udc80", "秘密"])
def test_another_secret_is_not_the_accounts(
    database: Database, account_id: str, secret: str
) -> None:
    assert not authenticate(database, account_id, secret)


@pytest.mark.parametrize("unknown", ["zzzz9999", "", "a\x00b", "ABCD1234"])
def test_an_unknown_account_has_no_secret(database: Database, unknown: str) -> None:
    assert not authenticate(database, unknown, "")
    assert not authenticate(database, unknown, SECRET)


def test_secrets_of_one_account_open_no_other(database: Database, account_id: str) -> None:
    other = create_account(database, "efgh5678", "")
    assert authenticate(database, "efgh5678", other)
    assert not authenticate(database, account_id, other)


def test_a_secret_ends_when_it_expires(
    database: Database, account_id: str, time_of_day: HeldClock
) -> None:
    new = api_secrets.create_secret(database, account_id, "Reports", SecretRole.CHANGES, DAY)
    time_of_day.move(hours=23, minutes=59)
    assert authenticate(database, account_id, new.secret)
    time_of_day.move(minutes=2)
    assert not authenticate(database, account_id, new.secret)
    assert authenticate(database, account_id, SECRET)


def test_without_a_clock_that_is_held_the_database_tells_the_time(
    database: Database, account_id: str
) -> None:
    new = api_secrets.create_secret(database, account_id, "Reports", SecretRole.CHANGES, DAY)
    caller = authenticate(database, account_id, new.secret)
    assert caller is not None
    assert caller.is_to_be_noted
    note_use(database, caller.secret_id)
    caller = authenticate(database, account_id, new.secret)
    assert caller is not None
    assert not caller.is_to_be_noted


def test_the_last_use_is_known_to_the_minute(
    database: Database, account_id: str, time_of_day: HeldClock
) -> None:
    (first,) = api_secrets.list_secrets(database, account_id)
    assert first.last_used_at is None
    used_at = time_of_day()
    note_use(database, first.secret_id)
    for seconds, is_to_be_noted in ((58, False), (3, True)):
        time_of_day.move(seconds=seconds)
        caller = authenticate(database, account_id, SECRET)
        assert caller is not None
        assert caller.is_to_be_noted is is_to_be_noted
    (first,) = api_secrets.list_secrets(database, account_id)
    assert first.last_used_at is not None
    assert timedelta(0) < first.last_used_at - used_at < timedelta(seconds=1)
