"""Making, replacing and revoking API secrets; the time of day is held."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from numberpools.db.database import Database
from numberpools.db.tables import accounts
from numberpools.db.tables import api_secrets as stored
from numberpools.domain.api_secrets import MOST_SECRETS, SecretRole, SecretState
from numberpools.errors import (
    AccountNotFound,
    InvalidInput,
    SecretMadeAlready,
    SecretNotFound,
    SecretReplaced,
)
from numberpools.services import api_secrets as service
from numberpools.services import audit
from numberpools.services.accounts import create_account
from numberpools.services.actors import Actor, ActorKind
from numberpools.services.authentication import authenticate
from tests.clock import HeldClock
from tests.conftest import SECRET
from tests.databases import on_sqlite

DAY = timedelta(days=1)
ANN = Actor(ActorKind.PERSON, "Ann <ann@example.com>")


@pytest.fixture
def reports(database: Database, account_id: str, time_of_day: HeldClock) -> service.NewSecret:
    """A second secret, which lives for 90 days."""
    with audit.attempt(ANN):
        life = timedelta(days=90)
        return service.create_secret(database, account_id, "Reports", SecretRole.READS_ONLY, life)


def _listed(database: Database, account_id: str) -> list[tuple[str, SecretState]]:
    return [(each.name, each.state) for each in service.list_secrets(database, account_id)]


def _id_of(database: Database, account_id: str, name: str) -> str:
    found = service.list_secrets(database, account_id)
    return next(each.secret_id for each in found if each.name == name)


def test_it_works(database: Database, account_id: str, reports: service.NewSecret) -> None:
    first, second = service.list_secrets(database, account_id)
    assert (first.name, first.role, first.expires_at) == ("first", SecretRole.CHANGES, None)
    assert (second.name, second.role) == ("Reports", SecretRole.READS_ONLY)
    assert (second.created_by, second.last_used_at) == (ANN.name, None)
    assert second.expires_at == second.created_at + timedelta(days=90)
    assert len(reports.secret) >= 43  # 32 bytes in base64
    assert reports.secret not in repr(reports)


def test_secrets_are_not_stored(database: Database, account_id: str) -> None:
    with database.read() as connection:
        rows = [*connection.execute(select(stored)), *connection.execute(select(accounts))]
    assert SECRET not in str(rows)
    assert all(SECRET.encode() not in row.secret_hash for row in rows)


@on_sqlite
def test_the_same_secret_is_stored_differently(database: Database) -> None:
    for account_id in ("aaaa0000", "bbbb0000"):
        create_account(database, account_id, "", SECRET)
    with database.read() as connection:
        hashes = connection.scalars(select(stored.c.secret_hash)).all()
    assert len(set(hashes)) == 2


@on_sqlite
@pytest.mark.parametrize("name", ["", " x", "x" * 65, "a\nb", "a\0b", "a\u202eb", "\udc80"])
def test_it_refuses_a_name_that_is_none(database: Database, account_id: str, name: str) -> None:
    with pytest.raises(InvalidInput, match="name: Use 1 to 64"):
        service.create_secret(database, account_id, name, SecretRole.CHANGES)


@on_sqlite
def test_it_refuses_a_name_that_is_in_use(
    database: Database, account_id: str, reports: service.NewSecret
) -> None:
    with pytest.raises(InvalidInput, match="There is a secret called Reports"):
        service.create_secret(database, account_id, "Reports", SecretRole.CHANGES)
    assert authenticate(database, account_id, reports.secret)


def test_the_name_of_an_expired_secret_is_free(
    database: Database, account_id: str, reports: service.NewSecret, time_of_day: HeldClock
) -> None:
    time_of_day.move(days=91)
    assert ("Reports", SecretState.EXPIRED) in _listed(database, account_id)
    service.create_secret(database, account_id, "Reports", SecretRole.CHANGES)
    assert ("Reports", SecretState.EXPIRED) not in _listed(database, account_id)


def test_threads_that_choose_one_name_make_one_secret(database: Database, account_id: str) -> None:
    def make(_: int) -> int:
        try:
            service.create_secret(database, account_id, "Reports", SecretRole.CHANGES)
        except InvalidInput:
            return 0
        return 1

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(make, range(8))) == 1


@on_sqlite
@pytest.mark.parametrize("life", [timedelta(0), timedelta(seconds=59), timedelta(days=3651), -DAY])
def test_it_refuses_a_life_that_is_none(
    database: Database, account_id: str, life: timedelta
) -> None:
    with pytest.raises(InvalidInput, match="expires: must be from a minute"):
        service.create_secret(database, account_id, "Reports", SecretRole.CHANGES, life)


@on_sqlite
def test_an_account_has_so_many_and_no_more(database: Database, account_id: str) -> None:
    for number in range(MOST_SECRETS - 1):
        service.create_secret(database, account_id, f"{number}", SecretRole.CHANGES)
    with pytest.raises(InvalidInput, match="revoke one first"):
        service.create_secret(database, account_id, "too many", SecretRole.CHANGES)
    with pytest.raises(InvalidInput, match="revoke one first"):
        service.rotate_secret(database, account_id, "first", overlap=DAY)
    service.rotate_secret(database, account_id, "first")


def test_a_form_that_is_sent_twice_makes_one(database: Database, account_id: str) -> None:
    form_id = str(uuid4())
    making = (account_id, "Reports", SecretRole.CHANGES)
    new = service.create_secret(database, *making, form_id=form_id)
    with pytest.raises(SecretMadeAlready, match="It was shown once"):
        service.create_secret(database, *making, form_id=form_id)
    first = _id_of(database, account_id, "first")
    again = str(uuid4())
    service.replace_secret(database, account_id, first, form_id=again)
    with pytest.raises(SecretMadeAlready):
        service.replace_secret(database, account_id, first, form_id=again)
    assert authenticate(database, account_id, new.secret)
    assert len(_listed(database, account_id)) == 2


@on_sqlite
def test_a_form_without_an_id_is_refused(database: Database, account_id: str) -> None:
    with pytest.raises(InvalidInput, match="must be a UUID"):
        service.create_secret(database, account_id, "x", SecretRole.CHANGES, form_id="nothing")


def test_a_replaced_secret_ends_at_once(database: Database, account_id: str) -> None:
    new = service.rotate_secret(database, account_id)
    assert new.old_until is None
    assert authenticate(database, account_id, new.secret)
    assert not authenticate(database, account_id, SECRET)
    assert _listed(database, account_id) == [("first", SecretState.IN_FORCE)]


def test_a_replaced_secret_is_taken_for_as_long_as_was_said(
    database: Database, account_id: str, time_of_day: HeldClock
) -> None:
    new = service.rotate_secret(database, account_id, overlap=DAY)
    time_of_day.move(hours=23)
    for secret in (SECRET, new.secret):
        assert authenticate(database, account_id, secret)
    assert _listed(database, account_id) == [
        ("first", SecretState.IN_FORCE),
        ("first", SecretState.REPLACED),
    ]
    time_of_day.move(hours=2)
    assert not authenticate(database, account_id, SECRET)
    assert authenticate(database, account_id, new.secret)
    assert _listed(database, account_id) == [("first", SecretState.IN_FORCE)]


@on_sqlite
def test_a_new_secret_lives_as_long_as_the_one_that_it_replaces(
    database: Database, account_id: str, reports: service.NewSecret, time_of_day: HeldClock
) -> None:
    time_of_day.move(days=89, hours=12)
    new = service.rotate_secret(database, account_id, "Reports", overlap=DAY)
    assert reports.expires_at is not None
    assert new.old_until == reports.expires_at  # it lives no longer for having been replaced
    assert new.role is SecretRole.READS_ONLY
    assert new.expires_at is not None
    left = new.expires_at - time_of_day()
    assert timedelta(days=89, hours=23) < left <= timedelta(days=90)


@on_sqlite
def test_an_expired_secret_can_be_replaced(
    database: Database, account_id: str, reports: service.NewSecret, time_of_day: HeldClock
) -> None:
    time_of_day.move(days=91)
    new = service.rotate_secret(database, account_id, "Reports", overlap=DAY)
    assert new.old_until is None
    assert not authenticate(database, account_id, reports.secret)
    assert authenticate(database, account_id, new.secret)


@on_sqlite
def test_who_comes_second_replaces_nothing(database: Database, account_id: str) -> None:
    first = _id_of(database, account_id, "first")
    new = service.replace_secret(database, account_id, first, DAY)
    with pytest.raises(SecretReplaced, match="was replaced"):
        service.replace_secret(database, account_id, first, DAY)
    assert authenticate(database, account_id, new.secret)


@on_sqlite
def test_which_one_is_to_be_replaced_has_to_be_said_where_there_are_several(
    database: Database, account_id: str, reports: service.NewSecret
) -> None:
    for name in (None, "nothing"):
        with pytest.raises(InvalidInput, match=r"must be one of .*: first, Reports"):
            service.rotate_secret(database, account_id, name)


@on_sqlite
def test_a_revoked_secret_opens_nothing_any_more(
    database: Database, account_id: str, reports: service.NewSecret
) -> None:
    name = service.revoke_secret(database, account_id, _id_of(database, account_id, "Reports"))
    assert name == "Reports"
    assert not authenticate(database, account_id, reports.secret)
    assert authenticate(database, account_id, SECRET)


def test_revoking_by_name_ends_what_was_replaced_too(database: Database, account_id: str) -> None:
    new = service.rotate_secret(database, account_id, overlap=DAY)
    service.revoke_named(database, account_id, "first")
    for secret in (SECRET, new.secret):
        assert not authenticate(database, account_id, secret)
    assert _listed(database, account_id) == []


def test_what_has_long_expired_is_forgotten(
    database: Database, account_id: str, reports: service.NewSecret, time_of_day: HeldClock
) -> None:
    time_of_day.move(days=121)
    service.create_secret(database, account_id, "another", SecretRole.CHANGES)
    assert "Reports" not in dict(_listed(database, account_id))


def test_secrets_of_other_accounts_are_not_found(database: Database, account_id: str) -> None:
    create_account(database, "efgh5678", "", SECRET)
    theirs = _id_of(database, "efgh5678", "first")
    for act in (service.get_secret, service.replace_secret, service.revoke_secret):
        with pytest.raises(SecretNotFound):
            act(database, account_id, theirs)
    assert authenticate(database, "efgh5678", SECRET)


@on_sqlite
def test_an_unknown_account_gets_no_secret(database: Database) -> None:
    with pytest.raises(AccountNotFound):
        service.create_secret(database, "zzzz9999", "x", SecretRole.CHANGES)
    with pytest.raises(AccountNotFound):
        service.rotate_secret(database, "zzzz9999")
