"""CSV that people open in a spreadsheet."""

from __future__ import annotations

_FORMULA_SIGNS = tuple("=+-@\t\r\uff1d\uff0b\uff0d\uff20")  # the last four are full-width


def harmless(text: str) -> str:
    """Text that no spreadsheet takes for a formula; a plus before digits alone is none."""
    plain_number = text.startswith("+") and text[1:].replace(" ", "").isdigit()
    return f"'{text}" if text.startswith(_FORMULA_SIGNS) and not plain_number else text
