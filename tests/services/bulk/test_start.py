"""Accepted means stored: an operation, and an item for every entry of the list."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from numberpools.errors import InvalidInput, OperationNotFound, PoolNotFound
from numberpools.services import bulk
from numberpools.services.bulk import Action, State
from tests.services.bulk.service import Service, numbers

MIXED = "+44 7400 000001\nfoo 12\n+44 7400 000002, +44 7400 000001\n+44 7400 00000"


def test_it_works(ours: Service) -> None:
    operation_id = ours.start(MIXED)
    ours.run()
    assert ours.contents("one") == {"447400000001", "447400000002"}
    assert ours.assert_whole(operation_id) == {"added": 2, "invalid": 2, "duplicate": 1}
    assert ours.get(operation_id).state is State.FINISHED


def test_every_entry_is_stored_before_anything_is_done(ours: Service) -> None:
    operation_id = ours.start(MIXED)
    rows = ours.rows("SELECT line, text, number, outcome FROM operation_items ORDER BY position")
    assert [tuple(row) for row in rows] == [
        (1, "+44 7400 000001", "447400000001", None),
        (2, "foo 12", None, "invalid"),
        (3, "+44 7400 000002", "447400000002", None),
        (3, "+44 7400 000001", "447400000001", "duplicate"),
        (4, "+44 7400 00000", "44740000000", "invalid"),
    ]
    operation = ours.get(operation_id)
    assert (operation.state, operation.item_count, operation.line_count) == (State.QUEUED, 5, 4)
    assert (operation.done_count, operation.open_count, operation.failure_count) == (3, 2, 2)
    assert ours.contents("one") == set()


def test_a_double_click_makes_one_operation(ours: Service) -> None:
    form_id = str(uuid4())

    def click(_: int) -> str:
        return ours.start(numbers(3), form_id=form_id)

    with ThreadPoolExecutor(4) as executor:
        ids = set(executor.map(click, range(4)))
    assert len(ids) == 1
    assert len(ours.rows("SELECT * FROM operations")) == 1
    assert len(ours.rows("SELECT * FROM operation_items")) == 3


def test_a_form_that_comes_again_after_the_end_does_nothing_again(ours: Service) -> None:
    form_id = str(uuid4())
    operation_id = ours.start(numbers(3), form_id=form_id)
    ours.run()
    ours.truth.remove_numbers("one", numbers(3))
    assert ours.start(numbers(3), form_id=form_id) == operation_id
    ours.run()
    assert ours.contents("one") == set()


def test_another_list_in_the_same_form_is_another_operation(ours: Service) -> None:
    form_id = str(uuid4())
    ids = {
        ours.start(numbers(3), form_id=form_id),
        ours.start(numbers(4), form_id=form_id),
        ours.start(numbers(3), Action.REMOVE, form_id=form_id),
        ours.start(numbers(3), pool_id="two", form_id=form_id),
    }
    assert len(ids) == 4


def test_a_number_that_no_country_has_can_be_removed_and_not_added(ours: Service) -> None:
    ours.truth.add_numbers("one", ["44740000000"])
    added = ours.start("+44 7400 00000")
    removed = ours.start("+44 7400 00000", Action.REMOVE)
    ours.run()
    assert ours.outcomes(added) == {"44740000000": "invalid"}
    assert ours.outcomes(removed) == {"44740000000": "removed"}


def test_numbers_of_a_table_are_taken_as_they_stand(ours: Service) -> None:
    ours.truth.add_numbers("one", ["9999999999"])
    operation_id = ours.start(["9999999999"], Action.REMOVE)
    ours.run()
    assert ours.outcomes(operation_id) == {"9999999999": "removed"}
    with pytest.raises(InvalidInput, match="7 to 15 digits"):
        bulk.entries_of(["12"])


def test_an_operation_without_valid_numbers_ends_at_once(ours: Service) -> None:
    operation_id = ours.start("foo 12")
    ours.run()
    assert ours.get(operation_id).state is State.FINISHED
    assert ours.assert_whole(operation_id) == {"invalid": 1}


def test_it_refuses_an_empty_list(ours: Service) -> None:
    with pytest.raises(InvalidInput, match="at least one number"):
        ours.start("\n \n")


def test_it_refuses_a_form_without_an_id(ours: Service) -> None:
    with pytest.raises(InvalidInput, match="must be a UUID"):
        ours.start(numbers(1), form_id="1")


def test_it_refuses_a_pool_that_is_not_there(service: Service) -> None:
    with pytest.raises(PoolNotFound):
        service.start(numbers(1), pool_id="nowhere")
    assert service.rows("SELECT * FROM operations") == []


def test_an_operation_is_another_accounts_secret(ours: Service) -> None:
    operation_id = ours.start(numbers(1))
    with pytest.raises(OperationNotFound):
        bulk.get_operation(ours.database, "zzzz9999", operation_id)
