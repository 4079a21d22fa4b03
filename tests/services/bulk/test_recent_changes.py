"""How long our own record of what we did at a vendor is kept."""

from __future__ import annotations

from datetime import timedelta

from numberpools.services import pools
from numberpools.services.bulk import Action
from numberpools.stores.recent import forget_old
from tests.databases import on_both_databases
from tests.services.bulk.service import Service, numbers

LAG = timedelta(seconds=30)


def _kept(away: Service) -> list[str]:
    return [row.number for row in away.rows("SELECT number FROM recent_changes ORDER BY number")]


@on_both_databases
def test_it_is_kept_until_every_look_shows_what_it_says(away: Service) -> None:
    away.start(numbers(3))
    away.run()
    away.time_of_day.move(minutes=10)
    forget_old(away.database, LAG)
    assert _kept(away) == numbers(3)
    away.time_of_day.move(minutes=1)
    forget_old(away.database, LAG)
    assert _kept(away) == []


@on_both_databases
def test_what_a_button_did_is_kept_while_an_operation_is_under_way(away: Service) -> None:
    """Its look may be older."""
    away.truth.add_numbers("one", numbers(1))
    operation_id = away.start(numbers(120))
    away.step()
    pools.remove_numbers(away.stores, away.account_id, "one", numbers(1))
    away.time_of_day.move(minutes=20)
    forget_old(away.database, LAG)
    assert _kept(away) == numbers(1)
    away.run_to_the_end(operation_id)
    assert away.assert_whole(operation_id) == {"added": 120}
    assert away.contents("one") == set(numbers(120))


@on_both_databases
def test_the_last_change_of_a_number_counts(away: Service) -> None:
    away.start(numbers(1))
    away.run()
    removing = away.start(numbers(1), Action.REMOVE)
    away.run()
    recent = away.stores.recent(away.account_id)
    [last] = recent.by_others("one", numbers(1), "").values()
    assert last.is_there is False
    [before] = recent.by_others("one", numbers(1), removing).values()
    assert before.is_there is True
    [mine] = recent.by("one", numbers(1), removing).values()
    assert mine == last
    at = last.at - timedelta(seconds=1)
    assert recent.applied_to("one", numbers(2), at) == set(numbers(1, 1))
