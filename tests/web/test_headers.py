"""What every answer carries, and what no page holds."""

from __future__ import annotations

from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from numberpools.domain.pools import Pool
from tests.web import FRAGMENT, POOLS
from tests.web.conftest import Paste
from tests.web.markup import read

SUPPORT = f"{POOLS}/support"


@pytest.fixture
def answers(administrator: FlaskClient, paste: Paste, support: Pool) -> dict[str, TestResponse]:
    """Every kind of page, by its address."""
    report = paste("+44 7400 123499\n<b>nothing</b>").location or ""
    addresses = [
        "/sign-in",
        "/",
        POOLS,
        f"{POOLS}?containing=zzz",
        f"{POOLS}/new",
        SUPPORT,
        f"{SUPPORT}?page=9",
        f"{SUPPORT}/settings",
        f"{SUPPORT}/rename",
        f"{SUPPORT}/delete",
        f"{SUPPORT}/paste",
        report,
        f"{report}.csv",
        f"/accounts/abcd1234/operations/{uuid4()}",
        "/nowhere",
    ]
    found = {address: administrator.get(address) for address in addresses}
    for address in (SUPPORT, POOLS, report):
        found[f"{address} as a fragment"] = administrator.get(address, headers=FRAGMENT)
    for address in (POOLS, f"{SUPPORT}/delete", f"{SUPPORT}/preview", f"{SUPPORT}/settings"):
        found[f"{address} refused"] = administrator.post(address, data={"numbers": "nothing"})
    return found


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", "DENY"),
        ("Referrer-Policy", "same-origin"),
    ],
)
def test_every_answer_is_protected(
    answers: dict[str, TestResponse], header: str, value: str
) -> None:
    assert {answer.headers.get(header) for answer in answers.values()} == {value}


def test_every_answer_allows_only_our_own_scripts_and_styles(
    answers: dict[str, TestResponse],
) -> None:
    policies = {answer.headers["Content-Security-Policy"] for answer in answers.values()}
    [policy] = policies
    directives = dict(each.strip().split(" ", 1) for each in policy.split(";"))
    assert directives == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "connect-src": "'self'",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }


def test_no_page_holds_a_script_or_a_style(answers: dict[str, TestResponse]) -> None:
    for address, answer in answers.items():
        if answer.mimetype != "text/html":
            continue
        for element in read(answer).iter():
            assert element.tag != "style", address
            assert element.tag != "script" or element.get("src", "").startswith("/assets/"), address
            assert not [name for name in element.attrib if name.startswith(("on", "hx-on"))], (
                address
            )
            assert "style" not in element.attrib, address
            assert not element.get("href", "").lower().startswith("javascript:"), address


def test_no_id_stands_twice_on_a_page(answers: dict[str, TestResponse]) -> None:
    for address, answer in answers.items():
        ids = [found for each in read(answer).iter() if (found := each.get("id"))]
        assert sorted(ids) == sorted(set(ids)), address


def test_every_control_of_a_script_works_without_one(answers: dict[str, TestResponse]) -> None:
    """``hx-get`` repeats an address of the page itself; ``hx-post`` that of a form or button."""
    for address, answer in answers.items():
        page = read(answer)
        actions = {each.get("action") for each in page.iter("form")}
        actions |= {each.get("formaction") for each in page.iter("button")}
        for element in page.iter():
            if "hx-post" in element.attrib:
                assert element.get("hx-post") in actions, address
            if element.tag == "a" and "hx-get" in element.attrib:
                assert element.get("hx-get") == element.get("href"), address


def test_the_session_is_out_of_reach_of_scripts_and_other_sites(
    viewer: FlaskClient,
) -> None:
    cookie = viewer.get_cookie("session")
    assert cookie is not None
    assert cookie.http_only
    assert cookie.same_site == "Lax"


def test_pages_for_one_person_are_kept_by_no_shared_cache(
    answers: dict[str, TestResponse],
) -> None:
    for address, answer in answers.items():
        assert "Cookie" in answer.vary or answer.cache_control.private, address
