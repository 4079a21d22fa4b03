"""``/pools/<pool_id>/settings``: seen and changed in place."""

from __future__ import annotations

from contextlib import AbstractContextManager

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from numberpools.db.database import Database
from numberpools.domain.pools import Fallback, Pool, PoolChanges
from numberpools.stores import PoolStore, SqlPoolStore, Stores
from tests.web import FRAGMENT, POOLS
from tests.web.markup import alerts, form, read, words

SUPPORT = f"{POOLS}/support"
SETTINGS = f"{SUPPORT}/settings"
as_page_and_fragment = pytest.mark.parametrize("headers", [{}, FRAGMENT], ids=["page", "fragment"])


def _settings(answer: TestResponse) -> dict[str, str]:
    return form(read(answer), SETTINGS)


def _saved(answer: TestResponse) -> str:
    return words(read(answer).find(".//span[@class='saved']"))


@as_page_and_fragment
def test_it_works(viewer: FlaskClient, support: Pool, headers: dict[str, str]) -> None:
    answer = viewer.get(SETTINGS, headers=headers)
    assert answer.status_code == 200
    assert _settings(answer)["fallback"] == "Pool"


def test_the_fragment_is_part_of_the_page(editor: FlaskClient, support: Pool) -> None:
    # Both carry a token of their own second.
    fragment, page = (
        read(editor.get(SETTINGS, headers=headers)).find(".//form[@id='settings']")
        for headers in (FRAGMENT, {})
    )
    assert words(fragment) == words(page) != ""


def test_saving_leads_back_to_the_pool(
    editor: FlaskClient, store: PoolStore, support: Pool
) -> None:
    changed = _settings(editor.get(SUPPORT)) | {"fallback": "Reject"}
    answer = editor.post(SETTINGS, data=changed)
    assert answer.status_code == 303
    assert answer.location == SUPPORT
    assert store.get_pool("support").fallback is Fallback.REJECT
    assert alerts(read(editor.get(SUPPORT))) == ["Saved."]


def test_saving_in_place_shows_what_is_saved(
    editor: FlaskClient, store: PoolStore, support: Pool
) -> None:
    changed = _settings(editor.get(SETTINGS)) | {"predictable_sender_preferred": "y"}
    del changed["localized_sender_preferred"]
    answer = editor.post(SETTINGS, data=changed, headers=FRAGMENT)
    assert answer.status_code == 200
    assert _saved(answer) == "Saved"
    saved = store.get_pool("support")
    assert (saved.localized_sender_preferred, saved.predictable_sender_preferred) == (False, True)


def test_saving_twice_in_place_needs_no_reload(
    editor: FlaskClient, store: PoolStore, support: Pool
) -> None:
    first = editor.post(
        SETTINGS, data=_settings(editor.get(SETTINGS)) | {"fallback": "Reject"}, headers=FRAGMENT
    )
    second = editor.post(
        SETTINGS, data=_settings(first) | {"fallback": "CustomFrom"}, headers=FRAGMENT
    )
    assert second.status_code == 200
    assert store.get_pool("support").fallback is Fallback.CUSTOM_FROM


@as_page_and_fragment
def test_saving_nothing_says_so(
    editor: FlaskClient, support: Pool, headers: dict[str, str]
) -> None:
    answer = editor.post(SETTINGS, data=_settings(editor.get(SETTINGS)), headers=headers)
    said = [_saved(answer)] if headers else alerts(read(editor.get(SUPPORT)))
    assert said[0].rstrip(".") == "Nothing was different"


class _NotingStores(Stores):
    """Our stores, which note the changes that they are sent."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.noted: list[dict[str, str | bool]] = []

    def of(self, account_id: str) -> PoolStore:
        noted = self.noted

        class NotingStore(SqlPoolStore):
            def update_pool(
                self, pool_id: str, changes: PoolChanges, expected: str | None = None
            ) -> Pool:
                noted.append(changes.named())
                return super().update_pool(pool_id, changes, expected)

        return NotingStore(self.database, account_id)


@pytest.mark.parametrize(
    "change",
    [
        {"fallback": "Reject"},
        {"predictable_sender_preferred": True},
        {"fallback": "CustomFrom", "localized_sender_preferred": False},
    ],
)
def test_only_what_changed_is_sent(
    app: Flask,
    editor: FlaskClient,
    database: Database,
    support: Pool,
    change: dict[str, str | bool],
) -> None:
    app.extensions["stores"] = stores = _NotingStores(database)
    sent = _settings(editor.get(SETTINGS)) | change
    editor.post(SETTINGS, data={name: value for name, value in sent.items() if value})
    assert stores.noted == [change]


@as_page_and_fragment
def test_a_change_by_somebody_else_is_shown_and_not_overwritten(
    editor: FlaskClient, store: PoolStore, support: Pool, headers: dict[str, str]
) -> None:
    mine = _settings(editor.get(SETTINGS)) | {"fallback": "CustomFrom"}
    changes = PoolChanges(fallback=Fallback.REJECT, predictable_sender_preferred=True)
    theirs = store.update_pool("support", changes)
    answer = editor.post(SETTINGS, data=mine, headers=headers)
    assert answer.status_code == 409
    assert store.get_pool("support") == theirs
    [message] = alerts(read(answer))
    assert message.startswith("Not saved: somebody changed this pool in the meantime.")
    assert "now “Don't send”, you chose “The message's own sender”" in message
    assert "Keep the same sender for each recipient: now on Save again" in message
    assert "Prefer" not in message


@as_page_and_fragment
def test_saving_again_after_a_conflict_overwrites_only_what_was_chosen(
    editor: FlaskClient, store: PoolStore, support: Pool, headers: dict[str, str]
) -> None:
    mine = _settings(editor.get(SETTINGS)) | {"predictable_sender_preferred": "y"}
    store.update_pool("support", PoolChanges(fallback=Fallback.REJECT))
    refused = editor.post(SETTINGS, data=mine, headers=headers)
    again = editor.post(SETTINGS, data=_settings(refused), headers=headers)
    assert again.status_code < 400
    saved = store.get_pool("support")
    assert (saved.fallback, saved.predictable_sender_preferred) == (Fallback.REJECT, True)


def test_two_people_who_want_the_same_are_told(
    editor: FlaskClient, store: PoolStore, support: Pool
) -> None:
    mine = _settings(editor.get(SETTINGS)) | {"fallback": "Reject"}
    store.update_pool("support", PoolChanges(fallback=Fallback.REJECT))
    [message] = alerts(read(editor.post(SETTINGS, data=mine)))
    assert message.endswith("It has now just what you chose.")


def test_a_change_in_the_last_moment_is_not_overwritten(
    app: Flask, editor: FlaskClient, database: Database, store: PoolStore, support: Pool
) -> None:
    """Between looking and saving: the store itself checks."""

    class LateStore(SqlPoolStore):
        def together(self) -> AbstractContextManager[object]:
            store.update_pool("support", PoolChanges(fallback=Fallback.CUSTOM_FROM))
            return super().together()

    class LateStores(Stores):
        def of(self, account_id: str) -> PoolStore:
            return LateStore(self.database, account_id)

    app.extensions["stores"] = LateStores(database)
    mine = _settings(editor.get(SETTINGS)) | {"fallback": "Reject"}
    assert editor.post(SETTINGS, data=mine).status_code == 409
    assert store.get_pool("support").fallback is Fallback.CUSTOM_FROM


@as_page_and_fragment
@pytest.mark.parametrize("fallback", [None, "", "Somewhere"])
def test_it_refuses_a_fallback_that_is_none(
    editor: FlaskClient,
    store: PoolStore,
    support: Pool,
    fallback: str | None,
    headers: dict[str, str],
) -> None:
    sent = _settings(editor.get(SETTINGS)) | {"fallback": fallback}
    answer = editor.post(SETTINGS, data=sent, headers=headers)
    assert answer.status_code == 422
    assert len(alerts(read(answer))) == 1
    assert store.get_pool("support") == support


@pytest.mark.parametrize("seen", ["", "{", "[]", '{"fallback": "Somewhere"}'])
def test_a_form_that_does_not_tell_what_was_seen_overwrites_nothing(
    editor: FlaskClient, store: PoolStore, support: Pool, seen: str
) -> None:
    answer = editor.post(SETTINGS, data={"fallback": "Reject", "seen": seen})
    assert answer.status_code == 409
    assert "now “Any number of the pool”, you chose “Don't send”" in alerts(read(answer))[0]
    assert store.get_pool("support") == support
