"""Which columns hold numbers, in tables as programs export them, pasted and as files."""

from __future__ import annotations

import csv
from collections.abc import Callable
from io import StringIO

import pytest

from numberpools.domain.lists.beside import Beside
from numberpools.domain.phone import parse, parse_lines
from tests.domain.lists.exports import Export
from tests.domain.lists.pasted import LISTS, TEXTS
from tests.domain.lists.shapes import EXPORTS
from tests.domain.lists.workbooks import sheet, xlsx


def written(export: Export, delimiter: str) -> bytes:
    file = StringIO()
    csv.writer(file, delimiter=delimiter).writerows(export.rows)
    return file.getvalue().encode()


FORMS: dict[str, tuple[str, Callable[[Export], bytes]]] = {
    "pasted": ("", lambda export: written(export, "\t")),
    "pasted with semicolons": ("", lambda export: written(export, ";")),
    "csv": ("list.csv", lambda export: written(export, ",")),
    "Unicode text": ("list.txt", lambda export: written(export, "\t").decode().encode("utf-16")),
    "xlsx": ("list.xlsx", lambda export: xlsx(export.rows)),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", EXPORTS)
def test_the_columns_of_numbers_are_found(name: str, form: str) -> None:
    export = EXPORTS[name]
    file_name, content = FORMS[form]
    found = sheet(file_name, content(export), export.country)
    offered = [column.index for column in found.columns if column.has_numbers]
    assert found.guessed == export.places(export.reads)
    assert offered == sorted(export.places([*export.reads, *export.asks]))
    if export.has_headings:
        assert [column.name for column in found.columns] == [*export.columns]


@pytest.mark.parametrize("name", TEXTS)
def test_texts_that_are_tables_are_read_as_such(name: str) -> None:
    text, columns = TEXTS[name]
    for file_name in ("", "list.txt"):
        found = sheet(file_name, text.encode(), "US")
        assert found.guessed == columns
        numbers = [entry.number for entry in parse_lines(found.lines(), "US")]
        assert {"447400123456", "447400123457"} >= {*numbers[:2]}


@pytest.mark.parametrize("country", [None, "GB", "DE", "US"])
@pytest.mark.parametrize("name", LISTS)
def test_lists_that_are_no_tables_are_read_line_by_line(name: str, country: str | None) -> None:
    found = sheet("", LISTS[name].encode(), country)
    assert found.columns == []
    assert list(parse_lines(found.lines(), country)) == parse(LISTS[name], country)


@pytest.mark.parametrize("between", ["\t", ";", ",", ", ", "    "])
def test_area_codes_are_never_cut_off(between: str) -> None:
    """By itself 12345678 could be another number of Germany."""
    text = "".join(f"030{between}1234567{place}\n" for place in range(5))
    numbers = [entry.number for entry in parse_lines(sheet("", text.encode(), "DE").lines(), "DE")]
    assert numbers == [f"49301234567{place}" for place in range(5)]


@pytest.mark.parametrize("name", EXPORTS)
def test_columns_beside_are_used_and_named(name: str) -> None:
    export = EXPORTS[name]
    found = sheet("", written(export, "\t"), export.country)
    first, *_ = *found.beside(found.guessed), Beside()
    beside = (first.country, first.code, first.area)
    assert beside == tuple(export.places([each])[0] if each else None for each in export.beside)
    entries = list(parse_lines(found.lines(), export.country))
    if any(beside):
        assert [entry.problem for entry in entries] == [None] * len(entries)
