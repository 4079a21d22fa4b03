"""Totals of operations: folded into them when they end, and added up from batches until then."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from random import Random
from typing import Any

import pytest
from sqlalchemy import text

from numberpools.domain.pools import PageRequest
from numberpools.errors import OperationChanged
from numberpools.services import bulk
from numberpools.services.bulk import State, totals
from tests.services.bulk.service import TRIES, Service, numbers
from tests.vonage.vendor import Vendor, answer

_COLUMNS = "folded_totals, folded_before"


def _write(service: Service, statement: str, **values: object) -> None:
    with service.database.write() as connection:
        connection.execute(text(statement), values)


def _folded(service: Service, operation_id: str) -> Any:
    query = f"SELECT {_COLUMNS} FROM operations WHERE operation_id = :id"  # noqa: S608
    [row] = service.rows(query, id=operation_id)
    return row


def _keep(service: Service, operation_id: str, folded_totals: str, folded_before: int) -> None:
    """As a release leaves it that knows nothing of folding."""
    _write(
        service,
        "UPDATE operations SET folded_totals = :totals, folded_before = :before"
        " WHERE operation_id = :id",
        totals=folded_totals,
        before=folded_before,
        id=operation_id,
    )


def _counted(service: Service, operation_id: str) -> Counter[str]:
    """What the items say, without the open ones."""
    return Counter(filter(None, service.outcomes(operation_id).values()))


@pytest.fixture
def half_lost(away: Service, vendor: Vendor) -> str:
    """An operation that ended, with 50 of 60 numbers not confirmed."""
    operation_id = away.start(numbers(60))
    away.step()
    away.step()
    _write(
        away,
        "UPDATE operation_items SET outcome = 'not-confirmed' WHERE outcome = 'added'",
    )
    _write(
        away,
        "UPDATE operation_batches SET totals = '{\"not-confirmed\"\\: 50}' WHERE totals != '{}'",
    )
    away.run_to_the_end(operation_id)
    assert away.assert_whole(operation_id) == {"not-confirmed": 50, "added": 10}
    return operation_id


@pytest.mark.parametrize("ending", ["finished", "cancelled"])
def test_batches_of_an_ended_operation_are_not_read(service: Service, ending: str) -> None:
    operation_id = service.start(numbers(60))
    service.step()
    if ending == "cancelled":
        bulk.cancel(service.stores, service.account_id, operation_id)
    ended = service.run_to_the_end(operation_id)
    assert ended.state == ending
    _write(service, "UPDATE operation_batches SET totals = 'nothing that could be read'")
    assert service.get(operation_id).totals == _counted(service, operation_id)
    listed = bulk.list_operations(service.database, service.account_id, PageRequest()).items
    assert [each.totals for each in listed] == [ended.totals]


def test_a_check_is_added_to_what_was_folded_before(away: Service, half_lost: str) -> None:
    bulk.check(away.stores, away.account_id, half_lost)
    while away.get(half_lost).state is not State.FINISHED:
        assert away.get(half_lost).totals == _counted(away, half_lost)
        away.claim_and_run()
    assert away.assert_whole(half_lost) == {"added": 60}


def test_what_an_older_release_has_ended_is_added_up_and_then_folded(service: Service) -> None:
    ids = [service.start(numbers(70, first)) for first in (0, 70)]
    service.run()
    for each in ids:
        _keep(service, each, "{}", 0)
        assert service.get(each).totals == {"added": 70}
    totals.fold_ended(service.database)
    for each in ids:
        assert service.assert_whole(each) == {"added": 70}


def test_what_an_older_release_checks_again_is_right(away: Service, half_lost: str) -> None:
    before = _folded(away, half_lost)
    bulk.check(away.stores, away.account_id, half_lost)
    away.run_to_the_end(half_lost)
    _keep(away, half_lost, *before)
    assert away.get(half_lost).totals == {"added": 60}
    totals.fold_ended(away.database)
    assert away.get(half_lost).totals == {"added": 60}


def test_an_operation_without_batches_is_folded_once(ours: Service) -> None:
    operation_id = ours.start(numbers(3))
    ours.run()
    _write(ours, "DELETE FROM operation_batches")
    _keep(ours, operation_id, "{}", 0)
    totals.fold_ended(ours.database)
    assert tuple(_folded(ours, operation_id)) == ("{}", 1)


@pytest.mark.parametrize("seed", [1, 2])
def test_whatever_happens_totals_are_what_the_items_say(
    away: Service, vendor: Vendor, seed: int
) -> None:
    """Steered and folded at random, at a vendor that fails at random."""
    random = Random(seed)  # noqa: S311
    operation_id = away.start(numbers(260))
    mine = (away.stores, away.account_id, operation_id)
    while True:
        vendor.forget()
        vendor.will(*[answer(503)] * random.choice([0, 0, 1, TRIES]))
        with suppress(OperationChanged):
            match random.randrange(12):
                case 0:
                    bulk.pause(*mine, "Ann")
                case 1 | 2:
                    bulk.resume(*mine)
                case 3:
                    with away.database.write() as connection:
                        totals.fold(connection, operation_id)
                case 4 if random.random() < 0.1:
                    bulk.cancel(*mine)
                case 5:
                    away.let_time_pass()
                case 6:
                    away.claim("somebody who dies")  # later batches are done before this one
        away.claim_and_run()
        found = away.get(operation_id)
        assert found.totals == _counted(away, operation_id)
        if found.state.has_ended:
            away.assert_whole(operation_id)
            if not bulk.awaits_check(away.database, found):
                return
            bulk.check(*mine)
