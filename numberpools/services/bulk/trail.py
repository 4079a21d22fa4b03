"""Operations in the audit trail: when they start, end, and are steered in between.

Their items stay where they are: a search of the trail for a number looks there as well.
"""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from numberpools.db.tables import audit_entries
from numberpools.db.tables import operation_items as items
from numberpools.domain.outcomes import Outcome
from numberpools.domain.phone import Doubt
from numberpools.services import audit
from numberpools.services.actors import Actor, ActorKind
from numberpools.services.audit import Draft, Result
from numberpools.services.bulk.model import Operation
from numberpools.services.bulk.report import find_operation


def record(connection: Connection, action: audit.Action, operation_id: str, **more: str) -> None:
    """Somebody has started or steered the operation; `more` is told with it."""
    operation = find_operation(connection, operation_id)
    after = {"action": operation.action, "numbers": operation.wanted_count, **more}
    if operation.choices.entries.takes_examples:
        after["unknown_numbers"] = _count_unknown(connection, operation_id)
    audit.record(connection, _draft(action, operation, after))


def _count_unknown(connection: Connection, operation_id: str) -> int:
    """How many of its numbers libphonenumber does not know; a person has asked for them."""
    query = select(func.count()).where(
        items.c.operation_id == operation_id,
        items.c.doubt == Doubt.EXAMPLE,
        items.c.outcome.is_distinct_from(Outcome.INVALID),
    )
    return connection.scalar(query) or 0


def record_end(connection: Connection, operation_id: str) -> None:
    """A worker has found that nothing is left to do, on behalf of whoever started it."""
    operation = find_operation(connection, operation_id)
    after = {"action": operation.action, "state": operation.state, "totals": dict(operation.totals)}
    draft = _draft(audit.Action.END_OPERATION, operation, after)
    if operation.totals.get(Outcome.NOT_CONFIRMED):
        draft.result = Result.NOT_CONFIRMED
    elif operation.failure_count and not operation.change_count:
        draft.result = Result.FAILED
    audit.record(connection, draft, _starter(connection, operation))


def _draft(action: audit.Action, operation: Operation, after: audit.Values) -> Draft:
    return Draft(
        action,
        operation.account_id,
        operation.pool_id,
        other_pool_id=operation.target_pool_id,
        operation_id=operation.operation_id,
        after=after,
        reason=operation.problem,
    )


def _starter(connection: Connection, operation: Operation) -> Actor:
    columns = audit_entries.c
    query = (
        select(columns.actor_kind, columns.actor, columns.address, columns.request_id)
        .where(columns.operation_id == operation.operation_id)
        .order_by(columns.entry_id)
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    if row is None:  # older than the trail
        return Actor(ActorKind.PERSON, operation.started_by)
    return Actor(ActorKind(row.actor_kind), row.actor, row.address, row.request_id)
