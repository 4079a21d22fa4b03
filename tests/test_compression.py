"""What is compressed, for whom, and what never is."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterator

import brotli
import pytest
from flask import Flask, Response
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from numberpools.compression import holds_secret
from numberpools.domain.pools import Pool
from tests.api.conftest import basic
from tests.conftest import ACCOUNT_ID, SECRET
from tests.databases import on_sqlite
from tests.web import POOLS
from tests.web.markup import find, read

pytestmark = on_sqlite

CREDENTIALS = {"Authorization": basic(ACCOUNT_ID, SECRET)}
API = f"/v2/numberpools{POOLS}"
LARGE = f"{API}/support/numbers?page_size=100"
SMALL = f"{API}/support"
OPENAPI = "/v2/numberpools/openapi.json"


@pytest.fixture
def caller(client: FlaskClient, make_pool: Callable[..., Pool]) -> FlaskClient:
    """A program with credentials; the pool `support` has a hundred numbers."""
    make_pool("support", [f"4477009{number:05}" for number in range(100)])
    client.environ_base["HTTP_AUTHORIZATION"] = CREDENTIALS["Authorization"]
    return client


def _get(client: FlaskClient, path: str, accepted: str, **options: bool) -> TestResponse:
    return client.get(path, headers={"Accept-Encoding": accepted}, **options)


@pytest.mark.parametrize("path", [LARGE, OPENAPI, f"{API}/{'x' * 1000}", "/docs/api", "/nowhere"])
def test_what_is_large_is_compressed_where_the_client_asks(caller: FlaskClient, path: str) -> None:
    """Errors too."""
    plain = caller.get(path, headers={"X-Request-Id": "one"})
    assert "Content-Encoding" not in plain.headers
    for coding, decode in (("gzip", gzip.decompress), ("br", brotli.decompress)):
        packed = caller.get(path, headers={"X-Request-Id": "one", "Accept-Encoding": coding})
        assert packed.status_code == plain.status_code
        assert packed.headers["Content-Encoding"] == coding
        assert int(packed.headers["Content-Length"]) == len(packed.data) < len(plain.data)
        for answer in (plain, packed):
            assert "Accept-Encoding" in answer.headers["Vary"]
        assert decode(packed.data) == plain.data


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("br;q=0.5, gzip", "gzip"),
        ("GZIP", "gzip"),
        ("*", "br"),
        ("*, br;q=0", "gzip"),
        ("gzip;q=0", None),
        ("gzip; q=0", None),
        ("identity, gzip;q=0.5", None),
        ("identity", None),
        ("deflate", None),
        ("nonsense;;q=x,", None),
        ("", None),
    ],
)
def test_the_client_gets_what_it_likes_best(
    caller: FlaskClient, accepted: str, coding: str | None
) -> None:
    assert _get(caller, LARGE, accepted).headers.get("Content-Encoding") == coding


def test_what_is_small_or_has_an_entity_tag_is_not(caller: FlaskClient) -> None:
    answer = _get(caller, SMALL, "gzip")
    assert "Content-Encoding" not in answer.headers
    tag = answer.headers["ETag"]
    assert _get(caller, "/healthz", "gzip").headers.get("Content-Encoding") is None
    unchanged = caller.get(SMALL, headers={"If-None-Match": tag, "Accept-Encoding": "gzip"})
    assert (unchanged.status_code, unchanged.headers["ETag"]) == (304, tag)
    changed = caller.patch(
        SMALL, json={"fallback": "Reject"}, headers={"If-Match": tag, "Accept-Encoding": "gzip"}
    )
    assert changed.status_code == 200


def test_head_has_the_headers_of_get(caller: FlaskClient) -> None:
    plain, packed = caller.head(LARGE), caller.head(LARGE, headers={"Accept-Encoding": "gzip"})
    assert int(plain.headers["Content-Length"]) == len(caller.get(LARGE).data)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Length" not in packed.headers  # that of the body that is not there
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert packed.data == b""


def test_a_file_is_compressed_while_it_is_sent(app: Flask, client: FlaskClient) -> None:
    sent: list[int] = []

    @app.get("/file.csv")
    def file() -> Response:
        def rows() -> Iterator[str]:
            for number in range(3):
                sent.append(number)
                yield f"{number};" + "x" * 100_000

        return Response(rows(), mimetype="text/csv")

    answer = _get(client, "/file.csv", "gzip", buffered=False)
    assert "Content-Length" not in answer.headers
    unpack = zlib.decompressobj(wbits=31)
    pieces = answer.iter_encoded()
    assert unpack.decompress(next(pieces)) is not None
    assert len(sent) < 3
    rest = b"".join(map(unpack.decompress, pieces))
    assert sent == [0, 1, 2]
    assert rest.endswith(b"x" * 100_000)
    answer.close()


def test_an_answer_with_a_secret_is_left_as_it_is(app: Flask, client: FlaskClient) -> None:
    @app.get("/secret")
    def secret() -> str:
        holds_secret()
        return "the secret" * 1000

    answer = _get(client, "/secret", "gzip, br")
    assert "Content-Encoding" not in answer.headers
    assert answer.text == "the secret" * 1000


def test_what_stays_the_same_in_a_pages_token_is_worth_nothing(client: FlaskClient) -> None:
    """That alone could be guessed from compressed sizes; the signature is another each second."""
    page = read(client.get("/sign-in"))
    token = find(page, ".//input[@name='csrf_token']").get("value") or ""
    same, moment, signature = token.split(".")
    later = moment[:-1] + ("A" if moment[-1] != "A" else "B")
    for forged in (same, f"{same}.{later}.{signature}", f"{same}.{moment}.{signature[::-1]}"):
        sent = {"role": "VIEWER", "csrf_token": forged}
        assert client.post("/sign-in", data=sent).status_code == 400
    assert client.post("/sign-in", data={"role": "VIEWER", "csrf_token": token}).status_code == 303
