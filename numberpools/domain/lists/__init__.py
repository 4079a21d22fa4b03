"""Files and pasted tables become rows: sheets, columns, and the lines that hold phone numbers.

Start with `reading`: `read` finds out what a list is and gives its sheets, of which `Sheet.lines`
yields the lines. `kinds` tells what a file is by its content, and what holds no list; `formats`
names the module that turns each kind into `rows.Table`. Of a text, `decoding` finds the encoding,
`layouts` how it is a table, and `prose` whether it is a list at all. `columns` finds the columns of
numbers, by what `headings` knows of their names and by their cells; `beside` joins the countries
and codes of other columns, `spans` the ends of ranges, and `strays` counts numbers in columns of
something else. What a line says is for `numberpools.domain.phone` to read.
"""

from numberpools.domain.lists.columns import Column
from numberpools.domain.lists.reading import (
    MAXIMUM_BYTES,
    Columns,
    ListFile,
    Sheet,
    read,
)
from numberpools.domain.lists.rows import MAXIMUM_COLUMNS, MAXIMUM_LINES

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
