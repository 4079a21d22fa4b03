"""Make equal: what would have to be added and removed is found, and looked at first."""

from __future__ import annotations

import pytest

from numberpools.domain.pools import PageRequest
from numberpools.errors import OperationChanged
from numberpools.services import bulk
from numberpools.services.bulk import Action, State, comparing
from tests.services.bulk.service import Service, numbers
from tests.vonage.vendor import Vendor, answer


def test_making_equal_is_looked_at_first(service: Service) -> None:
    service.truth.add_numbers("one", numbers(4))
    operation_id = service.list_read([*numbers(3, 2), "447400000002"])
    with pytest.raises(OperationChanged, match="has not been looked at"):
        bulk.begin(service.stores, service.account_id, operation_id, Action.MAKE_EQUAL)
    bulk.compare(service.stores, service.account_id, operation_id)
    service.run()
    found = bulk.look(service.database, service.get(operation_id))
    assert (found.new, found.in_pool, found.surplus, found.duplicate) == (1, 2, 2, 1)
    page = bulk.list_items(service.database, operation_id, PageRequest(), kind="surplus")
    assert [item.number for item in page.items] == numbers(2)
    # What comes into the pool after the look stays: nobody has agreed to its removal.
    service.truth.add_numbers("one", numbers(1, 20))
    bulk.begin(service.stores, service.account_id, operation_id, Action.MAKE_EQUAL)
    service.run()
    assert service.contents("one") == {*numbers(3, 2), *numbers(1, 20)}


def test_making_equal_is_about_one_pool(service: Service) -> None:
    for pool_id, contents in (("one", numbers(2)), ("two", numbers(3, 40))):
        service.truth.add_numbers(pool_id, contents)
        operation_id = service.list_read(numbers(1), pool_id=pool_id)
        bulk.compare(service.stores, service.account_id, operation_id)
        service.run()
    assert bulk.look(service.database, service.get(operation_id)).surplus == 3


def test_making_equal_removes_nothing_that_a_refused_entry_may_mean(service: Service) -> None:
    without_country, no_number, in_doubt = "447400000001", "999999999999", "12015550123"
    service.truth.add_numbers("one", [without_country, no_number, in_doubt, *numbers(1, 9)])
    lines = ["07400 000001", f"x{no_number}", "1;2015550123", "12"]
    operation_id = service.list_read("\n".join(lines))
    bulk.compare(service.stores, service.account_id, operation_id)
    service.run()
    found = bulk.look(service.database, service.get(operation_id))
    assert (found.invalid, found.surplus) == (4, 1)
    surplus = bulk.list_items(service.database, operation_id, PageRequest(), kind="surplus")
    assert [item.number for item in surplus.items] == numbers(1, 9)


def test_what_is_compared_is_found_in_pieces(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparing, "_NUMBERS_AT_ONCE", 4)
    service.truth.add_numbers("one", numbers(20))
    operation_id = service.list_read(numbers(5, 3))
    bulk.compare(service.stores, service.account_id, operation_id)
    service.run()
    assert service.get(operation_id).item_count == 20
    surplus = bulk.list_items(service.database, operation_id, PageRequest(1, 50), kind="surplus")
    assert [item.number for item in surplus.items] == [*numbers(3), *numbers(12, 8)]
    bulk.begin(service.stores, service.account_id, operation_id, Action.MAKE_EQUAL)
    service.run()
    assert service.contents("one") == set(numbers(5, 3))


def test_comparing_again_forgets_the_first_look(service: Service) -> None:
    service.truth.add_numbers("one", numbers(4))
    operation_id = service.list_read(numbers(1))
    for _ in range(2):
        bulk.compare(service.stores, service.account_id, operation_id)
        service.run()
        service.truth.remove_numbers("one", numbers(1, 3))
    assert bulk.look(service.database, service.get(operation_id)).surplus == 2
    assert service.get(operation_id).item_count == 3


def test_what_was_compared_is_not_removed_by_another_action(service: Service) -> None:
    service.truth.add_numbers("one", numbers(4))
    operation_id = service.list_read(numbers(1, 9))
    bulk.compare(service.stores, service.account_id, operation_id)
    service.run()
    with pytest.raises(OperationChanged):
        bulk.begin(service.stores, service.account_id, operation_id, Action.ADD)
    service.run()
    assert service.contents("one") == set(numbers(4))


def test_comparing_with_a_pool_that_is_gone_says_so(service: Service) -> None:
    operation_id = service.list_read(numbers(3))
    service.truth.delete_pool("one")
    bulk.compare(service.stores, service.account_id, operation_id)
    service.run()
    operation = service.get(operation_id)
    assert operation.state is State.UNREADABLE
    assert operation.problem == "There is no pool one in this account."


def test_comparing_waits_for_a_vendor_that_is_down(away: Service, vendor: Vendor) -> None:
    operation_id = away.list_read(numbers(3))
    bulk.compare(away.stores, away.account_id, operation_id)
    vendor.will(*[answer(503)] * 4)
    away.run()
    assert away.get(operation_id).state is State.READING
    away.let_time_pass()
    away.run()
    assert away.get(operation_id).state is State.READY
