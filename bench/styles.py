"""How many lines of every style are read right, refused and read wrong.

    python -m bench.styles [wrong | refused | the beginning of a style]

prints the styles that are not all right. With a word, it prints such lines too. It takes about half
a minute. At most one line in 20,000 may be wrong and eight in 1,000 refused.
"""

from __future__ import annotations

import sys
from collections import Counter

from numberpools.domain.phone import parse
from tests.domain.phone.styles import REGIONS, STYLES, Style, cases, verdict

MOST_WRONG, FEWEST_RIGHT = 0.00005, 0.992


def main(wanted: str = "-") -> None:
    counts: dict[Style, Counter[str]] = {style: Counter() for style in STYLES}
    for case in cases():
        entries = parse(case.text, case.country)
        said = verdict(case, entries)
        counts[case.style][said] += 1
        if said != "right" and (said == wanted or case.style.name.startswith(wanted)):
            read = [each.problem or each.number for each in entries]
            print(f"{said}: {case.text!r} ({case.country}) is {case.numbers}, read as {read}")
    for style, count in sorted(counts.items(), key=lambda item: item[1]["right"]):
        if set(count) != {"right"}:
            print(f"{style.name:72}{count['right']:6}{count['refused']:6}{count['wrong']:6}")
    total = sum(counts.values(), Counter[str]())
    lines = sum(total.values())
    print(f"{lines:,} lines in {len(STYLES)} styles from {len(REGIONS)} regions:", end=" ")
    print(", ".join(f"{said} {count:,} ({count / lines:.4%})" for said, count in total.items()))
    raise SystemExit(total["wrong"] / lines > MOST_WRONG or total["right"] / lines < FEWEST_RIGHT)


if __name__ == "__main__":
    main(*sys.argv[1:2])
