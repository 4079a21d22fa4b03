"""Pools worth looking at."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from numberpools.db.database import Database
from numberpools.domain import phone
from numberpools.domain.pools import Fallback, Pool
from numberpools.services import bulk
from numberpools.services.accounts import create_account
from numberpools.services.bulk import Action
from numberpools.stores import PoolStore, Stores
from tests.databases import keep_to_sqlite
from tests.web import POOLS
from tests.web.brought import seen

NUMBERS = [f"4474001234{last:02}" for last in range(30)]


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """On SQLite alone, but for what depends on the database."""
    keep_to_sqlite(metafunc, but={"tests.web.test_any_input", "tests.web.test_health"})


@pytest.fixture
def support(make_pool: Callable[..., Pool]) -> Pool:
    """A pool with three numbers of two countries."""
    return make_pool("support", ["12015550123", "447400123456", "447400123457"])


@pytest.fixture
def pool_with_thirty_numbers(make_pool: Callable[..., Pool]) -> Pool:
    return make_pool("support", NUMBERS)


@pytest.fixture
def empty_pool(make_pool: Callable[..., Pool]) -> Pool:
    return make_pool("empty")


@pytest.fixture
def twelve_pools(database: Database, store: PoolStore, account_id: str) -> list[str]:
    """Ids of pools that differ in every column of their list, made in one go."""
    ids = [f"pool-{number:02}" for number in range(12)]
    with database.write():
        for index, pool_id in enumerate(ids):
            fallback = list(Fallback)[index % 3]
            store.create_pool(Pool(account_id, pool_id, fallback, index % 2 == 0, index % 4 == 0))
            numbers = [f"44740012{1000 + last}" for last in range(4 * index)]
            countries = ["4930123456", "33612345678", "12015550123"][: index % 4]
            if numbers or countries:
                store.add_numbers(pool_id, numbers + countries)
    return ids


@pytest.fixture
def other_account(database: Database) -> str:
    """An account that has nothing to do with the one of the other fixtures."""
    create_account(database, "efgh5678", "Other Ltd")
    return "efgh5678"


@pytest.fixture
def other_operation(stores: Stores, other_account: str) -> str:
    """An operation of the other account, with a number that nobody else may see."""
    stores.of(other_account).create_pool(Pool(other_account, "secret", Fallback.POOL, True, True))
    return bulk.start(
        stores,
        form_id=str(uuid4()),
        account_id=other_account,
        pool_id="secret",
        action=Action.ADD,
        entries=phone.parse("+44 7400 999999; secret"),
        started_by="Somebody else",
    )


Paste = Callable[..., TestResponse]


@pytest.fixture
def submit(editor: FlaskClient, account_id: str) -> Paste:
    """Send a list to the pool, and leave the work to a worker."""

    def send(text: str, *, pool_id: str = "support", **fields: Any) -> TestResponse:
        sent = {"form_id": str(uuid4()), "numbers": text, "country": "", "action": "add"}
        return editor.post(f"{POOLS}/{pool_id}/operations", data=sent | fields)

    return send


@pytest.fixture
def paste(submit: Paste, work_off: Callable[[], None]) -> Paste:
    """Send a list to the pool, worked off: ``paste("+44 7400 123456", action="remove")``."""

    def send(text: str, **fields: Any) -> TestResponse:
        answer = submit(text, **fields)
        work_off()
        return answer

    return send


CSV = b"""\
Name;Desk;Mobile
Ann;17;+44 7400 123499
Bob;18;+44 7400 123456
Cid;19;+44 7400 123498
Ann;17;+44 7400 123499
Eve;20;nothing
"""


@pytest.fixture
def marketing(make_pool: Callable[..., Pool]) -> Pool:
    return make_pool("marketing", ["447400123498"])


@pytest.fixture
def brought(paste: Paste, support: Pool, marketing: Pool) -> str:
    """The address of a list that was read."""
    return paste("", file=(BytesIO(CSV), "staff.csv")).location or ""


Choose = Callable[..., str]


@pytest.fixture
def choose(editor: FlaskClient, work_off: Callable[[], None], brought: str) -> Choose:
    """Press a button of the list's page: ``choose("begin", action="add")``. Gives the page."""

    def press(name: str, **fields: str) -> str:
        sent = seen(editor, brought) if name == "begin" else {}
        answer = editor.post(f"{brought}/{name}", data=sent | fields)
        assert (answer.status_code, answer.location) == (303, brought)
        work_off()
        return editor.get(brought).text

    return press
