"""Bulk operations: lists of numbers that are added, removed, moved, or made the pool's own.

A list becomes an operation with one item for each of its entries, stored before anything is done.
Workers claim its batches (`claims`), carry them out (`work`, `changing`) and store what became of
every number. docs/operations.md tells it to the person who runs the service.
"""

from numberpools.services.bulk.brought import ListChoices, Reading, ReadSheet
from numberpools.services.bulk.holding import hold_all
from numberpools.services.bulk.lists import (
    ENTRIES_AT_ONCE,
    begin,
    compare,
    discard,
    entries_of,
    read_again,
    start,
    submit_list,
)
from numberpools.services.bulk.mending import mend
from numberpools.services.bulk.model import Action, Change, Item, Operation, Progress, State
from numberpools.services.bulk.previewing import Paste, Preview, preview, read_paste
from numberpools.services.bulk.report import (
    KINDS,
    Look,
    all_items,
    failed_text,
    get_operation,
    list_file,
    list_items,
    list_operations,
    look,
    other_pool_ids,
    progress,
    under_way,
    undone_by,
    waiting_lists,
)
from numberpools.services.bulk.steering import (
    awaits_check,
    can_undo,
    cancel,
    check,
    follow_renaming,
    pause,
    resume,
    retry,
    undo,
    undo_count,
)
from numberpools.services.bulk.totals import fold_ended

__all__ = [
    "ENTRIES_AT_ONCE",
    "KINDS",
    "Action",
    "Change",
    "Item",
    "ListChoices",
    "Look",
    "Operation",
    "Paste",
    "Preview",
    "Progress",
    "ReadSheet",
    "Reading",
    "State",
    "all_items",
    "awaits_check",
    "begin",
    "can_undo",
    "cancel",
    "check",
    "compare",
    "discard",
    "entries_of",
    "failed_text",
    "fold_ended",
    "follow_renaming",
    "get_operation",
    "hold_all",
    "list_file",
    "list_items",
    "list_operations",
    "look",
    "mend",
    "other_pool_ids",
    "pause",
    "preview",
    "progress",
    "read_again",
    "read_paste",
    "resume",
    "retry",
    "start",
    "submit_list",
    "under_way",
    "undo",
    "undo_count",
    "undone_by",
    "waiting_lists",
]
