"""How gunicorn serves `app:app`. A wrong setting ends the start here, with one sentence."""

from __future__ import annotations

import gc
import os
import shutil
import tempfile

from gunicorn.arbiter import Arbiter
from gunicorn.workers.base import Worker

# What is loaded stays: looking for garbage among it would take a fifth of the start.
gc.disable()

from numberpools.jobs.worker import start_embedded  # noqa: E402
from numberpools.settings import Settings  # noqa: E402

_settings = Settings.from_environment()

# Development lets anybody in without a password: nobody but this machine may reach it.
_host = "127.0.0.1" if _settings.is_development else "0.0.0.0"  # noqa: S104
bind = f"{_host}:{_settings.port}"

workers = _settings.web_concurrency
worker_class = "numberpools.patience.PatientWorker"
threads = _settings.web_threads
preload_app = True

# Longer than the routers in front keep idle connections: the side that sends closes them.
keepalive = 95
# Hosts such as Heroku kill a process 30 s after they asked it to end.
graceful_timeout = 25

# TRUSTED_PROXIES alone says whose headers to believe; gunicorn would believe this machine's.
forwarded_allow_ips = ""
control_socket_disable = True

accesslog = "-"
_logger = "ReadableLogger" if _settings.is_development else "JsonLogger"
logger_class = f"numberpools.access_log.{_logger}"

# Where each process keeps its figures for all of them: set before the application is loaded.
_metrics_folder = "PROMETHEUS_MULTIPROC_DIR"
_own_metrics_folder = ""
if _settings.metrics_token and _metrics_folder not in os.environ:
    _own_metrics_folder = tempfile.mkdtemp(prefix="numberpools-metrics-")
    os.environ[_metrics_folder] = _own_metrics_folder


def pre_fork(server: Arbiter, worker: Worker) -> None:
    """Look for garbage from now on, but never among what all processes share."""
    gc.freeze()
    gc.enable()


def post_worker_init(worker: Worker) -> None:
    """Work off the queue in threads of this process, unless other processes do."""
    if _settings.embedded_worker:
        from app import app  # noqa: PLC0415 - with preload_app it is there already

        worker.embedded = start_embedded(app.extensions["jobs"])


def worker_exit(server: Arbiter, worker: Worker) -> None:
    """Let the task under way finish."""
    if embedded := getattr(worker, "embedded", None):
        embedded.stop(graceful=True)


def child_exit(server: Arbiter, worker: Worker) -> None:
    """Forget what only holds as long as a process lives."""
    if _settings.metrics_token:
        from prometheus_client.multiprocess import mark_process_dead  # noqa: PLC0415

        mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def on_exit(server: Arbiter) -> None:
    if _own_metrics_folder:
        shutil.rmtree(_own_metrics_folder, ignore_errors=True)
