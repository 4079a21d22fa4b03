"""API secrets as values: what one may do, how long it lives, how it may be called."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from unicodedata import category

FIRST = "first"
"""The name of the secret that an account is created with."""
MOST_SECRETS = 20
"""Of one account: a call takes no longer for them (docs/decisions.md)."""
LONGEST_NAME = 64
LONGEST_LIFE = timedelta(days=3650)
SOON = timedelta(days=14)
"""What expires within it is to be replaced."""

NAME_RULE = f"Use 1 to {LONGEST_NAME} letters, digits, spaces or signs, on one line."
_LINE_BREAKS = {"Zl", "Zp"}


class SecretRole(StrEnum):
    """What the programs that have a secret may do."""

    READS_ONLY = "reads-only"
    CHANGES = "changes"


class SecretState(StrEnum):
    IN_FORCE = "in-force"
    EXPIRES_SOON = "expires-soon"
    REPLACED = "replaced"
    """Another one has its name; it is taken until it expires, so that programs can change over."""
    EXPIRED = "expired"


def is_secret_name(text: str) -> bool:
    """Whether every database takes it, and people see all of it: no control characters."""
    kinds = {category(character) for character in text}
    is_plain = not any(kind.startswith("C") for kind in kinds) and not kinds & _LINE_BREAKS
    return is_plain and text == text.strip() and 1 <= len(text) <= LONGEST_NAME
