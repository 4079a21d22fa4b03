"""Files and pasted tables become rows: sheets, columns, and the lines that hold phone numbers.

Start with `reading`: `read` finds out what a list is and gives its sheets, of which `Sheet.lines`
yields the lines. `kinds` tells what a file is by its content; `text`, `xlsx` and `ods` turn each
kind into `rows.Table`, a text with the help of `layouts`, which finds how it is a table. `columns`
finds the columns of numbers, by what `headings` knows of their names and by their cells; `beside`
joins the countries and codes of other columns. What a line says is for `numberpools.domain.phone`
to read.
"""

from numberpools.domain.lists.columns import Column
from numberpools.domain.lists.reading import (
    MAXIMUM_BYTES,
    MAXIMUM_COLUMNS,
    MAXIMUM_LINES,
    Columns,
    ListFile,
    Sheet,
    read,
)

__all__ = [
    "MAXIMUM_BYTES",
    "MAXIMUM_COLUMNS",
    "MAXIMUM_LINES",
    "Column",
    "Columns",
    "ListFile",
    "Sheet",
    "read",
]
