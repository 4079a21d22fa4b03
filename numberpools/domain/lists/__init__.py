"""Files and pasted tables become rows: sheets, columns, and the lines that hold phone numbers.

Start with `reading`: `read` finds out what a file is and gives its sheets, of which `Sheet.lines`
yields the lines. `kinds` tells what a file is by its content; `text` and `workbooks` turn each
kind into `rows.Table`; `columns` finds the columns of numbers. What a line says is for
`numberpools.domain.phone` to read.
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
