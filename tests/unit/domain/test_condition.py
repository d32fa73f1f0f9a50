"""Conditions: three truth values, exact negation, and which comparison decided."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sconto.domain.condition import (
    All,
    AnyOf,
    Comparison,
    Condition,
    Op,
    Truth,
    evaluate,
    facts_needed,
    negate,
    speaking,
)
from support import oracle

A, B, C = (Comparison(name, Op.EQ, 1) for name in "abc")
leaves = st.builds(
    Comparison, st.sampled_from("abc"), st.sampled_from(Op), st.integers(0, 2)
)  # fmt: skip
conditions: st.SearchStrategy[Condition] = st.recursive(
    leaves,
    lambda part: st.builds(
        lambda parts, both: All(tuple(parts)) if both else AnyOf(tuple(parts)),
        st.lists(part, max_size=3),
        st.booleans(),
    ),
    max_leaves=8,
)
facts = st.dictionaries(st.sampled_from("abc"), st.integers(0, 2))
TRUTHS = {True: Truth.TRUE, False: Truth.FALSE, None: Truth.UNKNOWN}


@given(condition=conditions, known=facts)
def test_truth_is_kleenes(condition: Condition, known: dict[str, int]) -> None:
    """A second evaluator, written from the truth tables, always agrees."""
    assert TRUTHS[oracle.truth(condition, known)] is evaluate(condition, known)


@given(condition=conditions, known=facts)
def test_negation_swaps_true_and_false_and_keeps_unknown(
    condition: Condition, known: dict[str, int]
) -> None:
    """What is open stays open, so negating a rule can't turn a missing fact into an answer."""
    opposite = {Truth.TRUE: Truth.FALSE, Truth.FALSE: Truth.TRUE, Truth.UNKNOWN: Truth.UNKNOWN}
    assert opposite[evaluate(condition, known)] is evaluate(negate(condition), known)


@given(condition=conditions, known=facts)
def test_what_is_known_can_not_be_changed_by_learning_more(
    condition: Condition, known: dict[str, int]
) -> None:
    """A condition that is true or false stays so, whatever its missing facts turn out to be."""
    settled = evaluate(condition, known)
    if settled is not Truth.UNKNOWN:
        for values in product(range(3), repeat=3):
            complete = dict(zip("abc", values, strict=True)) | known
            assert settled is evaluate(condition, complete)


@given(condition=conditions, known=facts)
def test_an_open_condition_names_missing_facts_only(
    condition: Condition, known: dict[str, int]
) -> None:
    """Whoever speaks for `unknown` lacks its fact, and somebody always does."""
    if evaluate(condition, known) is Truth.UNKNOWN:
        spoke = speaking(condition, known, Truth.UNKNOWN)
        assert spoke
        assert set() == {c.fact for c in spoke} & set(known)


@pytest.mark.parametrize(
    ("condition", "known", "truth", "spoke"),
    [
        (All((A, B)), {"a": 1, "b": 1}, Truth.TRUE, (A, B)),
        (AnyOf((A, B)), {"a": 0, "b": 1}, Truth.TRUE, (B,)),
        (AnyOf((A, B)), {"a": 1, "b": 1}, Truth.TRUE, (A,)),
        (All((A, B)), {"a": 1}, Truth.UNKNOWN, (B,)),
        (All((A, B, C)), {"b": 1}, Truth.UNKNOWN, (A, C)),
        (AnyOf((A, B)), {"a": 0}, Truth.UNKNOWN, (B,)),
        (All((AnyOf((A, B)), C)), {"a": 1}, Truth.UNKNOWN, (C,)),
        (All((All((AnyOf((B, A)),)), C)), {"a": 1}, Truth.UNKNOWN, (C,)),
    ],
)
def test_the_comparisons_that_decided_speak(
    condition: Condition, known: dict[str, int], truth: Truth, spoke: tuple[Comparison, ...]
) -> None:
    """A missing fact that would change nothing is not blamed."""
    assert truth is evaluate(condition, known)
    assert spoke == speaking(condition, known, truth)


def test_facts_needed_are_each_named_once() -> None:
    """In order of their names, however deep they stand."""
    assert ("a", "b", "c") == facts_needed(All((C, AnyOf((B, All((A, B)))))))
