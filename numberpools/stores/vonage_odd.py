"""A vendor's pool of which some fields can't be read: what can be is kept, the rest is named."""

from __future__ import annotations

import re
from json import dumps
from typing import Any

from pydantic import TypeAdapter, ValidationError

from numberpools.domain.pools import SETTINGS, AnyPool, Fallback, OddPool, Pool

_BOOLEAN = (TypeAdapter(bool), "true or false")
_FIELDS: dict[str, tuple[TypeAdapter[Any], str]] = {
    "pool_id": (TypeAdapter(str), "a text"),
    "fallback": (TypeAdapter(Fallback), "Pool, CustomFrom or Reject"),
    "localized_sender_preferred": _BOOLEAN,
    "predictable_sender_preferred": _BOOLEAN,
}
"""How each field is read, and what it should be."""

_SHOWN_CHARACTERS = 60
_DIGIT = re.compile(r"\d")
_PHONE_NUMBER = re.compile(r"\d{7,}")


def read_pool(entry: object, account_id: str) -> AnyPool:
    """A pool as an answer has it; an odd one where some of it, or all, is none."""
    found = entry if isinstance(entry, dict) else {}
    settings: dict[str, Any] = dict.fromkeys(SETTINGS)
    problems: dict[str, str] = {}
    for field, (adapter, rule) in _FIELDS.items():
        try:
            settings[field] = adapter.validate_python(found[field])
        except KeyError:
            problems[field] = "is missing"
        except ValidationError:
            value = _PHONE_NUMBER.sub(lambda digits: "#" * len(digits[0]), shown(found[field]))
            problems[field] = f"is {value}, and should be {rule}"
    if not problems:
        return Pool(account_id, **settings)
    if not isinstance(entry, dict):
        problems = {"pool_id": f"is missing: the entry is no pool, but {shown(entry)}"}
    settings.setdefault("pool_id", _name(found.get("pool_id")))
    return OddPool(account_id, **settings, problems=problems)


def shown(value: object) -> str:
    """A value of an answer as a person can look at it: on one line, and not too long."""
    text = dumps(value, ensure_ascii=False)
    line = "".join(each if each.isprintable() else "\ufffd" for each in text)
    return line if len(line) <= _SHOWN_CHARACTERS else f"{line[:_SHOWN_CHARACTERS]}…"


def without_digits(text: str) -> str:
    """With a sign in the place of each digit: phone numbers belong into no log and no error."""
    return _DIGIT.sub("#", text)


def _name(pool_id: object) -> str:
    is_whole = isinstance(pool_id, int) and not isinstance(pool_id, bool)
    return str(pool_id) if is_whole else ""
