"""Reading what the vendor sends: everything that the contract leaves open, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from numberpools.domain.outcomes import Outcome
from numberpools.domain.pools import Fallback, PageRequest, Pool, PoolChanges
from numberpools.errors import NotConfirmed, VendorError
from numberpools.stores import PoolStore
from tests.contract.outcomes import numbers_in, outcomes
from tests.vonage.operation import OLD, add, remove
from tests.vonage.vendor import Vendor, answer, behave, zip_answer

NEW = "447700900009"
NOT_OWNED = "15556660002"
POOL = {
    "pool_id": "support",
    "fallback": "Pool",
    "localized_sender_preferred": True,
    "predictable_sender_preferred": False,
}


def partial(numbers: list[object], errors: Any) -> dict[str, object]:
    """The body of a 207."""
    return {
        "numbers": numbers,
        "error": {
            "type": "https://example.com/number-pools#add-numbers-partial-failure",
            "title": "Some failed",
            "errors": errors,
        },
    }


def failure(kind: str, *numbers: object) -> dict[str, object]:
    return {
        "type": f"https://example.com/number-pools#{kind}",
        "title": "No",
        "detail": f"It is {kind}.",
        "numbers": list(numbers),
    }


class TestPages:
    def test_the_vendors_own_example_is_read(self, store: PoolStore, vendor: Vendor) -> None:
        links = {"self": {"href": "/v2/numberpools/abcd123/custom_user_pool_id"}}
        body = {
            "page_size": 10,
            "page": 2,
            "total_pages": 100,
            "total_items": 100,
            "_embedded": {"pools": [{**POOL, "account_id": "abcd1234", "_links": links}]},
            "_links": {"next": {"href": "/v2/numberpools?page=4"}},
        }
        vendor.will(answer(200, body))
        page = store.list_pools(PageRequest(2, 10))
        pool = Pool("abcd1234", "support", Fallback.POOL, True, False)
        assert [summary.pool for summary in page.items] == [pool]
        assert (page.page, page.page_size, page.total_items) == (2, 10, 100)

    def test_numbers_may_be_integers(self, store: PoolStore, vendor: Vendor) -> None:
        numbers = [447700900001, "447700900002", "+447700900003"]
        vendor.will(answer(200, {"total_items": 3, "_embedded": {"numbers": numbers}}))
        page = store.list_numbers("support", PageRequest())
        assert list(page.items) == ["447700900001", "447700900002", "447700900003"]

    @pytest.mark.parametrize("embedded", [{}, {"_embedded": {}}, {"_embedded": None}])
    def test_an_empty_page_needs_no_embedded(
        self, store: PoolStore, vendor: Vendor, embedded: dict[str, object]
    ) -> None:
        vendor.will(answer(200, {"total_items": 0, **embedded}))
        page = store.list_numbers("support", PageRequest())
        assert (list(page.items), page.total_items, page.total_pages) == ([], 0, 1)

    @pytest.mark.parametrize(
        ("totals", "shown", "total"),
        [
            ({}, (1, 0), 0),
            ({}, (1, 3), 3),
            ({}, (2, 3), 13),
            ({}, (2, 10), 21),
            ({"total_pages": 5}, (2, 10), 50),
            ({"total_pages": 5}, (3, 0), 50),
            ({"total_pages": 5}, (5, 3), 43),
            ({"total_pages": 5}, (6, 0), 50),
            ({"total_items": "25"}, (1, 10), 25),
            ({"total_items": -1}, (2, 10), 21),
            ({"total_items": None}, (1, 3), 3),
            ({"total_items": 2}, (1, 3), 3),
            ({"total_items": 7}, (9, 0), 7),
        ],
    )
    def test_a_missing_total_is_as_much_as_is_known(
        self,
        store: PoolStore,
        vendor: Vendor,
        totals: dict[str, object],
        shown: tuple[int, int],
        total: int,
    ) -> None:
        page, found = shown
        numbers = [str(447700900000 + each) for each in range(found)]
        vendor.will(answer(200, {**totals, "_embedded": {"numbers": numbers}}))
        assert store.list_numbers("support", PageRequest(page, 10)).total_items == total

    def test_a_vendor_that_gives_smaller_pages_is_read_to_the_end(
        self, store: PoolStore, vendor: Vendor
    ) -> None:
        numbers = ["447700900001", "447700900002", "447700900003"]

        def page(number: int) -> dict[str, object]:
            return {
                "page_size": 2,
                "total_items": 3,
                "_embedded": {"numbers": numbers[2 * number - 2 : 2 * number]},
            }

        vendor.will(answer(200, page(1)), answer(200, page(2)))
        assert store.look("support", ["447700900003"]).present == {"447700900003"}

    def test_a_vendor_that_refuses_large_pages_is_asked_for_smaller_ones(
        self, store: PoolStore, vendor: Vendor, support: Pool
    ) -> None:
        refusal = {"invalid_parameters": [{"name": "page_size", "reason": "100 is the most"}]}
        vendor.will(answer(400, refusal))
        assert store.look("support", [OLD, NEW]).present == {OLD}
        assert [each.path.partition("?")[2] for each in vendor.requests] == [
            "page=1&page_size=1000",
            "page=1&page_size=100",
        ]


class TestPools:
    def test_any_content_type_and_unknown_fields_are_read(
        self, store: PoolStore, vendor: Vendor
    ) -> None:
        body = {**POOL, "colour": "blue"}
        vendor.will(answer(200, body, {"Content-Type": "text/plain"}))
        assert store.get_pool("support").fallback is Fallback.POOL

    @pytest.mark.parametrize("status", [200, 201, 202, 204])
    def test_any_2xx_without_a_body_is_a_success(
        self,
        store: PoolStore,
        vendor: Vendor,
        truth: PoolStore,
        account_id: str,
        status: int,
    ) -> None:
        empty = answer(status, after_work=True)
        pool = Pool(account_id, "sales", Fallback.POOL, True, True)
        vendor.will(empty)
        assert store.create_pool(pool) == pool
        vendor.will(empty)
        changed = store.update_pool("sales", PoolChanges(pool_id="shop", fallback=Fallback.REJECT))
        assert changed == truth.get_pool("shop")
        assert changed.fallback is Fallback.REJECT
        vendor.will(behave, empty)
        assert store.delete_pool("shop") == changed

    def test_a_success_without_a_body_that_did_nothing_is_not_confirmed(
        self, store: PoolStore, vendor: Vendor, support: Pool
    ) -> None:
        vendor.will(answer(204))
        with pytest.raises(NotConfirmed, match="does not have the new values"):
            store.update_pool("support", PoolChanges(fallback=Fallback.REJECT))

    def test_a_zipped_answer_is_read(self, store: PoolStore, vendor: Vendor, support: Pool) -> None:
        vendor.will(zip_answer)
        assert store.get_pool("support") == support


class TestBatches:
    @pytest.mark.parametrize("status", [200, 201, 204])
    def test_any_2xx_without_a_body_is_a_success(
        self, store: PoolStore, vendor: Vendor, truth: PoolStore, support: Pool, status: int
    ) -> None:
        vendor.will(answer(status, after_work=True))
        assert outcomes(add(store, [NEW])) == {NEW: Outcome.ADDED}
        vendor.will(answer(status, after_work=True))
        assert outcomes(remove(store, [OLD])) == {OLD: Outcome.REMOVED}
        assert numbers_in(truth) == ["447700900002", NEW]

    @pytest.mark.parametrize("wrapped", [False, True])
    def test_both_shapes_of_a_partial_success_are_read(
        self, store: PoolStore, vendor: Vendor, support: Pool, wrapped: bool
    ) -> None:
        def entries(*failures: dict[str, object]) -> list[dict[str, object]]:
            return [{"error": each} for each in failures] if wrapped else list(failures)

        errors = entries(
            failure("missing-number-subscription", int(NOT_OWNED)), failure("on-fire", OLD)
        )
        vendor.will(answer(207, partial([int(NEW)], errors)))
        groups = add(store, [NEW, OLD, NOT_OWNED], seen=[])
        assert outcomes(groups) == {
            NEW: Outcome.ADDED,
            OLD: Outcome.REFUSED,
            NOT_OWNED: Outcome.NOT_OWNED,
        }
        assert {group.reason for group in groups} == {
            "",
            "It is on-fire.",
            "It is missing-number-subscription.",
        }
        vendor.will(answer(207, partial([OLD], entries(failure("missing-number", NEW)))))
        assert outcomes(remove(store, [NEW, OLD])) == {
            OLD: Outcome.REMOVED,
            NEW: Outcome.NOT_IN_POOL,
        }

    @pytest.mark.parametrize(
        "body",
        [
            {"numbers": [NEW]},
            {"numbers": [NEW], "error": None},
            {"numbers": [NEW], "error": "Some failed"},
            {"numbers": [NEW], "error": {"errors": "Some failed"}},
            {"numbers": [NEW], "error": {"errors": [None, 7, {"numbers": 7}, {"error": []}]}},
            {"numbers": [NEW, None, {}, "", True, 1.5]},
        ],
    )
    def test_without_detail_every_number_is_accounted_for(
        self,
        store: PoolStore,
        vendor: Vendor,
        truth: PoolStore,
        support: Pool,
        body: dict[str, object],
    ) -> None:
        truth.add_numbers("support", [NEW])
        vendor.will(answer(207, body))
        assert outcomes(add(store, [NEW, OLD, NOT_OWNED])) == {
            NEW: Outcome.ADDED,
            OLD: Outcome.ALREADY_IN_POOL,
            NOT_OWNED: Outcome.NOT_CONFIRMED,
        }

    @pytest.mark.parametrize("body", [b"", {}, {"numbers": None}, {"numbers": "all"}])
    def test_with_no_detail_at_all_the_pool_is_asked(
        self,
        store: PoolStore,
        vendor: Vendor,
        truth: PoolStore,
        support: Pool,
        body: object,
    ) -> None:
        vendor.will(answer(207, body, after_work=True))
        assert outcomes(add(store, [NEW])) == {NEW: Outcome.ADDED}
        vendor.will(answer(207, body))
        assert outcomes(add(store, [NOT_OWNED])) == {NOT_OWNED: Outcome.NOT_CONFIRMED}
        vendor.will(answer(207, body, after_work=True))
        assert outcomes(remove(store, [OLD])) == {OLD: Outcome.REMOVED}
        assert numbers_in(truth) == ["447700900002", NEW]

    @pytest.mark.parametrize(
        "body",
        [
            {"numbers": []},
            {"numbers": ["15550000001"]},
            {"numbers": [NEW, "15550000001"]},
            partial([NEW], [failure("invalid-number", "15550000002")]),
        ],
    )
    @pytest.mark.parametrize("status", [200, 207])
    def test_an_answer_that_is_not_about_what_was_sent_says_nothing_of_it(
        self, store: PoolStore, vendor: Vendor, support: Pool, status: int, body: dict[str, object]
    ) -> None:
        vendor.will(answer(status, body))
        assert outcomes(add(store, [NEW])) == {NEW: Outcome.NOT_CONFIRMED}
        vendor.will(answer(status, body, after_work=True))
        assert outcomes(add(store, [NEW])) == {NEW: Outcome.ADDED}
        vendor.will(answer(status, body, after_work=True))
        assert outcomes(remove(store, [NEW], seen=[NEW])) == {NEW: Outcome.REMOVED}

    def test_a_number_named_twice_is_looked_up(
        self, store: PoolStore, vendor: Vendor, support: Pool
    ) -> None:
        both = partial([OLD, NEW], [failure("invalid-number", OLD, NEW)])
        vendor.will(answer(207, both))
        assert outcomes(add(store, [OLD, NEW])) == {
            OLD: Outcome.ALREADY_IN_POOL,
            NEW: Outcome.NOT_CONFIRMED,
        }

    def test_a_success_that_leaves_a_number_out_is_looked_up(
        self, store: PoolStore, vendor: Vendor, support: Pool
    ) -> None:
        vendor.will(answer(200, {"numbers": [OLD]}))
        assert outcomes(add(store, [OLD, NEW], seen=[])) == {
            OLD: Outcome.ADDED,
            NEW: Outcome.NOT_CONFIRMED,
        }

    @pytest.mark.parametrize("wrapped", [False, True])
    def test_none_succeeded(
        self, store: PoolStore, vendor: Vendor, support: Pool, wrapped: bool
    ) -> None:
        entry = failure("missing-number", NEW)
        body = {
            "type": "https://example.com/number-pools#number-deletion-failure",
            "title": "None removed",
            "errors": [{"error": entry} if wrapped else entry],
        }
        vendor.will(answer(400, body))
        groups = remove(store, [NEW, OLD])
        assert outcomes(groups) == {NEW: Outcome.NOT_IN_POOL, OLD: Outcome.REFUSED}
        assert {group.reason for group in groups} == {"It is missing-number.", "None removed"}

    def test_a_refusal_without_a_reason_is_one(
        self, store: PoolStore, vendor: Vendor, support: Pool
    ) -> None:
        refusal = {"type": "#on-fire", "numbers": [NEW]}
        vendor.will(answer(207, {"numbers": [], "error": {"errors": [refusal]}}))
        (group,) = add(store, [NEW])
        assert group.outcome is Outcome.REFUSED
        assert group.reason == "The vendor refused it without a reason."

    @pytest.mark.parametrize("kind", ["invalid-number", "missing-number"])
    def test_a_number_that_was_not_removed_has_the_outcome_of_its_refusal(
        self, store: PoolStore, vendor: Vendor, support: Pool, kind: str
    ) -> None:
        vendor.will(answer(400, {"errors": [failure(kind, NEW)]}))
        outcome = {"invalid-number": Outcome.INVALID, "missing-number": Outcome.NOT_IN_POOL}[kind]
        assert outcomes(remove(store, [NEW])) == {NEW: outcome}

    def test_what_follows_the_last_number_sign_is_the_kind_of_a_refusal(
        self, store: PoolStore, vendor: Vendor, support: Pool
    ) -> None:
        refusal = {"type": "https://example.com/#/refusals#missing-number", "numbers": [NEW]}
        vendor.will(answer(400, {"errors": [refusal]}))
        assert outcomes(remove(store, [NEW])) == {NEW: Outcome.NOT_IN_POOL}

    def test_a_number_that_the_vendor_calls_invalid_is(
        self, store: PoolStore, vendor: Vendor, support: Pool
    ) -> None:
        vendor.will(answer(400, {"errors": [failure("invalid-number", NEW)]}))
        assert outcomes(add(store, [NEW])) == {NEW: Outcome.INVALID}

    def test_what_is_told_whole_is_not_looked_up(
        self, store: PoolStore, vendor: Vendor, support: Pool
    ) -> None:
        add(store, [NEW])
        assert len(vendor.calls) == 1

    @pytest.mark.parametrize("status", [400, 422])
    def test_a_batch_that_was_refused_as_a_whole(
        self, store: PoolStore, vendor: Vendor, support: Pool, status: int
    ) -> None:
        body = {
            "detail": "Limit of 50 numbers exceeded.",
            "invalid_parameters": [{"name": "numbers", "reason": "too many"}],
        }
        vendor.will(answer(status, body))
        (group,) = add(store, [NEW, OLD], seen=[])
        assert group.outcome is Outcome.REFUSED
        assert group.reason == "Limit of 50 numbers exceeded. numbers: too many"

    def test_credentials_that_end_halfway_stop_there(
        self, store: PoolStore, vendor: Vendor, truth: PoolStore, support: Pool
    ) -> None:
        vendor.will(behave, answer(401))
        assert outcomes(add(store, [NEW])) == {NEW: Outcome.ADDED}
        with pytest.raises(VendorError, match="does not accept") as caught:
            add(store, [NOT_OWNED])
        assert not caught.value.may_have_been_done
        assert NEW in numbers_in(truth)
        assert NOT_OWNED not in numbers_in(truth)
