"""Changes and refusals, by page and by call, with the entries that they are to leave.

Each is made on the pool ``support`` with three numbers, 447400123456 among them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from numberpools.services.audit import Action, Result
from tests.web import SEEN


@dataclass(frozen=True)
class Case:
    """A request, and the entry that it is to leave."""

    path: str
    action: Action
    sent: dict[str, Any] = field(default_factory=dict)
    method: str = "POST"
    pool_id: str | None = "support"
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    result: Result = Result.DONE
    reason: str = ""


SETTINGS = {
    "fallback": "Pool",
    "localized_sender_preferred": True,
    "predictable_sender_preferred": False,
}
SUPPORT = {"pool_id": "support", **SETTINGS}
TAKEN = "A pool with the id support exists already in this account."
PAGES = [
    Case(
        "",
        Action.CREATE_POOL,
        {"pool_id": "sales", "fallback": "Pool", "localized_sender_preferred": "y"},
        pool_id="sales",
        after={"pool_id": "sales", **SETTINGS},
    ),
    Case(
        "",
        Action.CREATE_POOL,
        {"pool_id": "support", "fallback": "Pool", "localized_sender_preferred": "y"},
        after=SUPPORT,
        result=Result.REFUSED,
        reason=TAKEN,
    ),
    Case(
        "/support/settings",
        Action.CHANGE_POOL,
        {"fallback": "Reject", "localized_sender_preferred": "y", "seen": SEEN},
        before={"fallback": "Pool"},
        after={"fallback": "Reject"},
    ),
    Case(
        "/support/settings",
        Action.CHANGE_POOL,
        {"fallback": "Reject", "seen": SEEN.replace('"Pool"', '"Reject"')},
        result=Result.REFUSED,
        reason="The pool support was changed in the meantime.",
    ),
    Case(
        "/support/rename",
        Action.CHANGE_POOL,
        {"pool_id": "help"},
        pool_id="help",
        before={"pool_id": "support"},
        after={"pool_id": "help"},
    ),
    Case(
        "/support/delete",
        Action.DELETE_POOL,
        {"pool_id": "support", "etag": "ETAG"},
        before={**SUPPORT, "numbers": 3},
    ),
    Case(
        "/support/delete",
        Action.DELETE_POOL,
        {"pool_id": "other", "etag": "ETAG"},
        result=Result.REFUSED,
        reason="What the form held was not accepted.",
    ),
    Case("/support/numbers/447400123456/remove", Action.REMOVE_NUMBERS, after={"removed": 1}),
    Case(
        "/support/numbers/447400999999/remove",
        Action.REMOVE_NUMBERS,
        after={"not-in-pool": 1},
        result=Result.REFUSED,
        reason="Not in this pool.",
    ),
    Case("/support/numbers/447400999999/restore", Action.ADD_NUMBERS, after={"added": 1}),
    Case(
        "/support/numbers/remove",
        Action.START_OPERATION,
        {"number": ["447400123456"], "form_id": str(uuid4())},
        after={"action": "remove", "numbers": 1},
    ),
    Case(
        "/support/operations",
        Action.START_OPERATION,
        {"numbers": "+44 7400 999999", "form_id": str(uuid4()), "action": "add", "country": ""},
        after={"action": "add", "numbers": 1},
    ),
    Case(
        "/gone/rename",
        Action.CHANGE_POOL,
        {"pool_id": "help"},
        pool_id="gone",
        result=Result.REFUSED,
        reason="There is no pool gone in this account.",
    ),
]
CALLS = [
    Case(
        "",
        Action.CREATE_POOL,
        {"pool_id": "sales", **SETTINGS},
        pool_id="sales",
        after={"pool_id": "sales", **SETTINGS},
    ),
    Case("", Action.CREATE_POOL, SUPPORT, after=SUPPORT, result=Result.REFUSED, reason=TAKEN),
    Case(
        "",
        Action.CREATE_POOL,
        {"pool_id": "sales", "fallback": "Nowhere"},
        pool_id=None,
        result=Result.REFUSED,
    ),
    Case(
        "/support",
        Action.CHANGE_POOL,
        {"fallback": "Reject", "predictable_sender_preferred": False},
        "PATCH",
        before={"fallback": "Pool"},
        after={"fallback": "Reject"},
    ),
    Case("/support", Action.DELETE_POOL, {}, "DELETE", before={**SUPPORT, "numbers": 3}),
    Case(
        "/gone",
        Action.DELETE_POOL,
        {},
        "DELETE",
        pool_id="gone",
        result=Result.REFUSED,
        reason="There is no pool gone in this account.",
    ),
    Case(
        "/support/numbers",
        Action.ADD_NUMBERS,
        {"numbers": ["447400123456", "447400999999"]},
        after={"added": 1, "already-in-pool": 1},
    ),
    Case(
        "/support/numbers/delete",
        Action.REMOVE_NUMBERS,
        {"numbers": ["447400123456", "447400999999"]},
        after={"removed": 1, "not-in-pool": 1},
    ),
    Case(
        "/support/numbers/delete",
        Action.REMOVE_NUMBERS,
        {"numbers": ["447400999999"]},
        after={"not-in-pool": 1},
        result=Result.REFUSED,
        reason="Not in this pool.",
    ),
    Case(
        "/support/numbers/447400123456",
        Action.REMOVE_NUMBERS,
        {},
        "DELETE",
        after={"removed": 1},
    ),
]
