"""Bodies as servers hand them over: whatever they say of their length, and however they end."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import run_wsgi_app

from numberpools.request_bodies import drain
from tests.api.conftest import basic
from tests.conftest import ACCOUNT_ID, SECRET
from tests.databases import on_sqlite

POOLS = f"/v2/numberpools/accounts/{ACCOUNT_ID}/pools"
BODY = (
    b'{"pool_id": "support", "fallback": "Pool", "localized_sender_preferred": true,'
    b' "predictable_sender_preferred": true}'
)


class _Endless(BytesIO):
    """Always has more."""

    given = 0

    def read(self, size: int | None = -1, /) -> bytes:
        self.given += size or 0
        return b"x" * (size or 0)


class _Broken(BytesIO):
    """Ends with an error of the server's own, as gunicorn's bodies do."""

    def read(self, size: int | None = -1, /) -> bytes:
        raise OSError("the client has left")


def test_no_more_than_so_much_is_drained() -> None:
    endless = _Endless()
    drain(endless)
    assert 100_000_000 <= endless.given < 101_000_000


def test_nothing_is_drained_for_longer_than_ten_seconds() -> None:
    endless = _Endless()
    seconds = iter(range(20))
    drain(endless, now=lambda: float(next(seconds)))
    assert endless.given == 9 * 65_536


def test_draining_never_fails() -> None:
    drain(_Broken())


@on_sqlite
@pytest.mark.parametrize("length", [None, "chunked"])
def test_a_body_may_end_by_itself_where_the_server_says_so(
    app: Flask, account_id: str, length: str | None
) -> None:
    """With HTTP/2 there need be neither a length nor chunks."""
    assert _answered(app, BytesIO(BODY), length) == "201 CREATED"
    assert _answered(app, BytesIO(BODY[:-1]), length) == "400 BAD REQUEST"
    assert _answered(app, _Broken(), length) == "400 BAD REQUEST"
    assert _answered(app, _Endless(), length) == "413 REQUEST ENTITY TOO LARGE"


def _answered(app: Flask, body: BytesIO, coding: str | None) -> str:
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": POOLS,
        "HTTP_HOST": "localhost",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "CONTENT_TYPE": "application/json",
        "HTTP_AUTHORIZATION": basic(ACCOUNT_ID, SECRET),
        "wsgi.url_scheme": "http",
        "wsgi.input": body,
        "wsgi.input_terminated": True,
    }
    if coding:
        environ["HTTP_TRANSFER_ENCODING"] = coding
    _, status, _ = run_wsgi_app(app, environ, buffered=True)
    return status


@on_sqlite
def test_the_word_of_a_server_that_all_has_come_is_not_taken(
    client: FlaskClient, account_id: str
) -> None:
    answer = client.post(
        POOLS,
        data=BODY,
        content_type="application/json",
        headers={"Authorization": basic(ACCOUNT_ID, SECRET)},
        environ_overrides={"CONTENT_LENGTH": "500", "wsgi.input_terminated": True},
    )
    assert answer.status_code == 400
