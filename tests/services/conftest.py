from __future__ import annotations

from collections.abc import Callable

import pytest

from numberpools.domain.pools import Pool


@pytest.fixture
def empty_pool(make_pool: Callable[..., Pool]) -> Pool:
    return make_pool("empty")
