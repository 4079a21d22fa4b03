"""For those who watch over the service: is the process alive, and can it do its work?

Both routes are open and say no more than that. They also answer under any host name and without
HTTPS, since who checks on a process often calls it by its address, from within the network.
"""

from __future__ import annotations

from flask import Blueprint, Response, current_app, jsonify
from flask.sansio.blueprints import BlueprintSetupState

from numberpools.context import stores
from numberpools.services.health import Doctor, Health

blueprint = Blueprint("health", __name__)


@blueprint.record_once
def _call_the_doctor(state: BlueprintSetupState) -> None:
    database = state.app.extensions["stores"].database
    state.app.extensions["doctor"] = Doctor(database)


@blueprint.get("/healthz")
def alive() -> Response:
    """The process answers: whether anything else does is another question."""
    return jsonify(status="alive")


@blueprint.get("/readyz")
def ready() -> tuple[Response, int]:
    """200 where requests can be served, else 503 and what is missing."""
    doctor: Doctor = current_app.extensions["doctor"]
    health = doctor.examine()
    found = {
        "status": "ready" if health.is_ready else "not ready",
        "database": _database(health),
        "migrations": "ok" if health.migrations_are_current else "not current",
        "worker": "ok" if health.worker_was_seen else "not seen lately",
        "vendor": _vendor(health.failing_vendor_accounts),
    }
    return jsonify(found), 200 if health.is_ready else 503


def _database(health: Health) -> str:
    if not health.database_answers:
        return "no answer"
    return "ok" if health.database_stores else "stores nothing"


def _vendor(failing: int) -> str:
    if not stores().vendor_accounts:
        return "not used"
    return "failing" if failing else "ok"
