"""How many calls it takes to look numbers up in a vendor's pool, to reading the pool once.

The numbers that are looked for are the hardest ones: each would stand exactly between two pages, so
neither page can tell that it is not there.
"""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

from bench import vendor
from bench.data import ACCOUNT_ID, create_vendors_database
from bench.report import Row
from numberpools.domain.pools import MAXIMUM_PAGE_SIZE
from numberpools.services import bulk
from numberpools.services.bulk.claims import Limits, claim
from numberpools.services.bulk.work import Worker
from numberpools.stores import Stores
from numberpools.stores.vonage_transport import call_ended

_NUMBERS = 20_000


def row(folder: Path) -> Row:
    url = create_vendors_database(folder / "looking.db")
    with vendor.vendor(0.0, _NUMBERS) as there:
        stores = vendor.stores_at(there, url)
        calls = _calls_of_a_look(stores)
        stores.close()
    pages = _NUMBERS / MAXIMUM_PAGE_SIZE
    what = f"Calls of a look at {_NUMBERS:,} numbers, to reading them once"
    return Row(what, calls / pages, "x", at_most=2)


def _calls_of_a_look(stores: Stores) -> int:
    """Those of the step that comes before the first change."""
    results: list[str] = []

    def note(result: str, **_: object) -> None:
        results.append(result)

    bulk.start(
        stores,
        form_id=str(uuid4()),
        account_id=ACCOUNT_ID,
        pool_id="one",
        action=bulk.Action.ADD,
        entries=bulk.entries_of(_between_pages()),
        started_by="Benchmark",
    )
    worker = Worker(stores, Limits())
    found = claim(stores.database, Limits(), worker.name)
    assert found is not None
    with call_ended.connected_to(note):
        worker.run(found)
    worker.close()
    return len(results)


def _between_pages() -> list[str]:
    """Ascending as text, each of these comes after the last number of a page."""
    ends = range(MAXIMUM_PAGE_SIZE - 1, _NUMBERS - 1, MAXIMUM_PAGE_SIZE)
    return [f"447{number:09}5" for number in ends]
