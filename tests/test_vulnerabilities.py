"""``make lint``'s look at known vulnerabilities: what its report says."""

from __future__ import annotations

from scripts.vulnerabilities import coverage, vulnerabilities

KNOWN = {
    "name": "flask",
    "version": "0.1",
    "vulns": [{"id": "PYSEC-1", "fix_versions": ["0.2", "1.0"]}, {"id": "X", "fix_versions": []}],
}
FINE = {"name": "jinja2", "version": "3.1", "vulns": []}
UNKNOWN = {"name": "redis", "skip_reason": "not found"}


def test_each_vulnerability_is_one_line() -> None:
    assert vulnerabilities([KNOWN, FINE, UNKNOWN]) == [
        "flask 0.1: PYSEC-1, mended in 0.2, 1.0",
        "flask 0.1: X, mended in no version yet",
    ]


def test_it_says_how_much_could_be_looked_up() -> None:
    assert coverage([KNOWN, FINE, UNKNOWN]) == "pip-audit looked up 2 of 3 packages."


def test_an_index_without_the_database_is_not_taken_for_good_news() -> None:
    assert coverage([UNKNOWN, UNKNOWN]).startswith("pip-audit was skipped: ")
