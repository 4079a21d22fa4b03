from __future__ import annotations

from collections.abc import Callable

from flask.testing import FlaskClient

from numberpools.domain.pools import Pool
from tests.api.expectations import NUMBERS, POOLS, invalid, problem


def test_it_works(api: FlaskClient, make_pool: Callable[..., Pool]) -> None:
    make_pool("support", ["447700900125", "15556660001", "447700900124"])
    answer = api.get(f"{NUMBERS}?page=2&page_size=1")
    assert answer.status_code == 200
    assert answer.mimetype == "application/json"
    assert answer.get_json() == {
        "page_size": 1,
        "page": 2,
        "total_pages": 3,
        "total_items": 3,
        "_embedded": {"numbers": ["447700900124"]},
        "_links": {
            "self": {"href": f"{NUMBERS}?page=2&page_size=1"},
            "first": {"href": f"{NUMBERS}?page=1&page_size=1"},
            "last": {"href": f"{NUMBERS}?page=3&page_size=1"},
            "next": {"href": f"{NUMBERS}?page=3&page_size=1"},
            "previous": {"href": f"{NUMBERS}?page=1&page_size=1"},
        },
    }


def test_an_empty_pool_has_one_empty_page(api: FlaskClient, make_pool: Callable[..., Pool]) -> None:
    make_pool("support")
    body = api.get(NUMBERS).get_json()
    assert body["_embedded"] == {"numbers": []}
    assert (body["total_pages"], body["total_items"]) == (1, 0)


def test_every_page_of_a_large_pool_holds_its_own_numbers(
    api: FlaskClient, make_pool: Callable[..., Pool]
) -> None:
    numbers = sorted(str(15550000000 + 37 * position) for position in range(12_345))
    make_pool("support", numbers)
    for page in (1, 2, 5, 8, 12, 13):
        body = api.get(f"{NUMBERS}?page={page}&page_size=1000").get_json()
        assert body["_embedded"]["numbers"] == numbers[(page - 1) * 1000 : page * 1000]
        assert (body["total_pages"], body["total_items"]) == (13, 12_345)
    deep = api.get(f"{NUMBERS}?page=4115&page_size=3").get_json()
    assert deep["_embedded"]["numbers"] == numbers[-3:]
    beyond = api.get(f"{NUMBERS}?page=4116&page_size=3").get_json()
    assert beyond["_embedded"]["numbers"] == []
    assert beyond["_links"]["previous"]["href"] == f"{NUMBERS}?page=4115&page_size=3"


def test_it_refuses_a_page_that_is_none(api: FlaskClient, make_pool: Callable[..., Pool]) -> None:
    make_pool("support")
    for query in ("page=0", "page_size=0", "page_size=1001", "page=x"):
        assert set(invalid(api.get(f"{NUMBERS}?{query}"))) == {query.partition("=")[0]}


def test_it_refuses_a_pool_that_is_not_there(api: FlaskClient) -> None:
    problem(api.get(NUMBERS), 404, "not-found")
    problem(api.get(f"{POOLS}/nul%00/numbers"), 404, "not-found")


def test_the_same_list_asked_for_again_shows_what_changed_meanwhile(
    api: FlaskClient, make_pool: Callable[..., Pool]
) -> None:
    make_pool("support", ["447700900001", "447700900002"])
    assert _listed(api) == ["447700900001", "447700900002"]
    api.post(NUMBERS, json={"numbers": ["447700900003"]})
    assert _listed(api) == ["447700900001", "447700900002", "447700900003"]
    api.post(f"{NUMBERS}/delete", json={"numbers": ["447700900001"]})
    assert _listed(api) == ["447700900002", "447700900003"]


def test_a_pool_made_anew_under_an_old_id_shows_its_own_numbers(
    api: FlaskClient, make_pool: Callable[..., Pool]
) -> None:
    make_pool("support", ["447700900001"])
    assert _listed(api) == ["447700900001"]
    api.delete(f"{POOLS}/support")
    assert api.get(NUMBERS).status_code == 404
    make_pool("support", ["447700900002"])
    assert _listed(api) == ["447700900002"]


def _listed(api: FlaskClient) -> list[str]:
    numbers: list[str] = api.get(NUMBERS).get_json()["_embedded"]["numbers"]
    return numbers
