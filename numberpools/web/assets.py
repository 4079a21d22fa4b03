"""Stylesheets, scripts and icons: taken from the packages that bring them, served by ourselves.

At start each asset is written once, compressed, under a name that carries its content's hash, so
that browsers keep it for good. WhiteNoise serves the folder.
"""

from __future__ import annotations

import hashlib
import re
from functools import cache, partial
from importlib.resources import files
from pathlib import Path
from xml.etree import ElementTree as ET

from flask import Flask
from markupsafe import Markup
from whitenoise import WhiteNoise
from whitenoise.compress import Compressor

PREFIX = "/assets/"
ICONS = (
    "arrow-counterclockwise",
    "box-arrow-in-right",
    "box-arrow-right",
    "check-lg",
    "chevron-down",
    "chevron-left",
    "chevron-right",
    "chevron-up",
    "clipboard",
    "dash-lg",
    "download",
    "exclamation-triangle",
    "inbox",
    "info-circle",
    "key",
    "pencil",
    "plus-lg",
    "search",
    "trash",
)

_SVG = "{http://www.w3.org/2000/svg}"
_DARK_RULE = re.compile(r"\[data-bs-theme=dark\]([^{}]*\{[^{}]*\})")
_IMMUTABLE = r"^/assets/.+\.[0-9a-f]{12}\.[a-z]+$"


def init_app(app: Flask) -> None:
    """Write the assets and serve them; templates get ``asset("app.css")`` and ``icon("trash")``."""
    folder = Path(app.instance_path) / "assets"
    addresses = _addresses(folder, Path(app.root_path) / "static")
    app.add_template_global(addresses.__getitem__, "asset")
    app.add_template_global(partial(_icon, addresses["icons.svg"]), "icon")
    app.wsgi_app = WhiteNoise(  # type: ignore[method-assign]
        app.wsgi_app,
        folder,
        PREFIX,
        immutable_file_test=_IMMUTABLE,
        allow_all_origins=False,
    )


def htmx() -> bytes:
    """The official build of htmx 2, as its package brings it."""
    return files("js_lib_htmx").joinpath("static", "htmx", "htmx.min.js").read_bytes()


def _icon(sprite: str, name: str) -> Markup:
    """One of `ICONS`, as tall as the text around it. It says nothing to a screen reader."""
    return Markup('<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>').format(
        sprite, name
    )


@cache
def _addresses(folder: Path, own: Path) -> dict[str, str]:
    """Where each asset is served once it is written; `own`: the folder of those of no package."""
    return {name: PREFIX + _write(folder, name, body) for name, body in _bodies(own).items()}


def _bodies(own: Path) -> dict[str, bytes]:
    bootstrap = files("flask_bootstrap").joinpath("static", "bootstrap5")
    stylesheet = bootstrap.joinpath("css", "bootstrap.min.css").read_text("utf-8")
    stylesheet = re.sub(r"/\*# sourceMappingURL=.*?\*/", "", stylesheet)
    return {
        "bootstrap.css": stylesheet.encode(),
        "bootstrap-dark.css": _dark(stylesheet).encode(),
        "icons.svg": _icons(bootstrap.joinpath("icons", "bootstrap-icons.svg").read_bytes()),
        "htmx.js": htmx(),
        **{path.name: path.read_bytes() for path in sorted(own.iterdir())},
    }


def _dark(stylesheet: str) -> str:
    """Bootstrap's dark colours without their switch.

    Loaded for ``(prefers-color-scheme: dark)`` only, so that the page follows the system before
    any script runs, and without one.
    """
    return "".join(":root" + rule for rule in _DARK_RULE.findall(stylesheet))


def _icons(sprite: bytes) -> bytes:
    """Of two thousand icons the few that are used."""
    ET.register_namespace("", _SVG.strip("{}"))
    kept = ET.Element(f"{_SVG}svg")
    kept.extend(
        symbol
        for symbol in ET.fromstring(sprite)  # noqa: S314 - a file of an installed package
        if symbol.get("id") in ICONS
    )
    return ET.tostring(kept)


def _write(folder: Path, name: str, body: bytes) -> str:
    digest = hashlib.sha256(body).hexdigest()[:12]
    stem, suffix = name.rsplit(".", 1)
    path = folder / f"{stem}.{digest}.{suffix}"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
        Compressor(quiet=True).compress(str(path))
    return path.name
