"""Adding and removing numbers at the vendor: what is sent, and what is known of it then.

What became of a number is concluded elsewhere (`domain/conclusions.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import TypeAlias

from numberpools.domain.conclusions import (
    LOST,
    Direction,
    Facts,
    Record,
    Reply,
    Sight,
    conclude,
    conclude_all,
)
from numberpools.domain.numbers import is_number
from numberpools.domain.outcomes import Outcome, OutcomeGroup
from numberpools.domain.pools import NUMBERS_PER_CALL, Page, PageRequest
from numberpools.errors import (
    NotConfirmed,
    NotSettled,
    NotSupported,
    PoolNotFound,
    TooManyNumbers,
    UnreadableAnswer,
    VendorError,
    VendorFailed,
)
from numberpools.stores.interface import Known, Look
from numberpools.stores.recent import RecentChanges
from numberpools.stores.vonage_client import BatchReply, VonageClient
from numberpools.stores.vonage_looks import Found, look_up
from numberpools.stores.vonage_pages import VendorPages

_MALFORMED = "A number is 7 to 15 digits, without a plus."
_NOT_TOLD = "The vendor's answer does not tell what became of this number."
_NO_REASON = "The vendor refused it without a reason."
_MOVES = "The pool changes while it is read, so it can't be told yet which numbers it has."
_NOT_YET = "What was done a moment ago may not show yet in the vendor's lists."
_TRIES_OF_A_PAGE = 4
_REFUSALS = {
    "missing-number-subscription": Outcome.NOT_OWNED,
    "missing-number": Outcome.NOT_IN_POOL,
    "invalid-number": Outcome.INVALID,
}
"""Outcomes by the kind of error that the vendor names for a number."""

_Facts: TypeAlias = dict[str, Facts]
"""By number."""


class Batches:
    """The numbers of one account's pools."""

    def __init__(self, client: VonageClient, recent: RecentChanges) -> None:
        self._client = client
        self._recent = recent

    def change(
        self, pool_id: str, numbers: Sequence[str], direction: Direction, known: Known | None
    ) -> list[OutcomeGroup]:
        """Send one batch; each number stands in one group of the answer.

        What the answers leave open is looked up in the pool. Raises NotConfirmed where the pool
        can't be read just now, another VendorError only where nothing was done; PoolNotFound,
        TooManyNumbers.
        """
        wanted = sorted({each for each in numbers if is_number(each)})
        malformed = sorted(set(numbers) - set(wanted))
        if len(wanted) > NUMBERS_PER_CALL:
            raise TooManyNumbers("numbers", NUMBERS_PER_CALL)
        facts = self._before(pool_id, wanted, direction, known)
        there = {number for number, each in facts.items() if each.before is True}
        if known and not known.sends_all and direction is Direction.IN:
            wanted = [number for number in wanted if number not in there]
        if wanted:
            facts |= self._sent(pool_id, {each: facts[each] for each in wanted}, direction)
        elif not facts:
            self._client.get_pool(pool_id)
        refused = [OutcomeGroup(Outcome.INVALID, malformed, _MALFORMED)] if malformed else []
        return [*conclude_all(facts), *refused]

    def settle(
        self, pool_id: str, numbers: Sequence[str], direction: Direction, known: Known
    ) -> list[OutcomeGroup]:
        """What became of numbers that were sent and are not confirmed.

        Raises NotSettled where a look can't tell yet, what `change` raises.
        """
        sent = self._recent.by(pool_id, numbers, known.operation_id)
        facts = self._before(pool_id, numbers, direction, known)
        for number, each in facts.items():
            sent_at = sent[number].at if number in sent else known.looked_at
            facts[number] = replace(each, replies=(LOST,), sent_at=sent_at)
        facts = self._looked_up(pool_id, facts)
        waiting = [
            each.sent_at or each.after.at
            for each in facts.values()
            if each.after and not each.after_is_settled
            if conclude(each).outcome is Outcome.NOT_CONFIRMED
        ]
        if waiting:
            raise self._not_settled(max(waiting))
        return conclude_all(facts)

    def look(self, pool_id: str, numbers: Sequence[str], operation_id: str = "") -> Look:
        """What the pool has, by its lists and by what was done without this operation.

        Raises NotSettled where these don't tell, PoolNotFound, NotSupported.
        """
        at = self._recent.now()
        found = self._found(pool_id, numbers)
        if found.doubtful:
            raise NotSettled(_MOVES)
        return Look(self.expected(pool_id, numbers, Known(operation_id, found.present, at)), at)

    def shown(self, pool_id: str, numbers: Sequence[str]) -> set[str]:
        """Those of the numbers that the pool's lists show now, for who can't wait."""
        return self._found(pool_id, numbers).present

    def expected(self, pool_id: str, numbers: Sequence[str], known: Known) -> set[str]:
        """Those of the numbers that the pool has, by what is known.

        Where that does not tell, because of a call that was lost since they were looked at, they
        are looked at again. Raises NotSettled where lists can't tell yet, and what `look` raises.
        """
        facts = self._before(pool_id, numbers, Direction.IN, known)
        there = {number for number, each in facts.items() if each.before}
        unknown = {number: each for number, each in facts.items() if each.before is None}
        if not unknown:
            return there
        last = max(each.record.at for each in unknown.values() if each.record)
        if self._recent.now() < last + self._recent.lag:
            raise self._not_settled(last)
        return there | self.look(pool_id, list(unknown), known.operation_id).present

    def _before(
        self, pool_id: str, numbers: Sequence[str], direction: Direction, known: Known | None
    ) -> _Facts:
        """What is known before anything is sent."""
        operation_id = known.operation_id if known else ""
        records = self._recent.by_others(pool_id, numbers, operation_id)
        if known is None and direction is Direction.IN and not self._all_count(numbers, records):
            known = self._seen(pool_id, numbers)  # a removal tells whether it was there by itself
        plain = Facts(
            direction,
            self._recent.lag,
            replies=(LOST,) if known and known.sent_at else (),
            sent_at=known.sent_at if known else None,
        )
        if known is None:
            seen = unseen = plain
        else:  # most numbers share their facts
            seen = replace(plain, looked=Sight(True, known.looked_at))
            unseen = replace(plain, looked=Sight(False, known.looked_at))
        facts = {}
        for number in numbers:
            mine = seen if known and number in known.present else unseen
            record = records.get(number)
            facts[number] = replace(mine, record=record) if record else mine
        return facts

    def _all_count(self, numbers: Sequence[str], records: Mapping[str, Record]) -> bool:
        """Whether no look could tell more than our own records."""
        since = self._recent.now() - self._recent.lag
        return all(number in records and records[number].at > since for number in numbers)

    def _seen(self, pool_id: str, numbers: Sequence[str]) -> Known | None:
        """None where the pool is too long, or changes too fast, to look before one call."""
        at = self._recent.now()
        try:
            found = self._found(pool_id, numbers)
        except NotSupported:
            return None
        return None if found.doubtful else Known("", found.present, at)

    def _sent(self, pool_id: str, facts: _Facts, direction: Direction) -> _Facts:
        """Send them, and add what was answered."""
        is_coming = direction is Direction.IN
        send = self._client.add_numbers if is_coming else self._client.remove_numbers
        numbers = list(facts)
        try:
            reply = send(pool_id, numbers)
            said = {number: _replies(number, reply, direction) for number in numbers}
        except VendorError as exc:
            if not exc.may_have_been_done:
                raise
            said = dict.fromkeys(numbers, (Reply(Outcome.NOT_CONFIRMED, str(exc)),))
        sent_at = self._recent.now() if any(map(_is_lost, said.values())) else None

        @cache
        def told(before: Facts, replies: tuple[Reply, ...]) -> Facts:
            last = sent_at if _is_lost(replies) else before.sent_at
            return replace(before, replies=(*before.replies, *replies), sent_at=last)

        facts = {number: told(before, said[number]) for number, before in facts.items()}
        return self._looked_up(pool_id, facts)

    def _looked_up(self, pool_id: str, facts: _Facts) -> _Facts:
        """With a look at the pool, for those of which the last answer does not tell."""
        unsure = [number for number, each in facts.items() if _is_unsure(each)]
        if not unsure:
            return facts
        at = self._recent.now()
        try:
            found = self._found(pool_id, unsure)
        except NotSupported:
            return facts
        except PoolNotFound as exc:
            exc.may_have_been_done = True
            raise
        except VendorError as exc:
            told = " ".join(dict.fromkeys([facts[unsure[0]].replies[-1].reason, str(exc)])).strip()
            raise NotConfirmed(told, may_have_been_done=True, retry_after=exc.retry_after) from exc
        for number in set(unsure) - found.doubtful:
            sight = Sight(number in found.present, at)
            facts[number] = replace(facts[number], after=sight)
        return facts

    def _found(self, pool_id: str, numbers: Sequence[str]) -> Found:
        """A page that fails or can't be read is asked for again: it must not cost all others."""

        def read(page: PageRequest) -> Page[str]:
            for _ in range(_TRIES_OF_A_PAGE - 1):
                with suppress(UnreadableAnswer, VendorFailed):
                    return self._client.list_numbers(pool_id, page)
            return self._client.list_numbers(pool_id, page)

        return look_up(VendorPages(read), numbers)

    def _not_settled(self, since: datetime) -> NotSettled:
        left = since + self._recent.lag - self._recent.now()
        return NotSettled(_NOT_YET, retry_after=max(left.total_seconds(), 1.0))


def _replies(number: str, reply: BatchReply, direction: Direction) -> tuple[Reply, ...]:
    """What the answer says of the number, after what was lost before it."""
    problem = reply.failed.get(number)
    if (number in reply.succeeded) == (problem is not None):
        last = Reply(Outcome.NOT_CONFIRMED, _NOT_TOLD)
    elif problem is None:
        last = Reply(direction.done)
    else:
        outcome = _REFUSALS.get(problem.kind, Outcome.REFUSED)
        last = Reply(outcome, problem.told or _NO_REASON)
    return (LOST, last) if reply.after_lost_answer else (last,)


def _is_unsure(facts: Facts) -> bool:
    if not _is_lost(facts.replies):
        return False
    is_told = facts.replies[-1].outcome is not Outcome.NOT_CONFIRMED
    return not is_told or conclude(facts).outcome is Outcome.NOT_CONFIRMED


def _is_lost(replies: Sequence[Reply]) -> bool:
    return any(reply.outcome is Outcome.NOT_CONFIRMED for reply in replies)
