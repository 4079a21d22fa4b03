"""Reports of unexpected errors to Sentry. Only imported where SENTRY_DSN is set.

A report has the traceback, the route and the request's id; nothing that a person typed, searched
for or is known by, and no value of a variable.
"""

from __future__ import annotations

from typing import Any

import sentry_sdk
from flask import has_request_context, request
from sentry_sdk.integrations.huey import HueyIntegration

from numberpools.request_id import request_id
from numberpools.version import VERSION

_NOTHING_OF_PEOPLE: Any = {
    "user_info": False,
    "cookies": {"mode": "off"},
    "http_headers": {"request": {"mode": "off"}},
    "http_bodies": [],
    "url_query_params": {"mode": "off"},
    "database_query_data": False,
    "queues": False,
    "stack_frame_variables": False,
}


def init(dsn: str, environment: str) -> None:
    sentry_sdk.init(
        dsn,
        release=f"numberpools@{VERSION}",
        environment=environment,
        data_collection=_NOTHING_OF_PEOPLE,
        auto_session_tracking=False,
        max_breadcrumbs=0,
        server_name="",
        before_send=_scrubbed,
        # It adds an argument to every task, which a process without Sentry then refuses to run;
        # a task that fails is logged, and so reported, without it.
        disabled_integrations=[HueyIntegration],
    )


def _scrubbed(event: Any, hint: dict[str, Any]) -> Any:
    """The request by its route: its address can hold a number, its headers anything."""
    event.pop("request", None)
    event.pop("user", None)
    if has_request_context():
        event["transaction"] = request.url_rule.rule if request.url_rule else None
        event["request"] = {"method": request.method}
        event.setdefault("tags", {})["request_id"] = request_id()
    return event
