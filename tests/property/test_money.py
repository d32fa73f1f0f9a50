"""Money is exact: shares add up, roundings go where they are declared to go."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from math import ceil

from hypothesis import example, given
from hypothesis import strategies as st

from sconto.domain.money import (
    MINOR_DIGITS,
    allocate,
    format_minor,
    share_half_up,
    to_major,
    to_minor_ceiling,
)

amounts = st.integers(0, 2_000_000_000)
currencies = st.sampled_from(sorted(MINOR_DIGITS))


@st.composite
def splits(draw: st.DrawFn) -> tuple[int, tuple[int, ...]]:
    """A total, and the weights to split it over; weights of 0 and equal weights are common."""
    weights = draw(st.lists(st.integers(0, 4) | amounts, min_size=1, max_size=8).filter(any))
    return draw(st.integers(0, sum(weights))), tuple(weights)


@given(splits())
@example((1, (1, 1, 1)))
@example((100, (333, 333, 334)))
def test_parts_add_up_and_never_pass_their_weight(split: tuple[int, tuple[int, ...]]) -> None:
    """Each part lies between its exact share rounded down and rounded up; the sum is the total."""
    total, weights = split
    parts = allocate(total, weights)
    shares = [Fraction(total * w, sum(weights)) for w in weights]

    assert total == sum(parts)
    assert all(0 <= part <= weight for part, weight in zip(parts, weights, strict=True))
    assert all(int(s) <= part <= ceil(s) for part, s in zip(parts, shares, strict=True))


@given(splits())
def test_the_cents_left_over_go_to_the_largest_remainders(
    split: tuple[int, tuple[int, ...]],
) -> None:
    """Those rounded up have the largest remainders; equal ones go to the earlier position."""
    total, weights = split
    shares = [Fraction(total * w, sum(weights)) for w in weights]
    keys = [(-(share - int(share)), i) for i, share in enumerate(shares)]
    parts = allocate(total, weights)
    lifted = [key for key, part, s in zip(keys, parts, shares, strict=True) if part > int(s)]

    assert sorted(keys)[: len(lifted)] == sorted(lifted)


@given(amount=amounts, bp=st.integers(0, 10_000))
@example(amount=5, bp=1000)
@example(amount=25, bp=200)
def test_a_share_is_rounded_half_up(amount: int, bp: int) -> None:
    """Half a minor unit counts as a whole one."""
    exact = Decimal(amount) * Decimal(bp) / 10_000
    assert int(exact.quantize(Decimal(1), ROUND_HALF_UP)) == share_half_up(amount, bp)


@given(
    major=st.decimals(min_value=-(10**15), max_value=10**15, allow_nan=False, places=9),
    currency=currencies,
)
@example(major=Decimal("0.0000001"), currency="USD")
@example(major=Decimal("-0.011"), currency="USD")
@example(major=Decimal("123456789012345678901234567890123.001"), currency="USD")
def test_a_floor_is_rounded_up(major: Decimal, currency: str) -> None:
    """A fraction of a minor unit makes the floor one minor unit higher, in every currency."""
    assert ceil(Fraction(major) * 10 ** MINOR_DIGITS[currency]) == to_minor_ceiling(major, currency)


@given(minor=st.integers(-(2**53), 2**53), currency=currencies)
def test_major_units_keep_every_minor_unit(minor: int, currency: str) -> None:
    """To major units and back is the same amount, and people see the currency's digits."""
    shown, _, code = format_minor(minor, currency).partition(" ")
    digits = MINOR_DIGITS[currency]

    assert minor == to_minor_ceiling(to_major(minor, currency), currency)
    assert Fraction(minor, 10**digits) == Fraction(shown)
    assert currency == code
    assert digits == len(shown.partition(".")[2])
