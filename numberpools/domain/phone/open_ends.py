"""Numbers that others follow, without a word of how many or which: "+34910050000 ff"."""

from __future__ import annotations

import re

from numberpools.domain.phone.text import Candidate

_OPEN_END = re.compile(
    r" {1,3}(?:(?:ff|et seq|onwards?|upwards?|and (?:up|on|following)|und (?:folgende|weiter)"
    r"|y siguientes|et suivants|e seguenti)(?!\w)|(?:and |plus )?(?:the )?next \d{1,5}(?!\d)"
    r"|[(\[]\+ ?\d{1,5}[)\]]|\+ ?\d{1,4}(?![ \-.(]{0,3}\d))",
    re.IGNORECASE,
)
_WHOLE_BLOCK = re.compile(r"[ \-/]0{1,3}-9{1,4}\Z")
"""As in "030 123456 0-99", which is no number."""


def open_end(line: str, candidate: Candidate) -> int | None:
    """Return where it ends what says that other numbers follow; None where nothing says so."""
    if not candidate.text or candidate.fault:
        return None
    if candidate.text.endswith("9") and _WHOLE_BLOCK.search(candidate.text):
        return candidate.end
    said = _OPEN_END.match(line, candidate.end) if candidate.end < len(line) else None
    return said.end() if said else None
