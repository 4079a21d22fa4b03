"""Every page, in light and dark, wide and narrow: accessible, and no wider than the screen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Literal
from uuid import uuid4

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from sqlalchemy import update

from numberpools.db.database import Database
from numberpools.db.tables import api_secrets as stored_secrets
from numberpools.domain import phone
from numberpools.domain.api_secrets import SecretRole
from numberpools.domain.pools import Fallback, Pool
from numberpools.services import api_secrets, bulk
from numberpools.services.accounts import create_account
from numberpools.services.bulk import Action
from numberpools.services.bulk.claims import Limits
from numberpools.services.bulk.work import Worker
from numberpools.stores import Stores
from tests.browser.conftest import Service, wait_until_settled
from tests.domain.lists.workbooks import xlsx

LONG = "support-" + "x" * 56
SAMPLE = f"""\
+44 7400 123499
+44 7400 123456
{"nothing here " * 20}
{"W" * 300}
+44 7400 123499
4.47911E+11
"""
WCAG_2_2_AA: dict[str, object] = {
    "type": "tag",
    "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
}
CONTRAST: dict[str, object] = {"type": "rule", "values": ["color-contrast"]}
LOOKS: list[tuple[Literal["light", "dark"], int, dict[str, object]]] = [
    ("light", 1280, WCAG_2_2_AA),
    ("dark", 1280, CONTRAST),
    ("dark", 390, WCAG_2_2_AA),
    ("light", 390, CONTRAST),
]
"""How wide a page is decides what is there and how large; light and dark, only its colours."""
ROW = f"{'Jane ' * 20}\t+44 20 7183 8750\t+44 7400 {'9' * 40}\n"
BOOK = xlsx(
    [["Name", "Office", "Mobile"], ["W" * 300, "+44 20 7183 8750", "+44 7400 123456"]],
    [["+44 7400 200000 - +44 7400 200099"], ["+44 7700 900123"], ["+44 7400 123457 ext. 5"]],
    [["+12015550199"]],
    hidden=[2],
)

PAGES = {
    "sign-in": "/sign-in",
    "accounts": "/",
    "sessions": "/sessions",
    "sessions, all to be ended": "/sessions/end-all",
    "sessions, one's own": "/sessions/own",
    "pools": "{account}/pools",
    "pools, page 2 of 3": "{account}/pools?page_size=10&page=2&sort=numbers",
    "pools, none found": "{account}/pools?containing=zzz",
    "pools, beyond the last page": "{account}/pools?page=99",
    "new pool": "{account}/new-pool",
    "pool": f"{{account}}/pools/{LONG}",
    "pool, all ticked": f"{{account}}/pools/{LONG}?selected=all&page_size=10",
    "pool, empty": "{account}/pools/pool-00",
    "settings": f"{{account}}/pools/{LONG}/settings",
    "rename": f"{{account}}/pools/{LONG}/rename",
    "delete": f"{{account}}/pools/{LONG}/delete",
    "paste": f"{{account}}/pools/{LONG}/paste",
    "put back": f"{{account}}/pools/{LONG}/paste?again={{operation_id}}",
    "report": "{account}/operations/{operation_id}",
    "report, filtered": "{account}/operations/{operation_id}?outcome=invalid",
    "undo": "{account}/operations/{operation_id}/undo",
    "operation, paused": "{account}/operations/{paused}",
    "operation, waiting": "{account}/operations/{waiting}",
    "operations": "{account}/operations",
    "operations of a pool": f"{{account}}/pools/{LONG}/operations",
    "operations, none": "{account}/pools/pool-00/operations",
    "list": "{account}/operations/{list}",
    "list, invalid ones": "{account}/operations/{list}?kind=invalid",
    "list, how it is read": "{account}/operations/{list}/columns",
    "list, several sheets": "{account}/operations/{sheets}",
    "list, how its sheets are read": "{account}/operations/{sheets}/columns",
    "list, compared": "{account}/operations/{compared}",
    "list, unreadable": "{account}/operations/{unreadable}",
    "audit trail": "{account}/audit",
    "audit trail, a number": "{account}/audit?number=447400123456",
    "audit trail, not understood": "{account}/audit?number=12&from=yesterday",
    "history": f"{{account}}/pools/{LONG}/history",
    "API secrets": "{account}/api-secrets",
    "API secrets, new": "{account}/api-secrets/new",
    "API secrets, replace": "{account}/api-secrets/{secret}/replace",
    "API secrets, revoke": "{account}/api-secrets/{secret}/revoke",
    "API secrets, none": "{without_secrets}/api-secrets",
    "not found": "{account}/nowhere",
}


def _preview(page: Page) -> None:
    page.get_by_label("Phone numbers").fill(SAMPLE)
    expect(page.locator("#preview tbody tr").first).to_be_visible()


def _preview_of_table(page: Page) -> None:
    page.get_by_label("Phone numbers").fill(f"Name\tOffice\tMobile\n{ROW}{ROW}")
    expect(page.get_by_role("checkbox", name="Office")).to_be_visible()


def _removed(page: Page) -> None:
    page.get_by_role("button", name="Remove +").first.click()
    expect(page.get_by_role("button", name="Undo")).to_be_visible()


def _saved(page: Page) -> None:
    page.get_by_label("Keep the same sender").click()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()


def _refused(page: Page) -> None:
    page.get_by_label("Pool id").fill("two words")
    page.get_by_role("button", name="Create pool").click()
    expect(page.get_by_text("Use 1 to 64")).to_be_visible()


def _refused_list(page: Page) -> None:
    page.get_by_label("Phone numbers").fill(";")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_text("Type or paste at least one number.")).to_be_visible()


def _not_confirmed(page: Page) -> None:
    page.get_by_label("to confirm").fill("1")
    page.get_by_role("button", name="Make equal").click()
    expect(page.get_by_text("to confirm.")).to_be_visible()


def _no_target(page: Page) -> None:
    page.get_by_role("button", name="Move to").click()
    expect(page.get_by_text("Choose the pool to move them to.")).to_be_visible()


def _not_deleted(page: Page) -> None:
    page.get_by_label("Type").fill("another")
    page.get_by_role("button", name="Delete the pool").click()
    expect(page.get_by_text("to confirm.")).to_be_visible()


def _secret_made(page: Page) -> None:
    page.get_by_label("Name").fill(f"{uuid4()} " + "W" * 27)
    page.get_by_role("button", name="Make the secret").click()
    expect(page.get_by_role("button", name="Copy")).to_be_visible()


def _secret_refused(page: Page) -> None:
    page.get_by_label("Name").fill("first")
    page.get_by_role("button", name="Make the secret").click()
    expect(page.get_by_text("There is a secret called first")).to_be_visible()


STATES: dict[str, tuple[str, Callable[[Page], None]]] = {
    "pool, preview": (PAGES["pool"], _preview),
    "pool, preview of a table": (PAGES["pool"], _preview_of_table),
    "pool, number removed": (PAGES["pool"], _removed),
    "pool, settings saved": (PAGES["pool"], _saved),
    "new pool, refused": (PAGES["new pool"], _refused),
    "paste, refused": (PAGES["paste"], _refused_list),
    "delete, refused": (PAGES["delete"], _not_deleted),
    "API secrets, made": (PAGES["API secrets, new"], _secret_made),
    "API secrets, refused": (PAGES["API secrets, new"], _secret_refused),
    "list, no target": (PAGES["list"], _no_target),
    "list, not confirmed": (PAGES["list, compared"], _not_confirmed),
}


@pytest.fixture(scope="module")
def odd_account(service: Service) -> dict[str, str]:
    """An account whose data is as odd as can be, and a report; how `PAGES` names them."""
    account_id, stores = uuid4().hex[:8], service.stores
    create_account(stores.database, account_id, "Example Ltd")
    create_account(stores.database, uuid4().hex[:8], "Another company with a long name " * 3)
    store = stores.of(account_id)
    numbers = ["80012345678", "447400123456", "12015550123", "999000000000000", "4930123456"]
    for pool_id in (LONG, *(f"pool-{number:02}" for number in range(24))):
        store.create_pool(Pool(account_id, pool_id, Fallback.CUSTOM_FROM, True, False))
    store.add_numbers(LONG, numbers + [f"4474001{number:05}" for number in range(40)])
    store.add_numbers("pool-01", numbers[:1])
    secrets = _secrets(stores.database, account_id)
    return {"account": f"/accounts/{account_id}", **secrets, **_operations(stores, account_id)}


def _secrets(database: Database, account_id: str) -> dict[str, str]:
    """API secrets in all their states, and an account without any."""
    for name, days in (("W" * 64, 365), ("soon", 3)):
        role, life = SecretRole.READS_ONLY, timedelta(days=days)
        api_secrets.create_secret(database, account_id, name, role, life)
    api_secrets.rotate_secret(database, account_id, "first", timedelta(days=1))
    expired = api_secrets.create_secret(database, account_id, "expired", SecretRole.CHANGES)
    with database.write() as connection:
        is_expired = stored_secrets.c.name == expired.name
        past = database.now() - timedelta(days=1)
        connection.execute(update(stored_secrets).where(is_expired).values(expires_at=past))
    other_id = uuid4().hex[:8]
    create_account(database, other_id, "Without secrets")
    api_secrets.revoke_named(database, other_id, "first")
    secret_id = api_secrets.list_secrets(database, account_id)[-1].secret_id
    return {"secret": secret_id, "without_secrets": f"/accounts/{other_id}"}


def _operations(stores: Stores, account_id: str) -> dict[str, str]:
    """Operations and lists in all their states, by the names that `PAGES` gives them."""
    common: dict[str, Any] = {
        "account_id": account_id,
        "pool_id": LONG,
        "started_by": "Somebody with a name of many words",
    }

    def start() -> str:
        form_id, entries = str(uuid4()), phone.parse(SAMPLE)
        return bulk.start(stores, **common, form_id=form_id, action=Action.ADD, entries=entries)

    def submit(content: bytes, name: str) -> str:
        return bulk.submit_list(
            stores, **common, form_id=str(uuid4()), name=name, country="GB", content=content
        )

    file = f"{'Heading ' * 9};Mobile\n{'W' * 300};+1 201 555 0199\nBob;{'9' * 90}\n".encode()
    lists = [submit(file, name) for name in ("N" * 200 + ".csv", "n.csv")]
    found = {"operation_id": start(), "list": lists[0], "compared": lists[1]}
    found["sheets"] = submit(BOOK, "book.xlsx")
    found["unreadable"] = submit(b"%PDF-1.7", "numbers.pdf")
    _work(stores)
    bulk.compare(stores, account_id, found["compared"])
    _work(stores)
    found["paused"] = start()
    bulk.pause(stores, account_id, found["paused"], common["started_by"])
    return found | {"waiting": start()}


def _work(stores: Stores) -> None:
    worker = Worker(stores, Limits())
    while worker.work():
        pass


@pytest.fixture
def open_state(page: Page, service: Service, odd_account: dict[str, str]) -> Callable[[str], Page]:
    """Open a page in the state of this name."""

    def opened(name: str) -> Page:
        address, act = STATES.get(name, (PAGES.get(name, ""), None))
        page.goto(service.url + address.format_map(odd_account))
        if act:
            act(page)
        wait_until_settled(page)
        return page

    return opened


@pytest.mark.parametrize("name", [*PAGES, *STATES])
def test_it_is_accessible_and_fits(open_state: Callable[[str], Page], name: str) -> None:
    assert violations(open_state(name)) == []


@pytest.mark.parametrize("width", [1280, 390, 320])
def test_the_menu_of_accounts_fits(open_state: Callable[[str], Page], width: int) -> None:
    page = open_state("pools")
    page.set_viewport_size({"width": width, "height": 700})
    page.locator("summary").press("Enter")
    other = page.get_by_role("link", name="Another company").first
    expect(other).to_be_visible()
    assert _too_wide(page) == []
    other.click()
    expect(page.locator("summary")).to_contain_text("Another company")
    assert _too_wide(page) == []


def test_the_menu_of_accounts_closes_by_itself(open_state: Callable[[str], Page]) -> None:
    page = open_state("pools")
    button, links = page.locator("summary"), page.locator(".menu-list")
    button.press("Enter")
    expect(links).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    expect(links).to_be_hidden()
    expect(button).to_be_focused()
    button.click()
    expect(links).to_be_visible()
    page.get_by_role("searchbox").click()
    expect(links).to_be_hidden()


def violations(page: Page) -> list[str]:
    """In light and dark, wide and narrow."""
    page.evaluate(Axe().axe_script)
    found = []
    for scheme, width, rules in LOOKS:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.set_viewport_size({"width": width, "height": 900})
        found += [f"{scheme}, {width} px: {each}" for each in _broken(page, rules)]
        found += [f"{width} px: {each}" for each in _too_wide(page)]
    page.set_viewport_size({"width": 320, "height": 700})
    return found + [f"320 px: {each}" for each in _too_wide(page)]


def _broken(page: Page, rules: dict[str, object]) -> list[str]:
    options = {"runOnly": rules, "resultTypes": ["violations"], "preload": False}
    found = page.evaluate("async options => (await axe.run(options)).violations", options)
    return [
        f"{violation['id']}: {node['html'][:120]} {node['failureSummary'][:200]}"
        for violation in found
        for node in violation["nodes"]
    ]


def _too_wide(page: Page) -> list[str]:
    """The elements that stick out, where the page has to be scrolled to the side."""
    script = """() => {
      const width = document.documentElement.clientWidth;
      if (document.documentElement.scrollWidth <= width) return [];
      const all = [...document.body.querySelectorAll("*")];
      const wide = all.filter(element => element.scrollWidth > width);
      return wide.map(element => `too wide: ${element.outerHTML.slice(0, 120)}`).slice(-3);
    }"""
    found: list[str] = page.evaluate(script)
    return found
