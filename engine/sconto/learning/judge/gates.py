"""Gates of a recipe: what a figure has to reach, and whether it did."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

from sconto.learning.data.documents import GateDoc
from sconto.learning.data.recipe import DataRecipe
from sconto.learning.judge.figures import GateResult, ModelFigures, Spread
from sconto.learning.judge.repeat_figures import difference, spread
from sconto.rulebook.findings import did_you_mean


def check_gates(recipe: DataRecipe, models: tuple[str, ...]) -> None:
    """Refuse gates for models that there are none of.

    Raises:
        RecipeFaulty: Names the first with its place.
    """
    for i, gate in enumerate(recipe.doc.gates):
        for part, name in (("model", gate.model), ("than", gate.than)):
            if name is not None and name not in models:
                advice = did_you_mean(name, models)
                raise recipe.at_fault(("gates", i, part), f"there is no model `{name}`", advice)


def judge_gates(
    recipe: DataRecipe, outcome: str, models: Mapping[str, ModelFigures]
) -> tuple[GateResult, ...]:
    """The gates that count when *outcome* is learnt, with what was measured of *models*."""
    first = next(iter(recipe.doc.outcomes))
    return tuple(
        _judged(gate, models) for gate in recipe.doc.gates if (gate.outcome or first) == outcome
    )


def _judged(gate: GateDoc, models: Mapping[str, ModelFigures]) -> GateResult:
    measured = _measured(gate, models)
    return GateResult(
        model=gate.model,
        figure=gate.figure,
        than=gate.than,
        wanted=", ".join(_wanted(gate)),
        measured=measured,
        passed=None if measured is None else all(_held(gate, measured)),
    )


def _measured(gate: GateDoc, models: Mapping[str, ModelFigures]) -> Spread | None:
    """The figure, or its difference; None where a model was not judged."""
    asked = [name for name in (gate.model, gate.than) if name is not None]
    found = [models[name].figures.get(gate.figure) for name in asked if name in models]
    known = [one for one in found if one is not None]
    if len(known) < len(asked):
        return None
    return known[0] if gate.than is None else spread(difference(known[0].values, known[1].values))


def _held(gate: GateDoc, measured: Spread) -> Iterator[bool]:
    """Whether each bound is kept; one repeat has no interval and so keeps no bound of it."""
    for bound, value, sign in (
        (gate.at_least, measured.mean, 1),
        (gate.at_most, measured.mean, -1),
        (gate.low_at_least, measured.low, 1),
        (gate.high_at_most, measured.high, -1),
    ):
        if bound is not None:
            yield value is not None and sign * value >= sign * float(Fraction(bound))


def _wanted(gate: GateDoc) -> Iterator[str]:
    for bound, words in (
        (gate.at_least, "at least"),
        (gate.at_most, "at most"),
        (gate.low_at_least, "lower end at least"),
        (gate.high_at_most, "upper end at most"),
    ):
        if bound is not None:
            yield f"{words} {bound}"
