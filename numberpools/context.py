"""What belongs to the running application, for views and commands."""

from __future__ import annotations

from flask import current_app

from numberpools.db.database import Database
from numberpools.jobs import Jobs
from numberpools.settings import Settings
from numberpools.stores import Stores


def settings() -> Settings:
    found: Settings = current_app.extensions["settings"]
    return found


def stores() -> Stores:
    found: Stores = current_app.extensions["stores"]
    return found


def jobs() -> Jobs:
    found: Jobs = current_app.extensions["jobs"]
    return found


def database() -> Database:
    return stores().database
