"""What every answer carries, and what no page holds."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from numberpools.domain.pools import Pool
from numberpools.settings import Environment, Settings
from tests.conftest import opened
from tests.web import FRAGMENT, NEW_POOL, POOLS
from tests.web.conftest import Paste
from tests.web.markup import read

SUPPORT = f"{POOLS}/support"
only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

HOSTS = ("pools.example.com", ".b.example")


@pytest.fixture
def open_production(settings: Settings) -> Iterator[Callable[..., FlaskClient]]:
    """A client of a service in production with these settings: ``open_production(port=80)``."""
    handlers = logging.getLogger().handlers[:]
    with ExitStack() as stack:

        def open_with(**changes: object) -> FlaskClient:
            base = {"environment": Environment.PRODUCTION, "allowed_hosts": HOSTS}
            app = stack.enter_context(opened(settings.model_copy(update={**base, **changes})))
            return app.test_client()

        yield open_with
    logging.getLogger().handlers[:] = handlers


@pytest.fixture
def production(open_production: Callable[..., FlaskClient]) -> FlaskClient:
    """A client of a service in production, which is reached under two names."""
    return open_production()


@pytest.fixture
def answers(administrator: FlaskClient, paste: Paste, support: Pool) -> dict[str, TestResponse]:
    """Every kind of page, by its address."""
    report = paste("+44 7400 123499\n<b>nothing</b>").location or ""
    addresses = [
        "/sign-in",
        "/",
        POOLS,
        f"{POOLS}?containing=zzz",
        NEW_POOL,
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


def test_every_answer_is_protected(answers: dict[str, TestResponse]) -> None:
    protection = {
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Embedder-Policy": "require-corp",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "X-Permitted-Cross-Domain-Policies": "none",
    }
    for address, answer in answers.items():
        assert {name: answer.headers.get(name) for name in protection} == protection, address


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


def test_pages_are_kept_nowhere(answers: dict[str, TestResponse]) -> None:
    for address, answer in answers.items():
        assert answer.headers["Cache-Control"] == "no-store", address


def test_a_page_with_a_form_that_is_being_filled_in_may_be_stepped_back_to(
    editor: FlaskClient, support: Pool
) -> None:
    """Browsers bring no page back as it was that has asked for anything with no-store."""
    fields = {"numbers": "nothing"}
    preview = editor.post(f"{SUPPORT}/preview", data=fields, headers=FRAGMENT)
    assert preview.status_code == 200
    mark = editor.get("/session")
    for answer in (preview, mark):
        assert answer.headers["Cache-Control"] == "private, no-cache"


def test_a_page_may_use_nothing_of_the_machine(viewer: FlaskClient) -> None:
    policy = viewer.get("/").headers["Permissions-Policy"]
    for feature in ("camera", "microphone", "geolocation", "payment", "usb", "browsing-topics"):
        assert f"{feature}=()" in policy


def test_an_asset_keeps_its_own_cache_control(client: FlaskClient) -> None:
    path = re.findall(r'"(/assets/app\.[^"]+\.css)"', client.get("/sign-in").text)[0]
    with client.get(path) as asset:
        kept = asset.headers.get_all("Cache-Control")
    assert kept == ["max-age=315360000, public, immutable"]


def test_scanners_find_nothing_to_complain_about(production: FlaskClient) -> None:
    """What Mozilla's HTTP Observatory and the like ask of an A+."""
    answer = production.get("/nowhere", base_url="https://pools.example.com")
    assert answer.headers["Strict-Transport-Security"] == "max-age=63072000"
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert "Server" not in answer.headers
    assert "X-Powered-By" not in answer.headers


@only_sqlite
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"hsts_include_subdomains": True}, "; includeSubDomains"),
        ({"hsts_include_subdomains": True, "hsts_preload": True}, "; includeSubDomains; preload"),
    ],
)
def test_other_hosts_of_the_domain_need_https_where_the_operator_says_so(
    open_production: Callable[..., FlaskClient], changes: dict[str, bool], words: str
) -> None:
    answer = open_production(**changes).get("/nowhere", base_url="https://pools.example.com")
    assert answer.headers["Strict-Transport-Security"] == f"max-age=63072000{words}"


@pytest.mark.parametrize("host", ["pools.example.com", "POOLS.example.com:8443", "a.b.example"])
def test_our_own_hosts_are_answered(production: FlaskClient, host: str) -> None:
    assert production.get("/nowhere", base_url=f"https://{host}").status_code == 404


@pytest.mark.parametrize(
    "host", ["evil.example.com", "pools.example.com.evil.org", "b.example.evil.org", "127.0.0.1"]
)
def test_other_hosts_get_nothing(production: FlaskClient, host: str) -> None:
    for path in ("/nowhere", "/assets/app.css"):
        page = production.get(path, base_url=f"https://{host}")
        assert page.status_code == 400
        assert page.text == "This service does not answer under that host name.\n"
        assert page.headers["X-Content-Type-Options"] == "nosniff"
    problem = production.get("/v2/numberpools", base_url=f"https://{host}")
    assert problem.status_code == 400
    assert problem.mimetype == "application/problem+json"
    assert problem.json is not None
    assert problem.json["instance"] == problem.headers["X-Request-Id"]


@pytest.mark.parametrize("host", ["", "pools.example.com evil", "pools.example.com@evil.org", "["])
def test_a_host_that_is_none_gets_nothing(production: FlaskClient, host: str) -> None:
    refused = production.get("/nowhere", base_url="https://x", headers={"Host": host})
    assert refused.status_code == 400


def test_a_page_is_led_to_https(production: FlaskClient) -> None:
    led = production.get("/nowhere?page=2", base_url="http://pools.example.com")
    assert led.status_code == 308
    assert led.location == "https://pools.example.com/nowhere?page=2"


def test_a_program_is_told_that_it_gave_its_secret_away(production: FlaskClient) -> None:
    refused = production.post("/v2/numberpools/x", base_url="http://pools.example.com")
    assert refused.status_code == 403
    assert refused.mimetype == "application/problem+json"
    assert "Location" not in refused.headers
    assert refused.json is not None
    assert refused.json["detail"].startswith("Use https")


@only_sqlite
@pytest.mark.parametrize(
    ("proxies", "headers", "status"),
    [
        (0, {}, 308),
        (0, {"X-Forwarded-Proto": "http"}, 308),
        (0, {"X-Forwarded-Proto": "HTTPS"}, 400),
        (0, {"Forwarded": "for=203.0.113.7;Proto=https"}, 400),
        (1, {"X-Forwarded-Proto": "https"}, 404),
        (1, {"X-Forwarded-Proto": "http"}, 308),
        (1, {"X-Forwarded-Proto": "https, http"}, 400),
        (1, {}, 400),
        (2, {"X-Forwarded-Proto": "https"}, 404),
        (2, {"X-Forwarded-Proto": "https, http"}, 404),
        (2, {"X-Forwarded-Proto": "https, http, http"}, 400),
        (2, {"X-Forwarded-Proto": "http, http"}, 308),
    ],
)
def test_nobody_is_led_in_a_circle_where_the_proxies_do_not_fit(
    open_production: Callable[..., FlaskClient], proxies: int, headers: dict[str, str], status: int
) -> None:
    client = open_production(trusted_proxies=proxies)
    answer = client.get("/nowhere", base_url="http://pools.example.com", headers=headers)
    assert answer.status_code == status
    assert ("Location" in answer.headers) == (status == 308)


@only_sqlite
def test_forgotten_proxies_are_told_in_plain_words_and_logged_once(
    production: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    headers = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example"}
    address = "http://pools.example.com"
    page = production.get("/", base_url=address, headers=headers)
    assert page.mimetype == "text/plain"
    assert page.text.startswith("TRUSTED_PROXIES, which is 0, does not fit")
    assert "evil" not in page.text
    problem = production.get("/v2/numberpools/x", base_url=address, headers=headers)
    assert problem.status_code == 400
    assert problem.json is not None
    assert problem.json["detail"] == page.text.strip()
    assert caplog.messages == [page.text.strip()]
    assert production.get("/healthz", base_url=address, headers=headers).status_code == 200


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health_is_told_within_the_network(production: FlaskClient, path: str) -> None:
    answer = production.get(path, base_url="http://10.1.2.3:8000")
    assert answer.status_code in {200, 503}
    assert answer.json is not None
