"""Whatever is sent, no page answers with a 500."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from numberpools.domain.pools import Pool
from tests.examples import examples
from tests.web import FRAGMENT, POOLS

SUPPORT = f"{POOLS}/support"
SOME_ID = "3e1f9b52-5c0d-4d6a-9a53-0f6d1c1b7a10"
SECRETS = "/accounts/abcd1234/api-secrets"
REPORT = f"/accounts/abcd1234/operations/{SOME_ID}"
LISTS = [
    *["/", "/sign-in", POOLS, SUPPORT, f"{SUPPORT}/paste", f"{SUPPORT}/operations"],
    *["/sessions", "/sign-in/again", SECRETS, f"{SECRETS}/new", f"{SECRETS}/{SOME_ID}/revoke"],
    *["/accounts/abcd1234/operations", REPORT, f"{REPORT}.csv", f"{REPORT}/progress"],
]
FORMS = [
    "/sign-in",
    "/sign-in/again/send",
    "/sign-in/again/leave",
    "/sessions/end",
    SECRETS,
    f"{SECRETS}/first-of-abcd1234/replace",
    f"{SECRETS}/{SOME_ID}/revoke",
    POOLS,
    f"{SUPPORT}/settings",
    f"{SUPPORT}/rename",
    f"{SUPPORT}/delete",
    f"{SUPPORT}/preview",
    f"{SUPPORT}/preview.csv",
    f"{SUPPORT}/operations",
    f"{SUPPORT}/numbers/remove",
    f"{SUPPORT}/numbers/447400123456/remove",
    f"{REPORT}/begin",
    f"{REPORT}/columns",
    f"{REPORT}/retry",
]

ODD_QUERIES = [
    {"page": "9" * 5000, "page_size": "9" * 5000},
    {"_scheme": "javascript", "_external": "1", "endpoint": "x"},
]
ODD_FORMS = [
    {"fallback": "Reject", "pool_id": "a\x00b"},
    {"form_id": SOME_ID, "name": "a\x00b", "role": "changes", "life": "never", "overlap": "0h"},
    {"form_id": SOME_ID, "action": "add", "country": "", "numbers": "\x00"},
]

texts = st.one_of(
    st.text(max_size=40),
    st.integers().map(str),
    st.sampled_from(["\x00", "9" * 5000, "٣", "\ud7ff", "%", "_", "\\", "'", "<b>", "all", "Pool"]),
)
queries = st.dictionaries(
    st.sampled_from(
        [
            "page",
            "page_size",
            "containing",
            "sort",
            "direction",
            "outcome",
            "kind",
            "seen",
            "again",
            "selected",
            "next",
        ]
    )
    | st.text(max_size=10),
    texts,
    max_size=4,
)
forms = st.dictionaries(
    st.sampled_from(
        [
            "role",
            "next",
            "pool_id",
            "fallback",
            "localized_sender_preferred",
            "etag",
            "seen",
            "numbers",
            "country",
            "form_id",
            "action",
            "number",
            "page",
            "containing",
            "name",
            "life",
            "overlap",
        ]
    ),
    texts | st.just(SOME_ID),
    max_size=6,
)
headers = st.sampled_from([{}, FRAGMENT])


@examples(1_000)
@given(address=st.sampled_from(LISTS), query=queries, headers=headers)
def test_of_a_query(
    administrator: FlaskClient,
    support: Pool,
    address: str,
    query: dict[str, str],
    headers: dict[str, str],
) -> None:
    answer = administrator.get(address, query_string=query, headers=headers)
    assert answer.status_code < 500


@pytest.mark.parametrize("query", ODD_QUERIES, ids=["large", "of Flask"])
def test_of_an_odd_query(administrator: FlaskClient, support: Pool, query: dict[str, str]) -> None:
    for address in LISTS:
        assert administrator.get(address, query_string=query).status_code < 500, address


@examples(1_000)
@given(address=st.sampled_from(FORMS), form=forms, headers=headers)
def test_of_a_form(
    administrator: FlaskClient,
    support: Pool,
    address: str,
    form: dict[str, str],
    headers: dict[str, str],
) -> None:
    answer = administrator.post(address, data=form, headers=headers)
    assert answer.status_code < 500


@pytest.mark.parametrize("form", ODD_FORMS, ids=["of a pool", "of a list", "of a secret"])
def test_of_an_odd_form(administrator: FlaskClient, support: Pool, form: dict[str, str]) -> None:
    for address in FORMS:
        assert administrator.post(address, data=form).status_code < 500, address


@examples(200)
@given(account_id=texts, pool_id=texts, number=texts, operation_id=texts)
def test_of_a_path(
    administrator: FlaskClient,
    account_id: str,
    pool_id: str,
    number: str,
    operation_id: str,
) -> None:
    for address in (
        f"/accounts/{account_id}/pools",
        f"{POOLS}/{pool_id}",
        f"{POOLS}/{pool_id}/settings",
        f"/accounts/abcd1234/operations/{operation_id}",
        f"/accounts/abcd1234/operations/{operation_id}.csv",
        f"/assets/{number}",
        f"/{number}",
    ):
        assert administrator.get(address).status_code < 500
    for verb in ("remove", "restore"):
        answer = administrator.post(f"{SUPPORT}/numbers/{number}/{verb}")
        assert answer.status_code < 500


@examples(400)
@given(
    address=st.sampled_from(FORMS),
    body=st.binary(max_size=200),
    content_type=st.sampled_from(
        ["", "text/plain", "x", "multipart/form-data; boundary=a", "application/json"]
    ),
)
def test_of_a_body(
    administrator: FlaskClient, support: Pool, address: str, body: bytes, content_type: str
) -> None:
    answer = administrator.post(address, data=body, content_type=content_type)
    assert answer.status_code < 500
