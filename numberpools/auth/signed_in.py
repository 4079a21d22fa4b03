"""Who is signed in, and ending it: for administrators, everybody's own, commands, the provider."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, insert, or_, select

from numberpools import clock
from numberpools.auth.identity import Identity
from numberpools.auth.logout_token import Logout
from numberpools.auth.sessions import ORIGIN, PERSON, Limits, end
from numberpools.db.database import Database
from numberpools.db.tables import logout_tokens, sessions
from numberpools.errors import SignInFailed

_HAS_PERSON = sessions.c.subject.is_not(None)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session of somebody, with the role of their sign-in."""

    token_hash: str
    identity: Identity
    created_at: datetime
    seen_at: datetime


def list_sessions(
    database: Database, limits: Limits, *, at_most: int, subject: str | None = None
) -> list[SignedIn]:
    """The sessions of everybody, or of one person, the one that was used last first."""
    whose = _HAS_PERSON if subject is None else sessions.c.subject == subject
    with database.glance() as connection:
        is_over = limits.is_over(clock.shared(connection))
        found = select(sessions).where(whose, ~is_over)
        newest = found.order_by(sessions.c.seen_at.desc()).limit(at_most)
        rows = connection.execute(newest).all()
    return [_signed_in(row) for row in rows]


def _signed_in(row: Any) -> SignedIn:
    return SignedIn(row.token_hash, _identity(row.data), row.created_at, row.seen_at)


def _identity(data: str) -> Identity:
    held = json.loads(data)
    return Identity.restored(held[PERSON], held.get(ORIGIN, {}))


def end_session(database: Database, token_hash: str, *, of: str | None = None) -> list[str]:
    """End one session, of this person if one is named; gives whose it was, where there was one."""
    which = sessions.c.token_hash == token_hash
    return end(database, which if of is None else which & (sessions.c.subject == of))


def end_sessions_of(database: Database, subject: str, *, but: str | None = None) -> list[str]:
    """End all sessions of one person, or all but one; gives the person once for each."""
    return end(database, (sessions.c.subject == subject) & _is_not(but))


def end_all_sessions(database: Database, *, but: str | None = None) -> list[str]:
    """End the sessions of everybody, or all but one; gives whose each of them was."""
    return end(database, _HAS_PERSON & _is_not(but))


def end_sessions_of_address(database: Database, email: str) -> list[str]:
    """End all sessions of whoever is signed in under this address; gives whose each of them was.

    It counts in any case: nobody has two addresses that differ in that alone.
    """
    with database.write() as connection:
        rows = connection.execute(select(sessions.c.subject, sessions.c.data).where(_HAS_PERSON))
        wanted = email.strip().casefold()
        subjects = {
            row.subject for row in rows if wanted and _identity(row.data).email.casefold() == wanted
        }
        return end(database, sessions.c.subject.in_(subjects))


def end_at_provider(database: Database, logout: Logout) -> list[str]:
    """End what the provider says to have ended; gives whose each of them was.

    Without `sid`, all sessions of the person. With both, a session of theirs of which the provider
    never said what it calls it is ended too: it may be the one. Raises SignInFailed where the token
    was used before.
    """
    is_theirs, is_it = sessions.c.subject == logout.subject, sessions.c.sid == logout.sid
    if not logout.sid:
        which = is_theirs
    elif not logout.subject:
        which = _HAS_PERSON & is_it
    else:
        which = is_theirs & or_(is_it, sessions.c.sid.is_(None))
    with database.write() as connection:
        database.lock(connection, "logout_tokens")
        _use_once(connection, logout)
        return end(database, which)


def _use_once(connection: Connection, logout: Logout) -> None:
    # Some time longer than it holds by any clock that may differ.
    over = clock.shared(connection) - timedelta(minutes=10)
    connection.execute(delete(logout_tokens).where(logout_tokens.c.ends_at < over))
    known = select(logout_tokens).where(logout_tokens.c.jti_hash == logout.jti_hash)
    if connection.execute(known).first():
        raise SignInFailed("It was used before.")
    row = {"jti_hash": logout.jti_hash, "ends_at": logout.ends_at}
    connection.execute(insert(logout_tokens), row)


def _is_not(token_hash: str | None) -> ColumnElement[bool]:
    return sessions.c.token_hash != (token_hash or "")
