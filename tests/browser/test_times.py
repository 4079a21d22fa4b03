"""Times are shown in the reader's own time zone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date
from playwright.sync_api import expect

from numberpools.domain.pools import Pool
from tests.browser.conftest import OpenPage


def test_with_scripts(open_page: OpenPage, pools: str, make_pool: Callable[..., Pool]) -> None:
    page = open_page("EDITOR", timezone_id="Asia/Kathmandu")
    make_pool("support")
    page.goto(f"{pools}/support")
    page.get_by_label("Phone numbers").fill("+44 7400 123456")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_text("Finished.")).to_be_visible()
    time = page.locator("time")
    expect(time).not_to_contain_text("UTC")
    moment = datetime.fromisoformat(time.get_attribute("datetime") or "")
    local = moment.astimezone(ZoneInfo("Asia/Kathmandu"))
    day = format_date(local, "medium", locale="en_GB")  # in September, strftime has another word
    expect(time).to_have_text(f"{day}, {local:%H:%M}")


def test_what_is_typed_is_meant_so_too(open_page: OpenPage, pools: str) -> None:
    page = open_page("ADMINISTRATOR", timezone_id="Asia/Tokyo")
    page.goto(f"{pools}/../audit")  # it says when the account was created
    here = datetime.now(ZoneInfo("Asia/Tokyo"))
    for hours, amount in ((-2, 1), (2, 0)):  # less than that zone is away from others
        moment = f"{here + timedelta(hours=hours):%Y-%m-%d %H:%M}"
        page.get_by_label("From (Asia/Tokyo)").fill(moment)
        page.get_by_role("button", name="Search").click()
        expect(page.locator("tbody tr")).to_have_count(amount)
    # Who is sent the address sees what its sender saw.
    abroad = open_page("ADMINISTRATOR", timezone_id="America/Los_Angeles")
    abroad.goto(page.url)
    expect(abroad.get_by_label("From (Asia/Tokyo)")).to_be_visible()


def test_without_scripts_they_are_in_utc(
    open_page: OpenPage, pools: str, make_pool: Callable[..., Pool]
) -> None:
    page = open_page("EDITOR", java_script_enabled=False, timezone_id="Asia/Kathmandu")
    make_pool("support")
    page.goto(f"{pools}/support")
    page.get_by_label("Phone numbers").fill("+44 7400 123456")
    page.get_by_role("button", name="Add").click()
    expect(page.locator("time")).to_contain_text("UTC")
