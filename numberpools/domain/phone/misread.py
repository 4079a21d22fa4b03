"""UTF-8 that another program has read as an older encoding: `+44Â 7400Â 123123`.

The no-break space of UTF-8 is two bytes, which are Â and a no-break space in Windows-1252. Only
what parts digits is repaired, spaces, dashes and marks that nobody sees, so that no digit and no
letter ever comes from a repair.
"""

from __future__ import annotations

import re
import unicodedata

_ENCODINGS = ("latin-1", "cp1252", "mac_roman", "cp437", "cp850", "cp1251")
_TWINS = {"Zs": " ", "Pd": "-", "Cf": " "}


def _table() -> dict[str, str]:
    """Return what stands for each misread character: its ASCII twin, filled up with spaces."""
    table: dict[str, str] = {}
    for point in range(0x80, 0x10000):
        if not (twin := _TWINS.get(unicodedata.category(chr(point)))):
            continue
        for encoding in _ENCODINGS:
            wrong = chr(point).encode().decode(encoding, "replace")
            if "\ufffd" not in wrong:
                table[wrong] = twin.ljust(len(wrong))
    return table


_MISREAD = _table()
_SIGNS = re.compile("|".join(map(re.escape, sorted(_MISREAD, key=len, reverse=True))))
# A space that is no longer a no-break space, or none at all where the number ends.
_LOST_SPACE = re.compile(r"(?<=[\d+)])\u00c2(?=\s|$)")


def repair(line: str) -> str:
    """Return the line with spaces and dashes where they were misread, as long as before."""
    if line.isascii():
        return line
    return _LOST_SPACE.sub(" ", _SIGNS.sub(lambda match: _MISREAD[match[0]], line))
