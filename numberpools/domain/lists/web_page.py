"""The tables of a web page: .html, and what many web systems export as .xls and call Excel.

`html.parser` may take time that grows with the square of what a hostile page has in it; here the
few rules that tables need are read piece by piece, in time linear in the page's length.
"""

from __future__ import annotations

import re
from html import unescape

from numberpools.domain.lists.decoding import open_text
from numberpools.domain.lists.rows import MAXIMUM_COLUMNS, TOO_MANY_COLUMNS, KeptRows, Table
from numberpools.errors import UnreadableFile

_BESIDE = "The text outside the tables of this page is not read, though digits stand in it."
_MANY_TABLES = "This page has more than 100 tables: copy the one with the numbers and paste it."
_MERGED = "This page has too many merged cells: copy the table and paste it."
_LONG_TEXT = "A cell or tag of this page has over 100,000 characters: copy the table and paste it."

_TOKEN = re.compile(
    r"""<(/?)([a-z][\w:-]{0,40})((?:[^<>"']|"[^<"]*"|'[^<']*')*+(?=>)|[^<>]*)>"""
    r"|<!--|<[!?][^<>]*>",
    re.IGNORECASE,
)
_SPAN = re.compile(r"""\s(col|row)span\s*=\s*["']?\s*(\d{1,5})""", re.IGNORECASE)
_NUMBER = re.compile(r"""\sx:num\s*=\s*["']?(\d{1,15})(?![\d.])""", re.IGNORECASE)
_DIGITS = re.compile(r"\d(?:[\W_]{0,4}\d){4}")

_UNREAD = {"script", "style", "title", "template"}
_ENDS = {name: re.compile(rf"</{name}\s*>", re.IGNORECASE) for name in _UNREAD}
_END_OF_COMMENT = re.compile("-->")
_LONGEST_END = 40  # characters
_BREAKS = {"br", "p", "div", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "hr", "dd"}

_PIECE = 1 << 16
_LONGEST_TEXT = 100_000
_MOST_TABLES = 100
_WIDEST_SPAN = 1_000  # columns, as HTML has it
_MOST_SPANNED = 1_000_000  # places that cells take in the rows below them


def web_page_tables(content: bytes) -> list[Table]:
    """Return the tables that have text, or the lines of a page without any.

    The line of a row is its place in its table, as a spreadsheet shows it. Raises `UnreadableFile`
    for a page with too many tables, and for a cell without an end.
    """
    page = _Page()
    rest = ""
    stream = open_text(content)
    while piece := stream.read(_PIECE):
        rest = page.feed(rest + piece)
        if len(rest) > _LONGEST_TEXT:
            raise UnreadableFile(_LONG_TEXT)
    page.finish(rest)
    tables = [table for table in page.tables if table.rows]
    if not tables:
        return [Table(page.lines, has_columns=False)]
    remarks = (_BESIDE,) if page.has_digits_beside else ()
    names = [f"Table {place}" for place in range(1, len(tables) + 1)] if tables[1:] else [""]
    return [
        Table(table.rows, name, remarks=remarks) for table, name in zip(tables, names, strict=True)
    ]


class _Text:
    """Characters as they come, and at the end the lines that a browser shows."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0

    def hear(self, text: str) -> None:
        if text.isspace():
            self._add(" ")
        elif text:
            self._add(" ".join(text.splitlines()))

    def end_line(self) -> None:
        self._add("\n")

    def _add(self, text: str) -> None:
        if text.isspace() and (not self._parts or self._parts[-1].isspace()):
            return
        self._parts.append(text)
        self._length += len(text)
        if self._length > _LONGEST_TEXT:
            raise UnreadableFile(_LONG_TEXT)

    def shown(self) -> str:
        lines = (" ".join(line.split()) for line in unescape("".join(self._parts)).split("\n"))
        return "\n".join(line for line in lines if line)


class _OpenTable:
    """A table while it is read; cells that reach over several columns or rows keep their places."""

    def __init__(self) -> None:
        self.rows = KeptRows()
        self.cell: _Text | None = None
        self._line = 0
        self._row: list[str] | None = None
        self._column = 0  # the place of the next cell
        self._value = ""
        self._spans = (1, 1)
        self._taken: dict[int, int] = {}  # by column, the last row that a cell above reaches
        self._spanned = 0

    def begin_row(self) -> None:
        self.end_row()
        self._line += 1
        self._row, self._column = [], 0

    def begin_cell(self, attributes: str) -> None:
        self.end_cell()
        if self._row is None:
            self.begin_row()
        spans = {name.lower(): int(count) for name, count in _SPAN.findall(attributes)}
        value = _NUMBER.search(attributes)  # what Excel has where it shows 4.48E+11
        self._value = value[1] if value else ""
        self._spans = max(1, min(spans.get("col", 1), _WIDEST_SPAN)), max(1, spans.get("row", 1))
        self.cell = _Text()

    def end_cell(self) -> None:
        if self.cell is None or self._row is None:
            return
        text = self._value or self.cell.shown()
        self.cell = None
        while self._taken.get(self._column, 0) >= self._line:
            self._column += 1
        if text:
            self._row += [""] * (self._column - len(self._row))
            self._row.append(text)
        columns, rows = self._spans
        if rows > 1:
            self._spanned += columns
            if self._spanned > _MOST_SPANNED:
                raise UnreadableFile(_MERGED)
            places = range(self._column, self._column + columns)
            self._taken |= dict.fromkeys(places, self._line + rows - 1)
        self._column += columns
        if self._column > MAXIMUM_COLUMNS + _WIDEST_SPAN:
            raise UnreadableFile(TOO_MANY_COLUMNS)

    def end_row(self) -> None:
        self.end_cell()
        if self._row is not None:
            self.rows.add(self._line, self._row)
        self._row = None


class _Page:
    def __init__(self) -> None:
        self.tables: list[_OpenTable] = []
        self.lines = KeptRows()
        self.has_digits_beside = False
        self._open: list[_OpenTable] = []
        self._beside = _Text()
        self._line = 0
        self._unread_until: re.Pattern[str] | None = None

    def feed(self, text: str) -> str:
        """Read as far as tags are whole; return the rest."""
        place = 0
        while True:
            if self._unread_until:
                end = self._unread_until.search(text, place)
                if not end:
                    return text[max(place, len(text) - _LONGEST_END) :]
                place = end.end()
                self._unread_until = None
            token = _TOKEN.search(text, place)
            if not token:
                break
            self._hear(text[place : token.start()])
            place = token.end()
            self._see(token)
        unclosed = text.rfind("<", place)
        end_of_text = unclosed if unclosed >= 0 else len(text)
        self._hear(text[place:end_of_text])
        return text[end_of_text:]

    def finish(self, rest: str) -> None:
        if not self._unread_until:
            self._hear(rest)
        while self._open:
            self._open.pop().end_row()
        self._end_line()

    def _hear(self, text: str) -> None:
        if self._open and self._open[-1].cell:
            self._open[-1].cell.hear(text)
        else:
            self._beside.hear(text)

    def _see(self, token: re.Match[str]) -> None:
        if token[0] == "<!--":
            self._unread_until = _END_OF_COMMENT
            return
        name, is_end = (token[2] or "").lower(), bool(token[1])
        if name in _UNREAD and not is_end:
            self._unread_until = _ENDS[name]
        elif name == "table":
            self._see_table(is_end)
        elif name in {"tr", "td", "th"} and self._open:
            _see_part(self._open[-1], name, is_end, token[3])
        elif name in _BREAKS:
            self._break()

    def _see_table(self, is_end: bool) -> None:
        self._end_line()
        if is_end:
            if self._open:
                self._open.pop().end_row()
            return
        if len(self.tables) == _MOST_TABLES:
            raise UnreadableFile(_MANY_TABLES)
        self.tables.append(_OpenTable())
        self._open.append(self.tables[-1])

    def _break(self) -> None:
        if self._open and self._open[-1].cell:
            self._open[-1].cell.end_line()
        else:
            self._end_line()

    def _end_line(self) -> None:
        text = self._beside.shown()
        self._beside = _Text()
        if text:
            self._line += 1
            self.lines.add(self._line, [text])
            self.has_digits_beside |= bool(_DIGITS.search(text))


def _see_part(table: _OpenTable, name: str, is_end: bool, attributes: str) -> None:
    if name == "tr":
        table.end_row() if is_end else table.begin_row()
    elif is_end:
        table.end_cell()
    else:
        table.begin_cell(attributes)
