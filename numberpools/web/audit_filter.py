"""What somebody wants to see of the audit trail, as the address says it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from flask import request

from numberpools.domain import phone
from numberpools.services.audit import Action, Wanted

_WRONG_TIME = "Give a day, such as 2026-11-23, or a moment, such as 2026-11-23 14:30."
_WRONG_NUMBER = "Type one whole number with its country code, such as +44 7700 900123."


class AuditFilter:
    """The filter's fields as they were typed, what they mean, and what is wrong with them."""

    def __init__(self, history_of: str = "") -> None:
        self.errors: dict[str, str] = {}
        """By field; a field with an error filters nothing."""
        self.zone = _known_zone(_typed("zone"))
        action = _typed("action")
        self.wanted = Wanted(
            actor=_typed("who"),
            action=Action(action) if action in list(Action) else None,
            pool_id=_typed("pool"),
            history_of=history_of,
            number=self._number(),
            since=self._moment("from"),
            until=self._moment("to", is_end=True),
        )

    def _number(self) -> str:
        typed = _typed("number")
        if not typed:
            return ""
        entries = phone.parse(typed)
        if len(entries) == 1 and entries[0].number:
            return entries[0].number
        self.errors["number"] = _WRONG_NUMBER
        return ""

    def _moment(self, name: str, *, is_end: bool = False) -> datetime | None:
        """In `zone` where the text names none; the end of a day is the next one's begin."""
        typed = _typed(name)
        if not typed:
            return None
        try:
            moment = datetime.fromisoformat(typed)
            is_day = is_end and len(typed) <= len("2026-11-23")
            moment = moment + timedelta(days=1) if is_day else moment
            moment = moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(self.zone))
            return moment.astimezone(UTC)
        except (ValueError, OverflowError):
            self.errors[name] = _WRONG_TIME
            return None


def _known_zone(name: str) -> str:
    return name if name in _zones() else "UTC"


@cache
def _zones() -> set[str]:
    return available_timezones()


def _typed(name: str) -> str:
    return request.args.get(name, "").strip()
