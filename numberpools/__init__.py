"""Number Pools: a dashboard for number pools, and the Number Pools API."""

from __future__ import annotations

from pathlib import Path

from flask import Flask
from htmx_flask import Htmx

from numberpools import api, auth, cli, jobs, limits, logs, memory, web
from numberpools.db.database import Database, needed_to_start
from numberpools.errors import SettingsError
from numberpools.services import accounts
from numberpools.settings import Settings
from numberpools.stores import Stores
from numberpools.stores.limiter import Clock
from numberpools.stores.vonage import connect
from numberpools.web import proxies

_ROOT = Path(__file__).parent.parent


def create_app(settings: Settings | None = None, clock: Clock | None = None) -> Flask:
    """The WSGI application. `clock`: what passes between calls of a vendor, tests' own.

    Ends the process with one sentence where the settings are wrong or the database is not there.
    """
    memory.give_back_early()
    settings = settings or Settings.from_environment()
    app = Flask(__name__, root_path=str(_ROOT), static_folder=None)
    app.config.update(
        SECRET_KEY=settings.secret_key.get_secret_value(),
        MAX_CONTENT_LENGTH=settings.max_request_bytes,
        MAX_FORM_MEMORY_SIZE=settings.max_request_bytes,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=not settings.is_development,
    )
    app.extensions["settings"] = settings
    Htmx(app)
    with needed_to_start():
        app.extensions["stores"] = _open_stores(settings, clock)
        for part in (logs, limits, jobs, auth, api, web, cli):
            part.init_app(app)
    app.extensions["stores"].close()  # Processes fork from here: each needs connections of its own.
    _watch(app, settings)
    proxies.init_app(app)
    return app


def _open_stores(settings: Settings, clock: Clock | None) -> Stores:
    stores = Stores(
        Database(settings.database_url, settings.database_connections - 1), connect(settings, clock)
    )
    try:
        accounts.check_ids(stores)
    except SettingsError as exc:
        raise SystemExit(f"Number Pools cannot start. {exc}") from None
    return stores


def _watch(app: Flask, settings: Settings) -> None:
    """What is used where it is set only, and else would cost memory: hence the imports here."""
    if settings.metrics_token:
        from numberpools import metrics  # noqa: PLC0415

        metrics.init_app(app)
    if settings.sentry_dsn:
        from numberpools import sentry  # noqa: PLC0415

        sentry.init(settings.sentry_dsn.get_secret_value(), settings.environment)
