"""How many lines of every style are read right, refused and read wrong.

    python -m bench.styles [wrong | refused | the beginning of a style]

prints the styles that are not all right. With a word, it prints such lines too. It takes about half
a minute.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator

from bench.report import Row
from numberpools.domain.phone import parse
from tests.domain.phone.styles import REGIONS, STYLES, Style, cases, verdict

_MOST_WRONG, _FEWEST_RIGHT = 0.005, 99.2  # percent


def rows() -> Iterator[Row]:
    total = sum(_counted().values(), Counter[str]())
    wrong, right = (100 * total[said] / total.total() for said in ("wrong", "right"))
    what = f"Numbers in {len(STYLES)} styles from {len(REGIONS)} regions"
    yield Row(f"{what}: read wrong", wrong, "%", at_most=_MOST_WRONG)
    yield Row(f"{what}: read right", right, "%", at_least=_FEWEST_RIGHT)


def _counted(wanted: str = "-") -> dict[Style, Counter[str]]:
    """How many are right, refused and wrong; prints those that are wanted."""
    counts: dict[Style, Counter[str]] = {style: Counter() for style in STYLES}
    for case in cases():
        entries = parse(case.text, case.country)
        said = verdict(case, entries)
        counts[case.style][said] += 1
        if said != "right" and (said == wanted or case.style.name.startswith(wanted)):
            read = [each.problem or each.number for each in entries]
            print(f"{said}: {case.text!r} ({case.country}) is {case.numbers}, read as {read}")
    return counts


def main(wanted: str = "-") -> None:
    for style, count in sorted(_counted(wanted).items(), key=lambda item: item[1]["right"]):
        if set(count) != {"right"}:
            print(f"{style.name:72}{count['right']:6}{count['refused']:6}{count['wrong']:6}")


if __name__ == "__main__":
    main(*sys.argv[1:2])
