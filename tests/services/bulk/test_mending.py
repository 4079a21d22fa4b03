"""An entry that was refused is typed anew: it, all that are written like it, and no others."""

from __future__ import annotations

from numberpools.services import bulk
from numberpools.services.bulk import Action
from tests.services.bulk.service import Service


def _mend(service: Service, operation_id: str, position: int, text: str) -> list[tuple[str, str]]:
    """Gives kind and reason of each entry as it is then."""
    bulk.mend(service.stores, service.account_id, operation_id, position, text)
    return [
        (item.outcome or "new", item.reason)
        for item in bulk.all_items(service.database, operation_id)
    ]


def test_all_that_are_written_alike_are_mended_and_the_first_is_taken(service: Service) -> None:
    operation_id = service.list_read("O7400 123498\n+447400000001\nO7400 123498\nO7400 123498")
    assert _mend(service, operation_id, 3, "+44 7400 123498") == [
        ("new", ""),
        ("new", ""),
        ("duplicate", "The same number stands on line 1."),
        ("duplicate", "The same number stands on line 1."),
    ]


def test_what_the_list_has_already_is_a_duplicate(ours: Service) -> None:
    operation_id = ours.list_read("+447400000001 ext. 5\nO7400 000001\n+447400000001")
    assert _mend(ours, operation_id, 1, "07400 000001 x 5")[1][0] == "invalid"
    operation_id = ours.list_read("+447400000001 ext. 6\nO7400 000002\n+447400000001")
    assert _mend(ours, operation_id, 1, "+44 7400 000001")[1:] == [
        ("duplicate", "The same number stands on line 3."),
        ("new", ""),
    ]


def test_a_duplicate_of_what_was_mended_stands_for_itself_from_then_on(service: Service) -> None:
    service.truth.add_numbers("one", ["447700900123"])
    operation_id = service.list_read("+44 7700 900123\n447700900123\n+447700900123")
    found = _mend(service, operation_id, 0, "+44 7400 000001")
    assert [outcome for outcome, _ in found] == ["new", "invalid", "duplicate"]
    assert found[1][1].startswith("This is an example number")
    assert found[2][1] == "The same number stands on line 2."
    bulk.begin(service.stores, service.account_id, operation_id, Action.REMOVE)
    service.run()
    assert service.contents("one") == set()
