"""What is wrong with settings, in words for whoever starts the service.

Each sentence names the variable and the rule that its value breaks. The value is never told: it may
be a secret.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any, get_args

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

NO_TEXT = "must be text in UTF-8"

_BOUNDS = {"ge": "at least {}", "gt": "above {}", "le": "at most {}", "lt": "below {}"}


def together(sentences: Sequence[str]) -> str:
    """All of them in one message: a line each where there are several."""
    if len(sentences) == 1:
        return f"{sentences[0]} See docs/settings.md."
    lines = "".join(f"\n- {sentence}" for sentence in sentences)
    return f"These settings are missing or wrong:{lines}\ndocs/settings.md explains every setting."


def by_variable(error: ValidationError, fields: Mapping[str, FieldInfo]) -> dict[str, str]:
    """A sentence for each variable that is missing or wrong, by its name."""
    by_alias = {str(field.alias): field for field in fields.values()}
    sentences: dict[str, str] = {}
    for each in error.errors(include_input=False, include_url=False):
        name = str(each["loc"][0])
        sentences.setdefault(name, f"{name} {_rule(each, by_alias[name])}.")
    return sentences


def _rule(error: ErrorDetails, field: FieldInfo) -> str:
    kind = error["type"]
    if kind == "missing":
        return "is missing"
    if kind == "refused":
        return error["msg"]
    if kind.endswith("too_short"):
        return f"is too short: at least {error['ctx']['min_length']} characters"
    if kind.endswith("too_long"):
        return f"is too long: at most {error['ctx']['max_length']} characters"
    return _type_of(field)


def _type_of(field: FieldInfo) -> str:
    """What the variable has to be, of which the value is something else."""
    types = [each for each in (field.annotation, *get_args(field.annotation)) if each]
    for each in types:
        if each is bool:
            return "must be true or false"
        if each in {int, float}:
            return f"must be {'a whole number' if each is int else 'a number'}{_range(field)}"
        if isinstance(each, type) and issubclass(each, Enum):
            return f"must be {' or '.join(str(member.value) for member in each)}"
    return "is not usable"


def _range(field: FieldInfo) -> str:
    limits: dict[str, Any] = {
        bound: getattr(each, bound)
        for each in field.metadata
        for bound in _BOUNDS
        if hasattr(each, bound)
    }
    if limits.keys() == {"ge", "le"}:
        return f" from {limits['ge']} to {limits['le']}"
    return ", ".join(["", *(_BOUNDS[bound].format(limits[bound]) for bound in limits)])
