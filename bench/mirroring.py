"""Copying a vendor's pool of 100,000 numbers, compared with the time that the vendor itself takes.

The vendor takes half a second for each page of 1,000 numbers, and as long for a page across each of
their boundaries. The ideal is that time, divided by the calls that are made at once.
"""

from __future__ import annotations

from pathlib import Path

from bench import vendor
from bench.data import ACCOUNT_ID, create_vendors_database
from bench.measuring import seconds
from bench.report import Row
from numberpools.services import mirror
from numberpools.services.whole_lists import CALLS_AT_ONCE, PAGE_SIZES

_NUMBERS = 100_000
_SECONDS_PER_CALL = 0.5


def row(folder: Path) -> Row:
    url = create_vendors_database(folder / "mirror.db")
    with vendor.vendor(_SECONDS_PER_CALL, _NUMBERS) as there:
        stores = vendor.stores_at(there, url)
        taken = seconds(lambda: mirror.copy_account(stores, ACCOUNT_ID))
        stores.close()
    calls = 2 * _NUMBERS / PAGE_SIZES[0] - 1
    ideal = calls * _SECONDS_PER_CALL / CALLS_AT_ONCE
    what = f"Copy 100,000 numbers of a vendor, to the ideal for {CALLS_AT_ONCE} at once"
    return Row(what, taken / ideal, "x", at_most=1.2)
