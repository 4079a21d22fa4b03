"""Sessions of browsers, in the database. The cookie holds a random token, the database its hash."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from flask import Flask, Request, Response
from flask.sessions import SessionInterface, SessionMixin
from sqlalchemy import ColumnElement, delete, insert, or_, select, update

from numberpools import clock
from numberpools.db.database import Database
from numberpools.db.tables import sessions
from numberpools.errors import DatabaseUnavailable

PERSON = "person"
"""The key under which a session keeps who it belongs to."""
ORIGIN = "origin"
"""The key beside it, under which stands what a release before this one does not expect there."""

_TOKEN_BYTES = 32
_TOUCH = timedelta(minutes=1)
"""How exact `seen_at` is: writing it for every request would cost more than most pages."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a session lasts: after its last request, and after the sign-in."""

    idle: timedelta
    absolute: timedelta

    def is_idle(self, now: datetime) -> ColumnElement[bool]:
        return sessions.c.seen_at <= now - self.idle

    def is_over(self, now: datetime) -> ColumnElement[bool]:
        return or_(self.is_idle(now), sessions.c.created_at <= now - self.absolute)


class Session(SessionMixin):
    """One browser's session, read from the database when it is first asked for anything.

    It is an ordinary dictionary of what JSON can hold; only setting a key marks it as modified.
    """

    modified = False

    def __init__(self, database: Database, limits: Limits, token: str | None) -> None:
        self._database = database
        self._limits = limits
        self._data: dict[str, Any] | None = None
        self._unseen_for = timedelta(0)
        self._old_token: str | None = None
        self._is_frozen = False
        self.token = token
        """What the cookie holds; None as long as the session stands in no database."""

    @property
    def data(self) -> dict[str, Any]:
        if self._data is None:
            # An empty and new one before reading: the page that says that reading failed needs it.
            self._data, token, self.token = {}, self.token, None
            if token:
                self._read(token)
        return self._data

    def _read(self, token: str) -> None:
        """A token that is not known is forgotten: they are chosen here, never by a browser."""
        with self._database.glance() as connection:
            now = clock.shared(connection)
            query = select(sessions.c.data, sessions.c.seen_at).where(
                sessions.c.token_hash == hash_of(token), ~self._limits.is_over(now)
            )
            row = connection.execute(query).one_or_none()
        if row is not None:
            self.token, self._data = token, json.loads(row.data)
            self._unseen_for = now - row.seen_at

    def __getitem__(self, key: str) -> Any:
        return self.data[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.data[key] = value
        self.modified = True

    def __delitem__(self, key: str) -> None:
        del self.data[key]
        self.modified = True

    def __iter__(self) -> Iterator[str]:
        return iter(self.data)

    def __len__(self) -> int:
        return len(self.data)

    def renew(self) -> None:
        """Go on under a new token, as from the beginning; the old one is worth nothing any more."""
        self.data  # noqa: B018 - whether the token is known shows in reading it
        self._old_token, self.token = self.token or self._old_token, None
        self.modified = True

    def freeze(self) -> None:
        """Read it where that is possible, and write nothing more: the database fails."""
        with suppress(DatabaseUnavailable):
            self.data  # noqa: B018
        self._is_frozen = True

    def save(self) -> None:
        """Write what changed. A session that was ended meanwhile stays ended."""
        if self._is_frozen:
            return
        if self._old_token:
            end(self._database, sessions.c.token_hash == hash_of(self._old_token))
        if not self.modified:
            return
        if not self.data:
            self._forget()
        elif self.token:
            self._update(self.token, **self._stored())
        else:
            self._begin()

    @property
    def is_due(self) -> bool:
        """Whether it was used, and what the database knows of that is too old."""
        return self._unseen_for >= _TOUCH and not self.modified

    def touch(self) -> None:
        """Write that it was used."""
        if self.token and not self._is_frozen:
            with suppress(DatabaseUnavailable):  # the answer has been sent
                self._update(self.token)

    def _forget(self) -> None:
        if self.token:
            end(self._database, sessions.c.token_hash == hash_of(self.token))
            self.token = None

    def _update(self, token: str, **values: Any) -> None:
        query = update(sessions).where(sessions.c.token_hash == hash_of(token))
        with self._database.write() as connection:
            connection.execute(query.values(seen_at=clock.shared(connection), **values))

    def _begin(self) -> None:
        self.token = secrets.token_urlsafe(_TOKEN_BYTES)
        with self._database.write() as connection:
            now = clock.shared(connection)
            row = {"token_hash": hash_of(self.token), "created_at": now, "seen_at": now}
            # What is over by its age is idle soon as well, and that has an index.
            connection.execute(delete(sessions).where(self._limits.is_idle(now)))
            connection.execute(insert(sessions), row | self._stored())

    def _stored(self) -> dict[str, Any]:
        person, origin = self.data.get(PERSON), self.data.get(ORIGIN, {})
        return {
            "data": json.dumps(self.data),
            "subject": person and person["subject"],
            "sid": origin.get("sid") or None,
        }


class Sessions(SessionInterface):
    """Flask's sessions, kept in the database."""

    def __init__(self, database: Database, limits: Limits) -> None:
        self._database = database
        self._limits = limits

    def open_session(self, app: Flask, request: Request) -> Session | None:
        token = request.cookies.get(self.get_cookie_name(app))
        return Session(self._database, self._limits, token)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        session = cast("Session", session)
        had = session.token
        session.save()
        if session.accessed:
            response.vary.add("Cookie")
        if session.is_due:
            # Once the answer is sent: on SQLite it may have to wait for its turn to write.
            response.call_on_close(session.touch)
        if session.token == had:
            return
        cookie: dict[str, Any] = {
            "path": "/",
            "secure": self.get_cookie_secure(app),
            "httponly": True,
            "samesite": "Lax",
        }
        name = self.get_cookie_name(app)
        if session.token:
            response.set_cookie(name, session.token, **cookie)
        else:
            response.delete_cookie(name, **cookie)


def end(database: Database, which: ColumnElement[bool]) -> list[str]:
    """End these sessions; gives whose each of them was."""
    ending = delete(sessions).where(which).returning(sessions.c.subject)
    with database.write() as connection:
        return [subject or "" for subject in connection.scalars(ending)]


def hash_of(token: str) -> str:
    # The token is 32 random bytes: nobody can try them all, so a slow hash would only slow us.
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
