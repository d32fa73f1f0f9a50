"""What a change of a condition means for those whom it is about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from sconto.domain.condition import Comparison, Condition, comparisons, facts_needed, fold
from sconto.domain.context import FactValue
from sconto.domain.ruleset import Ruleset
from sconto.domain.units import COMPARED, Units, units_of
from sconto.rulebook.condition_text import condition_text
from sconto.rulebook.diff.implication import Relation, compare


@dataclass(frozen=True, slots=True)
class Effects:
    """What each relation means, e.g. for a segment or for a rule that denies."""

    verb: str
    """What comes before the values that a condition asks for."""
    now: str
    then: str
    """What comes before a whole condition, as it is and as it was."""
    wider: str
    narrower: str
    other: str
    same: str
    missing: str = "while that is not known, the discount is withheld"
    unknown: str = "whether it holds in more cases or in fewer can't be told"


BELONG: Final = Effects(
    verb="asks for",
    now="takes in whoever has",
    then="it took in whoever had",
    wider="more belong to it",
    narrower="fewer belong to it",
    other="some come in and others go out",
    same="the same belong to it",
    missing="while that is not known, nobody can say who belongs to it",
)
DENY: Final = Effects(
    verb="denies with",
    now="denies when",
    then="it denied when",
    wider="it is stricter",
    narrower="it is looser",
    other="it is stricter for some and looser for others",
    same="it denies the same",
)
APPLY: Final = Effects(
    verb="is about lines with",
    now="speaks about lines for which",
    then="it spoke about those for which",
    wider="it speaks about more lines",
    narrower="it speaks about fewer lines",
    other="it speaks about other lines",
    same="it speaks about the same lines",
)


def condition_changes(
    before: Condition, after: Condition, effects: Effects, old: Ruleset, new: Ruleset
) -> Iterator[str]:
    """What changed from *before* to *after*, and what follows from it; as predicates."""
    units, was = units_of(new), units_of(old)
    found = compare(before, after, new)
    pairs = _thresholds(before, after)
    if found.relation is Relation.SAME and before != after and not pairs:
        yield f"is written in another way, but means the same: {effects.same}"
        return
    effect = {
        Relation.SAME: effects.same,
        Relation.WIDER: effects.wider,
        Relation.NARROWER: effects.narrower,
        Relation.OTHER: effects.other,
        Relation.UNKNOWN: effects.unknown,
    }[found.relation]
    example = _example(found.came or found.went, units)
    if needed := sorted({*facts_needed(after)} - {*facts_needed(before)}):
        yield f"hangs on {' and '.join(needed)} now: {effects.missing}"
    if pairs:
        texts = " and ".join(_threshold(a, b, was, units) for a, b in pairs)
        yield f"{effects.verb} {texts}: {effect}{example}"
    else:
        now, then = condition_text(after, units), condition_text(before, was)
        yield f"{effects.now} {now}; {effects.then} {then}: {effect}{example}"


def _thresholds(before: Condition, after: Condition) -> list[tuple[Comparison, Comparison]]:
    """The comparisons that differ, where nothing but their values does; else none."""
    if _shape(before) != _shape(after):
        return []
    return [(a, b) for a, b in zip(comparisons(before), comparisons(after), strict=True) if a != b]


def _shape(condition: Condition) -> Condition:
    """*condition* with the same value in every comparison."""
    return fold(
        condition,
        lambda c: Comparison(c.fact, c.op, 0),
        lambda group, parts: group(tuple(parts)),
    )


def _threshold(before: Comparison, after: Comparison, was: Units, units: Units) -> str:
    fact, compared = after.fact, COMPARED.get(after.op.value, "")
    now, then = units.shown(fact, after.value), was.shown(fact, before.value)
    return f"{fact} {compared} {now}, was {then}" if compared else f"{fact} {now}, was {then}"


def _example(case: Mapping[str, FactValue] | None, units: Units) -> str:
    if not case:
        return ""
    texts = " and ".join(f"{fact} {units.shown(fact, value)}" for fact, value in case.items())
    return f"; for example with {texts}"
