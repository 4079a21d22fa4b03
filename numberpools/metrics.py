"""What Prometheus reads under `/metrics`: requests, calls of the vendor, and what there is to do.

Only imported where METRICS_TOKEN is set. With several processes each keeps its figures in a file
of its own in PROMETHEUS_MULTIPROC_DIR, which has to be set before, and any of them answers for all.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Iterator

from flask import Blueprint, Flask, Response, current_app, request
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Histogram,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Unauthorized

from numberpools.access_log import Answered, request_answered
from numberpools.db.database import Database
from numberpools.db.tables import operation_batches, operations
from numberpools.errors import DatabaseUnavailable
from numberpools.services.bulk import State
from numberpools.stores.vonage_transport import call_ended

_METHODS = {"GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"}

_REQUESTS = Histogram(
    "numberpools_http_request_duration_seconds",
    "Requests that were answered, until their last byte was sent.",
    ["route", "method", "status"],
)
_VENDOR_CALLS = Histogram(
    "numberpools_vendor_call_duration_seconds",
    "Tries of calls of the vendor's API, by status, or by the error where there was no answer.",
    ["result"],
)

blueprint = Blueprint("metrics", __name__)


def init_app(app: Flask) -> None:
    request_answered.connect(_count_request)
    call_ended.connect(_count_call)
    app.register_blueprint(blueprint)


@blueprint.get("/metrics")
def show() -> Response:
    """The figures in Prometheus' text format. Raises Unauthorized."""
    _check_token()
    registry = CollectorRegistry()
    registry.register(_Work(current_app.extensions["stores"].database))
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        registry.register(REGISTRY)
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class _Work(Collector):
    """What stands in the database at this moment."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def collect(self) -> Iterator[Metric]:
        states = GaugeMetricFamily(
            "numberpools_operations", "Bulk operations by state.", labels=["state"]
        )
        by_state = select(operations.c.state, func.count()).group_by(operations.c.state)
        going_on = operations.c.state.in_([state for state in State if not state.has_ended])
        of_operation = operation_batches.c.operation_id == operations.c.operation_id
        waiting = (
            select(func.count())
            .select_from(operations)
            .join(operation_batches, of_operation)
            .where(going_on, ~operation_batches.c.is_done)
        )
        try:
            with self._database.read() as connection:
                for state, count in connection.execute(by_state):
                    states.add_metric([state], count)
                length = connection.scalar(waiting) or 0
        except (SQLAlchemyError, DatabaseUnavailable):
            yield GaugeMetricFamily("numberpools_database_up", "Whether it answers.", value=0)
            return
        yield GaugeMetricFamily("numberpools_database_up", "Whether it answers.", value=1)
        yield states
        yield GaugeMetricFamily(
            "numberpools_queue_length", "Batches of operations that are not done.", value=length
        )


def _check_token() -> None:
    given = request.authorization
    token = current_app.extensions["settings"].metrics_token.get_secret_value()
    sent = given.token if given and given.type == "bearer" and given.token else ""
    if not hmac.compare_digest(sent.encode(), token.encode()):
        raise Unauthorized(
            "Send METRICS_TOKEN as a bearer token.", www_authenticate=WWWAuthenticate("bearer")
        )


def _count_request(answered: Answered) -> None:
    # Whatever a client makes up must not become a series of its own.
    method = answered.method if answered.method in _METHODS else "other"
    route = answered.told.route or "other"
    _REQUESTS.labels(route, method, answered.status).observe(answered.seconds)


def _count_call(result: str, *, seconds: float) -> None:
    _VENDOR_CALLS.labels(result).observe(seconds)
