"""The environment, read once, typed; what is missing or unsafe is refused, all in one go."""

from __future__ import annotations

from numberpools.settings.model import Environment, Settings, VonageAccount
from numberpools.settings.sign_in import SignInSettings

__all__ = ["Environment", "Settings", "SignInSettings", "VonageAccount"]
