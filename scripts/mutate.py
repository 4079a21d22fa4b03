"""``make mutants``: do the tests notice when the code that decides outcomes is changed?

Makes a sample of mutants, copies of a module with one small change each, and runs the quick tests
that belong to the module against each of them, in copies of the checkout. A mutant that no test
fails on has survived. The operators are those of mutmut, and a few more (`scripts/mutants.py`).
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from resource import RLIMIT_AS, setrlimit
from tempfile import TemporaryDirectory

import click
import pytest

from scripts.mutants import Mutant, mutants_of, sample

_CHECKOUT = Path(__file__).parent.parent
_LEFT_BEHIND = shutil.ignore_patterns(".*", "__pycache__", "instance", "docs")

_PHONE = (
    "tests/domain/phone/test_parsing.py",
    "tests/domain/phone/test_ranges.py",
    "tests/domain/phone/test_choices.py",
    "tests/domain/phone/test_evidence.py",
)
_TABLES = (
    "tests/domain/lists/test_reading.py",
    "tests/domain/lists/test_tables.py",
    "tests/domain/lists/test_exports.py",
)
_WORKBOOKS = ("tests/domain/lists/test_workbooks.py", "tests/domain/lists/test_limits.py")
_POOLS = (
    *("tests/domain/test_pools.py", "tests/contract/test_pools.py"),
    *("tests/api/test_add_numbers.py", "tests/api/test_list_pools.py"),
    "tests/web/test_pools_index.py",
)
_VENDOR = (
    "tests/vonage/test_replies.py",
    "tests/vonage/test_lost_answers.py",
    "tests/vonage/test_errors.py",
    "tests/vonage/test_unreadable.py",
)
_CHANGING = "tests/services/bulk/test_changing.py"
_STEERING = "tests/services/bulk/test_steering.py"
_WORK = "tests/services/bulk/test_work.py"
_CLAIMS = "tests/services/bulk/test_claims.py"

_TESTS = {
    "numberpools/domain/lists/archive.py": ("tests/domain/lists/test_archives.py",),
    "numberpools/domain/lists/beside.py": _TABLES,
    "numberpools/domain/lists/columns.py": _TABLES,
    "numberpools/domain/lists/decoding.py": ("tests/domain/lists/test_decoding.py",),
    "numberpools/domain/lists/headings.py": _TABLES,
    "numberpools/domain/lists/json_text.py": ("tests/domain/lists/test_json.py",),
    "numberpools/domain/lists/kinds.py": ("tests/domain/lists/test_refusals.py", *_WORKBOOKS),
    "numberpools/domain/lists/layouts.py": _TABLES,
    "numberpools/domain/lists/mail.py": ("tests/domain/lists/test_mail.py",),
    "numberpools/domain/lists/prose.py": ("tests/domain/lists/test_prose.py",),
    "numberpools/domain/lists/reading.py": _TABLES,
    "numberpools/domain/lists/spans.py": ("tests/domain/lists/test_spans.py",),
    "numberpools/domain/lists/spreadsheet_xml.py": ("tests/domain/lists/test_web_pages.py",),
    "numberpools/domain/lists/text.py": _TABLES,
    "numberpools/domain/lists/vcard.py": ("tests/domain/lists/test_vcard.py",),
    "numberpools/domain/lists/web_page.py": ("tests/domain/lists/test_web_pages.py",),
    "numberpools/domain/lists/workbook_reader/excel.py": _WORKBOOKS,
    "numberpools/domain/lists/workbook_reader/opendocument.py": _WORKBOOKS,
    "numberpools/domain/lists/workbook_reader/program.py": _WORKBOOKS,
    "numberpools/domain/lists/workbooks.py": _WORKBOOKS,
    "numberpools/domain/numbers.py": ("tests/domain/test_numbers.py",),
    "numberpools/domain/outcomes.py": (_STEERING, _CHANGING),
    "numberpools/domain/phone/parsing.py": _PHONE,
    "numberpools/domain/phone/choosing.py": _PHONE,
    "numberpools/domain/phone/compact.py": _PHONE,
    "numberpools/domain/phone/evidence.py": _PHONE,
    "numberpools/domain/phone/examples.py": _PHONE,
    "numberpools/domain/phone/judging.py": _PHONE,
    "numberpools/domain/phone/misread.py": ("tests/domain/phone/test_misread.py",),
    "numberpools/domain/phone/oddities.py": _PHONE,
    "numberpools/domain/phone/open_ends.py": _PHONE,
    "numberpools/domain/phone/parting.py": _PHONE,
    "numberpools/domain/phone/ranges.py": _PHONE,
    "numberpools/domain/phone/shorthand.py": _PHONE,
    "numberpools/domain/phone/pieces.py": _PHONE,
    "numberpools/domain/phone/readings.py": _PHONE,
    "numberpools/domain/phone/text.py": _PHONE,
    "numberpools/domain/pools.py": _POOLS,
    "numberpools/domain/roles.py": ("tests/auth/test_admission.py",),
    "numberpools/services/bulk/changing.py": (_CHANGING, _STEERING),
    "numberpools/services/bulk/comparing.py": ("tests/services/bulk/test_comparing.py",),
    "numberpools/services/bulk/preparing.py": (_CHANGING, _WORK, _STEERING),
    "numberpools/services/bulk/settling.py": (_STEERING, _CLAIMS, _WORK),
    "numberpools/services/bulk/steering.py": (_STEERING, _CHANGING),
    "numberpools/stores/vonage_batches.py": _VENDOR,
    "numberpools/stores/vonage_replies.py": _VENDOR,
}
"""What is changed, and the tests that are to notice, the likeliest first."""

_LEFT_OUT = "not (postgres or trickle or half_a_million or large_sheet or linear)"
"""Tests that take long and ask other questions: other databases, slow vendors, large files."""

_OPTIONS = ["-x", "-q", "-k", _LEFT_OUT, "--hypothesis-profile=mutants"]
_PLUGINS = ["-p", "no:cacheprovider", "-p", "no:schemathesis"]
_WARNINGS = ["-W", "ignore::pytest.PytestAssertRewriteWarning"]  # of libraries, loaded before
_LIBRARIES = (
    *("alembic.command", "authlib.integrations.requests_client", "babel", "flask"),
    *("flask_bootstrap", "flask_wtf", "huey.api", "joserfc", "phonenumbers", "prometheus_client"),
    *("pydantic", "redis", "requests", "sentry_sdk", "sqlalchemy.dialects.sqlite", "whitenoise"),
)
"""Loaded once, before all runs of the tests: it takes longer than most of these."""

_MEMORY = 4_000_000_000
"""Bytes for each run, of which the tests take a tenth: a loop that never ends may eat them all."""

_ENOUGH = 0.9
_PATIENCE = 5
"""How many times as long as without a change the tests may take before they count as hanging."""


@click.command()
@click.option("--seed", default=1, show_default=True, help="Which sample is taken.")
@click.option("--count", default=400, show_default=True, help="How many mutants it has.")
@click.option("--processes", default=2, show_default=True, help="How many are tested at a time.")
def main(seed: int, count: int, processes: int) -> None:
    """Exits with 1 where less than 90% are caught, or the tests fail without any change."""
    every = [each for module in _TESTS for each in mutants_of(module, _source(module))]
    chosen = sample(every, seed, count)
    click.echo(f"{len(chosen)} of {len(every)} mutants, seed {seed}")
    for library in _LIBRARIES:
        import_module(library)
    survivors: list[Mutant] = []
    with TemporaryDirectory() as folder:
        first = Path(folder, "0")
        shutil.copytree(_CHECKOUT, first, ignore=_LEFT_BEHIND)
        seconds = _measure(first, chosen)
        copies = [shutil.copytree(first, Path(folder, str(place))) for place in range(1, processes)]
        for mutant, is_caught in _try_all(chosen, [first, *copies], seconds):
            if not is_caught:
                survivors.append(mutant)
                click.echo(f"\n{mutant}")
    click.echo(f"\n{_table(chosen, survivors)}")
    sys.exit(len(survivors) > (1 - _ENOUGH) * len(chosen))


def _source(module: str) -> str:
    return (_CHECKOUT / module).read_text(encoding="utf-8")


def _measure(copy: Path, chosen: Iterable[Mutant]) -> dict[str, float]:
    """How many seconds each file of tests takes without a change. Exits where one fails."""
    seconds: dict[str, float] = {}
    for tests in dict.fromkeys(file for mutant in chosen for file in _TESTS[mutant.module]):
        began = time.monotonic()
        _, status = os.waitpid(_start(copy, [tests], writes_bytecode=True), 0)
        if status:
            raise SystemExit(f"Without any change, these fail: {tests}")
        seconds[tests] = time.monotonic() - began
    return seconds


def _try_all(
    chosen: list[Mutant], copies: list[Path], seconds: dict[str, float]
) -> Iterator[tuple[Mutant, bool]]:
    """Yield each mutant with whether it was caught, in the order in which that is known."""
    waiting, idle = chosen[::-1], list(copies)
    running: dict[int, tuple[Mutant, Path, float]] = {}
    while waiting or running:
        while waiting and idle:
            mutant, copy = waiting.pop(), idle.pop()
            (copy / mutant.module).write_text(mutant.changed, encoding="utf-8")
            limit = _PATIENCE * sum(seconds[file] for file in _TESTS[mutant.module])
            process = _start(copy, _TESTS[mutant.module])
            running[process] = mutant, copy, time.monotonic() + limit
        process, status = os.waitpid(-1, os.WNOHANG)
        if not process:
            for late in [each for each, (*_, end) in running.items() if time.monotonic() > end]:
                os.killpg(late, signal.SIGKILL)
            time.sleep(0.05)
            continue
        mutant, copy, _ = running.pop(process)
        with suppress(ProcessLookupError):
            os.killpg(process, signal.SIGKILL)  # what the tests have left running
        (copy / mutant.module).write_text(mutant.source, encoding="utf-8")
        idle.append(copy)
        yield mutant, status != 0


def _start(copy: Path, tests: Iterable[str], *, writes_bytecode: bool = False) -> int:
    """Run the tests in a copy of the checkout; the id of the process, which exits with 0 or not.

    Of a changed module no byte code is left behind: it might pass for that of the next change.
    """
    sys.stdout.flush()
    if process := os.fork():
        return process
    try:
        os.setsid()
        os.chdir(copy)
        sys.path[0] = str(copy)
        sys.dont_write_bytecode = not writes_bytecode
        os.environ.pop("TEST_POSTGRES_URL", None)
        setrlimit(RLIMIT_AS, (_MEMORY, _MEMORY))
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in range(3):
            os.dup2(nowhere, stream)
        os._exit(pytest.main([*_OPTIONS, *_PLUGINS, *_WARNINGS, *tests]))
    finally:
        os._exit(1)


def _table(chosen: list[Mutant], survivors: list[Mutant]) -> str:
    """Mutants by module, as a table in Markdown."""
    made, left = (Counter(each.module for each in mutants) for mutants in (chosen, survivors))
    rows = [(module, made[module], left[module]) for module in sorted(made)]
    rows.append(("all", made.total(), left.total()))
    return "\n".join(
        ["| module | mutants | caught | survived | caught, % |", "|---|---:|---:|---:|---:|"]
        + [
            f"| {module} | {count} | {count - survived} | {survived} "
            f"| {100 * (count - survived) / count:.1f} |"
            for module, count, survived in rows
        ]
    )


if __name__ == "__main__":
    main()
