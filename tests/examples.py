"""How many examples Hypothesis makes up, and whether each run has others."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings

_IS_THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"

settings.register_profile(
    "tests",
    derandomize=not _IS_THOROUGH,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
settings.load_profile("tests")
# For scripts/mutate.py: that one example fails is enough, however long it is.
settings.register_profile("mutants", database=None, phases=(Phase.explicit, Phase.generate))


def examples(thorough: int) -> settings:
    """Decorate a test to have a tenth of so many examples, at least 20, the same in every run.

    With ``HYPOTHESIS_PROFILE=thorough`` it has all of them, and others each time: what they find
    becomes an ``@example`` of its own.
    """
    return settings(max_examples=thorough if _IS_THOROUGH else max(20, thorough // 10))
