"""What REDIS_URL and its neighbours may be. The client is only imported where one is set."""

from __future__ import annotations

import ssl

from numberpools.settings.values import refusal


def check_redis_url(url: str) -> None:
    if not url.startswith(("redis://", "rediss://")):
        raise refusal("must begin with redis:// or rediss://")
    from redis import ConnectionPool  # noqa: PLC0415 - takes memory
    from redis.exceptions import RedisError  # noqa: PLC0415

    try:
        ConnectionPool.from_url(url).make_connection()  # which does not connect yet
    except (ValueError, TypeError, RedisError):
        raise refusal("must look like rediss://:password@cache.example:6379/0") from None


def check_ca_file(path: str) -> None:
    """Certificates in PEM, which are then believed, and no others."""
    try:
        ssl.create_default_context(cafile=path)
    except OSError:
        raise refusal("must be the path of a file that holds certificates (PEM)") from None
