"""Sign-in, roles, and the API's credentials."""

from __future__ import annotations

from flask import Flask

from numberpools.auth import development
from numberpools.auth.people import Person, Role, current_person, require, requires

__all__ = ["Person", "Role", "current_person", "init_app", "require", "requires"]


def init_app(app: Flask) -> None:
    if app.extensions["settings"].is_development:
        app.register_blueprint(development.blueprint)
