"""Looking numbers up in a pool, page by page, whatever others do to it meanwhile."""

from __future__ import annotations

from random import Random

import pytest

from numberpools.errors import NotSupported
from numberpools.stores.vonage_looks import MOST_PAGES_OF_A_SEARCH, Found, across, look_up
from numberpools.stores.vonage_pages import VendorPages
from tests.vonage.numbers import Numbers, numbers


def odd(count: int) -> list[str]:
    """Numbers that stand between the even ones."""
    return [str(int(number) + 1) for number in numbers(count)]


def look(pool: Numbers, wanted: list[str]) -> Found:
    return look_up(VendorPages(pool), wanted)


@pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 25, 199, 200])
def test_a_short_pool_is_read_once_and_across_its_boundaries(count: int) -> None:
    pool = Numbers(numbers(count), 10)
    assert look(pool, [*numbers(count), *odd(count)]) == (set(numbers(count)), set())
    page_count = max(1, -(-count // 10))
    assert len(pool.read) == 2 * page_count - 1


def test_nothing_is_read_across_boundaries_where_nothing_is_wanted() -> None:
    pool = Numbers(numbers(60), 10)
    assert look(pool, numbers(60)) == (set(numbers(60)), set())
    assert len(pool.read) == 6


@pytest.mark.parametrize("seed", range(20))
def test_removals_by_others_hide_no_number(seed: int) -> None:
    random = Random(seed)  # noqa: S311
    others = numbers(6_000)[1_000:1_200]

    def remove_some(there: list[str]) -> None:
        for number in random.sample(others, 3):
            if number in there:
                there.remove(number)

    wanted = sorted(set(numbers(6_000)) - set(others))
    pool = Numbers(numbers(6_000), 1_000, remove_some)
    assert look(pool, [*wanted, *odd(6_000)]) == (set(wanted), set())
    assert len(pool.read) <= 12


@pytest.mark.parametrize("seed", range(20))
def test_what_others_add_and_remove_makes_no_number_come_or_go(seed: int) -> None:
    random = Random(seed)  # noqa: S311
    others = numbers(6_000)[::40]

    def change_some(there: list[str]) -> None:
        for number in random.sample(others, 5):
            there.remove(number) if number in there else there.append(number)
        there.sort()

    stay = sorted(set(numbers(6_000)) - set(others))
    present, doubtful = look(
        Numbers(numbers(6_000), 1_000, change_some), [*stay, *others, *odd(6_000)]
    )
    assert present - set(others) == set(stay) - doubtful
    assert doubtful == set()


def test_a_pool_that_changes_faster_than_it_is_read_leaves_doubts_and_no_falsehoods() -> None:
    def forget_the_first(there: list[str]) -> None:
        del there[:7]

    pool = Numbers(numbers(200), 10, forget_the_first)
    present, doubtful = look(pool, [*numbers(200)[150:], *odd(200)])
    assert doubtful
    assert present | doubtful >= set(numbers(200)[150:])
    assert present.isdisjoint(odd(200))
    assert len(pool.read) <= 40


def test_a_short_pool_without_an_order_is_read_twice() -> None:
    pool = Numbers(numbers(30)[::-1], 2)
    assert look(pool, ["447700000058", "447700000059"]) == ({"447700000058"}, set())
    assert len(pool.read) == 30


def test_a_short_pool_without_an_order_that_changes_leaves_doubts() -> None:
    pool = Numbers(numbers(30)[::-1], 2, lambda there: there.pop(5))
    present, doubtful = look(pool, numbers(4))
    assert present | doubtful == set(numbers(4))
    assert doubtful


def test_a_number_in_a_long_pool_is_found_by_halving() -> None:
    pool = Numbers(numbers(1_000_000), 1000)
    wanted = ["447700000000", "447701234567", "447701999998", "1555000", "999999999999999"]
    assert look(pool, wanted) == ({"447700000000", "447701999998"}, set())
    assert len(pool.read) <= 1 + 4 * 10


@pytest.mark.parametrize("count", range(201, 260, 7))
def test_every_number_of_a_long_pool_is_found(count: int) -> None:
    pool = Numbers(numbers(count), 10)
    assert look(pool, [*numbers(count), *odd(count)][:100]).present == set(numbers(count)[:100])
    assert len(pool.read) <= 100


@pytest.mark.parametrize("place", range(1, 20))
def test_a_number_that_slips_over_a_boundary_of_a_long_pool_is_found(place: int) -> None:
    """Whoever halves reads the page where it stood, and then the one where it stands no more."""
    wanted = numbers(30_000)[1_000 * place]
    pool = Numbers(numbers(30_000), 1_000, lambda there: there.pop(0))
    assert look(pool, [wanted]) == ({wanted}, set())


@pytest.mark.parametrize(
    "shuffled",
    [
        numbers(300)[::-1],
        [
            number
            for pair in zip(numbers(300)[1::2], numbers(300)[::2], strict=True)
            for number in pair
        ],
        [*numbers(300)[150:], *numbers(300)[:150]],
    ],
)
def test_a_long_pool_that_is_not_in_order_is_not_searched(shuffled: list[str]) -> None:
    with pytest.raises(NotSupported, match="in order"):
        look(Numbers(shuffled, 10), numbers(300))


def test_a_page_that_went_missing_meanwhile_ends_the_search() -> None:
    pool = Numbers(numbers(300), 10)
    pages = VendorPages(pool)
    pool.numbers = []
    with pytest.raises(NotSupported):
        look_up(pages, ["447700000301"])


def test_a_search_ends_before_it_takes_too_many_calls() -> None:
    pool = Numbers(numbers(10_000), 10)
    with pytest.raises(NotSupported, match="so many numbers"):
        look(pool, numbers(10_000)[::100])
    assert len(pool.read) == MOST_PAGES_OF_A_SEARCH


def test_a_search_that_would_take_too_many_calls_does_not_begin() -> None:
    pool = Numbers(numbers(10_000), 10)
    with pytest.raises(NotSupported, match="so many numbers"):
        look(pool, numbers(10_000)[::10])
    assert len(pool.read) == 1


@pytest.mark.parametrize("place", [1, 999, 1_000, 1_001, 2_000, 499_000, 999_000])
def test_a_page_across_a_place_has_much_on_both_sides_of_it(place: int) -> None:
    number, size = across(place, 1_000)
    begin = (number - 1) * size
    assert size <= 1_000
    assert begin + min(place, 300) <= place <= begin + size - 250
