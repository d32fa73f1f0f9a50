"""Places: a name stands for what lies inside it."""

from __future__ import annotations

import pytest

from sconto.domain.condition import Truth, evaluate
from sconto.domain.ruleset import GuardrailKind
from sconto.rulebook.compile.engine_rules import guardrail_as_rule
from sconto.rulebook.documents.jurisdictions import EU_MEMBERS, concrete, contains, inside
from sconto.rulebook.judge.conjunctions import conjunctions
from support.builders import guardrail


@pytest.mark.parametrize(
    ("name", "place", "expected"),
    [
        ("US", "US-NY-NYC", True),
        ("US-NY", "US-NY-NYC", True),
        ("US-NY", "US-NY", True),
        ("US-NY-NYC", "US-NY", False),
        ("US-N", "US-NY", False),
        ("GB", "GB-SCT", True),
        ("EU", "DE", True),
        ("EU", "DE-BY", True),
        ("EU", "GB", False),
        ("EU", "NO", False),
        ("DE", "EU", False),
    ],
)
def test_a_name_contains_what_lies_inside(name: str, place: str, expected: bool) -> None:
    """Names nest level by level, and `EU` is its member states."""
    assert expected is contains(name, place)


def test_the_union_has_27_members() -> None:
    """Each is there once."""
    assert len(set(EU_MEMBERS)) == len(EU_MEMBERS) == 27


def test_only_the_shops_own_places_are_found() -> None:
    """No names stand for no places."""
    shop = ("DE", "FR", "GB-SCT")
    assert {"DE", "FR"} == inside(["EU", "US"], shop)
    assert frozenset() == inside(None, shop)


def test_a_group_has_a_place_inside() -> None:
    """What is no group is its own place."""
    assert contains("EU", concrete("EU"))
    assert "US-NY" == concrete("US-NY")


def test_many_places_are_told_by_the_few_others() -> None:
    """A rule for the whole union holds in each member and nowhere else, in few alternatives."""
    members = frozenset(EU_MEMBERS)
    limit = guardrail("cap", GuardrailKind.DISCOUNT_CAP, jurisdictions=members, amount=1)
    rule = guardrail_as_rule(limit, members | {"GB", "US"})
    assert len(conjunctions(0, rule.condition)) == 1
    facts = {"context.day": 20260601, "headroom.cap": -1}
    for place, truth in [("DE", Truth.TRUE), ("MT", Truth.TRUE), ("GB", Truth.FALSE)]:
        assert truth is evaluate(rule.condition, {**facts, "context.jurisdiction": place})
