"""Rate limits: sign-ins by address, API calls by key, bulk operations by person."""

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

_SHARES = 20
_MOST_LEASES = 10_000


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `amount` in each stretch of `seconds`, for everybody who is told apart."""

    name: str
    amount: int
    seconds: int


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
        self._lock = Lock()

    def take(self, limit: Limit, who: str) -> None:
        """Count one more. Raises TooManyRequests."""
        now = self._clock()
        lease = self._lease(f"{limit.name}:{who}", limit, now)
        while not self._spend(lease):
            if lease.is_last or self._counts is None:
                raise TooManyRequests(limit.amount, limit.seconds, ceil(lease.ends_at - now))
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

    def _lease(self, key: str, limit: Limit, now: float) -> _Lease:
        with self._lock:
            lease = self._leases.get(key)
            if lease is None or lease.ends_at <= now:
                if len(self._leases) >= _MOST_LEASES:
                    current = self._leases.items()
                    self._leases = {each: kept for each, kept in current if kept.ends_at > now}
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


def init_app(app: Flask) -> None:
    settings: Settings = app.extensions["settings"]
    database: Database = app.extensions["stores"].database
    app.extensions["rate_limiter"] = RateLimiter(_counts(settings, database))
    limits = [
        Limit("api", settings.api_calls_per_second * 10, 10),
        Limit("bulk", settings.bulk_operations_per_minute, 60),
        Limit("sign_in", settings.sign_ins_per_minute, 60),
    ]
    app.extensions["rate_limits"] = {limit.name: limit for limit in limits}
    app.before_request(_limit_pages)
    app.after_request(_limit_refusals)


def limit_api(account_id: str) -> None:
    """Count a call of the API by the key that made it. Raises TooManyRequests."""
    _take("api", account_id)


def _limit_pages() -> None:
    if request.blueprint == "single_sign_on":
        _take("sign_in", _network(request.remote_addr or ""))
    elif request.endpoint in BULK and (person := current_person()):
        _take("bulk", person.subject or person.name)


def _limit_refusals(response: Response) -> Response:
    """Of logout tokens only those that don't hold count: the provider itself is never slowed."""
    if request.endpoint != "back_channel.receive" or response.status_code != 400:
        return response
    limit: Limit = current_app.extensions["rate_limits"]["sign_in"]
    limiter: RateLimiter = current_app.extensions["rate_limiter"]
    try:
        limiter.take(limit, _network(request.remote_addr or ""))
    except TooManyRequests as exc:
        response.status_code = exc.status
        return _tell(limit, exc.retry_after, response)
    return response


def _take(name: str, who: str) -> None:
    limit: Limit = current_app.extensions["rate_limits"][name]
    limiter: RateLimiter = current_app.extensions["rate_limiter"]
    try:
        limiter.take(limit, who)
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

        return RedisCounts(
            settings.redis_url.get_secret_value(),
            settings.redis_ca_file,
            settings.redis_verify_certificate,
        )
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
