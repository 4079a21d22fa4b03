"""Operations and lists in the browser: what changes by itself, and the buttons to steer."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from playwright.sync_api import FilePayload, Page, expect
from sqlalchemy import func, select

from numberpools.db.tables import operations
from numberpools.domain.pools import PageRequest, Pool
from numberpools.services import bulk
from numberpools.services.bulk import Action
from numberpools.services.bulk.claims import Limits
from numberpools.services.bulk.model import State
from numberpools.services.bulk.work import Worker
from numberpools.stores import PoolStore, Stores
from tests.browser.conftest import OpenPage, SlowService, wait_until_settled
from tests.processes import wait_until

NUMBERS = [f"4474001{number:05}" for number in range(60)]
CSV = "Name;Office;Mobile\n" + "\n".join(
    f"Person {number[-3:]};extension {number[-3:]};+{number}" for number in NUMBERS[:12]
)


@pytest.fixture
def support(make_pool: Callable[..., Pool]) -> Pool:
    return make_pool("support", NUMBERS[:3])


@pytest.fixture
def paused(stores: Stores, account_id: str, support: Pool) -> str:
    """An operation on sixty numbers that goes on when `finish` says so."""
    operation_id = bulk.start(
        stores,
        form_id=str(uuid4()),
        account_id=account_id,
        pool_id="support",
        action=Action.ADD,
        entries=bulk.entries_of(NUMBERS),
        started_by="Ann",
    )
    bulk.pause(stores, account_id, operation_id, "Ann")
    return operation_id


@pytest.fixture
def finish(stores: Stores, account_id: str, paused: str) -> Callable[[], None]:
    """Do what the operation has to do, as a worker does."""

    def work() -> None:
        bulk.resume(stores, account_id, paused)
        worker = Worker(stores, Limits())
        while worker.work():
            pass

    return work


@pytest.fixture
def operation(page: Page, pools: str, paused: str) -> Page:
    """The page of the operation."""
    page.goto(f"{pools.removesuffix('/pools')}/operations/{paused}")
    return page


def _numbers(store: PoolStore, pool_id: str = "support") -> list[str]:
    return list(store.list_numbers(pool_id, PageRequest(1, 100)).items)


def test_the_page_follows_what_happens(operation: Page, finish: Callable[[], None]) -> None:
    operation.evaluate("document.documentElement.dataset.loaded = 'once'")
    expect(operation.locator("#progress")).to_contain_text("Paused.")
    expect(operation.locator("#items tbody tr").first).to_contain_text("Not done yet")
    finish()
    heading = operation.get_by_role("heading", level=1)
    expect(heading).to_have_text("Added 57 numbers to support")
    expect(operation).to_have_title("Added 57 numbers to support · Number Pools")
    expect(operation.locator("#items tbody tr").nth(3)).to_contain_text("Added")
    expect(operation.get_by_role("link", name="Undo")).to_be_visible()
    expect(operation.get_by_role("button", name="Resume")).to_have_count(0)
    expect(operation.locator("html")).to_have_attribute("data-loaded", "once")


def test_it_is_told_to_a_screen_reader_and_polling_ends(
    operation: Page, finish: Callable[[], None]
) -> None:
    told = operation.locator("#announcement")
    expect(told).to_be_empty()
    finish()
    expect(told).to_have_text("Finished: 60 of 60 entries done.")
    expect(operation.locator("[hx-trigger^=every]")).to_have_count(0)


def test_focus_typing_and_place_stay(operation: Page, finish: Callable[[], None]) -> None:
    operation.set_viewport_size({"width": 1280, "height": 300})
    search = operation.get_by_role("searchbox")
    search.focus()
    operation.evaluate("scrollTo({ top: 200, behavior: 'instant' })")
    place = operation.evaluate("scrollY")
    assert place > 100
    search.press_sequentially("Sales")
    finish()
    expect(operation.get_by_role("heading", level=1)).to_have_text("Added 57 numbers to support")
    expect(search).to_be_focused()
    expect(search).to_have_value("Sales")
    expect(operation.locator("[hx-trigger^=every]")).to_have_count(0)
    wait_until_settled(operation)
    operation.wait_for_function("place => Math.abs(scrollY - place) < 150", arg=place)


@pytest.mark.parametrize("name", ["#outcome-all", "#actions button:text('Cancel')"])
def test_what_is_pressed_slowly_works(
    operation: Page, finish: Callable[[], None], name: str
) -> None:
    """Whether what refreshes itself is asked for while it is pressed, or has been before."""
    address = operation.url
    operation.goto("about:blank")  # what the page asked for before is not what is waited for
    service = SlowService(operation)
    operation.clock.install()
    with operation.expect_request("**/progress?*"):
        operation.goto(address)
    operation.locator(name).hover()
    operation.mouse.down()
    finish()
    operation.evaluate(
        """["htmx:afterRequest", "htmx:beforeRequest"].forEach(moment => {
          const note = () => document.documentElement.setAttribute(`data-${moment.slice(5)}`, "");
          document.addEventListener(moment, note);
        })"""
    )
    service.answer()
    expect(operation.locator("html")).to_have_attribute("data-afterRequest", "")
    operation.clock.run_for(4000)
    expect(operation.locator("html")).to_have_attribute("data-beforeRequest", "")
    with operation.expect_navigation():
        operation.mouse.up()


def test_a_page_is_turned_while_the_table_renews_itself(operation: Page) -> None:
    service = SlowService(operation)
    with operation.expect_request(re.compile("/operations/[^/?]+$")):
        operation.evaluate("document.body.dispatchEvent(new Event('operation-moved'))")
    operation.get_by_role("link", name="Next page").click()
    service.answer()
    expect(operation.locator("#items tbody tr td").first).to_have_text("26")
    expect(operation).to_have_url(re.compile("page=2"))


def test_a_filter_stays_while_the_table_renews_itself(
    operation: Page, finish: Callable[[], None]
) -> None:
    operation.get_by_role("searchbox").fill(NUMBERS[7])
    expect(operation.locator("#items tbody tr")).to_have_count(1)
    finish()
    row = operation.locator("#items tbody tr")
    expect(row).to_contain_text("Added")
    expect(row).to_have_count(1)
    expect(operation).to_have_url(re.compile(f"containing={NUMBERS[7]}"))


@pytest.mark.parametrize("has_scripts", [True, False], ids=["with scripts", "without"])
def test_it_is_steered(
    open_page: OpenPage,
    pools: str,
    stores: Stores,
    store: PoolStore,
    paused: str,
    has_scripts: bool,
) -> None:
    page = open_page("EDITOR", java_script_enabled=has_scripts)
    page.goto(f"{pools}/support")
    page.get_by_role("link", name="Adding 60 numbers to support").click()
    expect(page.get_by_text("Paused by Ann.")).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    _expect_end(page, stores, "Cancelled.")
    page.get_by_role("button", name="Try 60 numbers again").click()
    _expect_end(page, stores, "Finished.")
    assert _numbers(store) == NUMBERS
    page.get_by_role("link", name="Undo").click()
    page.get_by_role("button", name="Undo 57 changes").click()
    _expect_end(page, stores, "Finished.")
    assert _numbers(store) == NUMBERS[:3]
    page.get_by_role("link", name="Operations").click()
    expect(page.locator("tbody tr")).to_have_count(3)


def _expect_end(page: Page, stores: Stores, words: str) -> None:
    """Without scripts the page is loaded again by a press, which is quicker than by itself.

    Should it have been loaded again by itself before, the press is on the words and does nothing.
    """
    found = page.locator("#progress strong", has_text=words)
    account_id = urlsplit(page.url).path.split("/")[2]
    wait_until(lambda: not _count_at_work(stores, account_id), "nothing is at work")
    page.get_by_role("link", name="Look again").or_(found).first.click()
    expect(found).to_be_visible()


def _count_at_work(stores: Stores, account_id: str) -> int:
    at_work = operations.c.state.not_in((State.READY, State.FINISHED, State.CANCELLED))
    query = select(func.count()).where(operations.c.account_id == account_id, at_work)
    with stores.database.read() as connection:
        return connection.scalar(query) or 0


def test_a_file_is_looked_at_and_moved_without_scripts(
    open_page: OpenPage,
    pools: str,
    stores: Stores,
    store: PoolStore,
    support: Pool,
    make_pool: Callable[..., Pool],
) -> None:
    make_pool("marketing")
    page = open_page("EDITOR", java_script_enabled=False)
    _bring(page, f"{pools}/support")
    expect(page.locator("dl dd")).to_have_text(["9", "3", "0", "0"])
    page.get_by_label("The other pool").select_option("marketing")
    page.get_by_role("button", name="Move 3 to").click()
    _expect_end(page, stores, "Finished.")
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "Moved 3 numbers from support to marketing"
    )
    assert (_numbers(store), _numbers(store, "marketing")) == ([], NUMBERS[:3])


def test_kind_and_text_filter_a_list_together(page: Page, pools: str, support: Pool) -> None:
    _bring(page, f"{pools}/support")
    lines = page.locator("#items tbody tr td:first-child")
    page.get_by_role("searchbox").fill("+44 7400 10000")
    expect(lines).to_have_count(10)
    kinds = page.get_by_role("navigation", name="Kinds of entries")
    kinds.get_by_role("link", name="Already in the pool 3").click()
    expect(lines).to_have_text(["2", "3", "4"])
    expect(page.get_by_role("searchbox")).to_have_value("+44 7400 10000")
    page.get_by_role("searchbox").fill("+44 7400 100001")
    expect(lines).to_have_text(["3"])
    kinds.get_by_role("link", name="All 12").click()
    expect(lines).to_have_text(["3"])
    page.get_by_role("searchbox").fill("")
    expect(lines).to_have_count(12)
    kinds.get_by_role("link", name="New 9").click()
    expect(lines).to_have_count(9)


def test_a_pool_is_made_equal_to_a_file(
    page: Page, pools: str, store: PoolStore, make_pool: Callable[..., Pool]
) -> None:
    make_pool("support", NUMBERS[10:14])
    _bring(page, f"{pools}/support")
    page.get_by_role("button", name="Make equal").click()
    button = page.get_by_role("button", name="Make equal: add 10, remove 2")
    expect(page.get_by_text("to confirm").first).to_be_visible()
    page.get_by_label("to confirm").fill("2")
    button.click()
    expect(page.locator("#progress strong")).to_have_text("Finished.")
    assert _numbers(store) == NUMBERS[:12]


def test_a_file_can_be_dropped_anywhere_on_the_page(
    open_page: OpenPage, pools: str, support: Pool
) -> None:
    page = open_page("EDITOR")
    page.goto(f"{pools}/support")
    _drop(page, "staff.csv", "more.csv")
    field = page.get_by_label("Or a file")
    expect(field).to_have_accessible_description("Only one file at a time can be read.")
    expect(field).to_have_value("")
    _drop(page, "staff.csv")
    expect(field).to_be_focused()
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_text("Make equal …")).to_be_visible()
    expect(page.locator("main")).to_contain_text("staff.csv, brought by")


def _drop(page: Page, *names: str) -> None:
    """Onto the box for numbers, which would otherwise take it as something to open."""
    transfer = page.evaluate_handle(
        """([names, content]) => {
          const transfer = new DataTransfer();
          for (const name of names) transfer.items.add(new File([content], name));
          return transfer;
        }""",
        [names, CSV],
    )
    page.get_by_label("Phone numbers").dispatch_event("drop", {"dataTransfer": transfer})


def _bring(page: Page, pool: str) -> None:
    page.goto(pool)
    file = FilePayload(name="staff.csv", mimeType="text/csv", buffer=CSV.encode())
    page.get_by_label("Or a file").set_input_files(file)
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_text("Make equal …")).to_be_visible()


def test_another_column_is_read(page: Page, pools: str, support: Pool) -> None:
    _bring(page, f"{pools}/support")
    page.get_by_role("link", name="Change how it is read").click()
    page.get_by_text("Other columns").click()
    page.get_by_role("checkbox", name="Name").check()
    page.get_by_role("checkbox", name="Mobile").uncheck()
    page.get_by_role("button", name="Read again").click()
    expect(page.locator("dl dd")).to_have_text(["0", "0", "0", "12"])
    page.get_by_role("link", name="Change how it is read").click()
    page.get_by_role("checkbox", name="Name").uncheck()
    page.get_by_role("checkbox", name="Mobile").check()
    page.get_by_role("button", name="Read again").click()
    expect(page.locator("dl dd")).to_have_text(["9", "3", "0", "0"])
    page.get_by_role("button", name="Discard the list").click()
    expect(page.get_by_text("The list is discarded.")).to_be_visible()
