"""Rate limits: sign-ins and wrong secrets by address, API calls by key, bulk work by person."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from ipaddress import IPv4Address, ip_address, ip_network
from math import ceil
from threading import Lock

from flask import Flask, Response, after_this_request, current_app, request

from numberpools.auth import current_person
from numberpools.clock import now as time_of_day
from numberpools.db.database import Database
from numberpools.domain.pools import is_account_id
from numberpools.errors import TooManyRequests
from numberpools.services.rates import Counts, DatabaseCounts
from numberpools.settings import Settings

BULK = {
    "bulk.start",
    "lists.begin",
    "lists.compare",
    "lists.read_again",
    "mirror.copy",
    "numbers.remove_selected",
    "operations.check",
    "operations.resume",
    "operations.retry",
    "operations.undo",
}
"""Views that set the worker to work; all but cancelling, which is to be possible at any time."""

_WRONG = "wrong API secrets"
_MORE_FOR_AN_ADDRESS = 10
"""So many times as many wrong secrets come from one address as for one key from there: behind it
may be many programs, each with a key of its own."""

_SHARES = 20
_MOST_LEASES = 10_000


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `amount` in each stretch of `seconds`, for everybody who is told apart."""

    name: str
    amount: int
    seconds: int
    what: str = ""
    """Of which there are so many, where a person could not tell from what they did."""


@dataclass(slots=True)
class _Lease:
    """What is left of the part of a limit that this process has taken for itself."""

    ends_at: float
    left: int = 0
    is_last: bool = False
    taken: int = 0


class RateLimiter:
    """Counts in memory, from a share of the limit that all processes take from together.

    So a limit of a thousand calls costs twenty questions to the database and not a thousand, and
    is never exceeded. Without `counts`, each process has the whole limit for itself.
    """

    def __init__(self, counts: Counts | None, clock: Callable[[], float] | None = None) -> None:
        self._counts = counts
        self._clock = clock or (lambda: time_of_day().timestamp())
        self._leases: dict[str, _Lease] = {}
        self._forgets_at = _MOST_LEASES
        self._lock = Lock()

    def take(self, limit: Limit, who: str) -> None:
        """Count one more. Raises TooManyRequests."""
        now = self._clock()
        lease = self._lease(f"{limit.name}:{who}", limit, now)
        while not self._spend(lease):
            if lease.is_last or self._counts is None:
                raise _refusal(limit, lease, now)
            share = max(limit.amount // _SHARES, 1)
            key = f"{limit.name}:{who}:{lease.ends_at:.0f}"
            total = self._counts.add(key, share, lease.ends_at - now)
            with self._lock:
                if total is None:  # until the time is over, this process counts for itself
                    more = limit.amount - lease.taken
                else:
                    more = min(share, limit.amount - (total - share))
                lease.taken += max(more, 0)
                lease.left += max(more, 0)
                lease.is_last = total is None or total >= limit.amount

    def check(self, limit: Limit, who: str) -> None:
        """Count nothing. Raises TooManyRequests where this process knows that nothing is left."""
        now = self._clock()
        with self._lock:
            lease = self._leases.get(f"{limit.name}:{who}")
            is_used_up = lease is not None and lease.is_last and lease.left == 0
        if lease is not None and is_used_up and lease.ends_at > now:
            raise _refusal(limit, lease, now)

    def _lease(self, key: str, limit: Limit, now: float) -> _Lease:
        with self._lock:
            lease = self._leases.get(key)
            if lease is None or lease.ends_at <= now:
                if len(self._leases) >= self._forgets_at:
                    current = self._leases.items()
                    self._leases = {each: kept for each, kept in current if kept.ends_at > now}
                    # Many who come at once must not have all of them looked through each time.
                    self._forgets_at = max(_MOST_LEASES, 2 * len(self._leases))
                ends_at = (now // limit.seconds + 1) * limit.seconds
                lease = _Lease(ends_at) if self._counts else _Lease(ends_at, limit.amount, True)
                self._leases[key] = lease
            return lease

    def _spend(self, lease: _Lease) -> bool:
        with self._lock:
            if lease.left == 0:
                return False
            lease.left -= 1
            return True


def _refusal(limit: Limit, lease: _Lease, now: float) -> TooManyRequests:
    return TooManyRequests(limit.amount, limit.seconds, ceil(lease.ends_at - now), limit.what)


def init_app(app: Flask) -> None:
    settings: Settings = app.extensions["settings"]
    database: Database = app.extensions["stores"].database
    app.extensions["rate_limiter"] = RateLimiter(_counts(settings, database))
    wrong_secrets = settings.wrong_secrets_per_minute
    limits = [
        Limit("api", settings.api_calls_per_second * 10, 10),
        Limit("bulk", settings.bulk_operations_per_minute, 60),
        Limit("sign_in", settings.sign_ins_per_minute, 60),
        Limit("wrong_secrets", wrong_secrets, 60, _WRONG),
        Limit("wrong_secrets_of_address", wrong_secrets * _MORE_FOR_AN_ADDRESS, 60, _WRONG),
    ]
    app.extensions["rate_limits"] = {limit.name: limit for limit in limits}
    app.before_request(_limit_pages)


def limit_api(account_id: str) -> None:
    """Count a call of the API by the key that made it. Raises TooManyRequests."""
    _take("api", account_id)


def check_wrong_secrets(api_key: str) -> None:
    """Whether so many wrong secrets came from this address that the next one is not looked at.

    By key and address: nobody can lock out the programs that have the right one elsewhere.
    Raises TooManyRequests.
    """
    for name, who in _guesser(api_key):
        _use(name, who, RateLimiter.check)


def count_wrong_secret(api_key: str) -> None:
    """Raises TooManyRequests where other processes have counted enough of them."""
    for name, who in _guesser(api_key):
        _use(name, who, RateLimiter.take)


def _guesser(api_key: str) -> list[tuple[str, str]]:
    address = _network(request.remote_addr or "")
    of_address = ("wrong_secrets_of_address", address)
    # What is no key is counted by address alone, or every text would be a key to count.
    of_key = [("wrong_secrets", f"{api_key}:{address}")] if is_account_id(api_key) else []
    return [*of_key, of_address]


def _limit_pages() -> None:
    if request.blueprint == "single_sign_on":
        _take("sign_in", _network(request.remote_addr or ""))
    elif request.endpoint in BULK and (person := current_person()):
        _take("bulk", person.subject or person.name)


def _take(name: str, who: str) -> None:
    _use(name, who, RateLimiter.take)


def _use(name: str, who: str, act: Callable[[RateLimiter, Limit, str], None]) -> None:
    limit: Limit = current_app.extensions["rate_limits"][name]
    try:
        act(current_app.extensions["rate_limiter"], limit, who)
    except TooManyRequests as exc:
        # Here and not where errors become answers: pages and API each have a way of their own.
        after_this_request(partial(_tell, limit, exc.retry_after))
        raise


def _tell(limit: Limit, retry_after: int, response: Response) -> Response:
    """Say when to come back; the two RateLimit fields as the IETF's httpapi group drafts them."""
    response.headers["Retry-After"] = str(retry_after)
    response.headers["RateLimit-Policy"] = f'"{limit.name}";q={limit.amount};w={limit.seconds}'
    response.headers["RateLimit"] = f'"{limit.name}";r=0;t={retry_after}'
    return response


def _counts(settings: Settings, database: Database) -> Counts | None:
    if settings.redis_url:
        from numberpools.services.redis_rates import RedisCounts  # noqa: PLC0415 - takes memory

        return RedisCounts(settings.redis_url.get_secret_value())
    return None if database.is_sqlite else DatabaseCounts(database)


def _network(address: str) -> str:
    """Of IPv6 the network, since whoever has one address has all of it."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv4Address) or parsed.ipv4_mapped:
        return address
    return str(ip_network((address, 64), strict=False))
