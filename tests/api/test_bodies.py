"""Bodies that are meant to hurt: each is answered with a problem, whatever the database."""

from __future__ import annotations

import re

from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from tests.api.expectations import NUMBERS, POOLS, REMOVAL, invalid, problem
from tests.databases import on_both_databases
from tests.examples import examples


def test_what_is_not_clearly_json_is_refused(api: FlaskClient) -> None:
    for body in (
        b"",
        b" ",
        b"{",
        b"{}{}",
        b"{'a': 1}",
        b'{"a": 1,}',
        b'{"fallback": NaN}',
        b'{"fallback": -Infinity}',
        b'{"fallback": "Pool", "fallback": "Reject"}',
        b'{"_links": {"self": 1, "self": 2}}',
        b'{"\\ud800": 1}',
        b'{"pool_id": "\xff"}',
        b'\xef\xbb\xbf{"pool_id": "support"}',
        '{"pool_id": "support"}'.encode("utf-16"),
        b'{"pool_id": "\n"}',
        b"[" * 100_000,
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    ):
        answer = api.post(POOLS, data=body, content_type="application/json")
        problem(answer, 400, "invalid-json")


def test_json_that_is_no_object_is_refused(api: FlaskClient) -> None:
    for body in (b"[]", b"null", b"1", b'"text"', b"true", b"9" * 5000):
        answer = api.post(POOLS, data=body, content_type="application/json; charset=utf-8")
        assert invalid(answer) == {"body": "must be a JSON object."}


@on_both_databases
def test_a_number_of_many_digits_is_only_a_wrong_field(api: FlaskClient) -> None:
    body = b'{"pool_id": ' + b"9" * 100_000 + b', "fallback": 1e999999}'
    answer = api.post(POOLS, data=body, content_type="application/json")
    assert {"pool_id", "fallback"} <= set(invalid(answer))


def test_a_hundred_wrong_fields_are_named_and_no_more(api: FlaskClient) -> None:
    answer = api.post(POOLS, json={f"field{number}": 1 for number in range(10_000)})
    assert len(invalid(answer)) == 100


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
_FIELDS = ["pool_id", "fallback", "localized_sender_preferred", "predictable_sender_preferred"]


@on_both_databases
@examples(600)
@given(fields=st.dictionaries(st.sampled_from([*_FIELDS, "account_id", "_links", "x"]), _JSON))
def test_no_body_leads_to_a_server_error(api: FlaskClient, fields: dict[str, object]) -> None:
    assert api.post(POOLS, json=fields).status_code in {201, 400, 409}


def test_what_is_wrong_is_told_in_the_words_of_json(api: FlaskClient) -> None:
    for body, said in (
        (b"", "it is empty"),
        (b" ", "line 1, column 2 is not what JSON has there"),
        (b'{"a": 1,\n x}', "line 2, column 2 is not what JSON has there"),
        (b"{}{}", "line 1, column 3 is not what JSON has there"),
        (b'{"a": NaN}', "NaN is no value of JSON"),
        (b'{"a": 1, "a": 2}', "a name stands twice in one object"),
        (b'{"\\ud800": 1}', "a name holds half of a surrogate pair, which is no text"),
        (b'{"pool_id": "\xff"}', "its byte 14 is not UTF-8"),
        (b"[" * 100_000, "it is nested too deeply"),
    ):
        answer = api.post(POOLS, data=body, content_type="application/json")
        told = problem(answer, 400, "invalid-json")["detail"]
        assert told == f"The body can't be read as JSON: {said}."


_PYTHON = re.compile(
    r"\b(None(Type)?|True|False|dict(ionary)?|list|tuple|str|int|float|bool|bytes|instance|codec|"
    r"decod\w+|char \d|Error|Expecting|Input should|Traceback)\b|b'|\bU\+|\\x"
)


@examples(300)
@given(
    body=st.dictionaries(st.sampled_from([*_FIELDS, "numbers"]), _JSON) | _JSON,
    path=st.sampled_from([POOLS, NUMBERS, REMOVAL]),
)
def test_no_error_speaks_of_python(api: FlaskClient, body: object, path: str) -> None:
    answer = api.post(path, json=body)
    if answer.status_code >= 400:
        told = answer.get_json()
        reasons = [each["reason"] for each in told.get("invalid_parameters", [])]
        for text in (told["title"], told["detail"], *reasons):
            assert not _PYTHON.search(text), text
