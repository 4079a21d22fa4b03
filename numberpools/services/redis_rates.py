"""Counts in Redis. Only imported where REDIS_URL is set: the client takes 6 MB."""

from __future__ import annotations

import logging
from math import ceil
from typing import Any

from redis import Redis
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

_REDIS_SECONDS = 0.5


class RedisCounts:
    """In Redis. Where it fails, each process counts for itself, and the service goes on.

    Over TLS, `ca_file` names the certificates that are believed instead of the system's.
    """

    def __init__(self, url: str, ca_file: str = "", verifies: bool = True) -> None:
        encryption: dict[str, Any] = {}
        if ca_file:
            encryption = {"ssl_ca_certs": ca_file}
        elif not verifies:
            encryption = {"ssl_cert_reqs": "none", "ssl_check_hostname": False}
        self._redis = Redis.from_url(
            url,
            socket_timeout=_REDIS_SECONDS,
            socket_connect_timeout=_REDIS_SECONDS,
            **encryption,
        )

    def add(self, key: str, amount: int, seconds: float) -> int | None:
        try:
            with self._redis.pipeline() as pipeline:
                pipeline.incrby(f"numberpools:{key}", amount)
                pipeline.expire(f"numberpools:{key}", ceil(seconds) + 1)
                total, _ = pipeline.execute()
        except RedisError as exc:
            logger.warning("Redis does not count: %s", exc)
            return None
        return int(total)
