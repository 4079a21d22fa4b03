"""On which databases a test runs: most pages and calls send what others send to PostgreSQL too."""

from __future__ import annotations

from collections.abc import Collection

import pytest

from tests.conftest import DATABASES

on_both_databases = pytest.mark.parametrize("database_url", DATABASES, indirect=True)
"""For what depends on the database: searches, orders, odd text, transactions, types, times."""

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For all the rest."""


def keep_to_sqlite(metafunc: pytest.Metafunc, but: Collection[str]) -> None:
    """Run a test on SQLite alone unless it says where it runs, or its module is one of ``but``.

    To be called before anything else generates tests.
    """
    if "database_url" not in metafunc.fixturenames or metafunc.module.__name__ in but:
        return
    says = [mark.args[0] for mark in metafunc.definition.iter_markers("parametrize")]
    if "database_url" not in says:
        metafunc.definition.add_marker(on_sqlite)
