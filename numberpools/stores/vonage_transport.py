"""Calls of the vendor's API over HTTP: paced, timed, and repeated where that is safe."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime
from json import dumps
from math import ceil
from random import uniform
from time import monotonic, perf_counter
from typing import NamedTuple

from blinker import Signal

from numberpools import clock
from numberpools.errors import NoAnswerInTime, RateLimited, VendorError, VendorUnavailable
from numberpools.settings import VonageAccount
from numberpools.stores.limiter import Clock, Limiter
from numberpools.stores.vonage_patience import Patience, patience
from numberpools.stores.vonage_session import Answer, exchange, new_session

MOST_TRIES = 4
call_ended = Signal()
"""Sent after each try of a call with its result, a status or the name of an error, and seconds."""

_FIRST_WAIT = 0.5
_LONGEST_WAIT = 8.0
_LONGEST_RETRY_AFTER = 30 * 86_400
"""Seconds; what is longer is a slip of the vendor's."""
_LONGEST_IN_PLACE = 60.0
"""Seconds that a call waits to be let through, however patient its caller is."""
_LONGEST_IN_SECONDS = 120
"""A longer wait is told by the moment at which it ends."""
_SHORTEST_SECRET = 8
"""Characters, as the vendor has them; a shorter text could stand in an answer by chance."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds that one try may take; what the caller has left is a limit besides."""

    connect: float = 3.0
    answer: float = 10.0
    now: Callable[[], float] = monotonic
    """Measures an answer that comes in pieces."""


@dataclass(frozen=True, slots=True)
class Call:
    """A request. `path` is percent-encoded; `repeatable`: sending it twice is as good as once."""

    method: str
    path: str
    query: Mapping[str, int] | None = None
    body: object = None
    repeatable: bool = False


class Reply(NamedTuple):
    answer: Answer
    after_lost_answer: bool
    """Whether an earlier try of the same call may have been carried out, its answer being lost."""


class VonageTransport:
    """Sends calls for one account. Threads may share it."""

    def __init__(
        self,
        account: VonageAccount,
        url: str,
        limiter: Limiter,
        clock: Clock,
        timeouts: Timeouts,
    ) -> None:
        secret = account.secret.get_secret_value()
        self._session = new_session(account.account_id, secret, timeouts.now)
        self._hidden = _forms_of(account.account_id, secret)
        self._url = url.rstrip("/")
        self._limiter = limiter
        self._clock = clock
        self._timeouts = timeouts

    def send(self, call: Call) -> Reply:
        """Any answer but 429, 502, 503 and 504, which are tried again and then become errors.

        What can't be repeated is sent again only where nothing of it went out. Raises VendorError;
        its `may_have_been_done` speaks for all tries together.
        """
        with patience() as mine:
            ends_at = self._clock.now() + mine.seconds
            try:
                return self._send_until(ends_at, call, mine)
            finally:
                mine.seconds = ends_at - self._clock.now()

    def close(self) -> None:
        """Close the connections that are kept. The next call opens new ones."""
        self._session.close()

    def _send_until(self, ends_at: float, call: Call, mine: Patience) -> Reply:
        tries, lost = 0, False
        while True:
            tries += 1
            try:
                return Reply(self._try_once(ends_at, call, mine), lost)
            except VendorError as exc:
                lost = exc.may_have_been_done = lost or exc.may_have_been_done
                wait = _wait_after(tries, exc)
                too_late = wait > _LONGEST_IN_PLACE or self._clock.now() + wait >= ends_at
                if tries == MOST_TRIES or too_late or not _may_repeat(call, exc):
                    raise
            self._clock.sleep(wait)

    def _try_once(self, ends_at: float, call: Call, mine: Patience) -> Answer:
        left = self._left(ends_at)
        asked_for = self._limiter.pause_left
        if asked_for > min(left, _LONGEST_IN_PLACE):
            raise _rate_limited(asked_for)
        if not self._limiter.take(urgent=mine.urgent, at_most=left):
            raise RateLimited("Too many calls to the vendor are under way: try again in a moment.")
        answer = self._exchange(call, self._left(ends_at))
        for form in self._hidden:
            answer = answer._replace(body=answer.body.replace(form, b"[secret]"))
        if answer.status == 429:
            wait = _retry_after(answer)
            self._limiter.pause(wait or _FIRST_WAIT)
            raise _rate_limited(wait)
        if answer.status in {502, 503, 504}:
            raise VendorUnavailable(
                f"The vendor answered with the status {answer.status}.",
                may_have_been_done=True,
                retry_after=_retry_after(answer),
            )
        return answer

    def _exchange(self, call: Call, left: float) -> Answer:
        began, result = perf_counter(), ""
        try:
            answer = exchange(
                self._session,
                call.method,
                self._url + call.path,
                query=call.query,
                body=call.body,
                timeout=(min(self._timeouts.connect, left), min(self._timeouts.answer, left)),
            )
            result = str(answer.status)
        except VendorError as exc:
            result = type(exc).__name__
            raise
        finally:
            call_ended.send(result, seconds=perf_counter() - began)
        return answer

    def _left(self, ends_at: float) -> float:
        left = ends_at - self._clock.now()
        if left <= 0:
            raise NoAnswerInTime("The vendor took too long; nothing more was sent.")
        return left


def _rate_limited(wait: float | None) -> RateLimited:
    """`wait`: seconds, from now, for which the vendor asked; None where it did not say."""
    when = "try again in a moment"
    if wait is not None and wait > _LONGEST_IN_SECONDS:
        until = clock.now() + timedelta(seconds=wait)
        when = f"it asked to wait until {until:%d %b %Y %H:%M} UTC"
    elif wait is not None:
        when = f"try again in {ceil(wait):,} seconds"
    return RateLimited(
        f"The vendor takes no more calls for this account for now: {when}.", retry_after=wait
    )


def _forms_of(api_key: str, secret: str) -> tuple[bytes, ...]:
    """What an answer that echoes the request would hold, and an error would then quote."""
    if len(secret) < _SHORTEST_SECRET:
        return ()
    token = b64encode(f"{api_key}:{secret}".encode())
    as_json = (dumps(secret, ensure_ascii=ascii_only)[1:-1] for ascii_only in (True, False))
    return (token, secret.encode(), *(form.encode() for form in as_json))


def _may_repeat(call: Call, exc: VendorError) -> bool:
    if isinstance(exc, RateLimited):
        return call.repeatable
    passes = isinstance(exc, (NoAnswerInTime, VendorUnavailable))
    return passes and (call.repeatable or not exc.may_have_been_done)


def _wait_after(attempt: int, exc: VendorError) -> float:
    """Seconds before the next try: doubled each time, and spread so that callers don't meet."""
    longest = min(_LONGEST_WAIT, _FIRST_WAIT * 2 ** (attempt - 1))
    return max(uniform(longest / 2, longest), exc.retry_after or 0.0)  # noqa: S311


def _retry_after(answer: Answer) -> float | None:
    """Seconds, from seconds or a date (RFC 9110, 10.2.3); None where the header says neither."""
    text = answer.headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return float(min(int(text) if len(text) < 10 else 10**9, _LONGEST_RETRY_AFTER))
    try:
        seconds = (parsedate_to_datetime(text).astimezone(UTC) - clock.now()).total_seconds()
    except (ValueError, OverflowError):
        return None
    return min(max(seconds, 0.0), _LONGEST_RETRY_AFTER)
