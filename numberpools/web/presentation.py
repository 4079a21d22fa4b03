"""How values are put into words and signs for people."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from unicodedata import normalize

import phonenumbers
from flask import Flask
from markupsafe import Markup

from numberpools.domain.api_secrets import SecretRole, SecretState
from numberpools.domain.numbers import country_name, country_of, flag, format_international
from numberpools.domain.outcomes import Outcome
from numberpools.domain.phone import Doubt
from numberpools.domain.pools import Fallback
from numberpools.services.bulk import Action, Operation, State

FALLBACKS = {
    Fallback.POOL: "Any number of the pool",
    Fallback.CUSTOM_FROM: "The message's own sender",
    Fallback.REJECT: "Don't send",
}

FALLBACK_EFFECTS = {
    Fallback.POOL: "The message goes out from any number of this pool, picked at random.",
    Fallback.CUSTOM_FROM: "The message goes out from the alphanumeric sender that it brought "
    "along; a message that brought none is not sent.",
    Fallback.REJECT: "The message is not sent.",
}

FIELDS = {
    "action": "What to do",
    "country": "Numbers without + are from",
    "fallback": "When no number fits",
    "life": "Expires",
    "localized_sender_preferred": "Prefer a sender from the same country",
    "name": "Name",
    "number": "Number",
    "numbers": "Phone numbers",
    "overlap": "The old secret ends",
    "pool_id": "Pool id",
    "predictable_sender_preferred": "Keep the same sender for each recipient",
    "removed": "How many numbers are removed",
    "role": "What it may do",
    "target": "The other pool",
}
"""Fields of forms, as pages call them."""

OUTCOMES = {
    Outcome.ADDED: "Added",
    Outcome.REMOVED: "Removed",
    Outcome.MOVED: "Moved",
    Outcome.ALREADY_IN_POOL: "Already in the pool",
    Outcome.NOT_IN_POOL: "Not in the pool",
    Outcome.NOT_OWNED: "Not owned",
    Outcome.INVALID: "Invalid",
    Outcome.DUPLICATE: "Duplicate",
    Outcome.REFUSED: "Refused",
    Outcome.NOT_CONFIRMED: "Not confirmed",
    Outcome.CANCELLED: "Cancelled",
    None: "Not done yet",
}

DOUBTS = {
    Doubt.RANGE: "Expand ranges: put in every number of them",
    Doubt.EXTENSION: "Leave extensions out, and take the numbers before them",
    Doubt.EXAMPLE: "Take numbers that libphonenumber does not know",
}
"""What a person can decide for all entries at once."""

SECRET_ROLES = {
    SecretRole.READS_ONLY: "Reads only",
    SecretRole.CHANGES: "Reads and changes",
}

LIVES = {
    "30d": "After 30 days",
    "90d": "After 90 days",
    "365d": "After a year",
    "never": "Never",
}
OVERLAPS = {
    "0h": "At once",
    "1h": "After an hour",
    "24h": "After a day",
    "168h": "After a week",
}

SECRET_STATES = {
    SecretState.IN_FORCE: "In force",
    SecretState.EXPIRES_SOON: "Expires soon",
    SecretState.REPLACED: "Replaced, still taken",
    SecretState.EXPIRED: "Expired",
}

STATES = {
    State.READING: "Being read",
    State.READY: "To be looked at",
    State.UNREADABLE: "Can't be read",
    State.QUEUED: "Waiting",
    State.RUNNING: "Under way",
    State.PAUSED: "Paused",
    State.CANCELLING: "Being cancelled",
    State.CANCELLED: "Cancelled",
    State.FINISHED: "Finished",
}


def init_app(app: Flask) -> None:
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.add_template_filter(format_international, "international")
    app.add_template_filter(country_of)
    app.add_template_filter(country_name)
    app.add_template_filter(flag)
    app.add_template_filter(count)
    app.add_template_filter(moment)
    app.add_template_filter(duration)
    app.add_template_filter(operation_title)
    app.add_template_filter(done_words)
    app.add_template_filter(field_value)
    app.jinja_env.globals.update(
        fallback_words=FALLBACKS,
        fallback_effects=FALLBACK_EFFECTS,
        field_words=FIELDS,
        doubt_words=DOUBTS,
        outcome_words=OUTCOMES,
        secret_role_words=SECRET_ROLES,
        secret_state_words=SECRET_STATES,
        state_words=STATES,
    )


def count(number: int, singular: str, plural: str = "") -> str:
    """``1 number``, ``25,000 numbers``."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def moment(time: datetime) -> Markup:
    """A time in UTC; a script puts it into the reader's own time zone."""
    iso = time.isoformat(timespec="seconds")
    return Markup('<time datetime="{}">{}</time>').format(iso, time.strftime("%d %b %Y %H:%M UTC"))


def duration(time: timedelta) -> str:
    """``20 seconds``, ``3 minutes``, ``2 hours``: roughly, and never nothing."""
    seconds = max(round(time.total_seconds()), 1)
    for size, unit in ((3600, "hour"), (60, "minute")):
        if seconds >= 1.5 * size:
            return count(round(seconds / size), unit)
    return count(seconds, "second")


def operation_title(operation: Operation) -> str:
    """``Adding 12,000 numbers to support``; once it has ended, how many it has changed."""
    has_ended = operation.state.has_ended
    changed = operation.change_count if has_ended else operation.wanted_count
    numbers, pool_id = count(changed, "number"), operation.pool_id
    match operation.action:
        case Action.ADD:
            return f"{'Added' if has_ended else 'Adding'} {numbers} to {pool_id}"
        case Action.REMOVE:
            return f"{'Removed' if has_ended else 'Removing'} {numbers} from {pool_id}"
        case Action.MOVE:
            there = operation.target_pool_id
            return f"{'Moved' if has_ended else 'Moving'} {numbers} from {pool_id} to {there}"
        case Action.UNDO:
            changes = count(changed, "change")
            return f"{'Took back' if has_ended else 'Taking back'} {changes} to {pool_id}"
        case _:
            return f"{'Made' if has_ended else 'Making'} {pool_id} equal to a list"


def done_words(operation: Operation) -> str:
    """``9 of 14 entries done and 5 failed``: with the open ones, they are all."""
    entries = count(operation.item_count, "entry", "entries")
    failed = f" and {operation.failure_count:,} failed" if operation.failure_count else ""
    return f"{operation.success_count:,} of {entries} done{failed}"


def field_value(value: str, name: str) -> str:
    """What was chosen or typed into a field, as its page shows it."""
    if name == "fallback" and value in list(Fallback):
        return FALLBACKS[Fallback(value)]
    if name == "country":
        return country_name(value)
    if name == "role" and value in list(SecretRole):
        return SECRET_ROLES[SecretRole(value)]
    if name in {"life", "overlap"}:
        return {**LIVES, **OVERLAPS}.get(value, value)
    return "on" if name.endswith("_preferred") else value


@cache
def countries() -> list[tuple[str, str]]:
    """ISO code and ``United Kingdom (+44)`` of every country with phone numbers, by name."""
    return sorted(
        (
            (region, f"{country_name(region)} (+{phonenumbers.country_code_for_region(region)})")
            for region in phonenumbers.SUPPORTED_REGIONS
        ),
        key=lambda each: normalize("NFKD", each[1]).encode("ascii", "ignore"),  # Åland with A
    )
