from __future__ import annotations

from pathlib import Path

import pytest

from numberpools.errors import SettingsError
from numberpools.settings import Settings

GOOD = {
    "NUMBERPOOLS_ENV": "development",
    "SECRET_KEY": "a key for the tests alone, long enough to be one",
    "DATABASE_URL": "sqlite:///instance/numberpools.db",
}
DOCUMENTATION = Path(__file__).parent.parent / "docs" / "settings.md"


def refusal(environ: dict[str, str]) -> str:
    with pytest.raises(SettingsError) as caught:
        Settings.parse(environ)
    return str(caught.value)


def test_it_works() -> None:
    settings = Settings.parse(GOOD)
    assert settings.is_development
    assert settings.port == 8000


@pytest.mark.parametrize("name", ["SECRET_KEY", "DATABASE_URL"])
@pytest.mark.parametrize("value", [None, ""])
def test_it_names_what_is_missing(name: str, value: str | None) -> None:
    environ = {key: text for key, text in {**GOOD, name: value}.items() if text is not None}
    assert refusal(environ) == f"{name} is missing: see docs/settings.md."


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("NUMBERPOOLS_ENV", "sesame"),
        ("SECRET_KEY", "sesame"),
        ("DATABASE_URL", "mysql://root:sesame@127.0.0.1/pools"),
        ("DATABASE_URL", "postgres://root:sesame@127.0.0.1:port/pools"),
        ("DATABASE_URL", "instance/sesame.db"),
        ("DATABASE_URL", "sqlite://sesame/pools.db"),
        ("DATABASE_URL", "sqlite://"),
        ("DATABASE_URL", "sqlite:///:memory:"),
        ("DEMO_API_SECRET", "sesame"),
        ("TRUSTED_PROXIES", "-1"),
        ("TRUSTED_PROXIES", "sesame"),
        ("MAX_REQUEST_BYTES", "9999"),
        ("PORT", "sesame"),
        ("PORT", "0"),
        ("PORT", "65536"),
        ("WEB_CONCURRENCY", "sesame"),
        ("WEB_THREADS", "257"),
        ("VONAGE_ACCOUNTS", "sales:abcd1234"),
        ("VONAGE_ACCOUNTS", "sales:SESAME:open"),
        ("VONAGE_ACCOUNTS", "sales:abcd1234:open,support:abcd1234:sesame"),
        ("VONAGE_API_URL", "http://sesame.example"),
        ("VONAGE_API_URL", "https://sesame:open@vendor.example"),
        ("VONAGE_CALLS_PER_SECOND", "0"),
        ("OIDC_ISSUER", "https://[sesame"),
        ("OIDC_ISSUER", "https://sesame .example"),
        ("OIDC_SCOPES", "sesame email"),
        ("ALLOWED_HOSTS", "https://sesame.example"),
        ("ALLOWED_HOSTS", "pools.example,"),
        ("ALLOWED_HOSTS", "sesame.example:443"),
        ("API_CALLS_PER_SECOND", "0"),
        ("SIGN_INS_PER_MINUTE", "sesame"),
        ("BULK_OPERATIONS_PER_MINUTE", "100001"),
        ("REDIS_URL", "http://sesame.example"),
        ("METRICS_TOKEN", "sesame"),
        ("SENTRY_DSN", "https://sesame.example/42"),
        ("SENTRY_DSN", "https://key@sesame.example/project"),
        ("SENTRY_DSN", "https://[sesame"),
    ],
)
def test_it_names_what_is_not_usable_but_not_its_value(name: str, value: str) -> None:
    said = refusal({**GOOD, name: value})
    assert said.startswith(f"{name} is not usable (")
    assert said.endswith("): see docs/settings.md.")
    assert "\n" not in said
    assert "sesame" not in said.lower()


def test_it_names_everything_that_is_wrong_at_once() -> None:
    said = refusal({"NUMBERPOOLS_ENV": "development", "SECRET_KEY": "short", "PORT": "x"})
    assert [name in said for name in ("SECRET_KEY", "DATABASE_URL", "PORT")] == [True] * 3


@pytest.mark.parametrize("environment", ["production", ""])
def test_production_refuses_to_start_without_single_sign_on(environment: str) -> None:
    said = refusal({**GOOD, "NUMBERPOOLS_ENV": environment})
    assert said.startswith("NUMBERPOOLS_ENV is production, and single sign-on")


def test_production_refuses_to_start_without_knowing_its_hosts() -> None:
    provider = {
        "OIDC_ISSUER": "https://id.example",
        "OIDC_CLIENT_ID": "numberpools",
        "OIDC_CLIENT_SECRET": "the-secret-of-the-tests",
        "OIDC_SCOPES": "openid email groups",
        "OIDC_VIEWER_GROUPS": "viewers",
    }
    environ = {**GOOD, **provider, "NUMBERPOOLS_ENV": "production"}
    assert refusal(environ).startswith("ALLOWED_HOSTS is missing")
    hosts = Settings.parse({**environ, "ALLOWED_HOSTS": "Pools.example, .example.org"}).hosts
    assert hosts == ("pools.example", ".example.org")


def test_development_is_reached_from_this_machine() -> None:
    assert Settings.parse(GOOD).hosts == ("localhost", "127.0.0.1")


def test_the_process_ends_with_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**GOOD, "PORT": "eighty"}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as caught:
        Settings.from_environment()
    assert str(caught.value).startswith("Number Pools cannot start. PORT is not usable")


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg2"])
def test_every_name_of_postgresql_gets_our_driver(scheme: str) -> None:
    url = f"{scheme}://pools:p%40ss%2Fword@db.example:5433/pools?sslmode=require"
    parsed = Settings.parse({**GOOD, "DATABASE_URL": url}).database_url
    assert parsed == "postgresql+psycopg" + url.removeprefix(scheme)


def test_no_secret_shows_in_its_representation() -> None:
    secrets = {
        "SECRET_KEY": "sesame-" * 6,
        "DEMO_API_SECRET": "sesame-" * 6,
        "DATABASE_URL": "postgresql://pools:sesame@db.example/pools",
        "VONAGE_ACCOUNTS": "sales:abcd1234:sesame",
        "METRICS_TOKEN": "sesame-" * 6,
        "REDIS_URL": "redis://:sesame@cache.example",
        "SENTRY_DSN": "https://sesame@sentry.example/42",
    }
    assert "sesame" not in repr(Settings.parse({**GOOD, **secrets}))


def test_every_setting_is_documented() -> None:
    documented = DOCUMENTATION.read_text("utf-8")
    names = [field.alias for field in Settings.model_fields.values()]
    assert [name for name in names if f"| `{name}` |" not in documented] == []
