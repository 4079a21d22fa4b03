"""What runs when, side by side, where its files are, and how long it took.

`make check` leaves out what needs a server, a browser or a process of its own (the mark `server`),
and holds what it runs to needing none.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

_WITHOUT_SERVERS = "not server"
_FIXTURES = {"vendor", "encrypted_vendor", "provider", "sso_app", "sentry", "browser"}
"""Who uses one of these needs a server."""
_PARAMETERS = {"postgres", "vendor", "away"}
"""Who is given one of these does too."""
_PLACES = (
    "tests/browser/",
    "tests/chaos/",
    "tests/api/test_schemathesis.py",
    "tests/test_cli.py",
    "tests/test_development.py",
    "tests/test_limits.py::test_processes_with_redis_count_together",
    "tests/test_limits.py::test_the_service_counts_in_the_redis_of_its_settings",
    "tests/test_limits.py::test_without_its_redis_each_process_counts_for_itself",
    "tests/test_logs.py",
    "tests/test_memory.py",
    "tests/test_metrics.py::test_all_processes_answer_for_all",
    "tests/test_odd_requests.py",
    "tests/test_procfile.py",
    "tests/test_recipes.py::test_app_json_starts_behind_the_router_of_a_host",
    "tests/test_redis_encryption.py",
    "tests/test_serving.py",
    "tests/test_set_up.py",
    "tests/web/test_access.py",
    "tests/web/test_health.py",
)
"""All that is here does."""
_TOGETHER = (
    "tests/browser/test_sign_in.py",
    "tests/browser/",
    "tests/test_development.py",
    "tests/test_logs.py",
    "tests/test_odd_requests.py",
    "tests/test_procfile.py",
    "tests/test_redis_encryption.py",
    "tests/test_serving.py",
    "tests/test_set_up.py",
)
"""What is in one of these shares a browser or a service, and so a process; the first that fits."""
_MEMORY = Path("/dev/shm")  # noqa: S108
_ENOUGH_BYTES = 2**30
_SLOW_SECONDS = 30
_SLOWEST = 10


def processors() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Three times as many as processors: some of the tests wait for servers and browsers."""
    return 3 * processors()


class _Together(LoadScopeScheduling):  # type: ignore[misc]
    """Every test for itself, whoever is free, but for those that share what takes long to start.

    xdist's own ``--dist=loadgroup`` writes a group into the test's id, which pytest 9.2 undoes.
    """

    def _split_scope(self, nodeid: str) -> str:
        return next(filter(nodeid.startswith, _TOGETHER), nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> _Together:
    return _Together(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if _needs_server(item):
            item.add_marker("server")


def _needs_server(item: pytest.Item) -> bool:
    callspec = getattr(item, "callspec", None)
    given = callspec.params.values() if callspec else ()
    return (
        item.nodeid.startswith(_PLACES)
        or not _FIXTURES.isdisjoint(getattr(item, "fixturenames", ()))
        or any(value in _PARAMETERS for value in given if isinstance(value, str))
    )


def pytest_sessionstart(session: pytest.Session) -> None:
    if session.config.option.markexpr == _WITHOUT_SERVERS:
        sys.addaudithook(_refuse_servers)


def _refuse_servers(event: str, arguments: tuple[Any, ...]) -> None:
    """Called by Python for whatever touches the system."""
    if event in {"socket.bind", "socket.connect"} and isinstance(arguments[1], tuple):
        what = f"the network ({event}, {arguments[1]})"
    elif event in {"subprocess.Popen", "os.fork", "os.posix_spawn"}:
        what = f"a process of its own ({arguments[0] if arguments else event})"
    else:
        return
    if "PYTEST_CURRENT_TEST" in os.environ:
        raise AssertionError(f"This test needs {what}: mark it with pytest.mark.server.")


class _Times:
    """Tells which files are slow: while they run, and the slowest at the end."""

    def __init__(self, reporter: Any) -> None:
        self._reporter = reporter
        self._seconds: Counter[str] = Counter()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        file = report.nodeid.partition("::")[0]
        before = self._seconds[file] // _SLOW_SECONDS
        self._seconds[file] += report.duration  # type: ignore[assignment]
        if self._seconds[file] // _SLOW_SECONDS > before:
            self._reporter.write_line(f"\n{file}: {self._seconds[file]:.0f} s so far")

    def pytest_terminal_summary(self) -> None:
        self._reporter.section(f"slowest {_SLOWEST} files")
        for file, seconds in self._seconds.most_common(_SLOWEST):
            self._reporter.write_line(f"{seconds:6.1f} s  {file}")


def _keep_files_in_memory() -> None:
    """Each change of a database is synced to the disk, which may be busy with other things."""
    if _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free >= _ENOUGH_BYTES:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(_MEMORY))


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    _keep_files_in_memory()
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Times(reporter), "times")
