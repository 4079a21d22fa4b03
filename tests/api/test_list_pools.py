from __future__ import annotations

from collections.abc import Callable

from flask.testing import FlaskClient

from numberpools.domain.pools import Pool
from tests.api.expectations import POOL, POOLS, invalid


def test_it_works(api: FlaskClient, make_pool: Callable[..., Pool]) -> None:
    make_pool("support")
    answer = api.get(POOLS)
    page = f"{POOLS}?page=1&page_size=10"
    assert answer.status_code == 200
    assert answer.mimetype == "application/json"
    assert answer.get_json() == {
        "page_size": 10,
        "page": 1,
        "total_pages": 1,
        "total_items": 1,
        "_embedded": {"pools": [POOL]},
        "_links": {"self": {"href": page}, "first": {"href": page}, "last": {"href": page}},
    }


def test_an_account_without_pools_has_one_empty_page(api: FlaskClient) -> None:
    body = api.get(POOLS).get_json()
    assert body["_embedded"] == {"pools": []}
    assert (body["total_pages"], body["total_items"]) == (1, 0)


def test_pools_come_by_their_ids_and_links_lead_through_the_pages(
    api: FlaskClient, make_pool: Callable[..., Pool]
) -> None:
    for pool_id in ("b", "a", "Z", "_", "c"):
        make_pool(pool_id)
    found, links = [], {"next": {"href": f"{POOLS}?page_size=2"}}
    while "next" in links:
        body = api.get(links["next"]["href"]).get_json()
        found += [pool["pool_id"] for pool in body["_embedded"]["pools"]]
        links = body["_links"]
    assert found == ["Z", "_", "a", "b", "c"]
    assert links["previous"]["href"] == f"{POOLS}?page=2&page_size=2"


def test_a_page_beyond_the_last_is_empty_and_leads_back(
    api: FlaskClient, make_pool: Callable[..., Pool]
) -> None:
    make_pool("support")
    body = api.get(f"{POOLS}?page=1000000000&page_size=1000").get_json()
    assert body["_embedded"] == {"pools": []}
    assert body["page"] == 1_000_000_000
    assert "next" not in body["_links"]
    assert body["_links"]["previous"]["href"] == f"{POOLS}?page=1&page_size=1000"


def test_it_refuses_a_page_that_is_none(api: FlaskClient) -> None:
    far = ("1000000001", "9" * 5000)
    for text in ("0", "-1", "1.0", "", " 1", "+1", "1_0", "x", "\u0663", "\0", *far):
        answer = api.get(POOLS, query_string={"page": text})
        assert invalid(answer) == {"page": "must be a whole number from 1 to 1000000000."}


def test_it_names_everything_that_is_wrong(api: FlaskClient) -> None:
    answer = api.get(f"{POOLS}?page=0&page_size=1001")
    assert set(invalid(answer)) == {"page", "page_size"}


def test_it_ignores_unknown_parameters(api: FlaskClient) -> None:
    assert api.get(f"{POOLS}?pages=0&color=red").status_code == 200
