"""Text becomes phone numbers, each with its line, its country or the reason why it is none.

Start with `model`: lines and choices go in, entries come out. `parsing` has the rules by which
numbers are read. Below it, each built on the one before: text as characters (`text`), shapes that
are no plain digits (`oddities`), the pieces of a line (`pieces`), what digits may mean
(`readings`), where libphonenumber judges every number, and what one text is (`judging`). Beside
them: where several numbers part (`parting`), what is written for several (`shorthand`, `compact`,
`open_ends`, `over_lines`) and what it stands for (`ranges`), numbers that nobody has (`examples`),
what the lines of a list say together (`evidence`), and what the choices for a whole list make of a
doubt (`choosing`).
"""

from numberpools.domain.phone.evidence import MOST_LINES, NO_EVIDENCE, Evidence, gather
from numberpools.domain.phone.model import Choices, Doubt, Entry, Line, Meaning
from numberpools.domain.phone.over_lines import begins_range, ends_range, joined
from numberpools.domain.phone.parsing import parse, parse_lines
from numberpools.domain.phone.ranges import range_of_cells
from numberpools.domain.phone.text import normalise_digits

__all__ = [
    "MOST_LINES",
    "NO_EVIDENCE",
    "Choices",
    "Doubt",
    "Entry",
    "Evidence",
    "Line",
    "Meaning",
    "begins_range",
    "ends_range",
    "gather",
    "joined",
    "normalise_digits",
    "parse",
    "parse_lines",
    "range_of_cells",
]
