"""The worker: inside each web process, or in processes of its own."""

from __future__ import annotations

import click
from flask import current_app
from flask.cli import with_appcontext
from huey.consumer import Consumer

from numberpools.jobs.tasks import Jobs

_POLL_SECONDS = 0.1
_LONGEST_POLL_SECONDS = 1.0


class EmbeddedWorker(Consumer):  # type: ignore[misc]
    """A worker in threads of a process that has signal handlers of its own."""

    def _set_signal_handlers(self) -> None:
        pass


def start_embedded(jobs: Jobs) -> EmbeddedWorker:
    """Start working in this process; `stop(graceful=True)` waits for the task under way."""
    worker = EmbeddedWorker(jobs.queue, **_options(jobs))
    worker.start()
    return worker


@click.command("worker")
@with_appcontext
def command() -> None:
    """Work off the queue until told to stop; the task under way is finished first."""
    jobs: Jobs = current_app.extensions["jobs"]
    Consumer(jobs.queue, graceful_signal="TERM", **_options(jobs)).run()


def _options(jobs: Jobs) -> dict[str, object]:
    return {
        "workers": jobs.settings.worker_threads,
        "initial_delay": _POLL_SECONDS,
        "max_delay": _LONGEST_POLL_SECONDS,
        "shutdown_timeout": 20,
    }
