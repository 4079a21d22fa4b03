"""What a short list would do, at once and without storing anything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from numberpools.domain.numbers import country_of
from numberpools.domain.outcomes import Outcome
from numberpools.domain.phone import Doubt, Entry
from numberpools.services.bulk.brought import NOT_TOLD, Brought, ListChoices, Reading
from numberpools.services.bulk.lists import ENTRIES_AT_ONCE
from numberpools.services.bulk.model import Item
from numberpools.services.bulk.rows import rows_of
from numberpools.stores import Stores


@dataclass(frozen=True, slots=True)
class Paste:
    """A pasted list that was read at once; `found` is None where nothing was pasted."""

    entries: Sequence[Entry] = ()
    found: Brought | None = None

    @property
    def reading(self) -> Reading:
        return self.found.reading if self.found else NOT_TOLD


@dataclass(frozen=True, slots=True)
class Preview:
    """What the entries of a list are to the pool, in their order. Nothing has been done."""

    items: Sequence[Item]
    paste: Paste
    as_of: datetime | None
    """When the copy of the pool was made that the list was compared with; None: just now."""

    @property
    def is_long(self) -> bool:
        """Whether the list is read in the background, and looked at before it starts."""
        return len(self.items) > ENTRIES_AT_ONCE

    @property
    def new(self) -> list[Item]:
        return [item for item in self._with(None) if not item.was_here]

    @property
    def in_pool(self) -> list[Item]:
        return [item for item in self._with(None) if item.was_here]

    @property
    def new_by_country(self) -> list[tuple[str, int]]:
        """How many of the new numbers each ISO country has, most first; '' for none."""
        countries = (country_of(item.number) or "" for item in self.new if item.number)
        return Counter(countries).most_common()

    @property
    def in_other_pools(self) -> list[Item]:
        return [item for item in self.new if item.other_pool]

    @property
    def duplicate(self) -> list[Item]:
        return self._with(Outcome.DUPLICATE)

    @property
    def invalid(self) -> list[Item]:
        return self._with(Outcome.INVALID)

    @property
    def doubts(self) -> Counter[Doubt]:
        """Invalid entries that a choice for the whole list settles, by what it is about."""
        return Counter(item.doubt for item in self.invalid if item.doubt)

    def _with(self, outcome: Outcome | None) -> list[Item]:
        return [item for item in self.items if item.outcome is outcome]


def read_paste(text: str, country: str, choices: ListChoices) -> Paste:
    """Raises UnreadableFile, and InvalidInput for a column that is not there."""
    if not text.strip():
        return Paste()
    found = Brought("", text.encode("utf-8", "replace"), country, choices)
    return Paste([*found.entries()], found)


def preview(stores: Stores, account_id: str, pool_id: str, paste: Paste) -> Preview:
    """What the list is to the pool.

    A number that is no valid one counts as in the pool where it is, so that it can be removed.
    Raises PoolNotFound.
    """
    store = stores.of(account_id)
    numbers = list({entry.number for entry in paste.entries if entry.number})
    presence, other_pools = store.presence(pool_id, numbers), store.other_pools(pool_id, numbers)
    items = [
        Item(
            row.line,
            row.text,
            row.number,
            row.outcome,
            row.reason,
            was_here=row.number in presence.numbers,
            other_pool=other_pools.get(row.number or ""),
            doubt=row.doubt,
            note=row.note,
        )
        for row in rows_of(paste.entries, presence.numbers, paste.reading.sheet_names)
    ]
    return Preview(items, paste, presence.as_of)
