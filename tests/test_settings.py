from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

import certifi
import pytest

from numberpools.errors import SettingsError
from numberpools.settings import Settings

GOOD = {
    "NUMBERPOOLS_ENV": "development",
    "SECRET_KEY": "a key for the tests alone, long enough to be one",
    "DATABASE_URL": "sqlite:///instance/numberpools.db",
}
PRODUCTION = {
    **GOOD,
    "NUMBERPOOLS_ENV": "production",
    "OIDC_ISSUER": "https://id.example",
    "OIDC_CLIENT_ID": "numberpools",
    "OIDC_CLIENT_SECRET": "the-secret-of-the-tests",
    "OIDC_SCOPES": "openid email groups",
    "OIDC_VIEWER_GROUPS": "viewers",
}
"""All but the names of its hosts."""
CERTIFICATES = certifi.where()
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
@pytest.mark.parametrize("value", [None, "", " "])
def test_it_names_what_is_missing(name: str, value: str | None) -> None:
    environ = {key: text for key, text in {**GOOD, name: value}.items() if text is not None}
    assert refusal(environ) == f"{name} is missing. See docs/settings.md."


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
        ("REDIS_URL", "redis://sesame.example:port"),
        ("REDIS_URL", "redis://cache.example?sesame=open"),
        ("REDIS_CA_FILE", "/sesame.pem"),
        ("HSTS_PRELOAD", "sesame"),
        ("OIDC_CLIENT_ID", "sesame\udcff"),
        ("METRICS_TOKEN", "sesame"),
        ("SENTRY_DSN", "https://sesame.example/42"),
        ("SENTRY_DSN", "https://key@sesame.example/project"),
        ("SENTRY_DSN", "https://[sesame"),
        ("PROMETHEUS_MULTIPROC_DIR", "/nowhere/sesame"),
    ],
)
def test_it_names_what_is_not_usable_but_not_its_value(name: str, value: str) -> None:
    said = refusal({**GOOD, name: value})
    assert said.split("\n")[said.startswith("These")].removeprefix("- ").startswith(f"{name} ")
    assert said.endswith("docs/settings.md." if "These" not in said else "every setting.")
    assert "sesame" not in said.lower()


@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [
        ("SECRET_KEY", "short", "is too short: at least 32 characters."),
        ("OIDC_CONTACT", "x" * 201, "is too long: at most 200 characters."),
        ("PORT", "eighty", "must be a whole number from 1 to 65535."),
        ("WEB_THREADS", "257", "must be a whole number from 1 to 256."),
        ("MAX_REQUEST_BYTES", "9999", "must be a whole number, at least 10000."),
        ("VONAGE_CALLS_PER_SECOND", "0", "must be a number, above 0, at most 1000."),
        ("VONAGE_LAG_SECONDS", "nan", "must be a number from 0 to 3600."),
        ("EMBEDDED_WORKER", "perhaps", "must be true or false."),
        ("OIDC_DEFAULT_ROLE", "owner", "must be viewer, editor or administrator."),
        ("OIDC_ADMIN_GROUPS", "\udcff", "must be text in UTF-8."),
        ("HSTS_PRELOAD", "true", "needs HSTS_INCLUDE_SUBDOMAINS=true."),
        ("REDIS_VERIFY_CERTIFICATE", "no", "needs a REDIS_URL that begins with rediss://."),
    ],
)
def test_it_says_in_plain_words_what_a_value_has_to_be(name: str, value: str, rule: str) -> None:
    assert refusal({**GOOD, name: value}) == f"{name} {rule} See docs/settings.md."


def test_no_odd_value_is_answered_in_the_words_of_a_library() -> None:
    odd = ["x", "-1", "1e999", "9" * 5000, "nan", ",", ":", "=", "://", "\udcff", "x" * 5000]
    complete = {**PRODUCTION, "ALLOWED_HOSTS": "pools.example"}
    refusals = []
    for name in (str(field.alias) for field in Settings.model_fields.values()):
        for value in odd:
            with suppress(SettingsError):
                Settings.parse({**complete, name: value})
                continue
            refusals.append((name, refusal({**complete, name: value})))
    assert len(refusals) > 200
    assert [said for name, said in refusals if name not in said] == []
    words = re.compile("Input|Value error|valid|items|is not usable")
    assert [said for _, said in refusals if words.search(said)] == []


def test_everything_that_a_start_needs_is_told_in_one_go() -> None:
    first, *lines, last = refusal({"SECRET_KEY": "short", "PORT": "x"}).split("\n")
    assert first == "These settings are missing or wrong:"
    assert [line[: line.index(" ", 2)] for line in lines] == [
        "- SECRET_KEY",
        "- DATABASE_URL",
        "- PORT",
        "- ALLOWED_HOSTS",
        "- OIDC_ISSUER,",
        "- Nobody",
    ]
    assert last == "docs/settings.md explains every setting."


def test_what_is_wrong_is_not_called_missing_as_well() -> None:
    wrong = {"OIDC_ISSUER": "x", "ALLOWED_HOSTS": "a b", "OIDC_DEFAULT_ROLE": "x"}
    rest = {"OIDC_CLIENT_ID": "numberpools", "OIDC_CLIENT_SECRET": "x", "OIDC_ALLOWED_GROUPS": "a"}
    said = refusal({**GOOD, **wrong, **rest, "NUMBERPOOLS_ENV": "production"})
    assert said.count("\n- ") == 3
    assert "missing:" not in said
    assert "Nobody" not in said


@pytest.mark.parametrize("environment", ["production", ""])
def test_production_refuses_to_start_without_single_sign_on(environment: str) -> None:
    said = refusal({**GOOD, "NUMBERPOOLS_ENV": environment})
    assert "- OIDC_ISSUER, OIDC_CLIENT_ID and OIDC_CLIENT_SECRET are missing" in said
    assert "NUMBERPOOLS_ENV=development" in said


def test_production_refuses_to_start_without_knowing_its_hosts() -> None:
    assert refusal(PRODUCTION).startswith("ALLOWED_HOSTS is missing")
    hosts = Settings.parse({**PRODUCTION, "ALLOWED_HOSTS": "Pools.example, .example.org"}).hosts
    assert hosts == ("pools.example", ".example.org")


@pytest.mark.parametrize(
    ("name", "value", "host"),
    [
        ("HEROKU_APP_DEFAULT_DOMAIN_NAME", "Pools-1a2b.herokuapp.com", "pools-1a2b.herokuapp.com"),
        ("RENDER_EXTERNAL_HOSTNAME", "pools.onrender.com", "pools.onrender.com"),
        ("RAILWAY_PUBLIC_DOMAIN", "pools.up.railway.app", "pools.up.railway.app"),
        ("FLY_APP_NAME", "pools", "pools.fly.dev"),
    ],
)
def test_the_name_that_a_platform_gives_counts_besides(name: str, value: str, host: str) -> None:
    assert Settings.parse({**PRODUCTION, name: value}).hosts == (host,)
    more = {**PRODUCTION, "ALLOWED_HOSTS": "pools.example", name: value}
    assert Settings.parse(more).hosts == ("pools.example", host)
    assert Settings.parse({**GOOD, name: value}).hosts == ("localhost", "127.0.0.1")


@pytest.mark.parametrize(
    "told",
    [
        {"RENDER_EXTERNAL_HOSTNAME": ".onrender.com"},
        {"RENDER_EXTERNAL_HOSTNAME": "*"},
        {"RAILWAY_PUBLIC_DOMAIN": "pools.example,evil.example"},
        {"HEROKU_APP_DEFAULT_DOMAIN_NAME": "https://pools.herokuapp.com"},
        {"FLY_APP_NAME": ""},
    ],
)
def test_what_is_no_single_name_of_a_platform_counts_for_nothing(told: dict[str, str]) -> None:
    assert refusal({**PRODUCTION, **told}).startswith("ALLOWED_HOSTS is missing")


def test_development_is_reached_from_this_machine() -> None:
    assert Settings.parse(GOOD).hosts == ("localhost", "127.0.0.1")


@pytest.mark.parametrize(
    ("more", "refused"),
    [
        ({"REDIS_CA_FILE": CERTIFICATES}, ""),
        ({"REDIS_VERIFY_CERTIFICATE": "false"}, ""),
        ({"REDIS_CA_FILE": __file__}, "REDIS_CA_FILE must be the path"),
        (
            {"REDIS_CA_FILE": CERTIFICATES, "REDIS_VERIFY_CERTIFICATE": "false"},
            "REDIS_VERIFY_CERTIFICATE must be true",
        ),
        (
            {"REDIS_URL": "redis://cache.example", "REDIS_CA_FILE": CERTIFICATES},
            "REDIS_CA_FILE needs a REDIS_URL",
        ),
    ],
)
def test_what_is_said_of_redis_fits_together(more: dict[str, str], refused: str) -> None:
    environ = {**GOOD, "REDIS_URL": "rediss://cache.example", **more}
    if refused:
        assert refusal(environ).startswith(refused)
    else:
        assert Settings.parse(environ).redis_url


def test_the_process_ends_with_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**GOOD, "PORT": "eighty"}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as caught:
        Settings.from_environment()
    assert str(caught.value).startswith("Number Pools cannot start. PORT must be")


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
