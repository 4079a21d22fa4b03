"""Bulk operations: how near they come to what the vendor, the database and the parser take."""

from __future__ import annotations

import os
import re
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from uuid import uuid4

from playwright.sync_api import Page, sync_playwright
from sqlalchemy import insert

from bench import data, phone
from bench.data import ACCOUNT_ID, TEN
from bench.measuring import medians, seconds
from bench.report import NotMeasured, Row
from bench.server import PAGES, Server, most_megabytes, started
from bench.vendor import call_barely, stores_at, vendor
from bench.vendor import settings as vendor_settings
from numberpools.db.database import Database
from numberpools.db.tables import operations
from numberpools.domain.phone import Entry, parse
from numberpools.domain.pools import Fallback, Pool
from numberpools.jobs.queue import create_queue
from numberpools.jobs.tasks import Jobs
from numberpools.services import bulk
from numberpools.services.bulk.claims import Limits
from numberpools.services.bulk.work import Worker
from numberpools.settings import Settings
from numberpools.stores import Stores
from tests.browser.conftest import CHROMIUM
from tests.processes import environment

_MANY = 100_000
_AT_VENDOR = 10_000
_SECONDS_PER_CALL = 0.2
_AT_ONCE = 8
_FEW = 50
_PATIENCE = 600
"""Seconds."""
_LINES = 500_000
_SETTINGS = Settings.parse(
    {
        "NUMBERPOOLS_ENV": "development",
        "SECRET_KEY": "a key for the benchmarks, long enough to be one",
        "DATABASE_URL": "sqlite:///unused.db",
    }
)


def vendor_rows(folder: Path) -> Iterator[Row]:
    """Through the running service: how long all of it takes, and what shows first."""
    url = data.create_vendors_database(folder / "at-vendor.db")
    with vendor(_SECONDS_PER_CALL) as there, started(folder, url, **vendor_settings(there)):
        stores = stores_at(there, url)
        entries = _entries(_numbers(_AT_VENDOR))
        submitted = time.perf_counter()
        operation_id = _start(stores, TEN, entries)
        accepted = time.perf_counter()
        _send(stores)
        until(lambda: operation_of(stores, operation_id).done_count > 0)
        first = time.perf_counter() - submitted
        until(lambda: operation_of(stores, operation_id).state.has_ended)
        taken = time.perf_counter() - accepted
        undoing = seconds(lambda: _undo(stores, operation_id))
        bare = seconds(lambda: call_barely(there, _numbers(_AT_VENDOR), _AT_ONCE))
        stores.close()
    ideal = _AT_VENDOR / 50 * _SECONDS_PER_CALL / _AT_ONCE
    what = f"{_AT_VENDOR:,} numbers to a vendor, to the ideal for {_AT_ONCE} calls at once"
    yield Row(what, taken / ideal, "x", at_most=1.15)
    yield Row("The same, to 200 bare calls in the same run", taken / bare, "x")
    yield Row("The first results of them", first, "s", at_most=1)
    yield Row("Undoing them at once, look and all, to the same ideal", undoing / ideal, "x")


def browser_row(folder: Path) -> Row | NotMeasured:
    """From the click to the report that says it is finished, in a real browser."""
    what = f"{_FEW} numbers to a vendor of 100 ms, from the click to the final report"
    if CHROMIUM is None:
        return NotMeasured(what, "there is no Chromium here")
    url = data.create_vendors_database(folder / "few.db")
    with (
        vendor(0.1) as there,
        started(folder, url, **vendor_settings(there)) as server,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, chromium_sandbox=os.geteuid() != 0
        )
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{server.port}/sign-in")
        page.get_by_role("button", name="Administrator").click()
        taken = [_add_in_browser(page, server, round_) for round_ in range(4)]
        browser.close()
    return Row(what, median(taken[1:]), "s", at_most=1)


def _add_in_browser(page: Page, server: Server, round_: int) -> float:
    page.goto(f"http://127.0.0.1:{server.port}{PAGES}/{TEN}")
    first = round_ * _FEW
    page.get_by_label("Phone numbers").fill("\n".join(_numbers(first + _FEW)[first:]))
    page.get_by_text("Already in the pool").wait_for()
    begin = time.perf_counter()
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_text(re.compile("^Finished")).first.wait_for()
    return time.perf_counter() - begin


def own_row(name: str, url: str) -> Row:
    """All of an operation to a plain `executemany` of the same item and number rows."""
    database = Database(url)
    stores = Stores(database)
    entries = _entries(_numbers(_MANY))

    def operation() -> float:
        pool_id = _new_pool(stores)
        return seconds(lambda: _run(stores, pool_id, entries))

    ours, theirs = medians(3, operation, lambda: _plain(database, entries))
    database.engine.dispose()
    what = f"{name}: {_MANY:,} numbers through an operation, to a plain executemany"
    return Row(what, ours / theirs, "x", at_most=5)


def preview_row(folder: Path) -> Row:
    """Reading a list and looking it up, until its preview can be shown, to parsing alone."""
    stores = Stores(Database(data.create_sqlite_database(folder / "preview.db")))
    text = "\n".join(phone.lines())

    def preview() -> float:
        return seconds(lambda: read(stores, text.encode()))

    ours, theirs = medians(3, preview, lambda: seconds(lambda: parse(text, phone.COUNTRY)))
    stores.close()
    return Row("Preview of 100,000 lines, to parsing alone", ours / theirs, "x", at_most=2)


def memory_rows(folder: Path) -> Iterator[Row]:
    """The most that web and worker ever held while a large file went through both."""
    url = data.create_sqlite_database(folder / "large.db")
    stores = Stores(Database(url))
    text = "number\n" + "".join(f"+{number}\n" for number in _numbers(_LINES - 1))
    settings = {"EMBEDDED_WORKER": "false"}
    with started(folder, url, **settings) as server, _worker(folder, url) as worker:
        operation_id = upload(server, text.encode())
        until(lambda: operation_of(stores, operation_id).state is bulk.State.READY)
        bulk.begin(stores, ACCOUNT_ID, operation_id, bulk.Action.ADD)
        until(lambda: operation_of(stores, operation_id).state.has_ended)
        server.person().get(f"/accounts/{ACCOUNT_ID}/operations/{operation_id}.csv")
        for name, pid in (("web", server.web_pid), ("worker", worker)):
            what = f"Memory of {name}, at most, while {_LINES:,} lines went through"
            yield Row(what, most_megabytes(pid), "MB", at_most=250)
    stores.close()


@contextmanager
def _worker(folder: Path, url: str) -> Iterator[int]:
    settings = {
        "NUMBERPOOLS_ENV": "development",
        "SECRET_KEY": secrets.token_urlsafe(32),
        "DATABASE_URL": url,
    }
    command = [sys.executable, "-m", "flask", "--app", "app", "worker"]
    with (folder / "worker.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment(settings), stdout=log, stderr=log)
        try:
            yield process.pid
        finally:
            process.terminate()
            process.wait()


def upload(server: Server, content: bytes = b"", pasted: str = "") -> str:
    """Send a file or a text as a browser does; gives the operation's id."""
    person = server.person()
    page = person.get(f"{PAGES}/{TEN}", **{"Accept-Encoding": "identity"}).body.decode()
    boundary, name = uuid4().hex, "list.csv" if content else ""
    fields = {name: _hidden(page, name) for name in ("csrf_token", "form_id")}
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in {**fields, "numbers": pasted, "country": "", "action": "look"}.items()
    ]
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
        "Content-Type: text/csv\r\n\r\n"
    )
    body = "".join([*parts, head]) + content.decode() + f"\r\n--{boundary}--\r\n"
    kind = f"multipart/form-data; boundary={boundary}"
    answer = person.post(f"{PAGES}/{TEN}/operations", body, kind)
    return answer.headers["Location"].rsplit("/", 1)[-1]


def _hidden(page: str, name: str) -> str:
    form = page[page.index("paste-numbers") - 3000 :]
    found = re.search(rf'name="{name}" value="([^"]+)"', form)
    assert found is not None
    return found[1]


def _send(stores: Stores) -> None:
    """Tell the service's own worker that there is something to do."""
    queue = create_queue(stores.database)
    Jobs(queue, stores, _SETTINGS).work()
    queue.storage.close()


def _undo(stores: Stores, operation_id: str) -> None:
    undoing = bulk.undo(stores, ACCOUNT_ID, operation_id, "Benchmark")
    _send(stores)
    until(lambda: operation_of(stores, undoing).state.has_ended)


def operation_of(stores: Stores, operation_id: str) -> bulk.Operation:
    return bulk.get_operation(stores.database, ACCOUNT_ID, operation_id)


def until(is_so: Callable[[], bool]) -> None:
    ends_at = time.monotonic() + _PATIENCE
    while not is_so():
        if time.monotonic() > ends_at:
            raise TimeoutError("the operation does not go on")
        time.sleep(0.02)


def _run(stores: Stores, pool_id: str, entries: Sequence[Entry]) -> None:
    _start(stores, pool_id, entries)
    _work_off(stores)


def _start(stores: Stores, pool_id: str, entries: Sequence[Entry]) -> str:
    return bulk.start(
        stores,
        form_id=str(uuid4()),
        account_id=ACCOUNT_ID,
        pool_id=pool_id,
        action=bulk.Action.ADD,
        entries=entries,
        started_by="Benchmark",
    )


def _work_off(stores: Stores) -> None:
    worker = Worker(stores, Limits())
    while worker.work():
        pass
    worker.close()


def read(stores: Stores, content: bytes, name: str = "") -> str:
    """Bring a list, and read it in this process; gives the operation's id."""
    operation_id = bulk.submit_list(
        stores,
        form_id=str(uuid4()),
        account_id=ACCOUNT_ID,
        pool_id=TEN,
        name=name,
        content=content,
        country=phone.COUNTRY,
        started_by="Benchmark",
    )
    _work_off(stores)
    return operation_id


def _new_pool(stores: Stores) -> str:
    pool_id = uuid4().hex
    stores.of(ACCOUNT_ID).create_pool(Pool(ACCOUNT_ID, pool_id, Fallback.POOL, True, False))
    return pool_id


def _plain(database: Database, entries: Sequence[Entry]) -> float:
    """The rows as the operation leaves them, put in by the driver itself."""
    operation_id, pool_key = uuid4().hex, -int(uuid4().int % 1_000_000)
    item_rows = [
        (operation_id, place, entry.line, entry.text, entry.number, "add", False, "added", "")
        for place, entry in enumerate(entries)
    ]
    number_rows = [(pool_key, entry.number) for entry in entries]
    mark = "?" if database.is_sqlite else "%s"
    items = (
        "INSERT INTO operation_items (operation_id, position, line, text, number, change,"
        f" is_half_done, outcome, reason) VALUES ({', '.join([mark] * 9)})"
    )
    numbers = f"INSERT INTO pool_numbers (pool_key, number) VALUES ({mark}, {mark})"
    with database.write() as connection:
        connection.execute(insert(operations), _operation_row(operation_id))
    return seconds(lambda: _insert(database, (items, item_rows), (numbers, number_rows)))


def _insert(database: Database, *statements: tuple[str, Sequence[tuple[object, ...]]]) -> None:
    with database.write() as connection:
        cursor = connection.connection.cursor()
        for statement, rows in statements:
            cursor.executemany(statement, rows)


def _operation_row(operation_id: str) -> dict[str, object]:
    return {
        "operation_id": operation_id,
        "account_id": ACCOUNT_ID,
        "pool_id": TEN,
        "state": bulk.State.FINISHED,
        "started_by": "Benchmark",
        "created_at": datetime.now(UTC),
    }


def _numbers(count: int) -> list[str]:
    """Valid mobile numbers of the United Kingdom: ten ranges of 100,000."""
    return [f"44740{number:07}" for number in range(count)]


def _entries(numbers: Sequence[str]) -> list[Entry]:
    return [
        Entry(line, f"+{number}", number, "GB", None)
        for line, number in enumerate(numbers, start=1)
    ]
