"""How gunicorn serves `app:app`. A wrong setting ends the start here, with one sentence."""

from __future__ import annotations

from gunicorn.arbiter import Arbiter
from gunicorn.workers.base import Worker

from numberpools.jobs.worker import start_embedded
from numberpools.settings import Settings

_settings = Settings.from_environment()

# Development lets anybody in without a password: nobody but this machine may reach it.
_host = "127.0.0.1" if _settings.is_development else "0.0.0.0"  # noqa: S104
bind = f"{_host}:{_settings.port}"

workers = _settings.web_concurrency
worker_class = "gthread"
threads = _settings.web_threads
preload_app = True

# Longer than the routers in front keep idle connections: the side that sends closes them.
keepalive = 95
# Hosts such as Heroku kill a process 30 s after they asked it to end.
graceful_timeout = 25

# TRUSTED_PROXIES alone says whose headers to believe; gunicorn would believe this machine's.
forwarded_allow_ips = ""
control_socket_disable = True

# Neither the query nor the referring page's: both can hold the number that somebody looked for.
accesslog = "-"
access_log_format = "%(t)s %(h)s %(m)s %(U)s %(s)s %(B)s bytes %(M)s ms"


def post_worker_init(worker: Worker) -> None:
    """Work off the queue in threads of this process, unless other processes do."""
    if _settings.embedded_worker:
        from app import app  # noqa: PLC0415 - with preload_app it is there already

        worker.embedded = start_embedded(app.extensions["jobs"])


def worker_exit(server: Arbiter, worker: Worker) -> None:
    """Let the task under way finish."""
    if embedded := getattr(worker, "embedded", None):
        embedded.stop(graceful=True)
