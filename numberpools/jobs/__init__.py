"""Work in the background: the queue, its tasks, and the worker that runs them.

The queue only says what to look at. What there is to do stands in the database, so a queue that is
lost loses nothing: the periodic tasks find all of it again.
"""

from __future__ import annotations

from flask import Flask

from numberpools.jobs.queue import create_queue
from numberpools.jobs.tasks import Jobs
from numberpools.jobs.worker import command

__all__ = ["Jobs", "init_app"]


def init_app(app: Flask) -> None:
    stores = app.extensions["stores"]
    queue = create_queue(stores.database)
    app.extensions["jobs"] = Jobs(queue, stores, app.extensions["settings"])
    app.cli.add_command(command)
