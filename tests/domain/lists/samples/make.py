"""Make the sample workbooks: python -m tests.domain.lists.samples.make

The tests read what LibreOffice (7.4) has saved, but do not need it.
"""

from __future__ import annotations

import datetime
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from openpyxl import Workbook
from openpyxl.styles import numbers

SEEN = datetime.datetime(2024, 5, 1, 10, 20, 30)  # noqa: DTZ001
FOLDER = Path(__file__).parent


def main() -> None:
    with TemporaryDirectory() as folder:
        source = Path(folder) / "source" / "libreoffice.xlsx"
        source.parent.mkdir()
        _workbook().save(source)
        for ending in ("xlsx", "xls", "ods"):
            subprocess.run(
                [
                    *("soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless"),
                    *("--convert-to", ending, "--outdir", str(FOLDER), str(source)),
                ],
                check=True,
            )


def _workbook() -> Workbook:
    book = Workbook()
    instructions = book.worksheets[0]
    instructions.title = "Instructions"
    instructions["A1"] = "Questions: call the help desk"
    sheet = book.create_sheet("Numbers")
    rows: list[list[object]] = [
        ["Name", "Mobile", "Since", "Seen", "At", "Active", "Code", "Next"],
        ["Jane", 447911123456, datetime.date(2024, 5, 1), SEEN],
        ["Joe", "+44 7911 123457\n+44 7911 123458", None, None, datetime.time(7, 30), True, 12.5],
        ["Zoë", "'00447911123459", None, None, None, False, "0007", "=1/0"],
        ["Max", 44791112345612345, None, None, None, None, None, '=""'],
    ]
    for line, row in enumerate(rows, start=3):
        for column, value in enumerate(row, start=3):
            sheet.cell(line, column, value)
    sheet["J4"] = "=D4+1"
    sheet["J4"].number_format = numbers.FORMAT_NUMBER
    old = book.create_sheet("Old")
    old["B5"] = 447911123450
    old.sheet_state = "hidden"
    return book


if __name__ == "__main__":
    main()
