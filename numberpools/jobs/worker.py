"""The worker: inside each web process, or in processes of its own."""

from __future__ import annotations

import logging
from threading import Event, Thread

import click
from flask import current_app
from flask.cli import with_appcontext
from huey.consumer import Consumer

from numberpools.jobs.tasks import Jobs

logger = logging.getLogger(__name__)


class Worker(Consumer):  # type: ignore[misc]
    """Runs tasks until it is stopped; batches under way are finished first."""

    def __init__(self, jobs: Jobs, **options: object) -> None:
        super().__init__(
            jobs.queue,
            workers=jobs.settings.worker_threads,
            shutdown_timeout=20,
            **options,
        )
        self._jobs = jobs
        self._ended = Event()
        listen = jobs.queue.storage.listen
        self._listener = Thread(target=listen, args=(self._ended, jobs.work), daemon=True)

    def start(self) -> None:
        super().start()
        self._listener.start()
        logger.info("Worker %s has started.", self._jobs.worker.name)

    def stop(self, graceful: bool = False) -> None:
        self._jobs.worker.stop()
        self.stop_flag.set()
        self._ended.set()
        self._jobs.queue.storage.bell.ring(for_all=True)
        super().stop(graceful)
        if graceful:
            self._listener.join()


class EmbeddedWorker(Worker):
    """A worker in threads of a process that has signal handlers of its own."""

    def _set_signal_handlers(self) -> None:
        pass


def start_embedded(jobs: Jobs) -> EmbeddedWorker:
    """Start working in this process; `stop(graceful=True)` waits for the task under way."""
    worker = EmbeddedWorker(jobs)
    worker.start()
    jobs.work()
    return worker


@click.command("worker")
@with_appcontext
def command() -> None:
    """Work off the queue until told to stop; the task under way is finished first."""
    jobs: Jobs = current_app.extensions["jobs"]
    jobs.work()
    Worker(jobs, graceful_signal="TERM").run()
