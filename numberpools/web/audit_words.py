"""Entries of the audit trail in sentences that a person reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from numberpools.domain.api_secrets import SecretRole
from numberpools.domain.outcomes import Outcome
from numberpools.services.audit import Action, Entry, Result, Values
from numberpools.services.bulk import Action as Work
from numberpools.web.presentation import SECRET_ROLES, count

ACTIONS = {
    Action.CREATE_POOL: "Create a pool",
    Action.CHANGE_POOL: "Change or rename a pool",
    Action.DELETE_POOL: "Delete a pool",
    Action.ADD_NUMBERS: "Add numbers",
    Action.REMOVE_NUMBERS: "Remove numbers",
    Action.START_OPERATION: "Start an operation",
    Action.PAUSE_OPERATION: "Pause an operation",
    Action.RESUME_OPERATION: "Resume an operation",
    Action.CANCEL_OPERATION: "Cancel an operation",
    Action.CHECK_OPERATION: "Check an operation",
    Action.END_OPERATION: "End of an operation",
    Action.DISCARD_LIST: "Discard a list",
    Action.UNDO: "Undo a change",
    Action.CREATE_ACCOUNT: "Create an account",
    Action.CREATE_SECRET: "Make an API secret",
    Action.REPLACE_SECRET: "Replace an API secret",
    Action.REVOKE_SECRET: "Revoke an API secret",
    Action.SET_INVENTORY: "Set the inventory",
    Action.DROP_INVENTORY: "Drop the inventory",
}
"""What was done or wanted, for the filter and for what was refused."""

_RESULTS = {
    Result.REFUSED: "Refused: {}",
    Result.FAILED: "Failed: {}",
    Result.NOT_CONFIRMED: "Not confirmed: {}",
}

_FIELDS = {
    "pool_id": "Id",
    "fallback": "Fallback",
    "localized_sender_preferred": "Sender from the same country",
    "predictable_sender_preferred": "Same sender for each recipient",
    "numbers": "Numbers",
}

_OUTCOMES = {
    Outcome.ADDED: ("{} added", "{} added"),
    Outcome.REMOVED: ("{} removed", "{} removed"),
    Outcome.MOVED: ("{} moved", "{} moved"),
    Outcome.ALREADY_IN_POOL: ("{} was there already", "{} were there already"),
    Outcome.NOT_IN_POOL: ("{} was not there", "{} were not there"),
    Outcome.NOT_OWNED: ("{} not owned", "{} not owned"),
    Outcome.INVALID: ("{} invalid", "{} invalid"),
    Outcome.DUPLICATE: ("{} duplicate", "{} duplicates"),
    Outcome.REFUSED: ("{} refused", "{} refused"),
    Outcome.NOT_CONFIRMED: ("{} not confirmed", "{} not confirmed"),
    Outcome.CANCELLED: ("{} cancelled", "{} cancelled"),
}

_WORK = {
    Work.ADD: ("adding {}", "Added {}", Outcome.ADDED),
    Work.REMOVE: ("removing {}", "Removed {}", Outcome.REMOVED),
    Work.MOVE: ("moving {} to {other}", "Moved {} to {other}", Outcome.MOVED),
    Work.MAKE_EQUAL: ("making it equal to a list", "Made it equal to a list", None),
    Work.UNDO: ("taking back the changes to {}", "Took back an operation", None),
}
"""Of an operation: what it is about to do, what it has done, and the outcome that is counted."""

_STEERED = {
    Action.START_OPERATION: "Started {}",
    Action.PAUSE_OPERATION: "Paused {}",
    Action.RESUME_OPERATION: "Resumed {}",
    Action.CANCEL_OPERATION: "Cancelled {}",
    Action.CHECK_OPERATION: "Checked what is not confirmed of {}",
}


def sentence(entry: Entry) -> str:
    """``Fallback: Pool → Reject``, ``Added 3 numbers (1 was there already)``, ``Refused: ...``."""
    words = _words(entry)
    if entry.action is not Action.END_OPERATION and entry.result in _RESULTS:
        # What did not happen is told as what was wanted.
        is_told = entry.action is Action.CHANGE_POOL or entry.result is Result.NOT_CONFIRMED
        wanted = words if is_told else ACTIONS[entry.action]
        words = _RESULTS[entry.result].format(wanted)
    reason = entry.reason if entry.reason and not words.endswith(entry.reason) else ""
    return f"{words}. {reason}" if reason else words


def has_changed_numbers(entry: Entry) -> bool:
    """Whether this is the end of an operation that has changed something, and may be undone."""
    if entry.action is not Action.END_OPERATION:
        return False
    totals = (entry.after or {}).get("totals", {})
    return any(totals.get(each) for each in (Outcome.ADDED, Outcome.REMOVED, Outcome.MOVED))


def _words(entry: Entry) -> str:
    tell = _TOLD.get(entry.action)
    before, after = entry.before or {}, entry.after or {}
    if tell is None or not (before or after or entry.result is Result.DONE):
        return ACTIONS[entry.action]
    return tell(entry, before, after)


def changes(before: Values, after: Values) -> str:
    """``Fallback: Pool → Reject; Id: old → new``."""
    return "; ".join(
        f"{_FIELDS.get(name, name)}: {_value(before[name])} → {_value(value)}"
        if name in before
        else f"{_FIELDS.get(name, name)}: {_value(value)}"
        for name, value in after.items()
    )


def totals_words(done: str, outcome: Outcome | None, totals: Mapping[str, int]) -> str:
    """How many were done, and in brackets what became of the others."""
    amount = count(totals.get(outcome, 0), "number") if outcome else ""
    others = [
        (one if totals[each] == 1 else many).format(f"{totals[each]:,}")
        for each, (one, many) in _OUTCOMES.items()
        if each is not outcome and totals.get(each)
    ]
    return done.format(amount) + (f" ({', '.join(others)})" if others else "")


def _created(entry: Entry, before: Values, after: Values) -> str:
    settings = {name: value for name, value in after.items() if name not in ("pool_id", "numbers")}
    words = "Created the pool"
    if "numbers" in after:
        again = "Created the deleted pool again with {}"
        words = totals_words(again, Outcome.ADDED, after["numbers"])
    return f"{words}: {changes({}, settings)}"


def _deleted(entry: Entry, before: Values, after: Values) -> str:
    numbers = f" with {count(before['numbers'], 'number')}" if "numbers" in before else ""
    return f"Deleted the pool{numbers}"


def _steered(entry: Entry, before: Values, after: Values) -> str:
    going_on = _WORK[Work(after["action"])][0]
    words = going_on.format(count(after["numbers"], "number"), other=entry.other_pool_id)
    words = _STEERED[entry.action].format(words)
    if unknown := after.get("unknown_numbers"):
        words += f", {unknown:,} of which libphonenumber does not know"
    brought_by = after.get("brought_by")
    return f"{words}; {brought_by} brought the list" if brought_by else words


def _ended(entry: Entry, before: Values, after: Values) -> str:
    _, done, outcome = _WORK[Work(after["action"])]
    done = done.replace("{other}", entry.other_pool_id or "")
    words = totals_words(done, outcome, after["totals"])
    return f"Cancelled on the way: {words}" if after["state"] == "cancelled" else words


def _inventory(entry: Entry, before: Values, after: Values) -> str:
    old, new = _value(before.get("numbers")), _value(after.get("numbers"))
    return f"Numbers that the account owns: {old} → {new}"


def _made_secret(entry: Entry, before: Values, after: Values) -> str:
    role = SECRET_ROLES[SecretRole(after["role"])].lower()
    return f"Made the API secret {after['name']}: {role}, {_expiry(after)}"


def _replaced_secret(entry: Entry, before: Values, after: Values) -> str:
    if not after:  # there was one without a name
        return "Replaced the API secret"
    until = after["old_until"]
    old = f"is taken until {_moment(until)}" if until else "ended at once"
    return (
        f"Replaced the API secret {after['name']}: the old one {old}, the new one {_expiry(after)}"
    )


def _expiry(after: Values) -> str:
    expires_at = after["expires_at"]
    return f"expires {_moment(expires_at)}" if expires_at else "does not expire"


def _moment(text: str) -> str:
    return datetime.fromisoformat(text).strftime("%d %b %Y %H:%M UTC")


def _value(value: Any) -> str:
    match value:
        case True:
            return "on"
        case False:
            return "off"
        case None:
            return "not known"
        case int():
            return f"{value:,}"
        case _:
            return str(value)


_TOLD: Mapping[Action, Callable[[Entry, Values, Values], str]] = {
    Action.CREATE_POOL: _created,
    Action.CHANGE_POOL: lambda _, before, after: changes(before, after),
    Action.DELETE_POOL: _deleted,
    Action.ADD_NUMBERS: lambda *of: totals_words("Added {}", Outcome.ADDED, of[2]),
    Action.REMOVE_NUMBERS: lambda *of: totals_words("Removed {}", Outcome.REMOVED, of[2]),
    **dict.fromkeys(_STEERED, _steered),
    Action.END_OPERATION: _ended,
    Action.DISCARD_LIST: lambda *_: "Discarded a list that was not started",
    Action.CREATE_ACCOUNT: lambda *_: "Created the account",
    Action.CREATE_SECRET: _made_secret,
    Action.REPLACE_SECRET: _replaced_secret,
    Action.REVOKE_SECRET: lambda *of: f"Revoked the API secret {of[1]['name']}",
    Action.SET_INVENTORY: _inventory,
    Action.DROP_INVENTORY: _inventory,
}
"""Sentences for what was done: from the entry, and its values before and after."""
