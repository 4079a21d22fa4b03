"""Rate limits: sign-ins and wrong secrets by address, API calls by key, bulk work by person.

Calls of the API without a valid key are counted by address.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, ip_address, ip_network
from math import ceil
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from flask import Flask, Response, current_app, request

from numberpools.auth import current_person
from numberpools.clock import now as time_of_day
from numberpools.db.database import Database
from numberpools.domain.pools import is_account_id
from numberpools.errors import TooManyRequests
from numberpools.paths import is_api_request
from numberpools.services.rates import Counts, DatabaseCounts
from numberpools.settings import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

T = TypeVar("T")

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
_TOLD = "numberpools.rate_limit"


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `amount` in each stretch of `seconds`, for everybody who is told apart."""

    name: str
    amount: int
    seconds: int
    what: str = ""
    """Of which there are so many, where a person could not tell from what they did."""
    is_shared: bool = True
    """Whether all processes count together, where they can."""


class Standing(NamedTuple):
    """How much is left of a limit, and for how many seconds."""

    left: int
    seconds: int


@dataclass(slots=True)
class _Lease:
    """What is left of the part of a limit that this process has taken for itself."""

    ends_at: float
    left: int = 0
    is_last: bool = False
    taken: int = 0
    total: int = 0
    """What all processes together had taken when this one took last."""
    beyond: int = 0
    """What nobody had taken by then, less what others are likely to have taken since."""

    def add(self, limit: Limit, share: int, total: int | None) -> None:
        """A share was taken, and that made it so much in all; None: nobody counts together."""
        if total is None:  # until the time is over, this process counts for itself
            more = limit.amount - self.taken
            self.is_last, self.beyond = True, 0
        else:
            more = min(share, limit.amount - (total - share))
            by_others = max(total - share - self.total, 0)
            self.total = max(self.total, total)  # a thread that took earlier may come here later
            self.is_last = self.total >= limit.amount
            self.beyond = max(limit.amount - self.total - by_others, 0)
        self.taken += max(more, 0)
        self.left += max(more, 0)


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

    def take(self, limit: Limit, who: str) -> Standing:
        """Count one more; gives what is left then. Raises TooManyRequests.

        What others took since this process asked last is not known. As much as they took in the
        time before is left out, so that what is told is too little rather than too much.
        """
        now = self._clock()
        lease = self._lease(f"{limit.name}:{who}", limit, now)
        while not self._spend(lease):
            if lease.is_last or self._counts is None:
                raise _refusal(limit, lease, now)
            share = max(limit.amount // _SHARES, 1)
            key = f"{limit.name}:{who}:{lease.ends_at:.0f}"
            total = self._counts.add(key, share, lease.ends_at - now)
            with self._lock:
                lease.add(limit, share, total)
        return Standing(lease.left + lease.beyond, ceil(lease.ends_at - now))

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
                is_shared = self._counts is not None and limit.is_shared
                lease = _Lease(ends_at) if is_shared else _Lease(ends_at, limit.amount, True)
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
        # Nobody who may not even come in is to cost the database anything.
        Limit("anonymous", settings.api_calls_per_second * 10, 10, is_shared=False),
        Limit("bulk", settings.bulk_operations_per_minute, 60),
        Limit("sign_in", settings.sign_ins_per_minute, 60),
        Limit("wrong_secrets", wrong_secrets, 60, _WRONG),
        Limit("wrong_secrets_of_address", wrong_secrets * _MORE_FOR_AN_ADDRESS, 60, _WRONG),
    ]
    app.extensions["rate_limits"] = {limit.name: limit for limit in limits}
    app.before_request(_limit)
    app.after_request(_limit_refusals)


def limit_api(account_id: str) -> None:
    """Count a call of the API by the key that made it. Raises TooManyRequests."""
    _take("api", account_id)


def limit_anonymous() -> None:
    """Count a call of the API that came without a valid key. Raises TooManyRequests."""
    _take("anonymous", _network(request.remote_addr or ""))


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


def told(environ: WSGIEnvironment) -> list[tuple[str, str]]:
    """The headers that say so: of every answer of the API, and of pages where they refuse."""
    noted: list[tuple[str, str]] = environ.get(_TOLD, [])
    return noted


def _limit() -> None:
    if request.blueprint == "api":  # which counts by the key, once it is known to be one
        return
    if request.blueprint == "single_sign_on":
        _take("sign_in", _network(request.remote_addr or ""))
    elif request.endpoint in BULK and (person := current_person()):
        _take("bulk", person.subject or person.name)
    elif is_api_request():
        limit_anonymous()


def _limit_refusals(response: Response) -> Response:
    """Of logout tokens only those that don't hold count: the provider itself is never slowed."""
    if request.endpoint != "back_channel.receive" or response.status_code != 400:
        return response
    try:
        _take("sign_in", _network(request.remote_addr or ""))
    except TooManyRequests as exc:
        response.status_code = exc.status
    return response


def _take(name: str, who: str) -> None:
    standing = _use(name, who, RateLimiter.take)
    if is_api_request():
        request.environ[_TOLD] = _headers(_limit_called(name), standing)


def _limit_called(name: str) -> Limit:
    limit: Limit = current_app.extensions["rate_limits"][name]
    return limit


def _use(name: str, who: str, act: Callable[[RateLimiter, Limit, str], T]) -> T:
    limit = _limit_called(name)
    try:
        return act(current_app.extensions["rate_limiter"], limit, who)
    except TooManyRequests as exc:
        wait = str(exc.retry_after)
        refused = [("Retry-After", wait), *_headers(limit, Standing(0, exc.retry_after))]
        request.environ[_TOLD] = refused
        raise


def _headers(limit: Limit, standing: Standing) -> list[tuple[str, str]]:
    """Both RateLimit fields as the IETF's httpapi group drafts them."""
    return [
        ("RateLimit-Policy", f'"{limit.name}";q={limit.amount};w={limit.seconds}'),
        ("RateLimit", f'"{limit.name}";r={standing.left};t={standing.seconds}'),
    ]


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
