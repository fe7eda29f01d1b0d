"""Splitting money by largest remainder: nothing is lost, nobody is a cent off, ties go to the earlier."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flint_domain.kernel.money import allocate, format_money, percent_of, round_half_up, share_of, times

weights = st.lists(st.integers(0, 10**6), min_size=1, max_size=12)


@given(st.integers(-(10**9), 10**9), weights)
def test_the_parts_always_sum_to_the_whole(total: int, weights: list[int]) -> None:
    assert sum(allocate(total, weights)) == total


@given(st.integers(0, 10**9), weights.filter(any))
def test_every_part_is_within_a_cent_of_its_exact_share(total: int, weights: list[int]) -> None:
    for part, weight in zip(allocate(total, weights), weights, strict=True):
        assert abs(part - Fraction(total * weight, sum(weights))) < 1


@given(st.integers(0, 10**6), weights.filter(any))
def test_a_larger_weight_never_gets_less_and_no_weight_gets_nothing(total: int, weights: list[int]) -> None:
    parts = allocate(total, weights)
    for part, weight in zip(parts, weights, strict=True):
        assert weight or part == 0
        assert all(part >= other for other, less in zip(parts, weights, strict=True) if less < weight)


@given(st.integers(0, 10**6), weights)
def test_a_credit_mirrors_the_charge_it_takes_back(total: int, weights: list[int]) -> None:
    assert allocate(-total, weights) == [-part for part in allocate(total, weights)]


@given(st.data(), weights.filter(any))
def test_no_part_passes_its_weight_when_there_is_no_more_to_share(data: st.DataObject, weights: list[int]) -> None:
    total = data.draw(st.integers(0, sum(weights)))
    assert all(part <= weight for part, weight in zip(allocate(total, weights), weights, strict=True))


def test_ties_go_to_the_earlier_and_all_zero_weights_share_evenly() -> None:
    assert allocate(2, [1, 1, 1]) == [1, 1, 0]
    assert allocate(10, [0, 0, 0]) == [4, 3, 3]
    assert allocate(0, []) == []
    with pytest.raises(ValueError, match="nothing to allocate to"):
        allocate(1, [])


@given(st.integers(-(10**9), 10**9), st.integers(1, 10**6))
def test_a_half_goes_away_from_zero(numerator: int, denominator: int) -> None:
    rounded, exact = round_half_up(numerator, denominator), Fraction(numerator, denominator)
    assert abs(rounded - exact) <= Fraction(1, 2)
    if abs(rounded - exact) == Fraction(1, 2):
        assert abs(rounded) > abs(exact)


def test_rounding_is_exact_where_a_float_is_not() -> None:
    assert percent_of(1_005, Decimal(10)) == 101  # 100.5
    assert times(333, Decimal("0.5")) == 167
    assert times(10**12, Decimal("0.0001")) == 10**8
    assert share_of(100, Decimal(1), Decimal(3)) == 33
    assert share_of(1_000, Decimal("0.3333"), Decimal("0.9999")) == 333


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [(13824, "USD", "138.24 USD"), (-5, "EUR", "-0.05 EUR"), (500, "JPY", "500 JPY"), (1234, "KWD", "1.234 KWD")],
)
def test_money_is_printed_with_its_own_decimals(amount: int, currency: str, text: str) -> None:
    assert format_money(amount, currency) == text
