"""The host names under which a platform itself makes the service reachable."""

from __future__ import annotations

import re
from collections.abc import Mapping

_NAMES = {
    "HEROKU_APP_DEFAULT_DOMAIN_NAME": "{}",
    "RAILWAY_PUBLIC_DOMAIN": "{}",
    "RENDER_EXTERNAL_HOSTNAME": "{}",
    "FLY_APP_NAME": "{}.fly.dev",
}
"""Variables that a platform sets, and the name that each of them tells.

https://devcenter.heroku.com/articles/dyno-metadata
https://docs.railway.com/reference/variables
https://render.com/docs/environment-variables
https://fly.io/docs/machines/runtime-environment/
"""

_WHOLE_NAME = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")


def names_of_platform(environ: Mapping[str, str]) -> list[str]:
    """Whole names alone: a platform's whole domain belongs to its other customers as well."""
    told = [form.format(environ[name].lower()) for name, form in _NAMES.items() if name in environ]
    return [name for name in told if _WHOLE_NAME.fullmatch(name)]
