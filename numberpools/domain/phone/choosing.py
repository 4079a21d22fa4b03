"""What a person's choices for a whole list make of the numbers that are in doubt."""

from __future__ import annotations

from numberpools.domain.phone.examples import NOT_IN_USE, is_reserved
from numberpools.domain.phone.model import Choices, Doubt, Meaning, Verdict
from numberpools.domain.phone.readings import Reading

NOTHING_CHOSEN = Choices()

_TAKEN = "Not known to libphonenumber; taken on request."
_WITHOUT_EXTENSION = "The extension was left out."
_READ_AS = {
    Meaning.NATIONAL: "Read as a national number, as chosen for all such lines.",
    Meaning.INTERNATIONAL: "Read with its calling code first, as chosen for all such lines.",
}


def settled(verdict: Verdict, choices: Choices) -> Verdict:
    """Return the verdict on a number as the choices for the whole list have it."""
    if verdict.problem is None:
        return verdict
    if verdict.doubt is Doubt.EXAMPLE and choices.takes_examples:
        return verdict._replace(problem=None, note=_TAKEN)
    if verdict.doubt is Doubt.EXTENSION and choices.drops_extensions:
        note = f"{_WITHOUT_EXTENSION} {verdict.note}".strip()
        return verdict._replace(problem=None, note=note)
    return verdict


def accepted(reading: Reading, meaning: Meaning | None) -> Verdict:
    """Return the verdict on a valid number; `meaning` where a person chose between readings."""
    _, number, country, _ = reading
    note = NOT_IN_USE if is_reserved(number) else ""
    if meaning:
        note = f"{_READ_AS[meaning]} {note}".strip()
    return Verdict(number, country, None, None, note)
