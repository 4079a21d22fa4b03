"""``POST /pools/<pool_id>/operations`` with a file, or to look at a list first."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from numberpools.domain.pools import Pool
from numberpools.services import bulk
from numberpools.stores import PoolStore, Stores
from tests.web import POOLS
from tests.web.conftest import Paste
from tests.web.markup import alerts, form, read, totals, words

START = f"{POOLS}/support/operations"
CSV = b"Name;Mobile\nAnn;+44 7400 123499\nBob;+44 7400 123456\n"


def _file(content: bytes = CSV, name: str = "numbers.csv") -> tuple[BytesIO, str]:
    return BytesIO(content), name


def test_it_works(editor: FlaskClient, paste: Paste, store: PoolStore, support: Pool) -> None:
    answer = paste("", file=_file())
    assert answer.status_code == 303
    page = read(editor.get(answer.location or ""))
    assert words(page.find(".//h1")) == "A list for support"
    assert "numbers.csv, brought by Development editor" in words(page)
    assert (totals(page)["New"], totals(page)["Already in the pool"]) == (1, 1)
    assert store.count_numbers("support") == 3


@pytest.mark.parametrize("action", ["add", "remove", "look"])
def test_with_any_button_a_file_is_shown_first(
    paste: Paste, store: PoolStore, support: Pool, action: str
) -> None:
    assert paste("", file=_file(), action=action).status_code == 303
    assert store.count_numbers("support") == 3


def test_a_short_text_is_shown_first_where_that_is_asked_for(
    editor: FlaskClient, paste: Paste, store: PoolStore, support: Pool
) -> None:
    page = read(editor.get(paste("+44 7400 123499", action="look").location or ""))
    assert totals(page)["New"] == 1
    assert "Pasted by Development editor" in words(page)
    assert store.count_numbers("support") == 3


def test_national_numbers_take_the_chosen_country(
    editor: FlaskClient, paste: Paste, support: Pool
) -> None:
    answer = paste("", file=_file(b"07400 123456\n", "numbers.txt"), country="GB")
    assert totals(read(editor.get(answer.location or "")))["Already in the pool"] == 1


def _large(client: FlaskClient, *, lines: int, field: str = "file") -> TestResponse:
    """Send as many lines as this; the test client itself would put them into a file."""
    name = 'file"; filename="numbers.csv' if field == "file" else field
    fields = {
        "form_id": str(uuid4()),
        "action": "add",
        "country": "",
        name: "07400 123456\n" * lines,
    }
    parts = [
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    content_type = "multipart/form-data; boundary=x"
    return client.post(START, data="".join([*parts, "--x--\r\n"]), content_type=content_type)


@pytest.mark.parametrize("field", ["file", "numbers"])
def test_a_list_may_be_larger_than_other_requests(
    editor: FlaskClient, support: Pool, field: str
) -> None:
    answer = _large(editor, lines=300_000, field=field)
    assert answer.status_code == 303
    assert "Reading: 0 entries so far" in words(read(editor.get(answer.location or "")))


@pytest.mark.parametrize("field", ["file", "numbers"])
def test_more_than_that_is_refused(editor: FlaskClient, support: Pool, field: str) -> None:
    answer = _large(editor, lines=1_700_000, field=field)
    assert answer.status_code == 413
    assert "A list may have 20 MB at the most." in answer.text


def test_other_requests_keep_their_limit(editor: FlaskClient, support: Pool) -> None:
    sent = {"pool_id": "x" * 3_000_000}
    assert editor.post(f"{POOLS}/support/rename", data=sent).status_code == 413


def test_nobody_who_is_not_signed_in_sends_a_large_file(app: Flask, support: Pool) -> None:
    assert _large(app.test_client(), lines=300_000).status_code == 413


@pytest.mark.parametrize("content", [b"", b" \r\n\t"])
def test_it_refuses_an_empty_file(paste: Paste, support: Pool, content: bytes) -> None:
    answer = paste("", file=_file(content))
    assert answer.status_code == 422
    page = read(answer)
    assert alerts(page) == ["This file is empty."]
    assert words(page.find(".//*[@id='paste-file-help']")).startswith("This file is empty.")
    assert "choose it once more" in answer.text


def test_it_refuses_a_file_and_a_text_together(
    paste: Paste, store: PoolStore, support: Pool
) -> None:
    answer = paste("+44 7400 123499", file=_file())
    assert answer.status_code == 422
    page = read(answer)
    assert alerts(page) == ["Type numbers or choose a file, not both."]
    assert form(page, START)["numbers"] == "+44 7400 123499"
    assert store.count_numbers("support") == 3


def test_sent_twice_it_is_one_list(submit: Paste, support: Pool) -> None:
    form_id = str(uuid4())
    first, second = (submit("", file=_file(), form_id=form_id).location for _ in range(2))
    assert first == second


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("numbers.csv", "numbers.csv"),
        ("../../etc/numbers.csv", "numbers.csv"),
        ("n\u0000u\u202em.csv", "num.csv"),
        ("x" * 300 + ".csv", "x" * 251 + ".csv"),
        ("<b>.csv", "<b>.csv"),
    ],
)
def test_of_a_files_name_only_the_readable_part_is_kept(
    submit: Paste, stores: Stores, account_id: str, support: Pool, sent: str, stored: str
) -> None:
    operation_id = (submit("", file=_file(name=sent)).location or "").rpartition("/")[2]
    found = bulk.get_operation(stores.database, account_id, operation_id)
    assert found.list_name == stored


def test_a_viewer_may_not(viewer: FlaskClient, support: Pool) -> None:
    assert viewer.post(START, data={"form_id": str(uuid4()), "file": _file()}).status_code == 403


def test_a_file_that_is_no_list_says_so(
    editor: FlaskClient, submit: Paste, work_off: Callable[[], None], support: Pool
) -> None:
    there = submit("", file=_file(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "numbers.pdf")).location or ""
    work_off()
    page = read(editor.get(there))
    assert alerts(page) == ["This is a PDF: open it, copy the table and paste it."]
    offered = {words(each) for each in [*page.findall(".//main//a"), *page.findall(".//button")]}
    assert {"Bring another list", "Discard the list"} <= offered
    assert "Change how it is read" not in offered


def test_a_file_without_numbers_can_be_read_differently(
    editor: FlaskClient, submit: Paste, work_off: Callable[[], None], support: Pool
) -> None:
    there = submit("", file=_file(b";;\n;;\n", "numbers.txt")).location or ""
    work_off()
    page = read(editor.get(there))
    assert "nothing in this list" in alerts(page)[0]
    [link] = [
        each.get("href", "")
        for each in page.findall(".//main//a")
        if words(each) == "Change how it is read"
    ]
    assert editor.get(link).status_code == 200
