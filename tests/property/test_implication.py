"""Whether a condition holds in more cases: decided as going through all the cases decides."""

from __future__ import annotations

from itertools import product
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from sconto.domain.condition import All, AnyOf, Comparison, Condition, Op, Truth, evaluate
from sconto.domain.context import FactValue
from sconto.rulebook.diff.implication import Relation, compare
from support import builders

RULESET = builders.ruleset()
VALUES: dict[str, tuple[FactValue, ...]] = {
    "shopper.baskets": tuple(range(-2, 8)),
    "context.hour": tuple(range(24)),
    "context.channel": ("store", "app"),
    "shopper.tier": ("gold", "none", "neither"),
    "consent.mail": (True, False),
}
COMPARED: dict[str, tuple[FactValue, ...]] = {
    **VALUES,
    "shopper.baskets": tuple(range(5)),
    "context.hour": (0, 9, 22, 23),
    "shopper.tier": ("gold", "none"),
}
CASES = [dict(zip(VALUES, case, strict=True)) for case in product(*VALUES.values())]


def _condition(random: Random, depth: int = 2) -> Condition:
    if not depth or random.random() < 0.4:
        fact = random.choice(tuple(COMPARED))
        value = random.choice(COMPARED[fact])
        number = isinstance(value, int) and not isinstance(value, bool)
        return Comparison(fact, random.choice(tuple(Op) if number else (Op.EQ, Op.NE)), value)
    parts = tuple(_condition(random, depth - 1) for _ in range(random.randint(0, 3)))
    return random.choice((All, AnyOf))(parts)


def _holds(condition: Condition, case: dict[str, FactValue]) -> bool:
    return evaluate(condition, case) is Truth.TRUE


@settings(max_examples=80, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_a_relation_is_that_of_all_cases(seed: int) -> None:
    """More, fewer, others or the same, and the examples given are such cases."""
    random = Random(seed)
    before, after = _condition(random), _condition(random)
    found = compare(before, after, RULESET)
    came = any(_holds(after, case) and not _holds(before, case) for case in CASES)
    went = any(_holds(before, case) and not _holds(after, case) for case in CASES)

    expected = {
        (False, False): Relation.SAME,
        (True, False): Relation.WIDER,
        (False, True): Relation.NARROWER,
        (True, True): Relation.OTHER,
    }[came, went]
    assert expected is found.relation
    if found.came is not None:
        case = {**CASES[0], **found.came}
        assert _holds(after, case)
        assert not _holds(before, case)


def test_a_search_that_is_too_long_says_so() -> None:
    """Thirty independent alternatives on both sides are beyond what is tried."""
    sides = [
        All(
            tuple(
                AnyOf(
                    (
                        Comparison(f"shopper.f{n}", Op.EQ, side),
                        Comparison(f"shopper.g{n}", Op.EQ, side),
                    )
                )
                for n in range(30)
            )
        )
        for side in (1, 2)
    ]
    contradiction = All((*sides, AnyOf(())))

    assert compare(AnyOf(()), contradiction, RULESET).relation is Relation.UNKNOWN
