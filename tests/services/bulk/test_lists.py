"""Lists that are read in the background, looked at, and then started or discarded."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from numberpools.domain.pools import PageRequest
from numberpools.errors import InvalidInput, OperationChanged, OperationNotFound, PoolNotFound
from numberpools.services import bulk, mirror
from numberpools.services.bulk import Action, ListChoices, State, lists
from tests.services.bulk.service import Service, numbers
from tests.vonage.vendor import Vendor, answer

MANY = 12_000


def test_a_list_is_read_looked_at_and_begun(service: Service) -> None:
    service.truth.add_numbers("one", numbers(2))
    operation_id = service.list_read("+447400000001\n+447400000005\nfoo 12\n+447400000005")
    operation = service.get(operation_id)
    assert (operation.state, operation.action, operation.line_count) == (State.READY, None, 4)
    found = bulk.look(service.database, operation)
    assert (found.new, found.in_pool, found.duplicate, found.invalid) == (1, 1, 1, 1)
    assert found.countries == [("GB", 2)]  # not of duplicates
    assert found.is_looked_up

    bulk.begin(service.stores, service.account_id, operation_id, Action.ADD)
    assert service.get(operation_id).state is State.QUEUED
    service.run()
    assert service.assert_whole(operation_id) == {
        "added": 1,
        "already-in-pool": 1,
        "duplicate": 1,
        "invalid": 1,
    }
    assert service.contents("one") == {*numbers(2), "447400000005"}
    assert service.rows("SELECT * FROM operation_lists") == []


def test_twelve_thousand_lines(service: Service) -> None:
    wanted = numbers(MANY)
    operation_id = service.list_read([*wanted, *wanted[:7]])
    operation = service.get(operation_id)
    assert operation.item_count == operation.line_count == MANY + 7
    assert bulk.look(service.database, operation).duplicate == 7
    if service.stores.vendor_accounts:
        return  # a vendor takes its time for these: tests/chaos has 20,000
    bulk.begin(service.stores, service.account_id, operation_id, Action.ADD)
    service.run()
    assert service.assert_whole(operation_id) == {"added": MANY, "duplicate": 7}
    assert service.contents("one") == set(wanted)


def test_a_table_has_a_column_that_can_be_changed(ours: Service) -> None:
    content = "name,office,mobile\nAnn,+442079460001,+447400000001\nBob,+442079460002,+447400000002"
    operation_id = ours.list_read(content, name="people.csv")
    assert _columns_read(ours, operation_id) == ["mobile"]
    assert set(ours.outcomes(operation_id)) == {"447400000001", "447400000002"}
    _read_again(ours, operation_id, 1)
    assert ours.get(operation_id).state is State.READING
    ours.run()
    assert _columns_read(ours, operation_id) == ["office"]
    assert set(ours.outcomes(operation_id)) == {"442079460001", "442079460002"}


def _columns_read(service: Service, operation_id: str) -> list[str]:
    reading = service.get(operation_id).reading
    return [column.name for sheet in reading.sheets for column in sheet.columns]


def _read_again(service: Service, operation_id: str, *columns: int, country: str = "") -> None:
    choices = ListChoices({0: columns} if columns else None)
    ours = (service.stores, service.account_id, operation_id)
    bulk.read_again(*ours, choices=choices, country=country)


def test_national_numbers_need_the_right_country(ours: Service) -> None:
    operation_id = ours.list_read("07400 000001\n07400 000002")
    assert bulk.look(ours.database, ours.get(operation_id)).invalid == 2
    _read_again(ours, operation_id, country="GB")
    ours.run()
    operation = ours.get(operation_id)
    assert (operation.item_count, operation.country) == (2, "GB")
    assert bulk.look(ours.database, operation).new == 2


def test_a_column_that_is_not_there_is_told(ours: Service) -> None:
    operation_id = ours.list_read("a,b\n1,+447400000001\n2,+447400000002", name="x.csv")
    _read_again(ours, operation_id, 7)
    ours.run()
    operation = ours.get(operation_id)
    assert operation.state is State.UNREADABLE
    assert "Choose one of the 2 columns of this file." in operation.problem
    _read_again(ours, operation_id, 1)
    ours.run()
    assert ours.get(operation_id).state is State.READY
    assert set(ours.outcomes(operation_id)) == {"447400000001", "447400000002"}


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("x.xlsx", b"PK\x03\x04 but no workbook", "file"),
        ("x.txt", b"\n;;\n", "nothing in this list that looks like a phone number"),
        ("x.txt", b"1\n" * 500_001, "more than 500,000 lines"),
        ("", b"447911123456," * 77_000, "more than 1,000,000 characters"),
    ],
)
def test_a_list_that_cant_be_read_says_why(
    ours: Service, name: str, content: bytes, problem: str
) -> None:
    operation_id = ours.list_read(content, name=name)
    operation = ours.get(operation_id)
    assert operation.state is State.UNREADABLE
    assert problem in operation.problem
    with pytest.raises(OperationChanged):
        bulk.begin(ours.stores, ours.account_id, operation_id, Action.ADD)
    bulk.discard(ours.stores, ours.account_id, operation_id)


def test_a_list_of_few_lines_has_no_more_numbers_than_one_of_many(
    ours: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("numberpools.services.bulk.reading.MAXIMUM_LINES", 6_000)
    operation_id = ours.list_read(f"{', '.join(numbers(6_001))}\n")
    operation = ours.get(operation_id)
    assert operation.state is State.UNREADABLE
    assert "more than 500,000 numbers" in operation.problem
    assert operation.item_count == 0
    assert ours.outcomes(operation_id) == {}


@pytest.mark.parametrize("step", ["read", "compare"])
def test_a_list_whose_worker_dies_every_time_is_given_up(ours: Service, step: str) -> None:
    operation_id = ours.submit(numbers(3))
    if step == "compare":
        ours.run()
        bulk.compare(ours.stores, ours.account_id, operation_id)
    for _ in range(5):
        assert ours.claim() is not None
        assert ours.get(operation_id).state is State.READING
        ours.let_time_pass()
    ours.run()
    operation = ours.get(operation_id)
    assert operation.state is State.UNREADABLE
    assert "broken off five times" in operation.problem
    _read_again(ours, operation_id)
    ours.run()
    assert ours.get(operation_id).state is State.READY


def test_a_double_click_makes_one_list(ours: Service) -> None:
    form_id = str(uuid4())
    assert ours.submit(numbers(3), form_id=form_id) == ours.submit(numbers(3), form_id=form_id)
    assert ours.submit(numbers(4), form_id=form_id) != ours.submit(numbers(3), form_id=form_id)
    assert len(ours.rows("SELECT * FROM operations")) == 2


def test_it_refuses_an_empty_list_or_file(ours: Service) -> None:
    with pytest.raises(InvalidInput, match="at least one number"):
        ours.submit(" \n")
    with pytest.raises(InvalidInput, match="This file is empty"):
        ours.submit(b"", name="x.csv")


def test_it_refuses_a_pool_that_is_not_there(service: Service) -> None:
    with pytest.raises(PoolNotFound):
        service.submit(numbers(1), pool_id="nowhere")


def test_a_list_is_no_operation_yet(ours: Service) -> None:
    operation_id = ours.list_read(numbers(3))
    assert bulk.list_operations(ours.database, ours.account_id, PageRequest()).items == []
    assert bulk.under_way(ours.database, ours.account_id, "one") == []
    ours.run()
    assert ours.contents("one") == set()
    assert ours.get(operation_id).state is State.READY


def test_the_vendor_may_be_down_while_a_list_is_read(away: Service, vendor: Vendor) -> None:
    operation_id = away.submit(numbers(3))
    vendor.will(*[answer(503)] * 4)
    away.run()
    operation = away.get(operation_id)
    assert operation.state is State.READY
    assert not bulk.look(away.database, operation).is_looked_up
    bulk.begin(away.stores, away.account_id, operation_id, Action.ADD)
    away.run()
    assert away.assert_whole(operation_id) == {"added": 3}


def test_a_look_says_of_when_the_copy_is_that_it_was_compared_with(away: Service) -> None:
    away.truth.add_numbers("one", numbers(2))
    mirror.copy_pool(away.stores, away.account_id, "one", away.time_of_day())
    [(first,)] = away.rows("SELECT mirrored_at FROM pools")
    operation_id = away.list_read(numbers(3))
    mirror.copy_pool(away.stores, away.account_id, "one", away.time_of_day())
    [(second,)] = away.rows("SELECT mirrored_at FROM pools")

    def as_of() -> Any:
        assert bulk.look(away.database, away.get(operation_id)).as_of is not None
        return away.rows("SELECT as_of FROM operations")[0].as_of

    assert first == as_of() < second
    bulk.compare(away.stores, away.account_id, operation_id)
    away.run()
    assert as_of() > second


def test_a_pool_of_ours_is_compared_as_it_is(ours: Service) -> None:
    operation_id = ours.list_read(numbers(3))
    assert bulk.look(ours.database, ours.get(operation_id)).as_of is None


def test_numbers_of_other_pools_are_named(ours: Service) -> None:
    ours.truth.add_numbers("two", numbers(2))
    operation_id = ours.list_read(numbers(3))
    assert bulk.look(ours.database, ours.get(operation_id)).in_other_pools == 2
    page = bulk.list_items(ours.database, operation_id, PageRequest(), kind="in-other-pools")
    assert [(item.number, item.other_pool) for item in page.items] == [
        (number, "two") for number in numbers(2)
    ]


def test_invalid_numbers_can_be_removed_where_they_are_in_the_pool(service: Service) -> None:
    unknown = "44740000000"
    service.truth.add_numbers("one", [unknown])
    operation_id = service.list_read(f"+{unknown}\nfoo 12")
    assert bulk.look(service.database, service.get(operation_id)).invalid == 2
    bulk.begin(service.stores, service.account_id, operation_id, Action.REMOVE)
    service.run()
    assert service.outcomes(operation_id) == {unknown: "removed", "foo 12": "invalid"}
    assert service.assert_whole(operation_id) == {"removed": 1, "invalid": 1}
    assert service.contents("one") == set()


def test_numbers_that_no_country_has_can_be_removed_too(service: Service) -> None:
    unknown = ["999999999999", "0123456789"]
    service.truth.add_numbers("one", unknown)
    operation_id = service.list_read(unknown)
    bulk.begin(service.stores, service.account_id, operation_id, Action.REMOVE)
    service.run()
    assert service.outcomes(operation_id) == dict.fromkeys(unknown, "removed")


def test_invalid_numbers_are_not_added(service: Service) -> None:
    operation_id = service.list_read("+44 7400 00000\n+44 7400 000001")
    bulk.begin(service.stores, service.account_id, operation_id, Action.ADD)
    service.run()
    assert service.assert_whole(operation_id) == {"invalid": 1, "added": 1}
    assert service.contents("one") == {"447400000001"}


def test_beginning_twice_is_harmless_and_otherwise_refused(service: Service) -> None:
    operation_id = service.list_read(numbers(3))
    bulk.begin(service.stores, service.account_id, operation_id, Action.ADD)
    bulk.begin(service.stores, service.account_id, operation_id, Action.ADD)
    with pytest.raises(OperationChanged):
        bulk.begin(service.stores, service.account_id, operation_id, Action.REMOVE)
    service.run()
    bulk.begin(service.stores, service.account_id, operation_id, Action.ADD)
    assert service.assert_whole(operation_id) == {"added": 3}


def test_only_what_was_looked_at_begins(service: Service) -> None:
    service.truth.add_numbers("one", numbers(4))
    operation_id = service.list_read(numbers(1))
    seen = []
    for _ in range(2):
        bulk.compare(service.stores, service.account_id, operation_id)
        service.run()
        seen.append(bulk.look(service.database, service.get(operation_id)).version)
    first, second = seen
    here = (service.stores, service.account_id, operation_id, Action.MAKE_EQUAL)
    with pytest.raises(OperationChanged, match="look at it again"):
        bulk.begin(*here, version=first)
    assert service.get(operation_id).state is State.READY
    bulk.begin(*here, version=second)
    bulk.begin(*here, version=second)
    service.run()
    assert service.contents("one") == set(numbers(1))


def test_who_starts_a_list_and_when_is_what_counts(ours: Service) -> None:
    brought_first = ours.list_read(numbers(3))
    started_first = ours.start(numbers(1), pool_id="two")
    bulk.begin(ours.stores, ours.account_id, brought_first, Action.ADD, person="Bob")
    operation, other = ours.get(brought_first), ours.get(started_first)
    assert (operation.started_by, operation.created_at > other.created_at) == ("Bob", True)
    listed = bulk.list_operations(ours.database, ours.account_id, PageRequest()).items
    assert [each.operation_id for each in listed] == [brought_first, started_first]


def test_a_move_needs_another_pool_that_exists(service: Service) -> None:
    operation_id = service.list_read(numbers(3))
    for target in (None, "", "one"):
        with pytest.raises(InvalidInput, match="Choose the pool"):
            bulk.begin(service.stores, service.account_id, operation_id, Action.MOVE, target)
    with pytest.raises(PoolNotFound):
        bulk.begin(service.stores, service.account_id, operation_id, Action.MOVE, "nowhere")
    assert service.get(operation_id).state is State.READY


def test_a_list_can_be_discarded(ours: Service) -> None:
    operation_id = ours.list_read(numbers(3))
    bulk.discard(ours.stores, ours.account_id, operation_id)
    with pytest.raises(OperationNotFound):
        ours.get(operation_id)
    assert ours.rows("SELECT * FROM operation_items") == []
    assert ours.rows("SELECT * FROM operation_batches") == []
    assert ours.rows("SELECT * FROM operation_lists") == []


def test_discarding_what_was_started_is_refused(ours: Service) -> None:
    operation_id = ours.start(numbers(3))
    for change in (bulk.discard, bulk.compare):
        with pytest.raises(OperationChanged):
            change(ours.stores, ours.account_id, operation_id)
    with pytest.raises(OperationChanged):
        _read_again(ours, operation_id)


def test_a_list_that_is_discarded_while_it_is_read_is_gone(
    ours: Service, caplog: pytest.LogCaptureFixture
) -> None:
    operation_id = ours.submit(numbers(3))
    found = ours.claim(ours.worker.name)
    assert found is not None
    bulk.discard(ours.stores, ours.account_id, operation_id)
    ours.worker.run(found)
    assert ours.rows("SELECT * FROM operation_items") == []
    assert not [each for each in caplog.records if each.levelname == "ERROR"]


def test_a_list_is_read_by_one_worker_though_another_wakes_up_late(
    ours: Service, caplog: pytest.LogCaptureFixture
) -> None:
    operation_id = ours.submit(numbers(3))
    late = ours.claim(ours.worker.name)
    assert late is not None
    ours.let_time_pass()
    found = ours.claim("somebody else")
    assert found is not None
    ours.worker.run(late)
    assert ours.rows("SELECT * FROM operation_items") == []
    assert ours.get(operation_id).state is State.READING
    ours.worker.run(found)
    assert ours.get(operation_id).state is State.READY
    assert set(ours.outcomes(operation_id)) == set(numbers(3))
    assert not [each for each in caplog.records if each.levelname == "ERROR"]


def test_lists_that_nobody_starts_are_forgotten(ours: Service) -> None:
    ours.list_read(numbers(3))
    started = ours.start(numbers(3))
    lists.discard_old(ours.stores, ours.time_of_day() - timedelta(minutes=1))
    assert len(ours.rows("SELECT * FROM operations")) == 2
    lists.discard_old(ours.stores, ours.time_of_day() + timedelta(minutes=1))
    assert [row.operation_id for row in ours.rows("SELECT * FROM operations")] == [started]


@pytest.mark.parametrize(
    ("action", "done"),
    [(Action.ADD, "added"), (Action.REMOVE, "removed")],
)
def test_a_number_is_no_duplicate_of_a_refused_entry(
    service: Service, action: Action, done: str
) -> None:
    if action is Action.REMOVE:
        service.truth.add_numbers("one", ["447400000001"])
    content = "+447400000001 ext. 5\n+447400000001\n+447400000001"
    operation_id = service.list_read(content)
    bulk.begin(service.stores, service.account_id, operation_id, action)
    service.run()
    assert service.assert_whole(operation_id) == {"invalid": 1, done: 1, "duplicate": 1}
    assert "The same number stands on line 2." in service.reasons(operation_id)
