"""Adding and removing numbers at the vendor, so that every number's fate is told truly."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from numberpools.domain.numbers import is_number
from numberpools.domain.outcomes import Outcome, OutcomeGroup
from numberpools.domain.pools import NUMBERS_PER_CALL
from numberpools.errors import NotConfirmed, NumberPoolsError, TooManyNumbers, VendorError
from numberpools.stores.vonage_client import BatchReply, VonageClient
from numberpools.stores.vonage_pages import VendorPages, present

Verdicts = dict[str, tuple[Outcome, str]]
"""The outcome of each number, with its reason."""

_MALFORMED = "A number is 7 to 15 digits, without a plus."
_NOT_TOLD = "The vendor's answer does not tell what became of this number."
_GONE = "Not in the pool now; the vendor's answer to removing it was lost."


@dataclass(frozen=True, slots=True)
class Change:
    """What is done to the numbers of a pool."""

    done: Outcome
    refusals: Mapping[str, Outcome]
    """Outcomes by the kind of error that the vendor names for a number."""


ADDING = Change(
    Outcome.ADDED,
    {
        "missing-number-subscription": Outcome.NOT_OWNED,
        "invalid-number": Outcome.INVALID,
    },
)
REMOVING = Change(
    Outcome.REMOVED,
    {"missing-number": Outcome.NOT_IN_POOL, "invalid-number": Outcome.INVALID},
)


def change_numbers(
    client: VonageClient, pool_id: str, numbers: Sequence[str], change: Change
) -> list[OutcomeGroup]:
    """Send one batch; each number stands in one group of the answer.

    Where the answer was lost in spite of repeats, or leaves a number out, the pool itself is
    read; a number about which that says nothing either is "not confirmed". Raises NotConfirmed
    where the pool can't be read just now, another VendorError only where nothing was done;
    PoolNotFound, TooManyNumbers.
    """
    verdicts = {each: (Outcome.INVALID, _MALFORMED) for each in numbers if not is_number(each)}
    wanted = sorted(set(numbers) - verdicts.keys())
    if len(wanted) > NUMBERS_PER_CALL:
        raise TooManyNumbers("numbers", NUMBERS_PER_CALL)
    if wanted:
        verdicts |= _change(client, pool_id, wanted, change)
    else:
        client.get_pool(pool_id)
    return _grouped(verdicts)


def numbers_in_pool(client: VonageClient, pool_id: str, numbers: Sequence[str]) -> set[str]:
    """Raises PoolNotFound, NotSupported where the pool is too long for that."""
    return present(VendorPages(lambda page: client.list_numbers(pool_id, page)), numbers)


def _change(client: VonageClient, pool_id: str, numbers: Sequence[str], change: Change) -> Verdicts:
    send = client.add_numbers if change is ADDING else client.remove_numbers
    try:
        reply = send(pool_id, numbers)
    except VendorError as exc:
        if not exc.may_have_been_done:
            raise
        return _settled(client, pool_id, numbers, change, str(exc))
    verdicts = {number: _verdict(number, reply, change) for number in numbers}
    told = {number: verdict for number, verdict in verdicts.items() if verdict}
    untold = [number for number in numbers if number not in told]
    return told | _settled(client, pool_id, untold, change, _NOT_TOLD)


def _verdict(number: str, reply: BatchReply, change: Change) -> tuple[Outcome, str] | None:
    """What the answer says of the number; None where that is nothing, or two things."""
    has_succeeded, problem = number in reply.succeeded, reply.failed.get(number)
    if has_succeeded == (problem is not None):
        return None
    if problem is None:
        return change.done, ""
    outcome = change.refusals.get(problem.kind)
    if reply.after_lost_answer and outcome is Outcome.NOT_IN_POOL:
        return Outcome.REMOVED, _GONE
    if reply.after_lost_answer and outcome is None:
        return None  # perhaps refused because the first try was carried out
    return outcome or Outcome.REFUSED, problem.told or "The vendor refused it without a reason."


def _settled(
    client: VonageClient, pool_id: str, numbers: Sequence[str], change: Change, why: str
) -> Verdicts:
    """What the pool itself says of numbers of which the vendor's answer said nothing.

    Raises NotConfirmed, caused by what kept the pool from being read.
    """
    if not numbers:
        return {}
    try:
        pages = VendorPages(lambda page: client.list_numbers(pool_id, page))
        found = present(pages, numbers)
    except VendorError as exc:
        told = " ".join(dict.fromkeys([why, str(exc)]))
        raise NotConfirmed(told, may_have_been_done=True, retry_after=exc.retry_after) from exc
    except NumberPoolsError as exc:
        return dict.fromkeys(numbers, (Outcome.NOT_CONFIRMED, f"{why} {exc}"))
    if change is ADDING:
        # What is not there yet may still come: the vendor may be at it.
        missing = (Outcome.NOT_CONFIRMED, f"{why} It is not in the pool now.")
        return {each: (Outcome.ADDED, "") if each in found else missing for each in numbers}
    left = (Outcome.NOT_CONFIRMED, f"{why} It is in the pool now.")
    gone = (Outcome.REMOVED, _GONE)
    if pages.total_pages > 1:
        # While others change the pool, its pages move, and a number can slip through between two.
        gone = (Outcome.NOT_CONFIRMED, f"{why} The pool is too long to tell whether it is gone.")
    return {each: left if each in found else gone for each in numbers}


def _grouped(verdicts: Verdicts) -> list[OutcomeGroup]:
    numbers: dict[tuple[Outcome, str], list[str]] = defaultdict(list)
    for number, verdict in sorted(verdicts.items()):
        numbers[verdict].append(number)
    return [OutcomeGroup(outcome, each, reason) for (outcome, reason), each in numbers.items()]
