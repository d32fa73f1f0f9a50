"""Guessing of codes: how many tries there are, for whom, and what is remembered of it."""

from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sconto.app import guesses
from sconto.app.guesses import BY_CALLER, BY_SHOPPER, WINDOW_US, Guesses
from sconto.errors import TooManyUnknownCodes

NOW_US = 1_800_000_000_000_000


def tries(counting: Guesses, who: str, caller: str, now_us: int, most: int = 10_000) -> int:
    """How many unknown codes are taken one by one at *now_us*."""
    for taken in range(most):
        try:
            counting.check(who, caller, now_us)
        except TooManyUnknownCodes:
            return taken
        counting.add(who, caller, 1, now_us)
    return most


def test_a_shopper_and_a_caller_have_so_many_tries() -> None:
    """Each shopper has their own; together they have those of the address that sends them."""
    counting = Guesses()
    taken = [tries(counting, f"u{n}", "till", NOW_US) for n in range(BY_CALLER // BY_SHOPPER)]

    assert {BY_SHOPPER} == set(taken)
    assert 0 == tries(counting, "another", "till", NOW_US)
    assert BY_SHOPPER == tries(counting, "another", "another till", NOW_US)


def test_a_try_comes_back_when_it_was_said() -> None:
    """Not a microsecond earlier; after a window without any, all of them are back."""
    counting = Guesses()
    tries(counting, "u1", "till", NOW_US)
    with pytest.raises(TooManyUnknownCodes) as refused:
        counting.check("u1", "till", NOW_US)
    wait = refused.value.wait_us

    with pytest.raises(TooManyUnknownCodes):
        counting.check("u1", "till", NOW_US + wait - 1)
    assert 1 == tries(counting, "u1", "till", NOW_US + wait)
    assert BY_SHOPPER == tries(counting, "u1", "till", NOW_US + wait + WINDOW_US)


@given(st.lists(st.tuples(st.integers(0, WINDOW_US // 4), st.integers(0, 3)), max_size=60))
def test_no_window_takes_more_than_twice_its_tries(steps: list[tuple[int, int]]) -> None:
    """All at once at its beginning, and those that come back while it lasts."""
    counting, now_us, taken = Guesses(), NOW_US, list[int]()
    for passed, wanted in steps:
        now_us += passed
        taken += [now_us] * tries(counting, "u1", "till", now_us, wanted)
    for begun in taken:
        assert sum(begun <= at < begun + WINDOW_US for at in taken) <= 2 * BY_SHOPPER


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who was heard of longest ago is forgotten first; the guesser of now is not."""
    monkeypatch.setattr(guesses, "MOST_KNOWN", 100)
    counting = Guesses()
    counting.add("guesser", "till", BY_SHOPPER, NOW_US)
    tracemalloc.start()
    try:
        for n in range(2_000):
            counting.add(f"u{n}", f"till {n}", 1, NOW_US)
            if n % 60 == 0:
                counting.add("guesser", "till", 1, NOW_US)
            if n == 200:
                full, _ = tracemalloc.get_traced_memory()
        now, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert now < full + 20_000
    assert 0 == tries(counting, "guesser", "other till", NOW_US)


def test_codes_that_are_known_cost_nothing() -> None:
    """Who has real codes is never slowed down."""
    counting = Guesses()
    for _ in range(1_000):
        counting.check("u1", "till", NOW_US)
        counting.add("u1", "till", 0, NOW_US)
