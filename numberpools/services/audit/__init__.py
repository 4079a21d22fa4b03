"""The audit trail: who changed what and when, from what to what, and what was refused.

Whatever changes something records it (`recording`), in the same transaction where it is a change
of our own database. The tables can only be added to; triggers see to that. docs/audit.md tells it
to the person who reads the trail.
"""

from numberpools.services.audit.following import since
from numberpools.services.audit.model import (
    Action,
    Draft,
    Entry,
    Result,
    Values,
    Wanted,
)
from numberpools.services.audit.reading import (
    LISTED_AT_MOST,
    all_entries,
    deleted_at,
    get_entry,
    has_history,
    list_entries,
)
from numberpools.services.audit.recording import (
    Attempt,
    attempt,
    begin_attempt,
    clean,
    current_attempt,
    end_attempt,
    record,
    record_deletion,
    record_refusal,
    record_with_numbers,
    recording,
)

__all__ = [
    "LISTED_AT_MOST",
    "Action",
    "Attempt",
    "Draft",
    "Entry",
    "Result",
    "Values",
    "Wanted",
    "all_entries",
    "attempt",
    "begin_attempt",
    "clean",
    "current_attempt",
    "deleted_at",
    "end_attempt",
    "get_entry",
    "has_history",
    "list_entries",
    "record",
    "record_deletion",
    "record_refusal",
    "record_with_numbers",
    "recording",
    "since",
]
