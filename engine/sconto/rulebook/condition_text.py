"""Conditions as text, in the units of whoever writes the rules: for warnings and for diffs."""

from __future__ import annotations

from sconto.domain.condition import All, AnyOf, Comparison, Condition, Op
from sconto.domain.units import COMPARED, Units


def condition_text(condition: Condition, units: Units) -> str:
    """*condition* as part of a sentence, e.g. `basket.lines is at least 2 and ...`."""
    match condition:
        case Comparison(fact, op, value):
            compared = "" if op is Op.EQ else f"{COMPARED[op]} "
            return f"{fact} is {compared}{units.shown(fact, value)}"
        case All(parts):
            return " and ".join(_part(p, AnyOf, units) for p in parts) or "always"
        case AnyOf(parts):
            alternatives = _one_of(parts, units)
            return alternatives or " or ".join(_part(p, All, units) for p in parts) or "never"


def _part(part: Condition, group: type[All | AnyOf], units: Units) -> str:
    text = condition_text(part, units)
    return f"({text})" if isinstance(part, group) and len(part.parts) > 1 else text


def _one_of(parts: tuple[Condition, ...], units: Units) -> str:
    """Several values of one fact as a list; empty for other alternatives."""
    same = [p for p in parts if isinstance(p, Comparison) and p.op is Op.EQ]
    if len(parts) < 2 or len(same) < len(parts) or len({p.fact for p in same}) > 1:  # noqa: PLR2004 (one value is no list)
        return ""
    return f"{same[0].fact} is one of {', '.join(units.shown(p.fact, p.value) for p in same)}"
