"""Money is exact: shares add up, roundings go where they are declared to go."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from fractions import Fraction
from math import ceil, floor
from typing import Final

from hypothesis import example, given
from hypothesis import strategies as st

from sconto.domain.money import (
    MINOR_DIGITS,
    allocate,
    format_minor,
    to_major,
    to_minor,
)
from sconto.domain.offer import Rounding, RoundingMode

amounts = st.integers(0, 2_000_000_000)
currencies = st.sampled_from(sorted(MINOR_DIGITS))
ROUNDINGS: Final = {
    RoundingMode.DOWN: ROUND_FLOOR,
    RoundingMode.HALF_UP: ROUND_HALF_UP,
    RoundingMode.UP: ROUND_CEILING,
}


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


@given(
    amount=amounts,
    bp=st.integers(0, 10_000),
    mode=st.sampled_from(RoundingMode),
    step=st.sampled_from((1, 5, 10, 100)),
)
@example(amount=5, bp=1000, mode=RoundingMode.HALF_UP, step=1)
@example(amount=25, bp=1000, mode=RoundingMode.HALF_UP, step=5)
@example(amount=25, bp=1000, mode=RoundingMode.DOWN, step=5)
@example(amount=1, bp=1, mode=RoundingMode.UP, step=100)
def test_a_discount_is_rounded_as_declared(
    amount: int, bp: int, mode: RoundingMode, step: int
) -> None:
    """To whole steps: down, up, or half a step and more to a whole one."""
    steps = Decimal(amount) * bp / 10_000 / step
    whole = int(steps.quantize(Decimal(1), ROUNDINGS[mode]))

    assert whole * step == Rounding(mode, step).apply(amount * bp, 10_000)


@given(
    major=st.decimals(min_value=-(10**15), max_value=10**15, allow_nan=False, places=9),
    currency=currencies,
)
@example(major=Decimal("0.0000001"), currency="USD")
@example(major=Decimal("-0.011"), currency="USD")
@example(major=Decimal("123456789012345678901234567890123.001"), currency="USD")
def test_a_limit_is_rounded_as_asked(major: Decimal, currency: str) -> None:
    """A fraction of a minor unit makes a floor one minor unit higher, and is cut off a ceiling."""
    exact = Fraction(major) * 10 ** MINOR_DIGITS[currency]

    assert ceil(exact) == to_minor(major, currency, up=True)
    assert floor(exact) == to_minor(major, currency, up=False)


@given(minor=st.integers(-(2**53), 2**53), currency=currencies)
def test_major_units_keep_every_minor_unit(minor: int, currency: str) -> None:
    """To major units and back is the same amount, and people see the currency's digits."""
    shown, _, code = format_minor(minor, currency).partition(" ")
    digits = MINOR_DIGITS[currency]

    assert minor == to_minor(to_major(minor, currency), currency, up=True)
    assert minor == to_minor(to_major(minor, currency), currency, up=False)
    assert Fraction(minor, 10**digits) == Fraction(shown)
    assert currency == code
    assert digits == len(shown.partition(".")[2])
