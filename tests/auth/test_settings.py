"""Settings of single sign-on: the service starts where somebody, but not everybody, gets in."""

from __future__ import annotations

import re

import pytest
from joserfc.jwk import ECKey

from numberpools.auth import Role
from numberpools.domain.roles import AccountRole
from numberpools.errors import SettingsError
from numberpools.settings import Settings

BASE = {
    "SECRET_KEY": "a key for the tests alone, long enough to be one",
    "DATABASE_URL": "postgresql://localhost/numberpools",
    "ALLOWED_HOSTS": "pools.example.com",
}
COMPLETE = {
    "OIDC_ISSUER": "https://login.example.com/realms/staff",
    "OIDC_CLIENT_ID": "numberpools",
    "OIDC_CLIENT_SECRET": "sesame",
}
SAFE = {**BASE, **COMPLETE, "OIDC_VIEWER_GROUPS": "support"}


def refusal(environ: dict[str, str]) -> str:
    with pytest.raises(SettingsError) as caught:
        Settings.parse(environ)
    assert "sesame" not in str(caught.value)
    return str(caught.value)


def test_it_works() -> None:
    settings = Settings.parse(SAFE)
    assert settings.has_single_sign_on
    assert not settings.is_development
    assert "sesame" not in repr(settings)


@pytest.mark.parametrize("name", COMPLETE)
@pytest.mark.parametrize("environment", ["production", "development"])
def test_it_names_what_is_missing(name: str, environment: str) -> None:
    said = refusal({**SAFE, "NUMBERPOOLS_ENV": environment, name: ""})
    assert said == f"Single sign-on is not complete without {name}. See docs/settings.md."


KEY = ECKey.generate_key("P-256")


@pytest.mark.parametrize("chosen", [{}, {"OIDC_CLIENT_AUTH": "private_key_jwt"}])
def test_a_key_takes_the_place_of_the_secret(chosen: dict[str, str]) -> None:
    pem = KEY.as_pem(private=True).decode()
    settings = Settings.parse({**SAFE, "OIDC_CLIENT_SECRET": "", "OIDC_CLIENT_KEY": pem, **chosen})
    assert settings.client_key is not None
    assert settings.client_key.key.thumbprint() == KEY.thumbprint()
    assert pem.splitlines()[1] not in repr(settings)


@pytest.mark.parametrize(
    ("auth", "given", "missing"),
    [
        ("private_key_jwt", "OIDC_CLIENT_SECRET", "OIDC_CLIENT_KEY"),
        ("basic", "OIDC_CLIENT_KEY", "OIDC_CLIENT_SECRET"),
        ("post", "OIDC_CLIENT_KEY", "OIDC_CLIENT_SECRET"),
    ],
)
def test_the_way_to_show_who_we_are_needs_its_own_means(
    auth: str, given: str, missing: str
) -> None:
    means = {
        "OIDC_CLIENT_SECRET": "sesame",
        "OIDC_CLIENT_KEY": KEY.as_pem(private=True).decode(),
    }
    environ = {**SAFE, "OIDC_CLIENT_AUTH": auth, "OIDC_CLIENT_SECRET": "", given: means[given]}
    assert refusal(environ).startswith(f"Single sign-on is not complete without {missing}.")


@pytest.mark.parametrize(
    "chosen",
    [
        {"OIDC_EDITOR_GROUPS": "a"},
        {"OIDC_ADMIN_GROUPS": "a"},
        {"ACCOUNT_ROLES": "abcd1234:a=viewer"},
        {"OIDC_DEFAULT_ROLE": "viewer", "OIDC_ALLOWED_DOMAINS": "example.com"},
        {"OIDC_DEFAULT_ROLE": "Viewer", "OIDC_ALLOWED_GROUPS": "a"},
    ],
)
def test_some_people_may_get_in(chosen: dict[str, str]) -> None:
    assert Settings.parse({**BASE, **COMPLETE, **chosen}).has_single_sign_on


@pytest.mark.parametrize("chosen", [{}, {"OIDC_ALLOWED_DOMAINS": "example.com"}])
def test_it_refuses_a_door_for_nobody(chosen: dict[str, str]) -> None:
    assert refusal({**BASE, **COMPLETE, **chosen}).startswith("Nobody could sign in:")


@pytest.mark.parametrize("chosen", [{}, {"OIDC_ADMIN_GROUPS": "a"}, {"OIDC_ALLOWED_DOMAINS": ","}])
def test_it_refuses_a_door_for_everybody(chosen: dict[str, str]) -> None:
    said = refusal({**BASE, **COMPLETE, "OIDC_DEFAULT_ROLE": "viewer", **chosen})
    assert said.startswith("OIDC_DEFAULT_ROLE lets everybody in")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OIDC_ISSUER", "http://login.example.com"),
        ("OIDC_ISSUER", "login.example.com"),
        ("OIDC_ISSUER", "https://sesame:open@login.example.com"),
        ("OIDC_ISSUER", "https://login.example.com/?tenant=sesame"),
        ("OIDC_CLIENT_AUTH", "sesame"),
        ("OIDC_CLIENT_KEY", "sesame"),
        ("OIDC_ACR_VALUES", "sesame,open"),
        ("OIDC_MAX_AGE", "sesame"),
        ("OIDC_MAX_AGE", "-1"),
        ("OIDC_LOGOUT_BY", "sesame"),
        ("OIDC_SCOPES", "email sesame"),
        ("OIDC_ALLOWED_DOMAINS", "sesame@example.com"),
        ("OIDC_ALLOWED_DOMAINS", "*.sesame.example"),
        ("OIDC_DEFAULT_ROLE", "sesame"),
        ("OIDC_DEFAULT_ROLE", "1"),
        ("OIDC_CONTACT", "sesame" * 40),
        ("OIDC_EMAIL_IS_VERIFIED", "sesame"),
        ("SESSION_IDLE_MINUTES", "0"),
        ("SESSION_HOURS", "sesame"),
        ("ACCOUNT_ROLES", "sesame"),
        ("ACCOUNT_ROLES", "abcd1234:sesame=owner"),
        ("ACCOUNT_ROLES", "abcd1234:=viewer"),
        ("ACCOUNT_ROLES", "SESAME12:a=viewer"),
        ("ACCOUNT_ROLES", "abcd1234:a=viewer,"),
    ],
)
def test_it_names_what_is_not_usable_but_not_its_value(name: str, value: str) -> None:
    said = refusal({**SAFE, name: value})
    assert re.search(f"^(- )?{name} (must|is too long)", said, re.MULTILINE)


def test_a_provider_on_this_machine_needs_no_encryption() -> None:
    for host in ("localhost:9400", "127.0.0.1:9400", "[::1]:9400"):
        assert Settings.parse({**SAFE, "OIDC_ISSUER": f"http://{host}"}).has_single_sign_on


def test_roles_on_accounts_are_read() -> None:
    text = "abcd1234:support%3Dteam%2C1=editor, efgh5678:/a/b=ADMINISTRATOR, abcd1234:x:y=z=viewer"
    assert Settings.parse({**SAFE, "ACCOUNT_ROLES": text}).account_roles == (
        AccountRole("abcd1234", "support=team,1", Role.EDITOR),
        AccountRole("efgh5678", "/a/b", Role.ADMINISTRATOR),
        AccountRole("abcd1234", "x:y=z", Role.VIEWER),
    )


def test_lists_are_read() -> None:
    settings = Settings.parse(
        {
            **SAFE,
            "OIDC_ALLOWED_DOMAINS": " Example.com, ,example.org",
            "OIDC_ADMIN_GROUPS": "a%2Cb,c",
        }
    )
    assert settings.oidc_allowed_domains == ("example.com", "example.org")
    assert settings.oidc_admin_groups == ("a,b", "c")
