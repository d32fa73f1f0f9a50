"""Money goes to minor units and back without loss."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sconto.api.amounts import to_minor, to_money
from sconto.api.validation import Refused
from sconto.domain.money import MAX_MINOR, MINOR_DIGITS


@given(st.integers(0, MAX_MINOR), st.sampled_from(sorted(MINOR_DIGITS)))
def test_money_comes_back_as_it_went(minor: int, currency: str) -> None:
    """Every amount of every currency, whatever its decimal places."""
    assert minor == to_minor(to_money(minor, currency), currency, "a")


@pytest.mark.parametrize(("currency", "nanos"), [("JPY", 1), ("USD", 10**7 - 1), ("KWD", 10**5)])
def test_a_part_finer_than_the_currency_is_refused(currency: str, nanos: int) -> None:
    """Nothing is rounded on the way in."""
    money = to_money(1, currency)
    money.nanos = nanos

    with pytest.raises(Refused) as refused:
        to_minor(money, currency, "a")
    assert "a.nanos" == refused.value.field


def test_a_negative_amount_keeps_its_sign() -> None:
    """Facts may be negative: minus 1.50 is minus 150 cents."""
    money = to_money(150, "USD")
    money.units, money.nanos = -money.units, -money.nanos

    assert -150 == to_minor(money, "USD", "a")
