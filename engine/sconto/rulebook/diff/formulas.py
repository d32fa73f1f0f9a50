"""Formulas before and after, described by what they give for an example."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Final

from sconto.domain.formula import compute, formula_facts
from sconto.domain.money import to_minor
from sconto.domain.ruleset import Guardrail, Ruleset
from sconto.domain.units import units_of

_EXAMPLE: Final = {
    "line.list_price": Decimal(10),
    "line.unit_cost": Decimal(6),
    "line.quantity": Decimal(1),
    "candidate.depth_share": Decimal("0.1"),
}
_ANY: Final = Decimal(10)
"""What a declared fact is in the example."""


def formula_changes(
    before: Guardrail, after: Guardrail, texts: tuple[str, str], old: Ruleset, new: Ruleset
) -> Iterator[str]:
    """What another formula gives, as predicates; *texts* are both as written."""
    kind = "floor" if after.kind.value == "price_floor" else "ceiling"
    yield f"sets the {kind} by `{texts[1]}`, was `{texts[0]}`"
    facts = _facts(before, after)
    then, now = _price(before, facts, old), _price(after, facts, new)
    if then is None or now is None:
        return
    case = " and ".join(f"{name} {value}" for name, value in facts.items()) or "any goods"
    units = units_of(new)
    if now == then:
        yield f"gives the same {kind} of {units.money(now)} for goods with {case}"
        return
    stricter = (now > then) == (kind == "floor")
    effect = "stricter" if stricter else "looser"
    was = units_of(old).money(then)
    yield f"gives a {kind} of {units.money(now)}, was {was}, for goods with {case}: {effect}"


def _facts(before: Guardrail, after: Guardrail) -> Mapping[str, Decimal]:
    named = {
        name
        for limit in (before, after)
        if limit.formula is not None
        for name in formula_facts(limit.formula)
    }
    return {name: _EXAMPLE.get(name, _ANY) for name in sorted(named)}


def _price(limit: Guardrail, facts: Mapping[str, Decimal], ruleset: Ruleset) -> int | None:
    if limit.formula is None:
        return None
    return to_minor(compute(limit.formula, facts), ruleset.currency, up=limit.round_up)
