"""A new API secret in a browser: shown once, whatever is clicked."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from numberpools.services import api_secrets
from numberpools.services.authentication import authenticate
from numberpools.stores import Stores
from tests.browser.conftest import OpenPage, Service


@pytest.fixture
def address(service: Service, account_id: str) -> str:
    return f"{service.url}/accounts/{account_id}/api-secrets"


def _begin(page: Page, address: str) -> None:
    page.goto(f"{address}/new")
    page.get_by_label("Name").fill("Reports")


def test_it_is_copied_with_a_button(
    page: Page, address: str, stores: Stores, account_id: str
) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    _begin(page, address)
    page.get_by_role("button", name="Make the secret").click()
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_text("Copied.")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert authenticate(stores.database, account_id, copied)


def test_a_second_click_does_not_hide_it(
    page: Page, address: str, stores: Stores, account_id: str
) -> None:
    _begin(page, address)
    page.get_by_role("button", name="Make the secret").dblclick()
    secret = page.locator("#secret").text_content() or ""
    assert authenticate(stores.database, account_id, secret)
    assert len(api_secrets.list_secrets(stores.database, account_id)) == 2


def test_a_page_that_is_kept_for_stepping_back_shows_it_no_more(page: Page, address: str) -> None:
    _begin(page, address)
    page.get_by_role("button", name="Make the secret").click()
    expect(page.locator("#secret")).to_be_visible()
    page.evaluate("window.dispatchEvent(new Event('pagehide'))")
    expect(page.locator("#secret")).to_have_text("Not shown any more")


def test_without_scripts_it_is_made_shown_once_and_revoked(
    open_page: OpenPage, address: str, stores: Stores, account_id: str
) -> None:
    page = open_page(java_script_enabled=False)
    _begin(page, address)
    page.get_by_role("button", name="Make the secret").click()
    secret = page.locator("#secret").text_content() or ""
    assert authenticate(stores.database, account_id, secret)
    expect(page.get_by_role("button", name="Copy")).to_be_hidden()
    page.reload()  # sends the form again
    expect(page.get_by_text("The secret Reports was made already.")).to_be_visible()
    assert secret not in page.content()
    page.get_by_role("link", name="Revoke Reports").click()
    page.get_by_role("button", name="Revoke the secret").click()
    expect(page.get_by_text("The API secret Reports is revoked.")).to_be_visible()
    assert not authenticate(stores.database, account_id, secret)
