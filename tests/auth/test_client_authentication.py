"""How the service shows the provider who it is: by its secret, or by a key."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from joserfc.jwk import ECKey

from tests.auth.answers import assert_refused
from tests.auth.conftest import Visit
from tests.auth.provider import CLIENT_ID, CLIENT_SECRET, Provider

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

VIEWERS = {"OIDC_VIEWER_GROUPS": "viewers"}
BASIC, POST = "client_secret_basic", "client_secret_post"


@pytest.fixture
def client() -> tuple[str, str]:
    """The id and the secret by which the provider knows the service."""
    return CLIENT_ID, CLIENT_SECRET


@pytest.fixture
def provider(client: tuple[str, str]) -> Iterator[Provider]:
    with Provider() as provider:
        provider.client_id, provider.client_secret = client
        yield provider


class TestTheSecret:
    @pytest.mark.parametrize("announced", [[BASIC], [POST]])
    @pytest.mark.parametrize(
        "client", [("number pools", "100% +:/?&=~"), ("https://pools.example/:id", "gemäß €")]
    )
    def test_it_may_have_any_characters(
        self, browser: FlaskClient, visit: Visit, provider: Provider, announced: list[str]
    ) -> None:
        provider.discovery = {"token_endpoint_auth_methods_supported": announced}
        assert visit(browser).status_code == 303
        assert provider.shown == announced

    @pytest.mark.parametrize(
        ("announced", "way"),
        [
            (None, BASIC),
            ([POST, BASIC], BASIC),
            ([POST, "private_key_jwt"], POST),
            (["private_key_jwt"], BASIC),
        ],
    )
    def test_it_is_shown_the_way_the_provider_announces(
        self,
        browser: FlaskClient,
        visit: Visit,
        provider: Provider,
        announced: list[str] | None,
        way: str,
    ) -> None:
        provider.discovery = {"token_endpoint_auth_methods_supported": announced}
        assert visit(browser).status_code == 303
        assert provider.shown == [way]

    @pytest.mark.parametrize(
        ("options", "way"),
        [
            ({**VIEWERS, "OIDC_CLIENT_AUTH": "basic"}, BASIC),
            ({**VIEWERS, "OIDC_CLIENT_AUTH": "post"}, POST),
        ],
    )
    def test_or_the_way_that_is_set(
        self, browser: FlaskClient, visit: Visit, provider: Provider, way: str
    ) -> None:
        others = [each for each in (BASIC, POST) if each != way]
        provider.discovery = {"token_endpoint_auth_methods_supported": others}
        assert visit(browser).status_code == 303
        assert provider.shown == [way]

    def test_one_that_does_not_count_any_more_is_told_as_that(
        self,
        browser: FlaskClient,
        visit: Visit,
        provider: Provider,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        provider.client_secret = "another"
        assert_refused(visit(browser), browser, "Nothing is wrong with your account.")
        assert "invalid_client: no such client" in caplog.text


KEY = ECKey.generate_key("P-256", {"kid": "mine"})
WITH_KEY = {
    **VIEWERS,
    "OIDC_CLIENT_SECRET": "",
    "OIDC_CLIENT_KEY": ECKey.import_key(KEY.as_dict(private=True)).as_pem(private=True).decode(),
}


class TestAKey:
    @pytest.fixture
    def options(self) -> dict[str, str]:
        return WITH_KEY

    def test_the_provider_can_read_it_and_then_takes_it(
        self, sso_app: Flask, visit: Visit, provider: Provider
    ) -> None:
        published = sso_app.test_client().get("/sign-in/keys").json
        assert published is not None
        assert [set(key) for key in published["keys"]] == [{"kty", "crv", "x", "y", "kid", "use"}]
        provider.client_keys = published["keys"]
        for _ in range(2):  # each assertion counts once
            assert visit(sso_app.test_client()).status_code == 303
        assert provider.shown == ["private_key_jwt"] * 2

    @pytest.mark.parametrize("options", [{**WITH_KEY, "OIDC_CLIENT_SECRET": CLIENT_SECRET}])
    @pytest.mark.parametrize("announced", [[POST], ["private_key_jwt", BASIC]])
    def test_beside_a_secret_it_counts_where_the_provider_announces_it(
        self, sso_app: Flask, visit: Visit, provider: Provider, announced: list[str]
    ) -> None:
        provider.discovery = {"token_endpoint_auth_methods_supported": announced}
        provider.client_keys = [KEY.as_dict(private=False) | {"kid": KEY.thumbprint()}]
        assert visit(sso_app.test_client()).status_code == 303
        assert provider.shown == announced[:1]

    def test_one_that_the_provider_does_not_know_is_told_as_that(
        self, browser: FlaskClient, visit: Visit, provider: Provider
    ) -> None:
        provider.client_keys = [ECKey.generate_key("P-256").as_dict(private=False)]
        assert_refused(visit(browser), browser, "Nothing is wrong with your account.")
        assert provider.shown == []


def test_without_a_key_there_is_none_to_be_read(browser: FlaskClient) -> None:
    assert browser.get("/sign-in/keys").json == {"keys": []}
