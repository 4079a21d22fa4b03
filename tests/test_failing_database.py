"""A database that is away, full or read-only: calm answers, nothing lost, and few lines of log."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from time import monotonic
from uuid import uuid4

import psycopg
import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, make_url

from numberpools.db import migrate
from numberpools.db.availability import Availability
from numberpools.db.database import Database
from numberpools.domain.pools import Pool
from numberpools.errors import DatabaseUnavailable, NewerDatabase
from numberpools.services.accounts import create_account
from numberpools.services.health import Doctor
from tests.conftest import ACCOUNT_ID, SECRET, needs_postgres, new_database
from tests.databases import on_both_databases, on_sqlite
from tests.gate import Gate, gate
from tests.processes import LIMIT_SECONDS, wait_until
from tests.service import Service, served, signed_in
from tests.web import FRAGMENT, POOLS
from tests.web.markup import find, read, words

"""One service is there for all tests of one that is away."""

LIST = "+447400123456\n+447400123457"
API = f"/v2/numberpools/accounts/{ACCOUNT_ID}/pools"
GONE = "The database does not answer"
BACK = "The database answers again"


@pytest.fixture(scope="module")
def entrance(
    postgres_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Gate, str]]:
    """A gate in front of a database, and the URL that leads through it."""
    with new_database("postgres", tmp_path_factory.getbasetemp(), postgres_template) as url:
        database = Database(url)
        create_account(database, ACCOUNT_ID, "Example Ltd", SECRET)
        database.engine.dispose()
        parsed = make_url(url)
        with gate(str(parsed.host), parsed.port or 5432) as made:
            yield made, parsed.set(port=made.port).render_as_string(hide_password=False)


@pytest.fixture(scope="module")
def service(
    entrance: tuple[Gate, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    with served(tmp_path_factory.mktemp("failing"), entrance[1]) as running:
        wait_until(lambda: _get(running, "/readyz").ok, "it is ready")
        yield running


@pytest.fixture
def away(entrance: tuple[Gate, str], service: Service) -> Iterator[Callable[[], None]]:
    """Lets the database go away; it is back at the end."""
    yield entrance[0].shut
    if not entrance[0].is_open:
        entrance[0].open()
    wait_until(lambda: _get(service, "/readyz").ok, "it is ready again")


def _get(service: Service, path: str, **options: object) -> requests.Response:
    return requests.get(f"{service.url}{path}", timeout=LIMIT_SECONDS, **options)  # type: ignore[arg-type]


@needs_postgres
def test_pages_and_api_say_that_it_is_away(service: Service, away: Callable[[], None]) -> None:
    with signed_in(service.url, "EDITOR") as browser:
        away()
        page = browser.get(f"{service.url}{POOLS}")
    answer = _get(service, API, auth=(ACCOUNT_ID, SECRET))
    for each in (page, answer):
        assert each.status_code == 503
        assert int(each.headers["Retry-After"]) > 0
    assert "Number Pools cannot reach its database just now." in page.text
    assert "Try again" in page.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["detail"] == "Number Pools cannot reach its database just now."
    assert _get(service, "/readyz").json()["database"] == "no answer"
    assert _get(service, "/healthz").ok


@needs_postgres
def test_a_list_comes_back_in_its_form(service: Service, away: Callable[[], None]) -> None:
    fields = {"form_id": str(uuid4()), "numbers": LIST, "country": "GB", "action": "add"}
    with signed_in(service.url, "EDITOR") as browser:
        away()
        answer = browser.post(f"{service.url}{POOLS}/support/operations", fields)
    assert answer.status_code == 503
    assert "Nothing was changed." in answer.text
    form = re.search(r'<form method="post" enctype.*?</form>', answer.text, re.DOTALL)
    assert form is not None
    assert f">\n{LIST}</textarea>" in form[0]
    assert f'name="form_id" value="{fields["form_id"]}"' in form[0]


@needs_postgres
def test_the_log_has_a_line_when_it_goes_and_one_when_it_is_back(
    service: Service, entrance: tuple[Gate, str], away: Callable[[], None]
) -> None:
    def lines(what: str) -> int:
        return service.log.read_text().count(what)

    gone, back = lines(GONE), lines(BACK)
    assert gone == back
    away()
    wait_until(lambda: lines(GONE) > gone, "it is told")
    answers = [_get(service, API, auth=(ACCOUNT_ID, SECRET)).status_code for _ in range(50)]
    assert set(answers) == {503}
    entrance[0].open()
    wait_until(lambda: _get(service, "/readyz").ok, "it is ready again")
    assert (lines(GONE), lines(BACK)) == (gone + 1, back + 1)
    assert "Traceback" not in service.log.read_text()


@needs_postgres
def test_work_goes_on_when_it_is_back(
    service: Service, entrance: tuple[Gate, str], away: Callable[[], None]
) -> None:
    pool: dict[str, object] = {"pool_id": "support", "fallback": "Pool"}
    pool |= {"localized_sender_preferred": False, "predictable_sender_preferred": False}
    made = requests.post(
        f"{service.url}{API}", json=pool, auth=(ACCOUNT_ID, SECRET), timeout=LIMIT_SECONDS
    )
    assert made.status_code == 201
    away()
    entrance[0].open()
    wait_until(lambda: _get(service, "/readyz").ok, "it is ready again")
    with signed_in(service.url, "EDITOR") as browser:
        form = browser.get(f"{service.url}{POOLS}/support").text
        hidden = dict(re.findall(r'name="(form_id|csrf_token)"[^>]*value="([^"]+)"', form))
        fields = {**hidden, "numbers": LIST, "country": "", "action": "add"}
        report = browser.post(f"{service.url}{POOLS}/support/operations", fields)
        assert report.status_code == 200
        wait_until(lambda: "Finished" in browser.get(report.url).text, "the operation is finished")


def _limit(database: Database, pragma: str) -> None:
    """From now on, of all connections of an SQLite database."""
    event.listen(database.engine, "connect", lambda made, _: made.execute(f"PRAGMA {pragma}"))
    database.engine.dispose()


@on_sqlite
@pytest.mark.parametrize("headers", [{}, FRAGMENT], ids=["page", "fragment"])
def test_nothing_can_be_stored(
    app: Flask,
    editor: FlaskClient,
    database: Database,
    make_pool: Callable[..., Pool],
    headers: dict[str, str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    make_pool()
    _limit(database, "query_only = ON")
    assert editor.get(f"{POOLS}/support", headers=headers).status_code == 200, "reading goes on"
    fields = {"form_id": str(uuid4()), "numbers": LIST, "country": "", "action": "add"}
    answer = editor.post(f"{POOLS}/support/operations", data=fields, headers=headers)
    assert answer.status_code == 503
    assert "Retry-After" in answer.headers
    said = words(find(read(answer), ".//main" if not headers else ".//div"))
    assert "Number Pools cannot store anything just now. Nothing was changed." in said
    assert Doctor(database).examine().database_stores is False
    told = [each.getMessage() for each in caplog.records if "stores" in each.getMessage()]
    assert told == ["The database stores nothing: attempt to write a readonly database"]
    assert not any(each.exc_info for each in caplog.records)


@on_sqlite
def test_a_full_disk_is_told(
    database: Database, account_id: str, caplog: pytest.LogCaptureFixture
) -> None:
    _limit(database, "max_page_count = 1")  # SQLite itself calls that a full disk
    with pytest.raises(DatabaseUnavailable) as raised:
        create_account(database, "efgh5678", "A label that takes room" * 1000)
    assert not raised.value.may_have_been_done
    assert "The database stores nothing: database or disk is full" in caplog.text


@on_both_databases
def test_a_newer_database_is_told_in_a_sentence(database: Database) -> None:
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(NewerDatabase, match=r"it has migration 9999, and this version knows"):
        migrate.upgrade(database)


def test_what_was_begun_before_it_came_back_does_not_say_that_it_has_gone_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    known, lost = Availability(), psycopg.OperationalError("gone")
    early, late = monotonic(), monotonic()
    assert known.told(lost, begun=early, was_committing=False) is not None
    known.note_success(begun=early, has_written=False)
    assert caplog.text.count(BACK) == 0, "it was asked before it went"
    known.note_success(begun=monotonic(), has_written=False)
    assert known.told(lost, begun=late, was_committing=False) is not None
    assert (caplog.text.count(GONE), caplog.text.count(BACK)) == (1, 1)
    known.told(lost, begun=monotonic(), was_committing=False)
    assert caplog.text.count(GONE) == 2
