"""The vendor of these tests does what it says: its lists lag, its log tells who did what."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
import requests

from tests.chaos.events import By
from tests.chaos.others import Others
from tests.chaos.pools import Pools
from tests.chaos.test_judge import Clock
from tests.chaos.vendor import ChaosVendor
from tests.conftest import ACCOUNT_ID
from tests.processes import LIMIT_SECONDS, wait_until

A, B, C = "447400000001", "447400000002", "447400000003"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def vendor(clock: Clock) -> Iterator[ChaosVendor]:
    with ChaosVendor(ACCOUNT_ID, {"one": {A, B}, "two": set()}, 1, clock) as vendor:
        yield vendor


def call(vendor: ChaosVendor, method: str, path: str, body: object = None) -> requests.Response:
    url = f"{vendor.url}/v2/numberpools/accounts/{ACCOUNT_ID}/{path}"
    return requests.request(method, url, json=body, timeout=LIMIT_SECONDS)


def shown(vendor: ChaosVendor, path: str) -> list[Any]:
    answer = call(vendor, "GET", f"{path}?page=1&page_size=1000").json()
    (items,) = answer["_embedded"].values()
    assert answer["total_items"] == len(items)
    return [item["pool_id"] if isinstance(item, dict) else item for item in items]


def test_a_list_shows_what_was_so_long_ago(vendor: ChaosVendor, clock: Clock) -> None:
    vendor.lag = 3
    call(vendor, "POST", "pools/one/numbers", {"numbers": [C]})
    clock.time += 2
    call(vendor, "POST", "pools/one/numbers/delete", {"numbers": [A]})
    assert vendor.pools["one"] == {B, C}
    assert shown(vendor, "pools/one/numbers") == [A, B]
    clock.time += 2
    assert shown(vendor, "pools/one/numbers") == [A, B, C]
    clock.time += 2
    assert shown(vendor, "pools/one/numbers") == [B, C]


def test_a_change_acts_on_what_is_true(vendor: ChaosVendor) -> None:
    vendor.lag = 3
    assert call(vendor, "POST", "pools/one/numbers/delete", {"numbers": [A]}).status_code == 204
    again = call(vendor, "POST", "pools/one/numbers/delete", {"numbers": [A]})
    assert again.json()["errors"][0]["numbers"] == [A]


def test_what_was_shown_is_not_hidden_again(vendor: ChaosVendor, clock: Clock) -> None:
    call(vendor, "POST", "pools/one/numbers", {"numbers": [C]})
    assert C in shown(vendor, "pools/one/numbers")
    vendor.lag = 1000
    clock.time += 1
    assert C in shown(vendor, "pools/one/numbers")


def test_the_list_of_pools_lags_too(vendor: ChaosVendor, clock: Clock) -> None:
    vendor.lag = 3
    assert call(vendor, "PATCH", "pools/one", {"pool_id": "three"}).json()["pool_id"] == "three"
    assert call(vendor, "DELETE", "pools/two").status_code == 200
    assert call(vendor, "GET", "pools/one").status_code == 404
    assert shown(vendor, "pools") == ["one", "two"]
    clock.time += 4
    assert shown(vendor, "pools") == ["three"]
    assert shown(vendor, "pools/three/numbers") == [A, B]


@pytest.mark.parametrize("body", [{"pool_id": "two"}, {"pool_id": "one"}])
def test_no_two_pools_have_one_id(vendor: ChaosVendor, body: dict[str, str]) -> None:
    is_taken = body["pool_id"] == "two"
    assert call(vendor, "PATCH", "pools/one", body).status_code == (409 if is_taken else 200)
    assert call(vendor, "POST", "pools", body).status_code == 409


def test_only_what_had_an_effect_is_logged(vendor: ChaosVendor) -> None:
    call(vendor, "POST", "pools/one/numbers", {"numbers": [B, C]})
    with vendor.acting() as pools:
        pools.remove("one", [A, "447400000009"], By.OTHERS)
    events = [(e.number, e.is_added, e.by) for e in vendor.log.changes[2:]]
    assert events == [(C, True, By.US), (A, False, By.OTHERS)]
    [arrival] = vendor.log.arrivals
    assert (arrival.pool_id, arrival.is_adding, arrival.numbers) == ("one", True, frozenset({B, C}))


def test_times_ascend_though_the_clock_stands(vendor: ChaosVendor) -> None:
    call(vendor, "POST", "pools/two/numbers", {"numbers": [A, B, C]})
    times = [change.at for change in vendor.log.changes[2:]]
    assert times == sorted(set(times))


def test_an_answer_that_was_sent_is_noted(vendor: ChaosVendor) -> None:
    call(vendor, "POST", "pools/one/numbers", {"numbers": [A]})
    [arrival] = vendor.log.arrivals
    wait_until(lambda: arrival.answered_at, "the time of the answer")


def test_an_answer_that_was_lost_is_noted_as_that(vendor: ChaosVendor) -> None:
    vendor.failure_rate = 1.0
    for _ in range(20):
        try:
            call(vendor, "POST", "pools/one/numbers", {"numbers": [A]})
        except requests.RequestException:
            continue
    assert {each.answered_at for each in vendor.log.arrivals} == {None}


def test_what_is_asked_for_once_more_is_refused_and_not_done(vendor: ChaosVendor) -> None:
    vendor.refusal_rate_of_repeats = 1.0
    body = {"numbers": [A]}
    assert call(vendor, "POST", "pools/one/numbers/delete", body).status_code == 204
    with vendor.acting() as pools:
        pools.add("one", [A], By.OTHERS)
    again = call(vendor, "POST", "pools/one/numbers/delete", body)
    assert (again.status_code, vendor.pools["one"]) == (400, {A, B})
    assert "#busy" in again.text
    assert call(vendor, "POST", "pools/two/numbers", body).status_code == 200


def test_the_log_repeats_all_that_somebody_else_did(vendor: ChaosVendor) -> None:
    others = Others(vendor, ["one", "two"], [A, B, C], Random(1))  # noqa: S311
    for _ in range(500):
        others.act()
    now: dict[int, set[str]] = {}
    ids: dict[int, str | None] = {}
    for naming in vendor.log.namings:
        ids[naming.key] = naming.pool_id
    for change in vendor.log.changes:
        numbers = now.setdefault(change.key, set())
        assert (change.number in numbers) != change.is_added
        (numbers.add if change.is_added else numbers.discard)(change.number)
    told = {pool_id: now.get(key, set()) for key, pool_id in ids.items() if pool_id}
    assert told == vendor.pools
    assert {None, "another-1"} <= set(ids.values())


def test_others_work_only_while_they_are_told_to(vendor: ChaosVendor) -> None:
    others = Others(vendor, ["one"], [A, B, C], Random(1), seconds=0.001)  # noqa: S311
    with others.at_work():
        wait_until(lambda: others.change_count > 10, "some changes")
    count = others.change_count
    shown(vendor, "pools")
    assert others.change_count == count


def test_pools_of_one_id_are_told_apart(clock: Clock) -> None:
    pools = Pools({"one": {A}}, clock)
    clock.time = 1010
    pools.rename("one", "two", By.OTHERS)
    clock.time = 1020
    pools.create("one", By.OTHERS)
    clock.time = 1030
    pools.delete("two", By.OTHERS)
    assert pools.log.keys("one", 1000, 1005) == {1}
    assert pools.log.keys("one", 1000, 1100) == {1, 2}
    assert pools.log.keys("one", 1015, 1016) == set()
    assert pools.log.keys("one", 1025, 1100) == {2}
    assert pools.log.keys("two", 1040, 1100) == set()
