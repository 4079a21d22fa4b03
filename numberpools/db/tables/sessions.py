"""Browsers and callers: their sessions, and how often they came."""

from __future__ import annotations

from sqlalchemy import Column, Integer, Table, Text

from numberpools.db.columns import Code, UtcDateTime
from numberpools.db.tables.metadata import metadata

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", Code, primary_key=True, comment="SHA-256 of the cookie's token, in hex."),
    Column("subject", Text, index=True, comment="Whose session it is; NULL before the sign-in."),
    Column("sid", Text, index=True, comment="What the provider calls its own session, if it says."),
    Column("data", Text, nullable=False, comment="What the session holds, as JSON."),
    Column("created_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False, index=True),
    comment="Browsers. Whoever reads this table still cannot take a session over.",
)


logout_tokens = Table(
    "logout_tokens",
    metadata,
    Column("jti_hash", Code, primary_key=True, comment="SHA-256 of the token's id, in hex."),
    Column("ends_at", UtcDateTime, nullable=False, index=True),
    comment="What the provider has ended sessions by; each counts once.",
)


rate_counts = Table(
    "rate_counts",
    metadata,
    Column("key", Text, primary_key=True),
    Column("count", Integer, nullable=False),
    Column("ends_at", UtcDateTime, nullable=False, index=True),
    comment="How often somebody did what is limited, in one stretch of time.",
)
