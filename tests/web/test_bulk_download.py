"""``/operations/<operation_id>.csv``: the report for a spreadsheet."""

from __future__ import annotations

import csv
from io import StringIO

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from numberpools.domain.pools import Pool
from tests.web.conftest import NUMBERS, Paste
from tests.web.markup import find, read


def _download(client: FlaskClient, report: str | None) -> TestResponse:
    page = read(client.get(report or ""))
    [link] = [each for each in page.findall(".//a") if each.get("href", "").endswith(".csv")]
    return client.get(link.get("href", ""))


def _rows(answer: TestResponse) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(answer.text, newline="")))


def test_it_works(viewer: FlaskClient, paste: Paste, support: Pool) -> None:
    answer = _download(viewer, paste('+44 7400 123499\n"Ann; the 2nd", nothing\n').location)
    assert answer.status_code == 200
    assert _rows(answer)[0] == {
        "line": "1",
        "text": "+44 7400 123499",
        "number": "447400123499",
        "outcome": "Added",
        "reason": "",
        "note": "",
        "sheet": "",
    }
    assert _rows(answer)[1]["outcome"] == "Invalid"
    assert len(_rows(answer)) == 2


def test_it_is_a_file_with_a_name(viewer: FlaskClient, paste: Paste, support: Pool) -> None:
    report = paste("+44 7400 123499").location or ""
    headers = _download(viewer, report).headers
    assert headers["Content-Type"] == "text/csv; charset=utf-8"
    operation_id = report.rpartition("/")[2]
    assert headers["Content-Disposition"] == (
        f'attachment; filename="support-add-{operation_id[:8]}.csv"'
    )


def test_it_has_every_line_whatever_the_page_shows(
    viewer: FlaskClient, paste: Paste, empty_pool: Pool
) -> None:
    report = paste("\n".join(NUMBERS), pool_id="empty").location
    assert [row["number"] for row in _rows(_download(viewer, f"{report}?page_size=10"))] == NUMBERS


@pytest.mark.parametrize(
    "typed",
    [
        "=HYPERLINK(1)",
        "@SUM(1)",
        "-2+3",
        "+cmd|calc",
        '=1+1","=2+2',
        "+12 (34)",
        "＝1+1",
        "＋1+1",
    ],
)
def test_no_text_becomes_a_formula(
    viewer: FlaskClient, paste: Paste, support: Pool, typed: str
) -> None:
    answer = _download(viewer, paste(typed).location)
    texts = [cell for row in _rows(answer) for cell in row.values()]
    assert not [cell for cell in texts if cell[:1] in "=+-@＝＋－＠\t\r" and cell]


def test_a_number_as_typed_stays_readable(viewer: FlaskClient, paste: Paste, support: Pool) -> None:
    answer = _download(viewer, paste("+44 7400 123499\n00447400123498").location)
    assert [row["text"] for row in _rows(answer)] == ["+44 7400 123499", "00447400123498"]


def test_operations_of_another_account_are_not_found(
    viewer: FlaskClient, account_id: str, other_operation: str
) -> None:
    answer = viewer.get(f"/accounts/{account_id}/operations/{other_operation}.csv")
    assert answer.status_code == 404
    assert "secret" not in answer.text


def test_the_page_offers_it(viewer: FlaskClient, paste: Paste, support: Pool) -> None:
    report = paste("+44 7400 123499").location or ""
    link = find(read(viewer.get(report)), f".//a[@href='{report}.csv']")
    assert "CSV" in "".join(link.itertext())
