"""Browsers are told apart in a few words."""

from __future__ import annotations

import pytest

from numberpools.auth.browsers import describe

WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
CHROME_ON_WINDOWS = (
    f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/131.0.0.0 Safari/537.36"
)


@pytest.mark.parametrize(
    ("user_agent", "described"),
    [
        (CHROME_ON_WINDOWS, "Chrome on Windows"),
        (f"{CHROME_ON_WINDOWS} Edg/131.0.0.0", "Edge on Windows"),
        (
            f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {WEBKIT} Version/18.1 Safari/605",
            "Safari on macOS",
        ),
        (
            f"Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) {WEBKIT} CriOS/131 Safari/604",
            "Chrome on iPhone",
        ),
        (
            f"Mozilla/5.0 (Linux; Android 10; K) {WEBKIT} Chrome/131.0.0.0 Mobile Safari/537.36",
            "Chrome on Android",
        ),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/2010 Firefox/133.0", "Firefox on Linux"),
        ("curl/8.5.0", ""),
        ("<b>Windows</b>", "Windows"),
        ("", ""),
    ],
)
def test_a_browser_is_described(user_agent: str, described: str) -> None:
    assert describe(user_agent) == described
