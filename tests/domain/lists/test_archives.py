"""Zip files: the only list in one is read, by its own name."""

from __future__ import annotations

import random
import zipfile

import pytest

from numberpools.domain.lists import MAXIMUM_BYTES, read
from numberpools.errors import UnreadableFile
from tests.domain.lists.workbooks import lines_of, sheet, xlsx, zipped
from tests.domain.memory import memory_below

CSV = "Name,Phone\nJane,+447911123456\n"


def test_it_works() -> None:
    found = sheet("list.zip", zipped({"export/": "", "export/Zoë.csv": CSV}))
    assert lines_of(found) == [(2, "+447911123456")]
    assert found.remarks == ("Read from Zoë.csv in the zip file.",)


def test_what_systems_put_beside_the_list_does_not_count() -> None:
    parts = {"a.csv": CSV, "__MACOSX/._a.csv": "x", ".DS_Store": "x", "a/Thumbs.db": "x"}
    assert lines_of(sheet("list.zip", zipped(parts))) == [(2, "+447911123456")]


def test_a_workbook_in_a_zip_file_is_read() -> None:
    found = sheet("list.zip", zipped({"list.xlsx": xlsx([["+447911123456"]])}))
    assert lines_of(found) == [(1, "+447911123456")]


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({}, "There is no file in this zip file"),
        ({"a/": ""}, "There is no file in this zip file"),
        ({"a.csv": CSV, "b/c\n.csv": CSV}, r"several files \(a.csv, c\ufffd.csv\): bring the one"),
        ({f"{n}.csv": CSV for n in range(9)}, r"\(0.csv, 1.csv, 2.csv, 3.csv, 4.csv, 4 more\)"),
        ({"a.zip": zipped({"a.csv": CSV})}, "a zip file in this zip file"),
        ({"a.png": b"\x89PNG\r\n"}, "photo or screenshot"),
        ({"a.csv": ""}, "This file is empty"),
    ],
)
def test_other_zip_files_get_a_sentence(parts: dict[str, str | bytes], words: str) -> None:
    with pytest.raises(UnreadableFile, match=words):
        read("list.zip", zipped(parts))


def test_broken_zip_files_get_a_sentence() -> None:
    content = zipped({"a.csv": CSV * 100})
    for broken in (content[:-30], content[:50] + b"xxxx" + content[54:], content[:100]):
        with pytest.raises(UnreadableFile, match="damaged"):
            read("list.zip", broken)


def test_too_large_a_list_is_refused_in_little_memory() -> None:
    noise = "".join(random.Random(1).choices("0123456789\n", k=100_000))  # noqa: S311
    large = (noise * (MAXIMUM_BYTES // len(noise) + 1)).encode()
    content = zipped({"a.csv": large})
    bomb = zipped({"a.csv": bytes(MAXIMUM_BYTES)}, zipfile.ZIP_LZMA)
    del large
    with memory_below(60_000_000), pytest.raises(UnreadableFile, match="larger than 20 MB"):
        read("list.zip", content)
    with memory_below(1_000_000), pytest.raises(UnreadableFile, match="zip file is too large"):
        read("list.zip", bomb)
